//! `assert…`, `verify…`, `waitFor…` and `store…`.

use url::Url;

use super::super::super::export::{element_script, quoted_script};
use super::super::super::{Action, Expectation, Extraction, Selectors, Source};
use super::super::secret;
use super::convert::{Converter, deadline};
use super::project::Command;
use super::variables::is_name;

/// Text of the element `e`, white space squashed.
const TEXT: &str = "(e.innerText ?? e.textContent ?? '').replace(/\\s+/g, ' ').trim()";

impl Converter<'_> {
    /// Whether the command looks at the page.
    pub(super) fn check(&mut self, name: &str, command: &Command) -> bool {
        if let Some(what) = name.strip_prefix("store") {
            return self.store(what, command);
        }
        let (kind, what) = if let Some(what) = name.strip_prefix("assert") {
            ("assert", what)
        } else if let Some(what) = name.strip_prefix("verify") {
            ("verify", what)
        } else if let Some(what) = name.strip_prefix("waitFor") {
            ("waitFor", what)
        } else {
            return false;
        };
        let known = match what {
            "" => self.variable_is(command),
            "Title" | "Location" => self.page_is(what, command),
            _ => self.element_is(what, command, kind == "waitFor"),
        };
        if known && kind == "verify" {
            self.once("`verify…` goes on after a mismatch; in a flow the step fails");
        }
        known
    }

    /// `assert` compares a variable. One that a script made is compared in the page.
    fn variable_is(&mut self, command: &Command) -> bool {
        let name = command.target.trim();
        let expected = self.fill(&command.value);
        let Some((script, _, asserted)) = self.variables.scripts.get_mut(name) else {
            self.lost("a variable is compared with a value: flows compare what is on the page");
            return true;
        };
        *asserted = true;
        let expression = format!(
            "String((() => {{ {script} }})()) === {}",
            quoted_script(&expected.sample)
        );
        if expected.has_template {
            self.lost("a script's result is compared with a variable of the replay");
            return true;
        }
        self.changed("a script's result is waited for in the page (`waitForExpression`)");
        self.push(Action::WaitForExpression { expression });
        true
    }

    /// Title and address belong to the step before.
    fn page_is(&mut self, what: &str, command: &Command) -> bool {
        let filled = self.fill(&command.target);
        if filled.sample.is_empty() {
            self.lost("an empty title or address is compared");
            return true;
        }
        if filled.has_template {
            self.lost("the title or address is compared with a variable of the replay");
            return true;
        }
        let mut expectation = Expectation::default();
        if what == "Title" {
            let Some(title) = exact(&filled.sample) else {
                self.lost("the title is compared with a pattern");
                return true;
            };
            expectation.title = Some(title.to_owned());
        } else {
            let own = Url::parse(&filled.sample)
                .ok()
                .filter(|url| self.is_own(url))
                .map(|url| match url.query() {
                    Some(query) => format!("{}?{query}", url.path()),
                    None => url.path().to_owned(),
                });
            expectation.url = Some(own.unwrap_or(filled.sample));
        }
        self.expect_of_last(expectation);
        true
    }

    fn expect_of_last(&mut self, expectation: Expectation) {
        match self.steps.last_mut() {
            Some(step) => step.extension.expect.push(expectation),
            None => self.lost("the page is looked at before anything is done"),
        }
    }

    fn element_is(&mut self, what: &str, command: &Command, waits: bool) -> bool {
        let mut is = Expectation::default();
        let mut shown = None;
        let mut expression = None;
        let value = self.fill(&command.value);
        let text = || exact(&value.template).map(str::to_owned);
        match what {
            "ElementPresent" | "ElementVisible" | "Visible" => {}
            "ElementNotPresent" | "ElementNotVisible" | "NotVisible" => shown = Some(false),
            "Text" if waits => is.contains = text(),
            "Text" => match pattern(&value.template) {
                Some(matches) => is.matches = Some(matches),
                None => is.text = text(),
            },
            "Value" | "SelectedValue" => is.value = text(),
            "Checked" => is.checked = Some(true),
            "NotChecked" => is.checked = Some(false),
            "Editable" | "ElementEditable" => is.enabled = Some(true),
            "NotEditable" | "ElementNotEditable" => is.enabled = Some(false),
            "NotText" => expression = Some(format!("{TEXT} !== {}", quoted(&value.sample))),
            "SelectedLabel" => {
                let label = "(e.selectedOptions?.[0]?.text ?? '').trim()";
                expression = Some(format!("{label} === {}", quoted(&value.sample)));
            }
            "NotSelectedValue" => {
                expression = Some(format!("e.value !== {}", quoted(&value.sample)));
            }
            _ => return false,
        }
        let Some(selectors) = self.target(command) else {
            return true;
        };
        if what.ends_with("Present") && shown.is_none() {
            self.once("elements that must be present must be visible, too");
        }
        if let Some(expression) = expression {
            self.expression(&selectors, &expression, value.has_template);
            return true;
        }
        if is.value.is_some() && secret::secret_of(&selectors).is_some() {
            self.lost("the value of what looks like a secret is not compared");
            return true;
        }
        let compares = ["Text", "Value", "SelectedValue"].contains(&what);
        let empty = Expectation::default();
        if compares && is == empty {
            self.lost("compared with a pattern that flows do not have");
            return true;
        }
        let step = self.wait(selectors, shown);
        if is != empty {
            step.extension.expect.push(is);
        }
        let times = [&command.value, &command.target];
        let deadline_ms = times
            .into_iter()
            .find_map(|text| text.trim().parse::<u64>().ok());
        if let Some(ms) = deadline_ms.filter(|ms| waits && !compares && *ms > 0) {
            deadline(step, ms);
        }
        true
    }

    fn expression(&mut self, selectors: &Selectors, condition: &str, has_template: bool) {
        let Some(element) = element_script(selectors).filter(|_| !has_template) else {
            return self.lost("flows do not compare this, and its locator is no CSS or XPath");
        };
        let expression = format!("((e) => !!e && {condition})({element})");
        self.push(Action::WaitForExpression { expression });
    }

    fn store(&mut self, what: &str, command: &Command) -> bool {
        let title_like = matches!(what, "Title" | "Location");
        let value = command.value.trim();
        // `storeTitle` of some versions has its variable in the target.
        let variable = if title_like && value.is_empty() {
            command.target.trim()
        } else {
            value
        };
        if !is_name(variable) {
            self.lost("a variable without a name that flows can have");
            return true;
        }
        let variable = variable.to_owned();
        let mut reads = Extraction::default();
        let mut selectors = None;
        match what {
            "" => {
                let filled = self.fill(&command.target);
                if filled.has_template {
                    self.lost("a variable that is made of another one of the replay");
                } else {
                    self.variables.stored.insert(variable, filled.sample);
                }
                return true;
            }
            "Text" => selectors = self.target(command),
            "Value" => {
                reads.from = Some(Source::Value);
                selectors = self.target(command);
            }
            "Attribute" => {
                let Some((locator, attribute)) = command.target.rsplit_once('@') else {
                    self.lost("`storeAttribute` without the name of an attribute");
                    return true;
                };
                reads.attribute = Some(attribute.to_owned());
                selectors = self.locate(locator);
            }
            "Title" => reads.from = Some(Source::Title),
            "Location" => reads.from = Some(Source::Url),
            _ => return false,
        }
        let step = match (title_like, selectors) {
            (false, None) => return true,
            (false, Some(selectors)) => self.wait(selectors, None),
            (true, _) => match self.steps.last_mut() {
                Some(step) => step,
                None => {
                    self.lost("the page is read before anything is done");
                    return true;
                }
            },
        };
        step.extension.extract.insert(variable.clone(), reads);
        self.variables.stored.remove(&variable);
        self.variables.read.insert(variable);
        true
    }
}

fn quoted(text: &str) -> String {
    let squashed = text.split_whitespace().collect::<Vec<_>>().join(" ");
    quoted_script(&squashed)
}

/// Text that is compared as it stands; nothing for a pattern.
fn exact(text: &str) -> Option<&str> {
    match text.split_once(':') {
        Some(("exact", text)) => Some(text),
        Some(("regexp" | "regexpi" | "glob", _)) => None,
        _ => Some(text),
    }
}

/// The regular expression of a pattern; nothing for plain text.
fn pattern(text: &str) -> Option<String> {
    let usable = |source: &String| regex::Regex::new(source).is_ok();
    match text.split_once(':')? {
        ("regexp", source) => Some(source.to_owned()).filter(usable),
        ("regexpi", source) => Some(format!("(?i){source}")).filter(usable),
        ("glob", glob) => {
            let source = regex::escape(glob).replace(r"\*", ".*").replace(r"\?", ".");
            Some(format!("^{source}$"))
        }
        _ => None,
    }
}
