//! A slower machine and line than this one: how does a flow stand them?

use std::time::Duration;

use serde_json::{Value, json};

use super::cdp::Session;

/// How much slower than this machine and its line a user's browser is. The default is not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slowness {
    /// How many times longer a page's main thread takes; 0 and 1 leave it alone.
    pub cpu: u32,
    /// Delay of each response.
    pub latency: Duration,
    /// Up to so much more, drawn for each document and last character of a path: responses
    /// overtake each other.
    pub jitter: Duration,
    /// Bytes per second towards the user; unlimited when absent.
    pub download: Option<u64>,
    /// Bytes per second from the user; unlimited when absent.
    pub upload: Option<u64>,
}

impl Slowness {
    /// Names of the lines that [`Slowness::line`] knows.
    pub const LINES: [&str; 3] = ["3g", "slow-4g", "fast-4g"];

    /// The line that Chromium's developer tools have under this name.
    pub fn line(name: &str) -> Option<Self> {
        let (download, upload, latency_ms) = match name {
            "3g" => (50_000, 50_000, 2_000),
            "slow-4g" => (180_000, 84_375, 562),
            "fast-4g" => (1_012_500, 168_750, 165),
            _ => return None,
        };
        Some(Self {
            latency: Duration::from_millis(latency_ms),
            download: Some(download),
            upload: Some(upload),
            ..Self::default()
        })
    }

    /// Whether requests take longer.
    fn is_of_network(&self) -> bool {
        let line = (self.latency, self.jitter, self.download, self.upload);
        line != (Duration::ZERO, Duration::ZERO, None, None)
    }

    /// The line, with this much latency.
    fn conditions(&self, latency: Duration) -> Value {
        let rate = |rate: Option<u64>| rate.map_or(-1.0, |rate| rate as f64);
        json!({
            "latency": latency.as_secs_f64() * 1_000.0,
            "downloadThroughput": rate(self.download),
            "uploadThroughput": rate(self.upload),
        })
    }
}

/// Makes the targets of one user slow.
#[derive(Debug)]
pub(super) struct Brake {
    slowness: Slowness,
    /// State of the generator of jitter; the same user draws the same series.
    state: u64,
}

impl Brake {
    /// The brake of the user with this number.
    pub(super) fn new(slowness: Slowness, user: u32) -> Self {
        Self {
            slowness,
            state: u64::from(user),
        }
    }

    /// Before the first document of a tab or of a frame in a process of its own, or the first
    /// line of a worker.
    pub(super) fn apply(&mut self, session: &Session, has_main_thread: bool) {
        if has_main_thread && self.slowness.cpu > 1 {
            let rate = json!({"rate": self.slowness.cpu});
            session.send("Emulation.setCPUThrottlingRate", rate);
        }
        if !self.slowness.jitter.is_zero() {
            self.jitter(session);
        } else if self.slowness.is_of_network() {
            let mut conditions = self.slowness.conditions(self.slowness.latency);
            conditions["offline"] = json!(false);
            session.send("Network.emulateNetworkConditions", conditions);
        }
    }

    /// Another document is in the main frame of a tab.
    pub(super) fn committed(&mut self, session: &Session) {
        if !self.slowness.jitter.is_zero() {
            self.jitter(session);
        }
    }

    /// Another latency for each last character of a path, so that responses overtake each other.
    /// Latency cannot be drawn for each request: a change lets go what is under way.
    fn jitter(&mut self, session: &Session) {
        let endings = ('a'..='z').chain('0'..='9');
        let mut patterns: Vec<String> = endings.map(|end| format!("*://*:*/*{end}")).collect();
        // All else.
        patterns.push(String::new());
        let rules: Vec<Value> = patterns
            .into_iter()
            .map(|pattern| {
                let jitter = self.slowness.jitter.mul_f64(self.draw());
                let mut rule = self.slowness.conditions(self.slowness.latency + jitter);
                rule["urlPattern"] = json!(pattern);
                rule
            })
            .collect();
        let rules = json!({"matchedNetworkConditions": rules});
        session.send("Network.emulateNetworkConditionsByRule", rules);
    }

    /// Evenly from 0 to 1 (`SplitMix64`).
    fn draw(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_is_even_and_each_users_own() {
        let mut brake = Brake::new(Slowness::default(), 3);
        let draws: Vec<f64> = (0..1_000).map(|_| brake.draw()).collect();
        let mean = draws.iter().sum::<f64>() / 1_000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
        assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)));
        let other = Brake::new(Slowness::default(), 4).draw();
        assert!((other - draws[0]).abs() > f64::EPSILON);
    }

    #[test]
    fn every_named_line_is_known() {
        for name in Slowness::LINES {
            assert!(Slowness::line(name).is_some_and(|line| line.is_of_network()));
        }
        assert_eq!(Slowness::line("5g"), None);
        assert!(!Slowness::default().is_of_network());
    }
}
