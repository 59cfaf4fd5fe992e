//! What came of a recording, in plain words and as JSON.

use std::path::{Path, PathBuf};

use rehearsal::flow::Flow;
use rehearsal::flow::template::{Needs, SECRET_VARIABLE_PREFIX};
use rehearsal::measure::units;
use serde_json::{Value, json};

use super::super::{Exit, printer::Printer};
use super::session::{Over, Recorded};
use super::trials::{Broken, Ended, Tried};

/// The end of a recording.
pub(super) struct Summary {
    file: PathBuf,
    flow: Flow,
    /// How the recording ended; nothing was recorded when absent.
    over: Option<Over>,
    blocked: Vec<String>,
    lost_files: Vec<String>,
    tried: Tried,
}

impl Summary {
    pub(super) fn of_recording(recorded: &Recorded, file: &Path) -> Self {
        Self {
            over: Some(recorded.over),
            blocked: recorded.blocked.clone(),
            lost_files: recorded.lost_files.clone(),
            ..Self::of_flow(&recorded.flow, file)
        }
    }

    /// Of a flow that was there.
    pub(super) fn of_flow(flow: &Flow, file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            flow: flow.clone(),
            over: None,
            blocked: Vec::new(),
            lost_files: Vec::new(),
            tried: Tried::default(),
        }
    }

    /// Adds what trials found out.
    pub(super) fn add(&mut self, tried: Tried) {
        if let Some(mended) = &tried.mended {
            self.flow = mended.clone();
        }
        self.tried = tried;
    }

    /// Says that it is safe, and what the person should know of it.
    pub(super) fn tell_saved(&self, printer: &Printer) {
        if self.over == Some(Over::Lost) {
            printer.line("The browser went away; what was recorded until then is saved.");
        }
        printer.line(format!("Saved {}: {}", self.file.display(), self.sizes()));
        for secret in self.needs().secrets {
            printer.line(format!(
                "  secret `{secret}` is not in the file: export {SECRET_VARIABLE_PREFIX}{secret}=… \
                 to replay it"
            ));
        }
        if !self.blocked.is_empty() {
            let allow = self.blocked.iter().map(|host| format!("--allow {host}"));
            let allow: Vec<String> = allow.collect();
            printer.line(format!(
                "  blocked: {}; what the site needs of it is let through by `{}`",
                self.blocked.join(", "),
                allow.join(" ")
            ));
        }
        let left = self.flow.left_out_elsewhere().into_iter();
        let left = left.map(|(index, what)| format!("step {} ({what})", index + 1));
        let left: Vec<String> = left.collect();
        if !left.is_empty() {
            printer.line(format!(
                "  Chrome DevTools and other players of the format leave out: {}",
                left.join(", ")
            ));
        }
        for file in &self.lost_files {
            printer.line(format!(
                "  the uploaded file `{file}` could not be copied: put it beside the flow, and its \
                 path into the flow"
            ));
        }
    }

    /// Says how the trials went.
    pub(super) fn tell_tried(&self, printer: &Printer) {
        for trial in &self.tried.trials {
            printer.line(trial_line(trial));
        }
        for change in &self.tried.changes {
            let name = self.flow.steps.get(change.step);
            let name = name.map_or_else(String::new, rehearsal::flow::Step::label);
            printer.line(format!(
                "  mended step {} \"{name}\": {}",
                change.step + 1,
                change.text
            ));
        }
        printer.line(self.sentence());
        if let Some(broken) = self.broken() {
            printer.line(format!(
                "  step {} \"{}\": {}",
                broken.step + 1,
                broken.name,
                broken.message
            ));
            let todo = broken.hint.clone().unwrap_or_else(|| {
                format!(
                    "see it happen: rehearsal play {} --headed --slow-mo 500",
                    self.file.display()
                )
            });
            printer.line(format!("  {todo}"));
            if let Some(folder) = &broken.evidence {
                printer.line(format!("  what the page showed: {}", folder.display()));
            }
        }
        let findings = self.flow.lint().len() as u64;
        if findings > 0 {
            printer.line(format!(
                "{} to look at: rehearsal flow lint {}",
                units::plural(findings, "thing"),
                self.file.display()
            ));
        }
    }

    /// All in one line.
    pub(super) fn sentence(&self) -> String {
        let sizes = self.sizes();
        if let Some(why) = &self.tried.not {
            return format!(
                "Saved {}, not replayed ({why}): {sizes}",
                self.file.display()
            );
        }
        let (passed, all) = (self.tried.passed(), self.tried.trials.len());
        let mended = match self.tried.changes.len() as u64 {
            0 => String::new(),
            count => format!(", after {}", units::plural(count, "change")),
        };
        let verdict = format!("{passed} of {all} replays passed{mended}, {sizes}");
        if passed == all {
            verdict
        } else {
            let saved = self.over.map_or("It", |_| "It is saved, and");
            format!("{verdict}. {saved} does not replay reliably yet")
        }
    }

    /// `12 steps, 41 s of user time, 2 values from `customers`, 1 secret`.
    fn sizes(&self) -> String {
        let mut sizes = vec![units::plural(self.flow.steps.len() as u64, "step")];
        let think = self.think_ms();
        if think > 0 {
            sizes.push(format!(
                "{} of user time",
                units::seconds(think as f64 / 1_000.0)
            ));
        }
        let needs = self.needs();
        for (feed, columns) in &needs.feeds {
            if !["iteration", "flow"].contains(&feed.as_str()) {
                let values = units::plural(columns.len() as u64, "value");
                sizes.push(format!("{values} from `{feed}`"));
            }
        }
        if !needs.secrets.is_empty() {
            sizes.push(units::plural(needs.secrets.len() as u64, "secret"));
        }
        sizes.join(", ")
    }

    fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        needs.add(&self.flow);
        needs
    }

    fn think_ms(&self) -> u64 {
        let pauses = self.flow.steps.iter();
        pauses.filter_map(|step| step.extension.think_ms).sum()
    }

    /// The first failure of the last trials.
    fn broken(&self) -> Option<&Broken> {
        let mut broken = self.tried.trials.iter();
        broken.find_map(|trial| trial.failure.as_ref())
    }

    /// Saved is a pass, unless trials say that the flow does not replay.
    pub(super) fn exit(&self) -> Exit {
        if self.broken().is_some() {
            Exit::Failed
        } else {
            Exit::Pass
        }
    }

    /// The same for machines.
    pub(super) fn document(&self) -> Value {
        let needs = self.needs();
        let trial = |trial: &Ended| {
            let failure = trial.failure.as_ref().map(|broken| {
                json!({
                    "step": broken.step + 1,
                    "name": broken.name,
                    "cause": broken.cause,
                    "message": broken.message,
                    "hint": broken.hint,
                    "evidence": broken.evidence,
                })
            });
            json!({
                "kind": trial.kind.name(),
                "passed": trial.failure.is_none(),
                "duration_s": trial.seconds,
                "failure": failure,
            })
        };
        let change = |change: &rehearsal::record::repair::Change| json!({"step": change.step + 1, "text": change.text});
        json!({
            "version": 1,
            "file": self.file,
            "title": self.flow.title,
            "ended_by": self.over.map(|over| match over {
                Over::Stopped => "stop",
                Over::Closed => "window closed",
                Over::Interrupted => "interrupt",
                Over::Lost => "browser lost",
            }),
            "steps": self.flow.steps.len(),
            "think_ms": self.think_ms(),
            "feeds": needs.feeds,
            "secrets": needs.secrets,
            "allow": self.flow.extension.allow,
            "blocked": self.blocked,
            "not_replayed": self.tried.not,
            "replays": {
                "passed": self.tried.passed(),
                "all": self.tried.trials.len(),
                "trials": self.tried.trials.iter().map(trial).collect::<Vec<_>>(),
            },
            "changes": self.tried.changes.iter().map(change).collect::<Vec<_>>(),
        })
    }
}

fn trial_line(trial: &Ended) -> String {
    let kind = trial.kind.name();
    match &trial.failure {
        None => format!("  ✓ {kind:<16} {}", units::seconds(trial.seconds)),
        Some(broken) => format!(
            "  ✗ {kind:<16} stopped at step {} \"{}\"",
            broken.step + 1,
            broken.name
        ),
    }
}
