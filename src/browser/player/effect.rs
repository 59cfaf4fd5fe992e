//! Waiting for what a step is known to cause: a navigation, responses, elements that come or go,
//! the state of its own element. All at once; the step fails only when none of them comes.

use std::time::Duration;

use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::FuturesUnordered;
use serde_json::json;

use crate::browser::network::Answers;
use crate::clock::Micros;
use crate::flow::{
    Action, Effect, EffectPart, ElementState, ResponsePattern, Selectors, UrlPattern,
};
use crate::sample::Cause;

use super::attempt::Attempt;
use super::look;
use super::place::POLL;
use super::reason::seconds;
use super::script;
use super::settle::SKEW;
use super::stop::Stop;

/// How long the other parts may hold a step open after the first has come: the site may have
/// changed since the flow was recorded.
const OTHERS: Duration = Duration::from_secs(5);

/// How long a draft may take to begin to save itself once the keys rest. A page that is used faster
/// than a person does may never do it: what was typed before it looked is nothing new to it.
const RESTS: Duration = Duration::from_secs(3);

/// Longest wait of one call into the page: a document that comes meanwhile is looked at soon.
const SLICE: Duration = Duration::from_secs(1);

/// One part of an effect, being waited for.
type Part<'a> = BoxFuture<'a, EffectPart>;

/// Waits for the parts of the effect, until the deadline. Those that did not come are added to
/// `missing`. Returns engine milliseconds.
pub(super) async fn arrive(
    attempt: &Attempt<'_>,
    effect: &Effect,
    missing: &mut Vec<EffectPart>,
) -> Result<f64, Stop> {
    let mut awaited = effect.parts();
    let mut parts: FuturesUnordered<Part<'_>> = awaited
        .iter()
        .filter_map(|part| comes(attempt, effect, *part))
        .collect();
    let soft = is_by_the_way(attempt, effect);
    let most = if soft { RESTS } else { OTHERS };
    let mut patience = if soft {
        attempt.left().min(RESTS)
    } else {
        attempt.left()
    };
    let mut any = parts.is_empty();
    let clock = attempt.stage.clock();
    let waits = clock.now();
    while !parts.is_empty() {
        let began = clock.now();
        match tokio::time::timeout(patience, parts.next()).await {
            Ok(Some(came)) => {
                awaited.retain(|part| *part != came);
                patience = if any {
                    let took = Duration::from_micros(clock.now().0.saturating_sub(began.0));
                    patience.saturating_sub(took)
                } else {
                    attempt.left().min(most)
                };
                any = true;
            }
            Ok(None) | Err(_) => break,
        }
    }
    let named = awaited.iter().filter_map(|part| told(effect, *part));
    let named: Vec<String> = named.collect();
    missing.extend(awaited);
    if any {
        for part in named {
            tracing::warn!(
                step = attempt.step.label(),
                part,
                "a part of the recorded effect did not come"
            );
        }
        return Ok(0.0);
    }
    if soft {
        tracing::debug!(step = attempt.step.label(), "nothing was saved by the way");
        return Ok(clock.now().ms_since(waits));
    }
    Err(Stop::failed(
        Cause::Condition,
        format!(
            "nothing of what the step causes came within {}; expected {}",
            seconds(attempt.waited()),
            named.join(", ")
        ),
    ))
}

/// Whether it is what a page does by itself some time after a field was filled, at a step that
/// causes nothing. Used faster than by a person, a page may do it sooner, later or not at all:
/// it is no failure.
fn is_by_the_way(attempt: &Attempt<'_>, effect: &Effect) -> bool {
    let fills = matches!(attempt.step.action, Action::Change { .. });
    let filled = fills || attempt.filled.is_some();
    let saves = effect.responses.iter().any(ResponsePattern::does);
    filled && saves && !attempt.step.acts()
}

/// Waits for one part, then names it.
fn comes<'a>(attempt: &'a Attempt<'_>, effect: &'a Effect, part: EffectPart) -> Option<Part<'a>> {
    let came = match part {
        EffectPart::Navigation => navigated(attempt, effect.navigation.as_ref()?).boxed(),
        EffectPart::Response(at) => {
            let response = effect.responses.get(at)?;
            let (answers, since) = heard(attempt, response);
            async move { answers.wait(response, since).await }.boxed()
        }
        EffectPart::Appears(at) => appeared(attempt, effect.appears.get(at)?, false).boxed(),
        EffectPart::Vanishes(at) => appeared(attempt, effect.vanishes.get(at)?, true).boxed(),
        EffectPart::State => taken(attempt, effect.state.as_ref()?).boxed(),
    };
    Some(came.map(move |()| part).boxed())
}

