//! The generator's own health: what it uses of the machine, once a second.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::pulse::Pulse;
use crate::browser::Driver;
use crate::clock::Clock;
use crate::sample::{GeneratorSample, Sample, SampleSender};

/// How often a sample is taken.
const EVERY: Duration = Duration::from_secs(1);

/// Reads what driver and browsers use of the machine.
pub trait Probe: Send + 'static {
    /// Usage now. `browsers` are the browsers' main processes; their children belong to them.
    fn read(&mut self, browsers: &[u32]) -> Usage;
}

/// What driver and browsers use.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    /// Share of all cores of the machine in use since the last reading, by whomever, 0 to 1.
    pub cpu_share: f64,
    /// Resident memory of driver and browsers, bytes. Pages that processes share count in each.
    pub rss_bytes: u64,
    /// CPU seconds of the driver since the first reading.
    pub driver_cpu_s: f64,
    /// CPU seconds of the browsers.
    pub browser_cpu_s: f64,
}

/// Reads the operating system.
#[derive(Debug)]
pub struct SystemProbe {
    system: System,
    /// CPU time of the driver at the first reading, ms.
    driver_before: Option<u64>,
    /// CPU time of browser processes that are alive, ms, by process and its start.
    alive: HashMap<(Pid, u64), u64>,
    /// CPU time of those that ended, as last seen, ms.
    ended: u64,
}

impl SystemProbe {
    /// A probe that has read nothing yet.
    pub fn new() -> Self {
        Self {
            system: System::new(),
            driver_before: None,
            alive: HashMap::new(),
            ended: 0,
        }
    }

    /// Ids of the processes and of all that descend from them.
    fn trees(&self, roots: &[u32]) -> HashSet<Pid> {
        let mut children: HashMap<Pid, Vec<Pid>> = HashMap::new();
        for (pid, process) in self.system.processes() {
            if let Some(parent) = process.parent() {
                children.entry(parent).or_default().push(*pid);
            }
        }
        let mut found = HashSet::new();
        let mut open: Vec<Pid> = roots.iter().map(|pid| Pid::from_u32(*pid)).collect();
        while let Some(pid) = open.pop() {
            if found.insert(pid) {
                open.extend(children.get(&pid).into_iter().flatten());
            }
        }
        found
    }
}

impl Default for SystemProbe {
    fn default() -> Self {
        Self::new()
    }
}

impl Probe for SystemProbe {
    fn read(&mut self, browsers: &[u32]) -> Usage {
        self.system.refresh_cpu_usage();
        let what = ProcessRefreshKind::nothing()
            .with_cpu()
            .with_memory()
            .without_tasks();
        self.system
            .refresh_processes_specifics(ProcessesToUpdate::All, true, what);

        let mut usage = Usage {
            cpu_share: f64::from(self.system.global_cpu_usage()) / 100.0,
            ..Usage::default()
        };
        let driver = self.system.process(Pid::from_u32(std::process::id()));
        if let Some(driver) = driver {
            let now = driver.accumulated_cpu_time();
            let before = *self.driver_before.get_or_insert(now);
            usage.driver_cpu_s = now.saturating_sub(before) as f64 / 1_000.0;
            usage.rss_bytes += driver.memory();
        }
        let mut alive = HashMap::new();
        for pid in self.trees(browsers) {
            if let Some(process) = self.system.process(pid) {
                usage.rss_bytes += process.memory();
                alive.insert((pid, process.start_time()), process.accumulated_cpu_time());
            }
        }
        let gone = self.alive.iter().filter(|(id, _)| !alive.contains_key(id));
        self.ended += gone.map(|(_, ms)| ms).sum::<u64>();
        self.alive = alive;
        let browsers_ms = self.ended + self.alive.values().sum::<u64>();
        usage.browser_cpu_s = browsers_ms as f64 / 1_000.0;
        usage
    }
}

/// Takes samples until it is dropped.
pub(super) async fn watch(
    mut probe: Box<dyn Probe>,
    driver: Arc<dyn Driver>,
    pulse: Arc<Pulse>,
    clock: Clock,
    samples: SampleSender,
) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let vitals = driver.vitals();
        // Reading all processes takes milliseconds: not on a thread that keeps users' time.
        let reading = tokio::task::spawn_blocking(move || {
            let usage = probe.read(&vitals.pids);
            (probe, usage)
        });
        let Ok((returned, usage)) = reading.await else {
            return; // the run goes on without this if the probe panicked
        };
        probe = returned;
        let sample = GeneratorSample {
            at: clock.now(),
            cpu_share: usage.cpu_share,
            rss_bytes: usage.rss_bytes,
            driver_cpu_s: usage.driver_cpu_s,
            browser_cpu_s: usage.browser_cpu_s,
            loop_lag_ms: pulse.take_worst_ms(),
            browser_restarts: vitals.restarts,
        };
        if samples.send(Sample::Generator(sample)).is_err() {
            return; // nobody listens any more
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_sees_children_and_keeps_the_time_of_those_that_ended() {
        let mut probe = SystemProbe::new();
        let script = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; read end";
        let mut shell = std::process::Command::new("sh")
            .args(["-c", &format!("sh -c '{script}'; true")])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = std::io::BufReader::new(shell.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut output, &mut line).unwrap();

        let busy = probe.read(&[shell.id()]);
        assert!(busy.browser_cpu_s > 0.0, "the child of the shell counts");
        assert!(busy.rss_bytes > 0);
        drop(shell.stdin.take());
        shell.wait().unwrap();
        let after = probe.read(&[shell.id()]);
        assert!(after.browser_cpu_s >= busy.browser_cpu_s);
        assert!(after.rss_bytes < busy.rss_bytes + 100_000_000);
    }
}
