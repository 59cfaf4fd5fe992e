//! Presses that came before the page could hear them. A page that was rendered by the server is
//! seen before its scripts have attached their handlers; a press in between is lost.
//!
//! Before the press, a young document is given a moment to listen. After a press that nobody can
//! have heard, the step waits until somebody listens and does it once more. What a handler may
//! have heard is never repeated, however long it takes: it may be placing an order.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::flow::{Action, Button, Pointer, Selector, Selectors};

use super::attempt::Attempt;
use super::effect::since;
use super::look;
use super::place::POLL;
use super::stop::Stop;

/// A document is young for so long, ms: its scripts may still be on their way.
const YOUNG_MS: f64 = 4_000.0;

/// How long a young document is waited for before the first press.
const GATE: Duration = Duration::from_secs(2);

/// A page that has loaded and not changed for so long, ms, is not about to listen.
const QUIET_MS: u64 = 300;

/// How long somebody is waited for who listens, when the step is known to cause something.
const LISTENER: Duration = Duration::from_secs(8);

/// Within so long a press shows that it was heard, where a handler of the whole page may have.
const SHOWS: Duration = Duration::from_millis(300);

/// How often the page is asked meanwhile.
const SLICE: Duration = Duration::from_millis(250);

/// What is said of buttons that nobody wants pressed twice.
const GRAVE: [&str; 22] = [
    "delete",
    "remove",
    "pay",
    "order",
    "buy",
    "purchase",
    "send",
    "submit",
    "publish",
    "confirm",
    "checkout",
    "transfer",
    "book",
    "löschen",
    "bezahlen",
    "bestellen",
    "kaufen",
    "senden",
    "buchen",
    "supprimer",
    "payer",
    "commander",
];

/// Who can hear a press on an element: listeners on it and around it, those on the whole page (routers
/// and frameworks that delegate), those that watch the page (analytics), the browser itself, or a
/// library that keeps early presses.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Hearing {
    own: bool,
    whole: bool,
    watch: bool,
    native: bool,
    kept: bool,
}

/// Answer of `rehearsal.hearing`.
#[derive(Debug, Deserialize)]
struct Before {
    #[serde(flatten)]
    hearing: Option<Hearing>,
    #[serde(rename = "ageMs")]
    age_ms: f64,
}

/// Answer of `rehearsal.watched`.
#[derive(Debug, Clone, Copy, Deserialize)]
struct After {
    #[serde(flatten)]
    heard: Hearing,
    /// The press arrived at all.
    click: bool,
    /// Something in the page has changed since.
    changed: bool,
    /// More than attributes, that is.
    redrawn: bool,
    #[serde(rename = "ageMs")]
    age_ms: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Heard {
    heard: bool,
    waited_ms: f64,
}

/// A press being watched.
#[derive(Debug)]
pub(super) struct Watch<'a> {
    selectors: &'a Selectors,
}

/// Before a press: gives a young document a moment to listen, and watches what the press does.
/// Nothing is watched where repeating is out of the question. Also engine milliseconds.
pub(super) async fn watch<'a>(attempt: &Attempt<'a>) -> Result<(Option<Watch<'a>>, f64), Stop> {
    let Some(pointer) = press(&attempt.step.action) else {
        return Ok((None, 0.0));
    };
    let selectors = &pointer.selectors;
    let function = "(wanted) => rehearsal.hearing(wanted)";
    let wanted = look::wanted(attempt, Some(selectors));
    let before: Before = attempt.call(function, wanted).await?;
    let young = before.age_ms < YOUNG_MS;
    let mut engine_ms = 0.0;
    if let Some(hearing) = before.hearing
        && young
        && !(hearing.own || hearing.whole || hearing.native)
    {
        let heard = hears(attempt, selectors, GATE, Some(QUIET_MS)).await?;
        engine_ms = heard.waited_ms;
    }
    if attempt.step.extension.repeatable == Some(false) || !(young || is_expecting(attempt)) {
        return Ok((None, engine_ms));
    }
    let _nothing: Option<()> = attempt.call("() => rehearsal.watch()", json!(null)).await?;
    Ok((Some(Watch { selectors }), engine_ms))
}

/// The press of a step that may be done once more.
fn press(action: &Action) -> Option<&Pointer> {
    let (Action::Click(pointer) | Action::DoubleClick(pointer)) = action else {
        return None;
    };
    matches!(pointer.button, None | Some(Button::Primary)).then_some(pointer)
}

/// Whether the flow says what comes of the step.
fn is_expecting(attempt: &Attempt<'_>) -> bool {
    let step = attempt.step;
    let extension = &step.extension;
    !step.asserted_events.is_empty() || extension.effect.is_some() || !extension.expect.is_empty()
}

