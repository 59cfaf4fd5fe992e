//! The script that watches a person, in our isolated world of each document. It builds on what
//! the player's scripts know of elements: names, selectors, fingerprints.

/// Runs before the page's own scripts, once per document even if injected again. Later parts use
/// what earlier ones define. It tells [`super::Report`]s, as JSON, by [`BINDING`]; what Rust asks
/// of it is in `script/ask.js`.
pub(super) const SCRIPT: &str = concat!(
    "if (!globalThis.rehearsal?.capture) {",
    include_str!("../player/script/names.js"),
    include_str!("../player/script/only.js"),
    include_str!("../player/script/find.js"),
    include_str!("../player/script/fingerprint.js"),
    include_str!("../player/script/selectors.js"),
    include_str!("script/tell.js"),
    include_str!("script/secrets.js"),
    include_str!("script/like.js"),
    include_str!("script/describe.js"),
    include_str!("script/effects.js"),
    include_str!("script/keys.js"),
    include_str!("script/paste.js"),
    include_str!("script/scroll.js"),
    include_str!("script/field.js"),
    include_str!("script/rich.js"),
    include_str!("script/press.js"),
    include_str!("script/drag.js"),
    include_str!("script/hover.js"),
    include_str!("script/ask.js"),
    include_str!("script/gestures.js"),
    "}",
);

/// Name of the function by which the script tells; it has to be in our world before the script.
pub(super) const BINDING: &str = "rehearsalTell";

#[cfg(test)]
mod tests;
