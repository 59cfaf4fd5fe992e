//! What the terminal view looks like.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Sparkline};

use crate::measure::{Quantiles, Snapshot, units};

/// Wider lines are hard to follow.
const WIDEST: u16 = 110;
/// Width of the names and of the first values beside them.
const LABEL: usize = 12;
const VALUE: usize = 14;
const SLOWEST: usize = 5;
const ERRORS: usize = 3;

/// Draws snapshots.
#[derive(Debug)]
pub struct View {
    colour: bool,
    /// How often the person wanted to stop.
    pub(super) interrupted: u32,
}

impl View {
    /// With or without colour.
    pub fn new(colour: bool) -> Self {
        Self {
            colour,
            interrupted: 0,
        }
    }

    /// Draws a snapshot. What does not fit is left out, from the bottom up; the key hint is kept.
    pub fn draw(&self, frame: &mut Frame<'_>, snapshot: &Snapshot) {
        let area = frame.area();
        let area = Rect {
            x: area.x + 1,
            width: area.width.saturating_sub(2).min(WIDEST),
            ..area
        };
        let [body, hint] =
            Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(area);
        let slowest = snapshot.slowest.len().min(SLOWEST) as u16;
        let errors = snapshot.errors.len().min(ERRORS) as u16;
        let heights = [
            1,
            1,
            1,
            1,
            1,
            6,
            1,
            if slowest > 0 { slowest + 2 } else { 0 },
            if errors > 0 { errors + 2 } else { 0 },
        ];
        let mut rest = body;
        let mut rows = heights
            .map(|height| {
                let height = height.min(rest.height);
                let row = Rect { height, ..rest };
                rest.y += height;
                rest.height -= height;
                row
            })
            .into_iter();
        let mut row = || rows.next().unwrap_or_default();
        self.title(frame, row(), snapshot);
        self.gauge(frame, row(), snapshot);
        row();
        self.users(frame, row(), snapshot);
        self.latency(frame, row(), snapshot);
        frame.render_widget(Paragraph::new(self.facts(snapshot)), row());
        row();
        frame.render_widget(Paragraph::new(self.slowest(snapshot, area.width)), row());
        frame.render_widget(Paragraph::new(self.errors(snapshot, area.width)), row());
        frame.render_widget(self.hint(), hint);
    }

    fn title(&self, frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot) {
        let progress = &snapshot.progress;
        let left = format!("Rehearsal · {}", progress.run);
        let mut right = clock(snapshot.now.seconds());
        if progress.total.0 > 0 {
            right = format!("{right} / {}", clock(progress.total.seconds()));
        }
        if !progress.stage.is_empty() {
            right = format!("{} · {right}", progress.stage);
        }
        let room = usize::from(area.width).saturating_sub(right.chars().count() + 2);
        frame.render_widget(
            Span::styled(fit(&left, room), self.style(Tone::Strong)),
            area,
        );
        frame.render_widget(Line::from(right).right_aligned(), area);
    }

    fn gauge(&self, frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot) {
        let total = snapshot.progress.total.seconds();
        let share = if total > 0.0 {
            (snapshot.now.seconds() / total).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let width = usize::from(area.width);
        let filled = (share * width as f64).round() as usize;
        let gauge = Line::from(vec![
            Span::styled("━".repeat(filled), self.style(Tone::Accent)),
            Span::styled("─".repeat(width - filled), self.style(Tone::Faint)),
        ]);
        frame.render_widget(gauge, area);
    }

    fn users(&self, frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot) {
        let value = format!("{} of {}", snapshot.users, snapshot.progress.users_target);
        self.curve(frame, area, ("Users", &value), &snapshot.users_history);
    }

    fn latency(&self, frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot) {
        let p95 = snapshot
            .recent
            .map_or(dash(), |recent| units::milliseconds(recent.p95_ms));
        self.curve(frame, area, ("Step p95", &p95), &snapshot.p95_history_ms);
    }

    /// A name, a value, and how it came to be.
    fn curve(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        (name, value): (&str, &str),
        history: &[u64],
    ) {
        let [text, chart] = Layout::horizontal([
            Constraint::Length((LABEL + VALUE) as u16),
            Constraint::Min(0),
        ])
        .areas(area);
        frame.render_widget(self.line(name, &[value.to_owned()], Tone::Plain), text);
        let from = history.len().saturating_sub(usize::from(chart.width));
        let sparkline = Sparkline::default()
            .data(&history[from..])
            .style(self.style(Tone::Accent));
        frame.render_widget(sparkline, chart);
    }

    fn facts(&self, snapshot: &Snapshot) -> Vec<Line<'static>> {
        let iterations = &snapshot.iterations;
        let failed = |number: u64| if number > 0 { Tone::Bad } else { Tone::Plain };
        let quantiles = |quantiles: Option<Quantiles>| match quantiles {
            Some(all) => vec![
                format!("p50 {}", units::milliseconds(all.p50_ms)),
                format!("p95 {}", units::milliseconds(all.p95_ms)),
            ],
            None => vec![dash()],
        };
        let generator = match &snapshot.generator {
            Some(now) => vec![
                format!("CPU {}", units::share(now.cpu_share)),
                format!("lag {}", units::milliseconds(now.loop_lag_ms)),
                units::bytes(now.rss_bytes),
                match now.tainted {
                    0 => String::new(),
                    steps => format!("{} starved", units::plural(steps, "step")),
                },
            ],
            None => vec![dash()],
        };
        let starved = snapshot.generator.is_some_and(|now| now.tainted > 0);
        vec![
            self.line(
                "Iterations",
                &[
                    format!("{} passed", units::count(iterations.passed)),
                    format!("{} failed", units::count(iterations.failed)),
                ],
                failed(iterations.failed),
            ),
            self.line(
                "Steps",
                &[
                    format!("{}/s", units::rate(snapshot.steps_per_s)),
                    match snapshot.recent_error_share {
                        Some(share) => format!("{} failed", units::share(share)),
                        None => dash(),
                    },
                ],
                failed(snapshot.steps_failed),
            ),
            self.line("  last 10 s", &quantiles(snapshot.recent), Tone::Plain),
            self.line("  all", &quantiles(snapshot.overall), Tone::Plain),
            self.line(
                "Requests",
                &[
                    format!("{}/s", units::rate(snapshot.requests_per_s)),
                    format!("{} failed", units::count(snapshot.requests_failed)),
                    format!("{}/s", units::bytes(snapshot.bytes_per_s as u64)),
                ],
                failed(snapshot.requests_failed),
            ),
            self.line(
                "Generator",
                &generator,
                if starved { Tone::Doubtful } else { Tone::Plain },
            ),
        ]
    }

