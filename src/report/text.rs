//! The summary at the end of a run, as text for a terminal.

use std::fmt::Write as _;

use crate::measure::{
    Ended, PageRow, Statistics, StepRow, Summary, ThresholdRow, Verdict, describe, units,
};

/// Rows of the tables of pages and failures.
const MOST_PAGES: usize = 12;
const MOST_FAILURES: usize = 5;

/// A summary for a terminal of so many columns, with or without colour.
pub fn text(summary: &Summary, width: usize, colour: bool) -> String {
    let mut page = Page {
        lines: Vec::new(),
        width: width.clamp(40, 120),
        colour,
    };
    page.verdict(summary);
    page.thresholds(&summary.thresholds);
    page.steps(&summary.steps);
    page.pages(&summary.pages);
    page.requests(summary);
    page.failures(summary);
    page.healings(summary);
    page.generator(summary);
    let mut text = page.lines.join("\n");
    text.push('\n');
    text
}

struct Page {
    lines: Vec<String>,
    width: usize,
    colour: bool,
}

/// ANSI codes.
#[derive(Clone, Copy)]
enum Tone {
    Good,
    Bad,
    Doubtful,
    Heading,
    Faint,
}

impl Page {
    fn verdict(&mut self, summary: &Summary) {
        let (word, tone) = match summary.verdict {
            Verdict::Pass => ("PASS", Tone::Good),
            Verdict::Fail => ("FAIL", Tone::Bad),
            Verdict::Invalid => ("INVALID", Tone::Doubtful),
        };
        let iterations = &summary.iterations;
        let cut_off = match iterations.interrupted {
            0 => String::new(),
            number => format!(", {} cut off by the end", units::count(number)),
        };
        let early = match summary.ended {
            Ended::Completed => "",
            Ended::Interrupted => ", interrupted before its planned end",
            Ended::Lost => ", whose process ended before its report",
        };
        let facts = format!(
            "{}, {} of {} passed{cut_off}, in {}{early}",
            units::plural(u64::from(summary.users.peak), "user"),
            units::count(iterations.passed),
            units::plural(iterations.started, "iteration"),
            units::seconds(summary.duration_s)
        );
        let indent = word.len() + 2;
        for (index, line) in wrap(&facts, self.width - indent).into_iter().enumerate() {
            let before = match index {
                0 => format!("{}  ", self.tone(word, tone)),
                _ => " ".repeat(indent),
            };
            self.lines.push(format!("{before}{line}"));
        }
        for reason in &summary.reasons {
            let wrapped = wrap(reason, self.width.saturating_sub(4));
            for (index, line) in wrapped.into_iter().enumerate() {
                let mark = if index == 0 { "- " } else { "  " };
                self.lines.push(format!("  {mark}{line}"));
            }
        }
    }

    fn thresholds(&mut self, thresholds: &[ThresholdRow]) {
        if thresholds.is_empty() {
            return;
        }
        self.heading("Thresholds", &[]);
        for threshold in thresholds {
            let observed = threshold.observed.map_or("no data".to_owned(), |value| {
                units::value(value, threshold.unit)
            });
            let (word, tone) = if threshold.ok {
                ("ok    ", Tone::Good)
            } else {
                ("failed", Tone::Bad)
            };
            let word = self.tone(word, tone);
            let room = self.width.saturating_sub(9 + observed.chars().count() + 1);
            let rule = fit(&threshold.rule, room);
            self.lines.push(format!("  {word} {rule} {observed}"));
        }
    }

    fn steps(&mut self, steps: &[StepRow]) {
        if steps.is_empty() {
            return;
        }
        self.heading("Steps", &["count", "failed", "p50", "p95", "p99"]);
        let mut flow = None;
        for step in steps {
            if flow != Some(&step.flow) {
                flow = Some(&step.flow);
                let title = fit(&step.flow, self.width.saturating_sub(2));
                let title = self.tone(title.trim_end(), Tone::Faint);
                self.lines.push(format!("  {title}"));
            }
            let time =
                |value: fn(&Statistics) -> f64| optional_ms(step.duration_ms.as_ref(), value);
            self.row(
                &format!("  {} {}", step.index + 1, step.name),
                &[
                    units::count(step.count),
                    units::count(step.failed),
                    time(|s| s.p50),
                    time(|s| s.p95),
                    time(|s| s.p99),
                ],
            );
        }
    }

    fn pages(&mut self, pages: &[PageRow]) {
        if pages.is_empty() {
            return;
        }
        self.heading("Pages, p75", &["views", "TTFB", "LCP", "INP", "CLS"]);
        for page in pages.iter().take(MOST_PAGES) {
            let p75 = |statistics: Option<&Statistics>| optional_ms(statistics, |s| s.p75);
            self.row(
                &page.url,
                &[
                    units::count(page.views),
                    p75(page.ttfb_ms.as_ref()),
                    p75(page.lcp_ms.as_ref()),
                    p75(page.inp_ms.as_ref()),
                    page.cls
                        .as_ref()
                        .map_or("–".to_owned(), |s| units::score(s.p75)),
                ],
            );
        }
        self.more(pages.len(), MOST_PAGES);
    }

    fn requests(&mut self, summary: &Summary) {
        self.heading("Requests", &["count", "failed", "cached", "bytes", "p95"]);
        for (name, class) in &summary.requests.by_class {
            if class.count == 0 {
                continue;
            }
            // The life of a WebSocket is no time of an answer.
            let times = class.duration_ms.as_ref().filter(|_| name != "websocket");
            self.row(
                name,
                &[
                    units::count(class.count),
                    units::count(class.failed),
                    units::count(class.from_cache),
                    units::bytes(class.bytes),
                    optional_ms(times, |s| s.p95),
                ],
            );
        }
        let requests = &summary.requests;
        if requests.blocked > 0 {
            let line = format!(
                "  {} to {} blocked: not of the target",
                units::plural(requests.blocked, "request"),
                units::plural(requests.blocked_hosts.len() as u64, "other host"),
            );
            self.lines
                .push(fit(&line, self.width).trim_end().to_owned());
        }
    }

