//! Steps that wait or look: `waitForElement`, `waitForExpression`, `scroll`.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::flow::{CountOperator, Selectors, WaitForElement};
use crate::sample::Cause;

use super::attempt::{Attempt, Demand};
use super::reason::seconds;
use super::stop::Stop;

#[derive(Debug, Deserialize)]
struct Met {
    met: bool,
    /// Elements that fit.
    #[serde(default)]
    matching: u64,
    /// Elements that the selectors match.
    #[serde(default)]
    present: u64,
}

/// Waits until so many elements fit.
pub(super) async fn element(attempt: &Attempt<'_>, wait: &WaitForElement) -> Result<(), Stop> {
    let operator = match wait.operator.unwrap_or(CountOperator::AtLeast) {
        CountOperator::AtLeast => ">=",
        CountOperator::Exactly => "==",
        CountOperator::AtMost => "<=",
    };
    let count = wait.count.unwrap_or(1);
    let visible = wait.visible.unwrap_or(true);
    let alternatives = wait.selectors.0.iter().map(crate::flow::Selector::parts);
    let mut argument = json!({
        "alternatives": alternatives.collect::<Vec<_>>(),
        "operator": operator,
        "count": count,
        "visible": visible,
        "properties": wait.properties.clone().unwrap_or_default(),
        "attributes": wait.attributes.clone().unwrap_or_default(),
    });
    loop {
        argument["timeoutMs"] = json!(attempt.slice_ms());
        let function = "(wait) => rehearsal.waitFor(wait)";
        let answer: Met = attempt.call(function, argument.clone()).await?;
        if answer.met {
            return Ok(());
        }
        if attempt.left().is_zero() {
            let not = if visible { "" } else { "not " };
            let message = format!(
                "expected {not}{operator} {count} elements, and {} of {} that match {} fit after {}",
                answer.matching,
                answer.present,
                wait.selectors.listed(),
                seconds(attempt.waited()),
            );
            return Err(Stop::failed(Cause::Condition, message));
        }
    }
}

/// Waits until an expression is true in the page's own world.
pub(super) async fn expression(attempt: &Attempt<'_>, expression: &str) -> Result<(), Stop> {
    // In the source of a function instead of `eval`, which a site's policy may forbid.
    let source = expression.trim().trim_end_matches(';');
    let function = format!(
        "async (timeoutMs) => {{
            const deadline = Date.now() + timeoutMs;
            for (;;) {{
                if (await (
                    {source}
                )) return true;
                if (Date.now() >= deadline) return false;
                await new Promise((resolve) => setTimeout(resolve, 50));
            }}
        }}"
    );
    loop {
        let slice = [json!(attempt.slice_ms())];
        let answer = attempt.frame.evaluate_main(&function, &slice).await;
        let after = seconds(attempt.waited());
        match answer {
            Ok(Value::Bool(true)) => return Ok(()),
            Ok(_) if !attempt.left().is_zero() => {}
            Ok(_) => {
                let message = format!("not true after {after}: `{expression}`");
                return Err(Stop::failed(Cause::Condition, message));
            }
            Err(crate::browser::frame::EvaluateError::Exception { message }) => {
                // It may refer to what a script still has to define.
                let message = format!("`{expression}` failed after {after}: {message}");
                return Err(Stop::again(Cause::Condition, message));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Scrolls an element or the window to a position, at once (`scrollTo`, not the wheel: positions
/// in the format are absolute). Returns engine milliseconds.
pub(super) async fn scroll(
    attempt: &Attempt<'_>,
    selectors: Option<&Selectors>,
    (x, y): (Option<f64>, Option<f64>),
) -> Result<f64, Stop> {
    let engine_ms = match selectors {
        None => 0.0,
        Some(selectors) => attempt.ready(selectors, Demand::default()).await?.engine_ms,
    };
    let argument = json!({"element": selectors.is_some(), "x": x, "y": y});
    let _position: Value = attempt
        .call("(to) => rehearsal.scroll(to)", argument)
        .await?;
    Ok(engine_ms)
}
