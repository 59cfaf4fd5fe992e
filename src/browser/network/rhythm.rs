//! Which requests a document makes again and again, known of this document only.
//!
//! A poller is known for certain when it asks while nobody acts (see `polls`). Until then a step
//! must not be held by it: here the very same request, made by the very same code, counts as
//! background once nobody can have caused it, or once it has begun several times since a step did
//! something. That makes it none of the step's business; what it is reported as stays as it is.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use url::Url;

use crate::clock::Micros;

/// So often since a step did something. What a press causes asks once, and perhaps again.
const TIMES: u32 = 3;

/// Requests closer to each other count as one: parts of a page that all ask for the same.
const APART_MS: f64 = 80.0;

/// So many are remembered; then all are forgotten.
const KNOWN: usize = 5_000;

/// A value with so many digits and nothing else is a time, there to avoid caches.
const TIME_DIGITS: usize = 10;

/// What the documents of a user ask for.
#[derive(Debug, Default)]
pub(super) struct Rhythms {
    /// Steps that have done something so far.
    deeds: u64,
    known: HashMap<u64, Beats>,
}

#[derive(Debug, Default)]
struct Beats {
    deed: u64,
    times: u32,
    last: Micros,
    background: bool,
}

/// What is the same for the same request of the same code in the same document.
pub(super) fn key(loader: &str, stack: u64, url: &Url) -> u64 {
    let mut hasher = DefaultHasher::new();
    (loader, stack, url.path()).hash(&mut hasher);
    for (name, value) in url.query_pairs() {
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        let is_time = digits >= TIME_DIGITS && digits == value.len();
        (name, (!is_time).then_some(value)).hash(&mut hasher);
    }
    hasher.finish()
}

impl Rhythms {
    /// A step does something: what repeats is counted anew.
    pub(super) fn rest(&mut self) {
        self.deeds += 1;
    }

    /// Counts a request, and says whether it is background. `idle`: no user can have caused it.
    pub(super) fn is_background(&mut self, key: u64, started: Micros, idle: bool) -> bool {
        if self.known.len() >= KNOWN {
            self.known.clear();
        }
        let beats = self.known.entry(key).or_default();
        if beats.deed != self.deeds {
            beats.deed = self.deeds;
            beats.times = 0;
        }
        if beats.times == 0 || started.ms_since(beats.last) >= APART_MS {
            beats.times += 1;
            beats.last = started;
        }
        beats.background |= idle || beats.times >= TIMES;
        beats.background
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(rhythms: &mut Rhythms, url: &str, at_ms: u64) -> bool {
        let key = key("document", 1, &Url::parse(url).unwrap());
        rhythms.is_background(key, Micros(at_ms * 1_000), false)
    }

    #[test]
    fn what_comes_again_and_again_is_background_from_then_on() {
        let mut rhythms = Rhythms::default();
        let url = |at: u64| format!("http://a.test/stock?_={}", 1_700_000_000 + at);
        assert!(!ask(&mut rhythms, &url(100), 100));
        assert!(!ask(&mut rhythms, &url(300), 300));
        assert!(ask(&mut rhythms, &url(500), 500));
        rhythms.rest();
        assert!(ask(&mut rhythms, &url(900), 900));
    }

    #[test]
    fn what_steps_cause_is_none() {
        let mut rhythms = Rhythms::default();
        for press in 0..5 {
            rhythms.rest();
            assert!(!ask(&mut rhythms, "http://a.test/cart", press * 1_000));
            assert!(!ask(
                &mut rhythms,
                "http://a.test/cart",
                press * 1_000 + 200
            ));
        }
        // At once, or one page after the other.
        for number in 0..5 {
            assert!(!ask(&mut rhythms, "http://a.test/me", 9_000 + number));
            let page = format!("http://a.test/list?page={number}");
            assert!(!ask(&mut rhythms, &page, 10_000 + number * 200));
        }
    }

    #[test]
    fn once_is_enough_when_nobody_acted() {
        let mut rhythms = Rhythms::default();
        let key = key("document", 1, &Url::parse("http://a.test/stock").unwrap());
        assert!(rhythms.is_background(key, Micros(1), true));
        rhythms.rest();
        assert!(rhythms.is_background(key, Micros(9_000_000), false));
    }
}
