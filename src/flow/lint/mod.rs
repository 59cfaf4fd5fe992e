//! What will break or mislead in a flow that is valid: selectors that will not last, data that
//! every user would share, secrets in clear, pauses that wait for nothing. Pure and without a
//! browser; each finding says what to do.

mod data;
mod selectors;
mod volatile;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Action, Flow, Place, Step};

/// Something to mend in a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The flow or the step.
    pub place: Place,
    /// Which rule found it.
    pub rule: Rule,
    /// What was found. Quotes no value that may be a secret.
    pub message: String,
}

/// Rules of the lint, most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// A password, card number or code in clear.
    ClearSecret,
    /// All selectors of an element will change with the next build or the next page.
    FragileSelector,
    /// A selector beside better ones that will contradict them one day.
    StaleSoon,
    /// An element with one selector.
    SingleSelector,
    /// A value that every user would share.
    SharedValue,
    /// A pause written as a step.
    FixedWait,
    /// Nothing tells whether the flow reached its end.
    NoEnd,
    /// The size of the page is left to chance.
    NoViewport,
    /// Steps that reports cannot tell apart.
    SameName,
    /// What other players of the format leave out.
    OnlyHere,
}

impl Rule {
    /// Name in output: `fragile-selector`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClearSecret => "clear-secret",
            Self::FragileSelector => "fragile-selector",
            Self::StaleSoon => "stale-soon",
            Self::SingleSelector => "single-selector",
            Self::SharedValue => "shared-value",
            Self::FixedWait => "fixed-wait",
            Self::NoEnd => "no-end",
            Self::NoViewport => "no-viewport",
            Self::SameName => "same-name",
            Self::OnlyHere => "only-here",
        }
    }

    /// What to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::ClearSecret => {
                "write `-` and put `{{secret.NAME}}` or a feed's column into `x-rehearsal.value`"
            }
            Self::FragileSelector => {
                "add a test id, an accessible name (`aria/…`) or a text that people see"
            }
            Self::StaleSoon => "delete it: the others find the element without it",
            Self::SingleSelector => {
                "add a second one of another kind, or let `rehearsal play --fix` learn the element"
            }
            Self::SharedValue => {
                "put a feed's column (`{{customers.email}}`) or `{{iteration.unique}}` into \
                 `x-rehearsal.value`"
            }
            Self::FixedWait => {
                "delete it: steps wait for what they need; pauses of people are `thinkMs`"
            }
            Self::NoEnd => "end with a `waitForElement` or `expect` on what only success shows",
            Self::NoViewport => "begin with a `setViewport` step: what is visible depends on it",
            Self::SameName => "give them `x-rehearsal.name`s",
            Self::OnlyHere => {
                "nothing, where only Rehearsal plays the flow: Chrome DevTools and \
                 `@puppeteer/replay` go on without it"
            }
        }
    }

    /// Whether the flow can give wrong results as it is; else it is only less lasting or readable.
    pub fn is_warning(self) -> bool {
        matches!(
            self,
            Self::ClearSecret
                | Self::FragileSelector
                | Self::SharedValue
                | Self::FixedWait
                | Self::NoEnd
        )
    }
}

impl Flow {
    /// What to mend, in the order of the steps.
    pub fn lint(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut find = |place, rule, message| {
            findings.push(Finding {
                place,
                rule,
                message,
            });
        };
        if !self
            .steps
            .iter()
            .any(|step| matches!(step.action, Action::SetViewport(_)))
        {
            find(
                Place::Flow,
                Rule::NoViewport,
                "no step sets the viewport".to_owned(),
            );
        }
        for (index, step) in self.steps.iter().enumerate() {
            let place = Place::Step(index);
            for (rule, message) in selectors::check(step).into_iter().chain(data::check(step)) {
                find(place, rule, message);
            }
            for what in step.left_out_elsewhere() {
                let message = format!("other players leave out {what}");
                find(place, Rule::OnlyHere, message);
            }
            if is_fixed_wait(step) {
                let message = "waits for a time, not for the page".to_owned();
                find(place, Rule::FixedWait, message);
            }
        }
        if let Some(message) = self.unasserted_end() {
            find(Place::Flow, Rule::NoEnd, message);
        }
        for (name, count) in self.repeated_names() {
            let message = format!("{count} steps are called `{name}`");
            find(Place::Flow, Rule::SameName, message);
        }
        findings
    }

