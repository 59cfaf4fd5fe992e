//! What a run will cost the machine that runs it, before it runs.

use std::time::Duration;

use super::model::{Persona, Think, Workload};
use crate::flow::{Action, Flow};

/// Expected cost at the peak of the load. An estimate from measurements of Chromium's headless
/// shell on ordinary pages (about 20 requests, 150 kB of script); heavy pages cost several times
/// as much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Users at the peak.
    pub users: u32,
    /// Memory of driver and browsers, bytes.
    pub memory_bytes: u64,
    /// Cores in use.
    pub cores: f64,
    /// Stages together, without seeding and graceful stop.
    pub duration: Duration,
}

/// A browser with no user: browser, GPU, network and zygote processes.
const BROWSER_BYTES: u64 = 230_000_000;
/// A user after several pages: a renderer with its caches.
const USER_BYTES: u64 = 100_000_000;
/// Opening a page and a few actions on it.
const PAGE_CPU_S: f64 = 0.30;
/// A step that opens no page.
const STEP_CPU_S: f64 = 0.02;
/// A user who only looks at a page with pollers and animations: CPU seconds per second.
const IDLE_CPU: f64 = 0.005;
/// Time that a step takes beside its pause; of this only the order of magnitude matters.
const STEP_S: f64 = 0.3;

impl Workload {
    /// Estimates the cost at the peak.
    pub fn estimate(&self) -> Estimate {
        let parts = self.parts();
        let cores: f64 = parts
            .iter()
            .map(|part| cores_of_user(&self.personas[part.persona]))
            .sum();
        Estimate {
            users: self.load.peak(),
            memory_bytes: BROWSER_BYTES + u64::from(self.load.peak()) * USER_BYTES,
            cores,
            duration: self.load.duration(),
        }
    }
}

fn cores_of_user(persona: &Persona) -> f64 {
    let (mut cpu_s, mut time_s) = (0.0, 0.0);
    for entry in &persona.flows {
        let (cpu, time) = iteration(&entry.flow, persona.think);
        cpu_s += entry.weight * cpu;
        time_s += entry.weight * time;
    }
    // A user is one renderer: its page cannot use much more than one core.
    (cpu_s / time_s.max(0.001)).min(1.0) + IDLE_CPU
}

/// CPU seconds and seconds of one iteration.
fn iteration(flow: &Flow, think: Think) -> (f64, f64) {
    let mut total = (0.0, 0.0);
    for step in &flow.steps {
        let opens = matches!(step.action, Action::Navigate { .. });
        let cpu = if opens || !step.asserted_events.is_empty() {
            PAGE_CPU_S
        } else {
            STEP_CPU_S
        };
        let pause = match think {
            Think::None => 0.0,
            Think::Recorded => step.extension.think_ms.unwrap_or(0) as f64 / 1_000.0,
            Think::LogNormal { median, spread } => {
                // The mean of a log-normal distribution lies above its median.
                median.as_secs_f64() * (spread * spread / 2.0).exp()
            }
        };
        total.0 += cpu;
        total.1 += pause + STEP_S.max(cpu);
    }
    total
}
