//! Giving a field its value, by the means that its kind has, and making sure that it took it.

use serde::Deserialize;
use serde_json::json;

use crate::flow::Selectors;
use crate::sample::Cause;

use super::attempt::{Attempt, Demand};
use super::keyboard;
use super::pointer;
use super::stop::Stop;

/// Answer of `rehearsal.field`.
#[derive(Debug, Deserialize)]
struct Field {
    kind: Kind,
    element: String,
    /// A password or payment field: what it holds is never shown.
    secret: bool,
    /// A checkbox or radio button that is not as wanted.
    #[serde(default)]
    press: bool,
    #[serde(default)]
    multiline: bool,
    #[serde(default)]
    empty: bool,
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
    File,
    None,
}

/// Whether the field holds the value, and what else it holds if that may be shown.
#[derive(Debug, Deserialize)]
struct Taken {
    same: bool,
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
        Kind::Text => text(attempt, &field, value).await?,
        Kind::Rich => {
            text(attempt, &field, value).await?;
            return Ok(readiness.engine_ms + handed_over(attempt, value).await?);
        }
        Kind::Select => select(attempt, &field, value).await?,
        Kind::Toggle => toggle(attempt, selectors, &field, value).await?,
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
                    "`{}` takes a file, which a `change` step cannot give",
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

async fn text(attempt: &Attempt<'_>, field: &Field, value: &str) -> Result<(), Stop> {
    let single;
    let value = if field.multiline {
        value
    } else {
        // Enter would submit the form; a person's field takes no line break either.
        single = value.replace(['\r', '\n'], "");
        &single
    };
    select_all(attempt, field).await?;
    if value.is_empty() {
        return empty(attempt, field).await;
    }
    keyboard::type_text(attempt, value).await?;
    if holds(attempt, value).await?.same {
        return Ok(());
    }
    // A script may have put its own text in between (an autocomplete, a late hydration).
    select_all(attempt, field).await?;
    keyboard::insert(attempt, value).await?;
    verify(attempt, field, value, &holds(attempt, value).await?)
}

/// Gives an editor the time to hand its text to the form, which a person's next move would.
/// Returns the milliseconds that it took.
async fn handed_over(attempt: &Attempt<'_>, value: &str) -> Result<f64, Stop> {
    const PATIENCE_MS: u64 = 1000;
    let began = attempt.stage.clock().now();
    let argument = json!({"wanted": value, "timeoutMs": attempt.slice_ms().min(PATIENCE_MS)});
    let _handed_over: bool = attempt
        .call("(text) => rehearsal.handedOver(text)", argument)
        .await?;
    Ok(attempt.stage.clock().now().ms_since(began))
}

async fn select_all(attempt: &Attempt<'_>, field: &Field) -> Result<(), Stop> {
    let focused: bool = attempt
        .call("() => rehearsal.selectAll()", json!(null))
        .await?;
    if focused {
        return Ok(());
    }
    Err(Stop::again(
        Cause::NotActionable,
        format!("`{}` does not take the focus", field.element),
    ))
}

async fn empty(attempt: &Attempt<'_>, field: &Field) -> Result<(), Stop> {
    if !field.empty {
        keyboard::delete(attempt).await?;
    }
    // Deleting fires `input` by itself; in a field that was empty nothing fires.
    attempt
        .call::<()>(
            "(events) => { rehearsal.announceEmptied(events); return null; }",
            json!({"input": field.empty}),
        )
        .await?;
    verify(attempt, field, "", &holds(attempt, "").await?)
}

async fn holds(attempt: &Attempt<'_>, value: &str) -> Result<Taken, Stop> {
    attempt
        .call("(wanted) => rehearsal.holds(wanted)", json!(value))
        .await
}

fn verify(attempt: &Attempt<'_>, field: &Field, value: &str, held: &Taken) -> Result<(), Stop> {
    if held.same {
        return Ok(());
    }
    let secret = field.secret || attempt.step.extension.rendered.secret;
    let message = match &held.held {
        Some(held) if !secret => format!(
            "`{}` holds `{held}` after it was given `{value}`",
            field.element
        ),
        _ => format!("`{}` did not take the value it was given", field.element),
    };
    Err(Stop::failed(Cause::NotActionable, message))
}

async fn select(attempt: &Attempt<'_>, field: &Field, value: &str) -> Result<(), Stop> {
    let argument = json!({"wanted": value, "timeoutMs": attempt.slice_ms()});
    let held: Taken = attempt
        .call("(option) => rehearsal.choose(option)", argument)
        .await?;
    if held.same {
        return Ok(());
    }
    let wanted = if field.secret || attempt.step.extension.rendered.secret {
        "the option asked for".to_owned()
    } else {
        format!("option `{value}`")
    };
    let state = held.why.unwrap_or_default();
    let options: Vec<String> = held
        .options
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let more = if held.more { " …" } else { "" };
    Err(Stop::failed(
        Cause::NotActionable,
        format!(
            "{wanted} is {state} in `{}`; it has {}{more}",
            field.element,
            options.join(", ")
        ),
    ))
}

async fn toggle(
    attempt: &Attempt<'_>,
    selectors: &Selectors,
    field: &Field,
    value: &str,
) -> Result<(), Stop> {
    if !field.press {
        return Ok(());
    }
    let demand = Demand {
        enabled: true,
        aim: true,
        ..Demand::default()
    };
    let aimed = pointer::aim(attempt, selectors, demand).await?;
    pointer::press(attempt, aimed).await?;
    let after: Field = attempt
        .call("(wanted) => rehearsal.field(wanted)", json!(value))
        .await?;
    if after.press {
        return Err(Stop::failed(
            Cause::NotActionable,
            format!("`{}` did not change when it was pressed", field.element),
        ));
    }
    Ok(())
}
