//! `expect(…)` of test scripts.

use serde_json::{Map, json};

use crate::flow::Expectation;

use super::playwright_calls::Value;
use super::playwright_script::Script;
use super::playwright_steps::Check;
use super::playwright_syntax::Expr;

/// Carries over one assertion. `None` when it cannot be.
pub(super) fn assert(
    script: &mut Script<'_>,
    subject: &Value,
    name: &str,
    args: &[Expr],
    not: bool,
) -> Option<()> {
    match subject {
        Value::Page(_) => assert_page(script, name, args, not),
        Value::Locator(tab, locator) => {
            let Some((visible, check)) = check_of(script, name, args, not) else {
                // At least it is there.
                if !not {
                    script.builder.wait(*tab, locator, true);
                }
                return None;
            };
            if name == "toMatchAriaSnapshot" {
                let yaml = script.text(args.first())?;
                script.builder.expect_snapshot(*tab, locator, &yaml);
            } else {
                script.builder.expect(*tab, locator, visible, check);
            }
            Some(())
        }
        _ => None,
    }
}

fn assert_page(script: &mut Script<'_>, name: &str, args: &[Expr], not: bool) -> Option<()> {
    if not {
        return None;
    }
    let expectation = match name {
        "toHaveURL" | "toHaveUrl" => script.url_expectation(args.first())?,
        "toHaveTitle" => Expectation {
            title: Some(script.text(args.first())?),
            ..Expectation::default()
        },
        _ => return None,
    };
    script.builder.expect_page(expectation);
    Some(())
}

/// Whether the element must be visible, and what else must be so.
fn check_of(script: &Script<'_>, name: &str, args: &[Expr], not: bool) -> Option<(bool, Check)> {
    let flag = |name: &str| {
        let value = args.iter().find_map(|arg| arg.member(name));
        match value {
            Some(Expr::Flag(flag)) => Some(*flag),
            _ => None,
        }
    };
    let mut check = Check::default();
    let expected = &mut check.expectation;
    let first = args.first();
    let mut visible = true;
    match name {
        "toBeVisible" => visible = flag("visible").unwrap_or(true) != not,
        "toBeAttached" | "toBeInViewport" => visible = !not,
        "toBeHidden" => visible = not,
        "toBeChecked" => expected.checked = Some(flag("checked").unwrap_or(true) != not),
        "toBeEnabled" => expected.enabled = Some(flag("enabled").unwrap_or(true) != not),
        "toBeDisabled" => expected.enabled = Some(not),
        "toHaveCount" => {
            let count = first?.number().filter(|count| *count >= 0.0)?;
            if not {
                return None;
            }
            check.count = Some(count as u64);
        }
        _ if not => return None,
        "toContainText" | "toHaveText" => match (first?, name) {
            (Expr::Pattern(source), _) => expected.matches = Some(source.clone()),
            (text, "toContainText") => expected.contains = Some(script.text(Some(text))?),
            (text, _) => expected.text = Some(script.text(Some(text))?),
        },
        "toHaveValue" => expected.value = Some(script.text(first)?),
        "toBeEmpty" => expected.value = Some(String::new()),
        "toHaveAttribute" => {
            let (attribute, value) = (script.text(first)?, script.text(args.get(1))?);
            check.attributes = Some(Map::from_iter([(attribute, json!(value))]));
        }
        "toMatchAriaSnapshot" => {}
        _ => return None,
    }
    Some((visible, check))
}
