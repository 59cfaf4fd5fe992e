//! Giving a field its value, by the means that its kind has, and making sure that it took it.
//! Typing is in [`super::typing`].

use serde::Deserialize;
use serde_json::json;

use crate::flow::Selectors;
use crate::sample::Cause;

use super::attempt::{Attempt, Demand};
use super::pointer;
use super::stop::Stop;
use super::typing;

/// Answer of `rehearsal.field`.
#[derive(Debug, Deserialize)]
pub(super) struct Field {
    kind: Kind,
    pub(super) element: String,
    /// A password or payment field: what it holds is never shown.
    pub(super) secret: bool,
    /// A checkbox or radio button that is not as wanted.
    #[serde(default)]
    press: bool,
    #[serde(default)]
    pub(super) multiline: bool,
    #[serde(default)]
    pub(super) empty: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    /// Typed into.
    Text,
    /// Typed into, with formats (contenteditable).
    Rich,
    /// An option is chosen.
    Select,
    /// Pressed until it is as wanted.
    Toggle,
    /// Has a picker: dates, colours, sliders.
    Value,
    /// A list made of plain elements.
    Picker,
    File,
    None,
}

/// Whether the field holds the value, and what else it holds if that may be shown.
#[derive(Debug, Deserialize)]
pub(super) struct Taken {
    pub(super) same: bool,
    held: Option<String>,
    why: Option<String>,
    #[serde(default)]
    options: Vec<String>,
    #[serde(default)]
    more: bool,
}

/// Gives the field its value. Returns engine milliseconds.
pub(super) async fn change(
    attempt: &Attempt<'_>,
    selectors: &Selectors,
    value: &str,
) -> Result<f64, Stop> {
    let demand = Demand {
        enabled: true,
        editable: true,
        ..Demand::default()
    };
    let readiness = attempt.ready(selectors, demand).await?;
    attempt.mark();
    let field: Field = attempt
        .call("(wanted) => rehearsal.field(wanted)", json!(value))
        .await?;
    match field.kind {
        Kind::Text => typing::text(attempt, &field, value).await?,
        Kind::Rich => {
            let waited = typing::rich(attempt, &field, value).await?;
            return Ok(readiness.engine_ms + waited);
        }
        Kind::Select => select(attempt, &field, value).await?,
        Kind::Toggle => toggle(attempt, selectors, &field, value).await?,
        Kind::Picker => pick(attempt, selectors, &field, value).await?,
        Kind::Value => {
            let held: Taken = attempt
                .call("(wanted) => rehearsal.setValue(wanted)", json!(value))
                .await?;
            verify(attempt, &field, value, &held)?;
        }
        Kind::File => {
            return Err(Stop::failed(
                Cause::Flow,
                format!(
                    "`{}` takes a file, which a `change` step cannot give; use a \
                     `rehearsal.upload` step",
                    field.element
                ),
            ));
        }
        Kind::None => {
            return Err(Stop::again(
                Cause::NotActionable,
                format!("`{}` is no field that takes a value", field.element),
            ));
        }
    }
    Ok(readiness.engine_ms)
}

/// The field must hold what it was given.
pub(super) fn verify(
    attempt: &Attempt<'_>,
    field: &Field,
    value: &str,
    held: &Taken,
) -> Result<(), Stop> {
    if held.same {
        return Ok(());
    }
    let secret = field.secret || attempt.step.extension.rendered.secret;
    let element = &field.element;
    let message = match (&held.held, &held.why) {
        (_, Some(why)) if secret => format!("`{element}` {why}"),
        (_, Some(why)) => format!("`{element}` {why}, not `{value}`"),
        (Some(held), None) if !secret => {
            format!("`{element}` holds `{held}` after it was given `{value}`")
        }
        _ => format!("`{element}` did not take the value it was given"),
    };
    Err(Stop::failed(Cause::NotActionable, message))
}

async fn select(attempt: &Attempt<'_>, field: &Field, value: &str) -> Result<(), Stop> {
    let all = attempt.step.extension.values.clone();
    let all = all.unwrap_or_else(|| vec![value.to_owned()]);
    let argument = json!({"wanted": all, "timeoutMs": attempt.slice_ms()});
    let held: Taken = attempt
        .call("(options) => rehearsal.choose(options)", argument)
        .await?;
    if held.same {
        return Ok(());
    }
    let asked = held.held.as_deref().unwrap_or(value);
    let state = held.why.as_deref().unwrap_or_default();
    Err(no_option(
        attempt,
        field,
        asked,
        state,
        (&held.options, held.more),
    ))
}