    /// A name and values beside each other; the second one is where trouble shows.
    fn line(&self, name: &str, values: &[String], trouble: Tone) -> Line<'static> {
        let mut spans = vec![Span::styled(
            format!("{name:<LABEL$}"),
            self.style(Tone::Faint),
        )];
        for (index, value) in values.iter().enumerate() {
            let tone = if index == 1 { trouble } else { Tone::Plain };
            spans.push(Span::styled(format!("{value:<VALUE$}"), self.style(tone)));
            if value.chars().count() >= VALUE {
                spans.push(Span::raw("  "));
            }
        }
        Line::from(spans)
    }

    fn slowest(&self, snapshot: &Snapshot, width: u16) -> Vec<Line<'static>> {
        if snapshot.slowest.is_empty() {
            return Vec::new();
        }
        let room = usize::from(width).saturating_sub(8 + 10 + 10);
        let heading = format!(
            "{}{:>8}{:>10}{:>10}",
            fit("Slowest steps", room),
            "count",
            "p50",
            "p95"
        );
        let mut lines = vec![Line::styled(heading, self.style(Tone::Strong))];
        for step in snapshot.slowest.iter().take(SLOWEST) {
            let name = fit(&format!("{} · {}", step.name, step.flow), room);
            lines.push(Line::from(format!(
                "{name}{:>8}{:>10}{:>10}",
                units::count(step.count),
                units::milliseconds(step.duration.p50_ms),
                units::milliseconds(step.duration.p95_ms)
            )));
        }
        lines.push(Line::default());
        lines
    }

    fn errors(&self, snapshot: &Snapshot, width: u16) -> Vec<Line<'static>> {
        if snapshot.errors.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![Line::styled("Failures", self.style(Tone::Strong))];
        for error in snapshot.errors.iter().take(ERRORS) {
            let count = format!("{} × ", units::count(error.count));
            let text = format!("{}: {}: {}", error.step, error.cause, error.message);
            let room = usize::from(width).saturating_sub(count.chars().count());
            lines.push(Line::from(vec![
                Span::styled(count, self.style(Tone::Bad)),
                Span::raw(fit(&text, room)),
            ]));
        }
        lines
    }

    fn hint(&self) -> Line<'static> {
        let (text, tone) = match self.interrupted {
            0 => (
                "Ctrl-C: finish and report · twice: stop at once",
                Tone::Faint,
            ),
            1 => (
                "finishing: users end their iteration · Ctrl-C: stop at once",
                Tone::Doubtful,
            ),
            _ => ("stopping", Tone::Doubtful),
        };
        Line::styled(text, self.style(tone))
    }

    fn style(&self, tone: Tone) -> Style {
        if !self.colour {
            return match tone {
                Tone::Strong => Style::new().add_modifier(Modifier::BOLD),
                _ => Style::new(),
            };
        }
        match tone {
            Tone::Plain => Style::new(),
            Tone::Strong => Style::new().add_modifier(Modifier::BOLD),
            Tone::Faint => Style::new().fg(Color::DarkGray),
            Tone::Accent => Style::new().fg(Color::Cyan),
            Tone::Bad => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
            Tone::Doubtful => Style::new().fg(Color::Yellow),
        }
    }
}

#[derive(Clone, Copy)]
enum Tone {
    Plain,
    Strong,
    Faint,
    Accent,
    Bad,
    Doubtful,
}

fn dash() -> String {
    "–".to_owned()
}

/// `0:42`, `1:05:00`.
fn clock(seconds: f64) -> String {
    let whole = seconds as u64;
    match whole / 3_600 {
        0 => format!("{}:{:02}", whole / 60, whole % 60),
        hours => format!("{hours}:{:02}:{:02}", whole / 60 % 60, whole % 60),
    }
}

/// Exactly `room` characters: cut with `…` or filled with blanks.
fn fit(text: &str, room: usize) -> String {
    let text = clean(text);
    if text.chars().count() <= room {
        return format!("{text:<room$}");
    }
    let cut: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{cut}…")
}

/// Without characters that could steer a terminal.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests;
