//! What the terminal says while a person records: a calm line for each step, and how to end.

use rehearsal::measure::units;
use rehearsal::record::panel::Panel;
use rehearsal::record::{StepView, View};

use super::super::printer::Printer;

/// Width of a step's words.
const WIDTH: usize = 60;

/// Tells steps as they are recorded.
pub(super) struct Signs<'a> {
    printer: &'a Printer,
    /// Steps that were told, by their ids.
    told: Vec<u64>,
    /// The last one, which may still change.
    last: Option<StepView>,
}

impl<'a> Signs<'a> {
    pub(super) fn new(printer: &'a Printer) -> Self {
        Self {
            printer,
            told: Vec::new(),
            last: None,
        }
    }

    /// The toolbar would cover the page.
    pub(super) fn no_room(&self, panel: &Panel) {
        self.printer.line(format!(
            "  There is no room on the screen beside the window for the toolbar: open it yourself at\n  \
             {}\n  (it works once), or make the window smaller by `--window 1000x800`.",
            panel.url()
        ));
    }

    /// Where the browser is to be seen.
    pub(super) fn elsewhere(&self, panel: &Panel) {
        let port = panel.port();
        self.printer.line(format!(
            "  The browser is at  {}  (it works once).\n  \
             From another machine:  ssh -L {port}:127.0.0.1:{port} THIS-MACHINE",
            panel.url()
        ));
    }

    pub(super) fn how_to_end(&self, remote: bool, panel: bool) {
        let stop = if panel { "press Stop, " } else { "" };
        let close = if remote {
            "close its last tab"
        } else {
            "close the window"
        };
        self.printer.line(format!(
            "  Do what your users do, at their pace. To save and end, {stop}{close}, or press Ctrl-C \
             here.\n  It is saved as you go."
        ));
    }

    /// Tells what is new. A step is told when the next one has come, since it may change until then.
    pub(super) fn steps(&mut self, view: &View) {
        let is_there = |id: &u64| view.steps.iter().any(|step| step.id == *id);
        if self.told.iter().any(|id| !is_there(id)) {
            self.told
                .retain(|id| view.steps.iter().any(|step| step.id == *id));
            self.line("  –  taken back");
        }
        let Some((last, before)) = view.steps.split_last() else {
            self.last = None;
            return;
        };
        for step in before {
            self.tell(step);
        }
        self.last = Some(last.clone());
        if !self.told.contains(&last.id) && !self.printer.is_json() {
            self.printer.progress(&line(last));
        }
    }

    /// A host got no traffic.
    pub(super) fn blocked(&self, host: &str) {
        self.line(&format!("  –  `{host}` got no traffic: it is not allowed"));
    }

    /// The last step will not change any more.
    pub(super) fn last(&mut self) {
        if let Some(step) = self.last.take() {
            self.tell(&step);
        }
        self.printer.end_progress();
    }

    fn tell(&mut self, step: &StepView) {
        if self.told.contains(&step.id) {
            return;
        }
        self.told.push(step.id);
        self.line(&line(step));
        for doubt in &step.doubts {
            self.line(&format!("      {doubt}"));
        }
    }

    fn line(&self, text: &str) {
        if !self.printer.is_json() {
            self.printer.end_progress();
            self.printer.line(text);
        }
    }
}

/// `  • Click “Add to basket”            after 1.2 s`. Without a number: the file counts the size
/// of the window as a step, too.
fn line(step: &StepView) -> String {
    let template = match step.template.as_str() {
        whole if whole.is_empty() || whole.contains("{{") => whole.to_owned(),
        name => format!("{{{{{name}}}}}"),
    };
    let told = step.text.trim();
    let what = if !template.is_empty() && !step.value.is_empty() && told.contains(&step.value) {
        told.replacen(&step.value, &template, 1)
    } else if !template.is_empty() {
        format!("{told}: {template}")
    } else if step.value.is_empty() || told.contains(&step.value) || step.kind == "navigate" {
        told.to_owned()
    } else {
        format!("{told}: {}", step.value)
    };
    let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
    let what: String = match what.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}…", &what[..at]),
        None => what,
    };
    let pause = match step.think_ms {
        0 => String::new(),
        ms => format!("after {}", units::seconds(ms as f64 / 1_000.0)),
    };
    format!("  • {what:<WIDTH$}  {pause}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_template_and_not_the_value() {
        let step = StepView {
            text: "Type “ann@example.com” into “E-mail”".to_owned(),
            value: "ann@example.com".to_owned(),
            template: "customers.email".to_owned(),
            think_ms: 1_200,
            ..StepView::default()
        };
        let line = line(&step);
        assert!(
            line.starts_with("  • Type “{{customers.email}}” into “E-mail” "),
            "{line}"
        );
        assert!(line.ends_with("after 1.2 s"), "{line}");
        assert!(!line.contains("ann@"), "{line}");
    }
}