fn no_option(
    attempt: &Attempt<'_>,
    field: &Field,
    asked: &str,
    state: &str,
    (options, more): (&[String], bool),
) -> Stop {
    let wanted = if field.secret || attempt.step.extension.rendered.secret {
        "the option asked for".to_owned()
    } else {
        format!("option `{asked}`")
    };
    let options: Vec<String> = options.iter().map(|name| format!("`{name}`")).collect();
    let more = if more { " …" } else { "" };
    let has = if options.is_empty() {
        "no options".to_owned()
    } else {
        options.join(", ")
    };
    let element = &field.element;
    Stop::failed(
        Cause::NotActionable,
        format!("{wanted} is {state} in `{element}`; it has {has}{more}"),
    )
}

/// Answer of `rehearsal.option`.
#[derive(Debug, Deserialize)]
struct Choice {
    found: bool,
    /// The list shows its options.
    open: bool,
    selected: bool,
    #[serde(default)]
    among: u64,
    options: Vec<String>,
    #[serde(default)]
    more: bool,
}

/// Chooses in a list made of plain elements as a person does: opens it, presses the option.
async fn pick(
    attempt: &Attempt<'_>,
    selectors: &Selectors,
    field: &Field,
    value: &str,
) -> Result<(), Stop> {
    const OPTION: &str = "(option) => rehearsal.option({ owner: rehearsal.fieldNow, ...option })";
    const PICKED: &str = "(option) => rehearsal.picked({ owner: rehearsal.fieldNow, ...option })";
    // Which element it is, is remembered: aiming at another one makes that the script's target.
    attempt
        .call::<()>("() => rehearsal.keepField()", json!(null))
        .await?;
    let now = json!({"wanted": value, "timeoutMs": 0});
    let first: Choice = attempt.call(OPTION, now).await?;
    if first.found && first.selected {
        return Ok(());
    }
    if !first.open {
        attempt
            .call::<()>("() => rehearsal.holdField()", json!(null))
            .await?;
        press_held(attempt, selectors).await?;
    }
    let wait = json!({"wanted": value, "timeoutMs": attempt.slice_ms()});
    let choice: Choice = attempt.call(OPTION, wait).await?;
    if !choice.found {
        let state = if choice.among > 1 {
            "there several times"
        } else {
            "missing"
        };
        let options = (&*choice.options, choice.more);
        return Err(no_option(attempt, field, value, state, options));
    }
    press_held(attempt, selectors).await?;
    let soon = json!({"wanted": value, "timeoutMs": attempt.slice_ms().min(2000)});
    let held: Taken = attempt.call(PICKED, soon).await?;
    verify(attempt, field, value, &held)
}

/// Presses the element that the script holds, when it can be pressed.
async fn press_held(attempt: &Attempt<'_>, selectors: &Selectors) -> Result<(), Stop> {
    let demand = Demand {
        enabled: true,
        aim: true,
        held: true,
        ..Demand::default()
    };
    let aimed = pointer::aim(attempt, selectors, demand).await?;
    pointer::press(attempt, aimed).await
}

/// Presses what is not as wanted, itself or the label that stands for it.
async fn toggle(
    attempt: &Attempt<'_>,
    selectors: &Selectors,
    field: &Field,
    value: &str,
) -> Result<(), Stop> {
    if !field.press {
        return Ok(());
    }
    attempt
        .call::<()>("(wanted) => rehearsal.holdToggle(wanted)", json!(value))
        .await?;
    press_held(attempt, selectors).await?;
    let argument = json!({"wanted": value, "timeoutMs": attempt.slice_ms().min(1000)});
    let changed: bool = attempt
        .call("(toggle) => rehearsal.toggled(toggle)", argument)
        .await?;
    if changed {
        return Ok(());
    }
    Err(Stop::failed(
        Cause::NotActionable,
        format!("`{}` did not change when it was pressed", field.element),
    ))
}