    /// Why the end of the flow proves nothing, if it does not.
    fn unasserted_end(&self) -> Option<String> {
        let acts = |step: &&Step| {
            !matches!(
                step.action,
                Action::KeyUp { .. }
                    | Action::Close
                    | Action::SetViewport(_)
                    | Action::Scroll { .. }
            )
        };
        let last = self.steps.iter().rev().find(acts)?;
        let proves = matches!(
            last.action,
            Action::WaitForElement(_) | Action::WaitForExpression { .. } | Action::Navigate { .. }
        );
        let effect = last.extension.effect.is_some() || last.extension.download.is_some();
        let asserts = !last.asserted_events.is_empty() || !last.extension.expect.is_empty();
        let unproven = !proves && !effect && !asserts;
        unproven.then(|| format!("nothing is expected of its last step, `{}`", last.label()))
    }

    /// Names of elements' steps that stand more than once.
    fn repeated_names(&self) -> BTreeMap<String, usize> {
        let mut names = BTreeMap::new();
        let named = self.steps.iter().filter(|step| {
            matches!(step.action, Action::Click(_) | Action::Navigate { .. })
                && step.extension.group.is_none()
        });
        for step in named {
            *names.entry(step.label()).or_insert(0) += 1;
        }
        names.retain(|_, count| *count > 1);
        names
    }
}

/// `new Promise(r => setTimeout(r, 2000))` and its like.
fn is_fixed_wait(step: &Step) -> bool {
    match &step.action {
        Action::WaitForExpression { expression } => expression.contains("setTimeout("),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(steps: &str, expect: &[&str]) {
        let text = format!(r#"{{"title":"t","steps":[{steps}]}}"#);
        let flow = Flow::parse("t.json", &text).unwrap();
        let found = flow.lint();
        let found: Vec<String> = found
            .iter()
            .map(|finding| format!("{}{}", finding.place, finding.rule.name()))
            .collect();
        assert_eq!(found, expect, "{:#?}", flow.lint());
    }

    const VIEWPORT: &str = r#"{"type":"setViewport","width":1,"height":1,"deviceScaleFactor":1,"isMobile":false,"hasTouch":false,"isLandscape":true}"#;

    #[test]
    fn a_flow_that_lasts_has_no_findings() {
        let steps = [
            VIEWPORT,
            r#"{"type":"navigate","url":"http://a.test/"}"#,
            r##"{"type":"change","selectors":[["aria/E-mail"],["#email"]],"value":"a@b.test","x-rehearsal":{"value":"{{customers.email}}"}}"##,
            r##"{"type":"change","selectors":[["aria/Password"],["#password"]],"value":"-","x-rehearsal":{"value":"{{secret.PASSWORD}}"}}"##,
            r##"{"type":"click","selectors":[["aria/Log in[role=\"button\"]"],["#log-in"]],"offsetX":1,"offsetY":1,"assertedEvents":[{"type":"navigation"}]}"##,
        ];
        check(&steps.join(","), &[]);
    }

    #[test]
    fn what_breaks_is_found_with_its_step() {
        let steps = [
            r##"{"type":"click","selectors":[["#mui-106"],["div:nth-of-type(3) > button"]],"offsetX":1,"offsetY":1}"##,
            r##"{"type":"click","selectors":[["aria/Buy"],["#:r1:"]],"offsetX":1,"offsetY":1}"##,
            r##"{"type":"change","selectors":[["#email"],["aria/E-mail"]],"value":"ann@example.com"}"##,
            r##"{"type":"change","selectors":[["#pw"],["aria/Password"]],"value":"hunter22"}"##,
            r#"{"type":"waitForExpression","expression":"new Promise(r => setTimeout(() => r(true), 900))"}"#,
            r##"{"type":"click","selectors":[["#done"]],"offsetX":1,"offsetY":1}"##,
        ];
        check(
            &steps.join(","),
            &[
                "no-viewport",
                "step 1: fragile-selector",
                "step 2: stale-soon",
                "step 3: shared-value",
                "step 4: clear-secret",
                "step 5: fixed-wait",
                "step 6: single-selector",
                "no-end",
            ],
        );
    }
}
