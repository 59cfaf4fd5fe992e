//! The generator's own health over the run.

use super::distribution::{Distribution, rounded};
use super::steps::Steps;
use super::summary::Generator as Summary;
use crate::sample::GeneratorSample;

/// Health of the machine that makes the load.
#[derive(Debug)]
pub(super) struct Generator {
    samples: u64,
    cpu_sum: f64,
    cpu_max: f64,
    rss_max: u64,
    loop_lag_ms: Distribution,
    pub(super) last: Option<GeneratorSample>,
}

impl Generator {
    pub(super) fn new() -> Self {
        Self {
            samples: 0,
            cpu_sum: 0.0,
            cpu_max: 0.0,
            rss_max: 0,
            loop_lag_ms: Distribution::milliseconds(),
            last: None,
        }
    }

    pub(super) fn fold(&mut self, sample: &GeneratorSample) {
        self.samples += 1;
        self.cpu_sum += sample.cpu_share;
        self.cpu_max = self.cpu_max.max(sample.cpu_share);
        self.rss_max = self.rss_max.max(sample.rss_bytes);
        self.loop_lag_ms.record(sample.loop_lag_ms);
        self.last = Some(sample.clone());
    }

    pub(super) fn summary(&self, steps: &Steps) -> Summary {
        let last = self.last.as_ref();
        Summary {
            cpu_share: rounded(self.cpu_sum / self.samples.max(1) as f64),
            cpu_share_max: rounded(self.cpu_max),
            rss_bytes: self.rss_max,
            driver_cpu_s: rounded(last.map_or(0.0, |sample| sample.driver_cpu_s)),
            browser_cpu_s: rounded(last.map_or(0.0, |sample| sample.browser_cpu_s)),
            loop_lag_ms: self.loop_lag_ms.statistics(),
            tainted_samples: steps.tainted,
            tainted_ms: steps.tainted_ms.statistics(),
            browser_restarts: last.map_or(0, |sample| sample.browser_restarts),
        }
    }
}