/// One part in words.
fn told(effect: &Effect, part: EffectPart) -> Option<String> {
    Some(match part {
        EffectPart::Navigation => format!("a navigation to `{}`", effect.navigation.as_ref()?),
        EffectPart::Response(at) => in_words(effect.responses.get(at)?),
        EffectPart::Appears(at) => {
            format!("that {} appeared", effect.appears.get(at)?.listed())
        }
        EffectPart::Vanishes(at) => {
            format!("that {} went away", effect.vanishes.get(at)?.listed())
        }
        EffectPart::State => format!("{} of its element", state_in_words(effect.state.as_ref()?)),
    })
}

/// Requests that began from here on may be the step's doing.
pub(super) fn since(attempt: &Attempt<'_>) -> Micros {
    from(attempt.marked().at)
}

/// Requests that began from here on may have been caused then.
fn from(cause: Micros) -> Micros {
    Micros(cause.0.saturating_sub(SKEW.0))
}

/// Where and since when such an answer counts. Of a field that is filled, and of steps that cause
/// nothing themselves, it may come sooner or later than it did for the person.
fn heard<'a>(attempt: &'a Attempt<'_>, response: &ResponsePattern) -> (&'a Answers, Micros) {
    if response.afterwards {
        return (&attempt.answers, from(attempt.typed()));
    }
    let fills = matches!(attempt.step.action, Action::Change { .. });
    match &attempt.filled {
        Some(filled) if !fills || response.does() => (&filled.answers, from(filled.at)),
        _ => (&attempt.answers, since(attempt)),
    }
}

/// A response in words, with its pattern.
pub(super) fn in_words(response: &ResponsePattern) -> String {
    let method = response.method.as_deref().unwrap_or_default();
    let space = if method.is_empty() { "" } else { " " };
    let status = match response.status {
        Some(status) => format!("response {status}"),
        None => "response".to_owned(),
    };
    format!("a {status} to {method}{space}`{}`", response.url)
}

/// The page, the step's frame or a tab that came since is at such an address.
async fn navigated(attempt: &Attempt<'_>, pattern: &str) {
    let pattern = UrlPattern::new(pattern);
    while !attempt.went_by_then(|url| pattern.matches(url)) {
        tokio::time::sleep(POLL).await;
    }
}

async fn appeared(attempt: &Attempt<'_>, selectors: &Selectors, gone: bool) {
    let chains = selectors.0.iter().map(crate::flow::Selector::parts);
    let argument = json!({"alternatives": chains.collect::<Vec<_>>(), "gone": gone,
        "timeoutMs": SLICE.as_millis() as u64});
    until(attempt, "(wanted) => rehearsal.comes(wanted)", &argument).await;
}

async fn taken(attempt: &Attempt<'_>, state: &ElementState) {
    let mut argument = look::wanted(attempt, None);
    argument["state"] = json!(state);
    argument["timeoutMs"] = json!(SLICE.as_millis() as u64);
    until(attempt, "(wanted) => rehearsal.takes(wanted)", &argument).await;
}

/// Asks the page, whichever document is there, until it says yes.
async fn until(attempt: &Attempt<'_>, function: &str, argument: &serde_json::Value) {
    loop {
        match script::call::<bool>(&look::frame(attempt), function, argument.clone()).await {
            Ok(true) => return,
            Ok(false) => {}
            Err(stop) => {
                tracing::debug!(?stop, "the page could not be asked");
                tokio::time::sleep(POLL).await;
            }
        }
    }
}

/// `checked and expanded`. Values stay away: they may be secrets.
fn state_in_words(state: &ElementState) -> String {
    let of = |name: &str, state: Option<bool>| {
        state.map(|state| format!("{}{name}", if state { "" } else { "not " }))
    };
    let words = [
        of("checked", state.checked),
        of("expanded", state.expanded),
        of("pressed", state.pressed),
        of("selected", state.selected),
        state.value.is_some().then(|| "another value".to_owned()),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    format!("the state {}", words.join(" and "))
}