    fn failures(&mut self, summary: &Summary) {
        if summary.failures.is_empty() {
            return;
        }
        self.heading("Failures", &[]);
        for failure in summary.failures.iter().take(MOST_FAILURES) {
            let cause = failure.cause.map_or("", describe);
            let line = format!(
                "{} × {} › {}: {cause}: {}",
                units::count(failure.count),
                failure.flow,
                failure.step,
                failure.message
            );
            let wrapped = wrap(&line, self.width.saturating_sub(4));
            for (index, line) in wrapped.into_iter().enumerate() {
                let margin = if index == 0 { "  " } else { "    " };
                self.lines.push(format!("{margin}{line}"));
            }
        }
        self.more(summary.failures.len(), MOST_FAILURES);
    }

    fn healings(&mut self, summary: &Summary) {
        let Some(line) = healed(summary) else {
            return;
        };
        self.heading("Healed", &[]);
        for line in wrap(&line, self.width.saturating_sub(2)) {
            self.lines.push(format!("  {line}"));
        }
    }

    fn generator(&mut self, summary: &Summary) {
        let generator = &summary.generator;
        self.heading("Generator", &[]);
        let mut line = format!(
            "CPU {} on average, {} at most; memory {}; browsers {} and driver {} of CPU",
            units::share(generator.cpu_share),
            units::share(generator.cpu_share_max),
            units::bytes(generator.rss_bytes),
            units::seconds(generator.browser_cpu_s),
            units::seconds(generator.driver_cpu_s),
        );
        if generator.tainted_samples > 0 {
            line.push_str("; ");
            line.push_str(&units::plural(generator.tainted_samples, "step"));
            line.push_str(" measured while it was starved, left out of the times");
        }
        if generator.browser_restarts > 0 {
            line.push_str("; browsers restarted ");
            line.push_str(&units::plural(generator.browser_restarts, "time"));
        }
        for line in wrap(&line, self.width.saturating_sub(2)) {
            self.lines.push(format!("  {line}"));
        }
    }

    fn heading(&mut self, title: &str, columns: &[&str]) {
        let names: Vec<_> = columns.iter().map(ToString::to_string).collect();
        let line = self.columns(title, &names, 0);
        let line = self.tone(&line, Tone::Heading);
        self.lines.push(String::new());
        self.lines.push(line);
    }

    fn row(&mut self, name: &str, values: &[String]) {
        let line = self.columns(name, values, 2);
        self.lines.push(line);
    }

    /// A name on the left and values on the right. Where it is narrow, middle columns are wanting
    /// rather than the name: the last ones are kept.
    fn columns(&self, name: &str, values: &[String], margin: usize) -> String {
        const COLUMN: usize = 9;
        let most = self.width.saturating_sub(24) / COLUMN;
        let skipped = values.len().saturating_sub(most);
        let mut shown = String::new();
        for (index, value) in values.iter().enumerate() {
            if index == 0 || index > skipped {
                write!(shown, "{value:>COLUMN$}").expect("invariant: writing to a string succeeds");
            }
        }
        let room = self.width.saturating_sub(margin + shown.chars().count());
        let line = format!("{:margin$}{}{shown}", "", fit(name, room));
        line.trim_end().to_owned()
    }

    fn more(&mut self, all: usize, shown: usize) {
        if all > shown {
            self.lines
                .push(format!("  and {} more in the report", all - shown));
        }
    }

    fn tone(&self, text: &str, tone: Tone) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => "1;32",
            Tone::Bad => "1;31",
            Tone::Doubtful => "1;33",
            Tone::Heading => "1",
            Tone::Faint => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// How many elements had to be found by what they look like, and what to do.
fn healed(summary: &Summary) -> Option<String> {
    let found = match summary.healings.len() {
        0 => return None,
        1 => "1 element was found by what it looks like".to_owned(),
        several => format!("{several} elements were found by what they look like"),
    };
    Some(format!("{found}; `rehearsal play --fix` mends the flow"))
}

fn optional_ms(statistics: Option<&Statistics>, value: fn(&Statistics) -> f64) -> String {
    statistics.map_or("–".to_owned(), |all| units::milliseconds(value(all)))
}

/// Exactly `room` columns: cut with `…` or filled with blanks. Control characters, which could
/// steer a terminal, become blanks.
fn fit(text: &str, room: usize) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if clean.chars().count() <= room {
        return format!("{clean:<room$}");
    }
    let cut: String = clean.chars().take(room.saturating_sub(1)).collect();
    format!("{cut}…")
}

/// Lines of at most `width` columns, broken at blanks.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    for word in clean.split_whitespace() {
        let last = lines.last_mut().expect("invariant: there is a line");
        let length = last.chars().count();
        if length > 0 && length + 1 + word.chars().count() <= width {
            last.push(' ');
            last.push_str(word);
            continue;
        }
        if length > 0 {
            lines.push(String::new());
        }
        // A word that is longer than a line is broken where the line ends.
        for character in word.chars() {
            if lines
                .last()
                .is_some_and(|line| line.chars().count() >= width)
            {
                lines.push(String::new());
            }
            let last = lines.last_mut().expect("invariant: there is a line");
            last.push(character);
        }
    }
    lines
}