impl Watch<'_> {
    /// After the press: whether it is to be done once more, now that somebody listens. Ends at
    /// once when it was heard. Also engine milliseconds.
    pub(super) async fn wants_repeat(self, attempt: &Attempt<'_>) -> (bool, f64) {
        let wants = self.decide(attempt).await;
        let end = "() => globalThis.rehearsal?.unwatch?.()";
        let _gone_with_its_document = attempt.frame.evaluate(end, &[]).await;
        match wants {
            Ok((true, _)) => {
                // All since the first press was for nothing.
                let first = attempt.marked().at;
                (true, attempt.stage.clock().now().ms_since(first))
            }
            Ok(not) => not,
            // A document that went away is an effect.
            Err(stop) => {
                tracing::debug!(?stop, "the press is not looked after any more");
                (false, 0.0)
            }
        }
    }

    /// Whether to repeat, and milliseconds that were waited for nothing.
    async fn decide(&self, attempt: &Attempt<'_>) -> Result<(bool, f64), Stop> {
        const NO: (bool, f64) = (false, 0.0);
        let after = Self::after(attempt).await?;
        let forced = attempt.step.extension.repeatable == Some(true);
        if !after.is_some_and(|after| after.click) || moved(attempt) {
            return Ok(NO);
        }
        let Some(After {
            heard,
            changed,
            age_ms,
            ..
        }) = after
        else {
            return Ok(NO);
        };
        let someone = heard.own || heard.native;
        if (someone || heard.kept) && !forced {
            return Ok(NO);
        }
        let expecting = is_expecting(attempt);
        if heard.whole && !forced {
            // A router at work, most likely, however long it takes.
            return Ok(NO);
        }
        if !heard.whole && !heard.watch && !someone {
            // Nobody can have heard it: what changes meanwhile is the page's own doing.
            let bound = if expecting || forced {
                LISTENER
            } else {
                Duration::from_micros(((YOUNG_MS - age_ms).max(0.0) * 1_000.0) as u64)
            };
            // A step with little time must still end in time: the press was done.
            let patience = attempt.left().mul_f64(0.6).min(bound);
            let began = attempt.stage.clock().now();
            let heard = self.until_heard(attempt, patience, false).await?;
            return Ok((heard, attempt.stage.clock().now().ms_since(began)));
        }
        if changed || (!expecting && !forced) || (!forced && self.is_grave(attempt).await?) {
            return Ok(NO);
        }
        // Analytics, most likely; or a handler that is at work on it after all.
        if showed(attempt).await? {
            return Ok(NO);
        }
        if forced && someone {
            return Ok((true, 0.0));
        }
        let patience = attempt.left().mul_f64(0.5).min(LISTENER);
        let heard = self.until_heard(attempt, patience, true).await?;
        if !forced {
            // On another page, or one that was drawn anew, it would be another press.
            let after = Self::after(attempt).await?;
            let same = after.is_some_and(|after| !after.redrawn);
            return Ok((heard && same && !moved(attempt), 0.0));
        }
        let again = heard || !(moved(attempt) || requested(attempt));
        Ok((again, 0.0))
    }

    /// Waits until the element hears presses. False when the page moves on instead; with `strict`
    /// also when a request shows that the press was heard after all.
    async fn until_heard(
        &self,
        attempt: &Attempt<'_>,
        patience: Duration,
        strict: bool,
    ) -> Result<bool, Stop> {
        let clock = attempt.stage.clock();
        let began = clock.now();
        loop {
            let waited = Duration::from_micros(clock.now().0.saturating_sub(began.0));
            let slice = patience.saturating_sub(waited).min(SLICE);
            let heard = hears(attempt, self.selectors, slice, None).await?.heard;
            if moved(attempt) || (strict && requested(attempt)) {
                return Ok(false);
            }
            if heard || slice < SLICE {
                return Ok(heard);
            }
        }
    }

    async fn after(attempt: &Attempt<'_>) -> Result<Option<After>, Stop> {
        attempt.call("() => rehearsal.watched()", json!(null)).await
    }

    /// Whether the element's name is one that nobody wants pressed twice.
    async fn is_grave(&self, attempt: &Attempt<'_>) -> Result<bool, Stop> {
        let called: String = attempt
            .call("() => rehearsal.called()", json!(null))
            .await?;
        Ok(is_grave(&called))
    }
}

/// Whether a name has a grave word, at the beginning of one of its words.
fn is_grave(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| GRAVE.iter().any(|grave| word.starts_with(grave)))
}

/// Whether the press shows within a moment that it was heard: something changed in the page, or a
/// request was made.
async fn showed(attempt: &Attempt<'_>) -> Result<bool, Stop> {
    tokio::time::sleep(SHOWS.min(attempt.left())).await;
    let after = Watch::after(attempt).await?;
    let changed = after.is_none_or(|after| after.changed);
    Ok(changed || moved(attempt) || requested(attempt))
}

/// After the second press: gives a handler that has only just come a moment to begin what it does,
/// so that it can be waited for. Returns engine milliseconds.
pub(super) async fn begins(attempt: &Attempt<'_>) -> f64 {
    let clock = attempt.stage.clock();
    let began = clock.now();
    let bound = SHOWS.min(attempt.left());
    while !(moved(attempt) || requested(attempt)) {
        if clock.now().ms_since(began) >= bound.as_secs_f64() * 1_000.0 {
            break;
        }
        tokio::time::sleep(POLL).await;
    }
    clock.now().ms_since(began)
}

/// The page went elsewhere, or opened another tab, or is about to.
fn moved(attempt: &Attempt<'_>) -> bool {
    attempt.page.documents().borrow().pending || attempt.went_to(|_| true)
}

fn requested(attempt: &Attempt<'_>) -> bool {
    let since = since(attempt);
    !attempt.page.in_flight(since).is_empty() || attempt.answers.any(since)
}

async fn hears(
    attempt: &Attempt<'_>,
    selectors: &Selectors,
    patience: Duration,
    quiet_ms: Option<u64>,
) -> Result<Heard, Stop> {
    let chains: Vec<_> = selectors.0.iter().map(Selector::parts).collect();
    let argument = json!({
        "alternatives": chains,
        "timeoutMs": patience.min(attempt.left()).as_millis() as u64,
        "quietMs": quiet_ms,
    });
    attempt
        .call("(wanted) => rehearsal.hears(wanted)", argument)
        .await
}

#[cfg(test)]
mod tests {
    use super::is_grave;

    #[test]
    fn grave_names_are_known_by_the_beginning_of_a_word() {
        for name in ["Place order", "Jetzt bezahlen", "btn-delete", "Sending…"] {
            assert!(is_grave(name), "{name}");
        }
        for name in ["Next", "Show reorderable list", "Menu"] {
            assert!(!is_grave(name), "{name}");
        }
    }
}
