//! How long a person thought: from the page being ready to the next deed, and how fast they typed.

use crate::browser::capture::{FieldValue, PageEvent};
use crate::clock::Micros;

use super::draft::Deed;

/// Longest pause between keys that is kept, ms.
const SLOWEST: u64 = 300;

/// Shortest.
const FASTEST: u64 = 10;

/// Think time before a deed, ms. `ready`: when the page could be used after the one before it;
/// `until`: when the next one began.
pub(super) fn think_ms(deed: &Deed, ready: Micros, until: Option<Micros>) -> u64 {
    let mut think = deed.began.0.saturating_sub(ready.0);
    // With a cadence of its own the player takes that time itself.
    if is_typed(deed) && key_delay_ms(deed).is_none() {
        let since = deed.began.max(ready);
        let ended = until.map_or(deed.ended, |until| deed.ended.min(until));
        think += ended.0.saturating_sub(since.0);
    }
    think / 1_000
}

/// Keys were pressed for it.
fn is_typed(deed: &Deed) -> bool {
    matches!(deed.event(), Some(PageEvent::Change { strokes, .. }) if *strokes > 0)
}

/// Pause between the keys of what must be typed key by key, ms.
pub(super) fn key_delay_ms(deed: &Deed) -> Option<u64> {
    match deed.event()? {
        PageEvent::Change {
            strokes,
            live: true,
            value: FieldValue::Text { .. },
            ..
        } if *strokes > 1 => {
            let took = deed.ended.0.saturating_sub(deed.began.0) / 1_000;
            Some((took / u64::from(*strokes - 1)).clamp(FASTEST, SLOWEST))
        }
        _ => None,
    }
}
