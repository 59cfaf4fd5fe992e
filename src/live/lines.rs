//! Progress as plain lines, for logs of CI systems.

use std::io::{self, Write};

use crate::clock::Micros;
use crate::measure::{Snapshot, units};

/// Run time between two lines.
const EVERY: Micros = Micros(5_000_000);

/// Writes a line every five seconds of the run, and one at its end.
#[derive(Debug)]
pub struct Lines<W> {
    out: W,
    next: Micros,
}

impl<W: Write> Lines<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, next: EVERY }
    }

    /// Takes a snapshot; writes it when its time has come.
    ///
    /// # Errors
    /// When `out` refuses.
    pub fn snapshot(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        if snapshot.now < self.next && !snapshot.progress.done {
            return Ok(());
        }
        // The next whole five seconds: lines do not drift with the snapshots.
        self.next = Micros((snapshot.now.0 / EVERY.0 + 1) * EVERY.0);
        writeln!(self.out, "{}", line(snapshot))?;
        self.out.flush()
    }
}

fn line(snapshot: &Snapshot) -> String {
    let p95 = snapshot.recent.map_or("–".to_owned(), |recent| {
        units::milliseconds(recent.p95_ms)
    });
    format!(
        "{:>7.1}s  users {}  iterations {} ok {} failed  steps/s {:.1}  p95 {p95}  errors {}",
        snapshot.now.seconds(),
        snapshot.users,
        snapshot.iterations.passed,
        snapshot.iterations.failed,
        snapshot.steps_per_s,
        snapshot.steps_failed + snapshot.requests_failed,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Iterations, Progress, Quantiles};

    #[test]
    fn a_line_every_five_seconds_and_one_at_the_end() {
        let mut lines = Lines::new(Vec::new());
        for tenth in 0..=126 {
            let snapshot = Snapshot {
                now: Micros(tenth * 100_000),
                users: 10,
                iterations: Iterations {
                    passed: tenth,
                    ..Iterations::default()
                },
                steps_per_s: 6.1,
                recent: Some(Quantiles {
                    p50_ms: 300.0,
                    p95_ms: 812.0,
                }),
                progress: Progress {
                    done: tenth == 126,
                    ..Progress::default()
                },
                ..Snapshot::default()
            };
            lines.snapshot(&snapshot).unwrap();
        }
        assert_eq!(
            String::from_utf8(lines.out).unwrap(),
            "    5.0s  users 10  iterations 50 ok 0 failed  steps/s 6.1  p95 812 ms  errors 0\n\
             \u{20}  10.0s  users 10  iterations 100 ok 0 failed  steps/s 6.1  p95 812 ms  errors 0\n\
             \u{20}  12.6s  users 10  iterations 126 ok 0 failed  steps/s 6.1  p95 812 ms  errors 0\n"
        );
    }
}
