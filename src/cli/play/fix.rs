//! `--fix`: writes into a flow's file what a replay that passed found out about its elements.

use miette::IntoDiagnostic;
use miette::WrapErr;
use rehearsal::flow::Flow;

use super::super::replay::{Learnt, Theatre, shown};
use super::super::setup;

/// Mends the files of flows that passed, and says what was changed. An element is described when
/// the flow does not do so yet, or when its description is what found it: else each replay would
/// change each file.
pub(super) fn fix(theatre: &Theatre<'_>, passed: bool, learnt: &[Learnt]) -> miette::Result<()> {
    if !passed {
        theatre
            .printer
            .line("Nothing is fixed, since the flow did not pass.");
        return Ok(());
    }
    for (number, script) in theatre.scripts.iter().enumerate() {
        // Of the file as it is: the flow that was played has absolute paths of uploads.
        let recorded = setup::read_flow(&script.path)?;
        let mut mended = recorded.clone();
        let mut told = Vec::new();
        for found in learnt.iter().filter(|found| found.script == number) {
            told.extend(mend(&mut mended, found));
        }
        let (before, after) = (recorded.to_json(), mended.to_json());
        if before == after {
            theatre
                .printer
                .line(format!("{}: nothing to fix", shown(&script.path)));
            continue;
        }
        std::fs::write(&script.path, after)
            .into_diagnostic()
            .wrap_err_with(|| format!("could not write the flow `{}`", script.path.display()))?;
        theatre
            .printer
            .line(format!("{}: fixed", shown(&script.path)));
        for line in told {
            theatre.printer.line(line);
        }
    }
    Ok(())
}

/// Mends one step; what changed, as lines of a diff.
fn mend(flow: &mut Flow, found: &Learnt) -> Vec<String> {
    let Some(step) = flow.steps.get(found.step) else {
        return Vec::new();
    };
    let Some(old) = step.action.selectors().cloned() else {
        return Vec::new();
    };
    let described = step.extension.element.is_some();
    let title = format!("  {} {}", found.step + 1, step.label());
    let healed = found.healed.as_ref();
    let selectors = healed.map(|healed| healed.selectors.clone());
    let selectors = selectors.filter(|selectors| *selectors != old);
    let element = healed.map(|healed| healed.element.clone());
    let element = element.or_else(|| found.element.clone().filter(|_| !described));
    let mut told = Vec::new();
    if let Some(new) = &selectors {
        told.extend([
            format!("    - {}", old.listed()),
            format!("    + {}", new.listed()),
        ]);
    }
    if element.is_some() && !described {
        told.push("    + what its element looks like".to_owned());
    }
    if !told.is_empty() {
        told.insert(0, title);
    }
    flow.amend(found.step, selectors, element);
    told
}

#[cfg(test)]
mod tests {
    use rehearsal::browser::Healed;
    use rehearsal::flow::Fingerprint;
    use rehearsal::sample::Healing;

    use super::*;

    const FLOW: &str = r##"{"title":"t","steps":[
        {"type":"navigate","url":"http://recorded.test/"},
        {"type":"click","selectors":[["#old"]],"offsetX":1,"offsetY":1},
        {"type":"click","selectors":[["#kept"]],"offsetX":1,"offsetY":1,
         "x-rehearsal":{"element":{"tag":"a"}}}]}"##;

    fn found(step: usize, healed: Option<&str>, tag: &str) -> Learnt {
        let element = Fingerprint {
            tag: tag.to_owned(),
            ..Fingerprint::default()
        };
        let selectors = |text: &str| {
            let flow = FLOW.replace("#old", text);
            let flow = Flow::parse("t", &flow).unwrap();
            flow.steps[1].action.selectors().unwrap().clone()
        };
        Learnt {
            script: 0,
            step,
            healed: healed.map(|text| Healed {
                selectors: selectors(text),
                element: element.clone(),
                note: Healing {
                    from: "`#old`".to_owned(),
                    to: format!("`{text}`"),
                    score: 0.9,
                },
            }),
            element: Some(element),
            disagreed: Vec::new(),
            missing: Vec::new(),
        }
    }

    #[test]
    fn a_healed_step_gets_its_selectors_and_a_new_one_its_description() {
        let mut flow = Flow::parse("t", FLOW).unwrap();
        assert_eq!(
            mend(&mut flow, &found(1, Some("#new"), "button")),
            [
                "  2 click #old",
                "    - `#old`",
                "    + `#new`",
                "    + what its element looks like"
            ]
        );
        let text = flow.to_json();
        assert!(text.contains("#new") && !text.contains("#old"), "{text}");
        assert!(text.contains("http://recorded.test/"), "{text}");
        assert_eq!(
            flow.steps[1].extension.element.as_ref().unwrap().tag,
            "button"
        );
    }

    #[test]
    fn what_is_described_and_found_stays_as_it_is() {
        let mut flow = Flow::parse("t", FLOW).unwrap();
        let before = flow.to_json();
        assert!(mend(&mut flow, &found(2, None, "button")).is_empty());
        assert!(mend(&mut flow, &found(0, None, "html")).is_empty());
        assert_eq!(flow.to_json(), before);
    }
}
