//! Which requests the page repeats by itself.
//!
//! Nothing in a request says "I am a poll". What tells is who could have caused it: a `fetch`
//! that begins while no step is performed, nor for a moment after the last one, was begun by the
//! page. When the same code asks for the same thing again in the same document in that way, it is
//! a poller, and so it is for all users of the pool from then on.
//!
//! "The same thing" is the method, the folded URL and the place in the script that called
//! `fetch`. A poller often shares that place with code that people trigger (a "refresh" button
//! that calls the same function), so while a step is performed a request counts as a poll only if
//! the whole call stack is one that the poller has shown before.
//!
//! What this cannot know: the first call of a poller in the pool's life, and the call that a
//! page's load makes directly, count as `fetch`; a button whose handler *is* the polling function
//! counts as `poll`.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// Pollers known to a pool. Bounded.
#[derive(Debug, Default)]
pub(crate) struct Polls(Mutex<HashMap<u64, Vec<u64>>>);

/// So many pollers are known at most; a site has a handful.
const POLLERS: usize = 1_000;

/// So many call stacks are kept of each.
const STACKS: usize = 8;

/// What identifies a repeated request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CallSite {
    /// Method, folded URL and innermost script position.
    key: u64,
    /// The whole stack.
    stack: u64,
}

impl CallSite {
    /// From a request and its `initiator`. URLs of scripts count without their query, those of
    /// inline scripts not at all (they are the page's, which differs from product to product).
    pub(super) fn new(method: &str, url: &str, initiator: &Value, document: &str) -> Self {
        let mut key = DefaultHasher::new();
        let mut stack = DefaultHasher::new();
        (method, url).hash(&mut key);
        let frames = initiator.pointer("/stack/callFrames");
        for (index, frame) in frames
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let script = frame["url"].as_str().unwrap_or_default();
            let script = if script == document { "" } else { script };
            let position = (
                script.split('?').next().unwrap_or_default(),
                frame["lineNumber"].as_i64(),
                frame["columnNumber"].as_i64(),
            );
            if index == 0 {
                position.hash(&mut key);
            }
            position.hash(&mut stack);
        }
        Self {
            key: key.finish(),
            stack: stack.finish(),
        }
    }

    /// The key, for counting within a document.
    pub(super) fn key(self) -> u64 {
        self.key
    }

    /// The whole stack, with method and folded URL.
    pub(super) fn stack(self) -> u64 {
        self.stack
    }
}

impl Polls {
    /// Whether a request is a poll. `repeated`: the document has asked for the same before.
    /// `by_itself`: no user can have caused it.
    pub(super) fn is_poll(&self, site: CallSite, repeated: bool, by_itself: bool) -> bool {
        let mut pollers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stacks) = pollers.get_mut(&site.key) {
            let known = stacks.contains(&site.stack);
            if by_itself && !known && stacks.len() < STACKS {
                stacks.push(site.stack);
            }
            return by_itself || known;
        }
        if by_itself && repeated && pollers.len() < POLLERS {
            pollers.insert(site.key, vec![site.stack]);
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn site(url: &str, lines: &[i64]) -> CallSite {
        let frames: Vec<Value> = lines
            .iter()
            .map(|line| json!({"url": "http://a.test/app.js?v=1", "lineNumber": line, "columnNumber": 3}))
            .collect();
        let initiator = json!({"stack": {"callFrames": frames}});
        CallSite::new("GET", url, &initiator, "http://a.test/")
    }

    #[test]
    fn what_the_page_repeats_by_itself_is_a_poll_for_everyone() {
        let polls = Polls::default();
        let timer = site("/stock", &[5]);
        assert!(!polls.is_poll(timer, false, true), "once is no repetition");
        assert!(polls.is_poll(timer, true, true));
        assert!(polls.is_poll(timer, false, true), "known in a new document");
        assert!(
            polls.is_poll(timer, true, false),
            "its timer fires while the user acts"
        );
    }

    #[test]
    fn what_the_user_repeats_is_none() {
        let polls = Polls::default();
        let click = site("/stock", &[5, 90]);
        for _ in 0..5 {
            assert!(!polls.is_poll(click, true, false));
        }
        let timer = site("/stock", &[5]);
        assert!(polls.is_poll(timer, true, true));
        assert!(
            !polls.is_poll(click, true, false),
            "a refresh button next to a poller"
        );
        assert!(
            !polls.is_poll(site("/cart", &[5]), false, true),
            "another URL"
        );
    }
}
