//! One chart: a plot in SVG that stretches with its box, and labels in HTML that do not.

use super::write::{Text, put};
use crate::measure::units;

/// Height of the drawing area in its own units; as wide as [`WIDTH`].
const HEIGHT: f64 = 100.0;
const WIDTH: f64 = 1_000.0;
/// A line goes on over so many empty buckets.
const BRIDGED: usize = 5;

/// What the vertical axis measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Count,
    PerSecond,
    Milliseconds,
    Share,
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A line of its own.
    Line,
    /// A fine, dashed line of its own.
    Dashed,
    /// An area on top of the areas before it.
    Stacked,
    /// A bar per bucket, on top of the bars before it.
    Bar,
}

/// Values over time under one name.
#[derive(Debug)]
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) mark: Mark,
    /// Number of the colour in the style sheet.
    pub(super) colour: usize,
    pub(super) values: Vec<Option<f64>>,
}

/// A chart. Value `i` of a curve is of the time from `i` to `i + 1` times `width_s`.
#[derive(Debug)]
pub(super) struct Chart {
    pub(super) title: &'static str,
    /// What is drawn, in a few words under the title.
    pub(super) note: String,
    /// Said instead of a drawing when all values are zero or missing.
    pub(super) empty: &'static str,
    pub(super) axis: Axis,
    pub(super) curves: Vec<Curve>,
    pub(super) width_s: f64,
    pub(super) duration_s: f64,
    pub(super) warmup_s: f64,
}

impl Chart {
    pub(super) fn write(&self, out: &mut String) {
        let peak = self.peak();
        put!(
            out,
            "<figure class=chart><figcaption><h3>{}</h3>",
            self.title
        );
        put!(out, "<p class=note>{}</p>", Text(&self.note));
        self.legend(out);
        put!(out, "</figcaption>");
        if peak <= 0.0 {
            put!(out, "<p class=empty>{}</p></figure>", self.empty);
            return;
        }
        let (top, step) = ceiling(peak, self.axis);
        put!(out, "<div class=plot><div class=y aria-hidden=true>");
        for tick in ticks(top, step) {
            let bottom = tick / top * 100.0;
            put!(
                out,
                "<span style=\"bottom:{bottom:.2}%\">{}</span>",
                self.axis.label(tick)
            );
        }
        put!(out, "</div><div class=area>");
        self.drawing(out, top, step, peak);
        put!(out, "<div class=x aria-hidden=true>");
        for (second, label) in times(self.duration_s) {
            let left = second / self.duration_s * 100.0;
            put!(out, "<span style=\"left:{left:.2}%\">{label}</span>");
        }
        put!(out, "</div></div></div>");
        self.data(out);
        put!(out, "</figure>");
    }

    fn legend(&self, out: &mut String) {
        if self.curves.len() < 2 {
            return;
        }
        put!(out, "<ul class=legend>");
        for curve in &self.curves {
            let dashed = if curve.mark == Mark::Dashed {
                " dashed"
            } else {
                ""
            };
            let (colour, name) = (curve.colour, Text(&curve.name));
            put!(
                out,
                "<li><span class=\"key c{colour}{dashed}\"></span>{name}</li>"
            );
        }
        put!(out, "</ul>");
    }

    fn drawing(&self, out: &mut String, top: f64, step: f64, peak: f64) {
        put!(
            out,
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=none role=img \
             aria-label=\"{} over time, at most {}\">",
            self.title,
            self.axis.label(peak)
        );
        for tick in ticks(top, step) {
            let y = HEIGHT - tick / top * HEIGHT;
            put!(out, "<path class=grid d=\"M0 {y:.2}H{WIDTH}\"/>");
        }
        if self.warmup_s > 0.0 {
            let width = (self.warmup_s / self.duration_s).min(1.0) * WIDTH;
            put!(
                out,
                "<rect class=warmup width={width:.1} height={HEIGHT} />"
            );
        }
        let mut base = vec![0.0; self.buckets()];
        for curve in &self.curves {
            let (class, path) = match curve.mark {
                Mark::Stacked => ("fill", self.stacked(&curve.values, &mut base, top)),
                Mark::Bar => ("bar", self.bars(&curve.values, &mut base, top)),
                Mark::Line | Mark::Dashed => continue,
            };
            put!(
                out,
                "<path class=\"{class} c{}\" d=\"{path}\"/>",
                curve.colour
            );
        }
        // The first line is the most important one: it is drawn last.
        for curve in self.curves.iter().rev() {
            let class = match curve.mark {
                Mark::Line => "line",
                Mark::Dashed => "line dashed",
                Mark::Stacked | Mark::Bar => continue,
            };
            let path = self.line(&curve.values, top);
            put!(
                out,
                "<path class=\"{class} c{}\" d=\"{path}\"/>",
                curve.colour
            );
        }
        put!(out, "<path class=cursor d=\"M0 0V{HEIGHT}\"/></svg>");
    }

    /// Lines over the middles of the buckets.
    fn line(&self, values: &[Option<f64>], top: f64) -> String {
        let mut path = String::new();
        let mut last = None;
        for (index, value) in values.iter().enumerate() {
            let Some(value) = value else { continue };
            let (x, y) = (self.middle(index), HEIGHT - value / top * HEIGHT);
            match last {
                Some(last) if index - last <= BRIDGED => put!(path, "L{x:.1} {y:.2}"),
                // A point without neighbours shows as a dot, by its round ends.
                _ => put!(path, "M{x:.1} {y:.2}h.01"),
            }
            last = Some(index);
        }
        path
    }

    /// An area from `base` upwards; `base` is raised by the values.
    fn stacked(&self, values: &[Option<f64>], base: &mut [f64], top: f64) -> String {
        let height = |value: f64| HEIGHT - value / top * HEIGHT;
        let mut upper = String::new();
        let mut lower = Vec::new();
        for (index, bottom) in base.iter_mut().enumerate() {
            let x = self.middle(index);
            lower.push((x, height(*bottom)));
            *bottom += values.get(index).copied().flatten().unwrap_or(0.0);
            let command = if index == 0 { 'M' } else { 'L' };
            put!(upper, "{command}{x:.1} {:.2}", height(*bottom));
        }
        for (x, y) in lower.into_iter().rev() {
            put!(upper, "L{x:.1} {y:.2}");
        }
        upper.push('Z');
        upper
    }

    fn bars(&self, values: &[Option<f64>], base: &mut [f64], top: f64) -> String {
        let bucket = self.width_s / self.duration_s * WIDTH;
        let width = bucket * 0.8;
        let mut path = String::new();
        for (index, bottom) in base.iter_mut().enumerate() {
            let value = values.get(index).copied().flatten().unwrap_or(0.0);
            if value > 0.0 {
                let x = index as f64 * bucket + bucket * 0.1;
                let y = HEIGHT - *bottom / top * HEIGHT;
                let height = value / top * HEIGHT;
                put!(path, "M{x:.1} {y:.2}v-{height:.2}h{width:.1}v{height:.2}z");
            }
            *bottom += value;
        }
        path
    }

    /// The values, for the script that shows them under the pointer.
    fn data(&self, out: &mut String) {
        let unit = match self.axis {
            Axis::Count => "count",
            Axis::PerSecond => "rate",
            Axis::Milliseconds => "ms",
            Axis::Share => "share",
        };
        let curves: Vec<_> = self
            .curves
            .iter()
            .map(|curve| {
                let values: Vec<_> = curve.values.iter().map(|v| v.map(significant)).collect();
                serde_json::json!({"name": curve.name, "colour": curve.colour, "values": values})
            })
            .collect();
        let data = serde_json::json!({
            "unit": unit, "width": self.width_s, "duration": self.duration_s,
            "warmup": self.warmup_s, "curves": curves,
        });
        // `<` could end the script element.
        let data = data.to_string().replace('<', "\\u003c");
        put!(out, "<script type=\"application/json\">{data}</script>");
    }

    /// Where the middle of a bucket is; the last one may be cut off by the end of the run.
    fn middle(&self, index: usize) -> f64 {
        let from = index as f64 * self.width_s;
        let to = (from + self.width_s).min(self.duration_s).max(from);
        (f64::midpoint(from, to) / self.duration_s * WIDTH).min(WIDTH)
    }

    fn buckets(&self) -> usize {
        let lengths = self.curves.iter().map(|curve| curve.values.len());
        lengths.max().unwrap_or(0)
    }

    /// The highest point of the drawing.
    fn peak(&self) -> f64 {
        let mut base = vec![0.0_f64; self.buckets()];
        let mut peak = 0.0_f64;
        for curve in &self.curves {
            for (index, value) in curve.values.iter().enumerate() {
                let value = value.unwrap_or(0.0);
                if matches!(curve.mark, Mark::Stacked | Mark::Bar) {
                    base[index] += value;
                    peak = peak.max(base[index]);
                } else {
                    peak = peak.max(value);
                }
            }
        }
        peak
    }
}

impl Axis {
    fn label(self, value: f64) -> String {
        match self {
            Self::Milliseconds if value >= 1_000.0 => {
                let text = format!("{:.2}", value / 1_000.0);
                format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
            }
            Self::Milliseconds if value.fract() > 0.01 && value < 10.0 => format!("{value:.1} ms"),
            Self::Milliseconds => format!("{value:.0} ms"),
            Self::Share => format!("{:.0} %", value * 100.0),
            Self::Count => units::count(value.round() as u64),
            Self::PerSecond if value > 0.0 && value < 9.95 => {
                let text = format!("{value:.3}");
                format!("{}/s", text.trim_end_matches('0').trim_end_matches('.'))
            }
            Self::PerSecond => format!("{}/s", units::count(value.round() as u64)),
        }
    }
}

/// A round number at or above `peak`, and the distance of its ticks.
fn ceiling(peak: f64, axis: Axis) -> (f64, f64) {
    if axis == Axis::Share {
        return (1.0, 0.25);
    }
    let magnitude = 10_f64.powf((peak / 4.0).log10().floor());
    let mut step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * magnitude)
        .find(|step| step * 4.0 >= peak * 0.999)
        .unwrap_or(magnitude * 10.0);
    if axis == Axis::Count {
        step = step.ceil();
    }
    ((peak * 0.999 / step).ceil() * step, step)
}

fn ticks(top: f64, step: f64) -> impl Iterator<Item = f64> {
    (0..=(top / step).round() as u32).map(move |index| f64::from(index) * step)
}

/// Round moments of the run with their labels, at most seven.
fn times(duration_s: f64) -> Vec<(f64, String)> {
    const STEPS: [u32; 16] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400,
    ];
    let step = STEPS
        .into_iter()
        .find(|step| duration_s / f64::from(*step) <= 6.0)
        .unwrap_or(604_800);
    (0..=(duration_s / f64::from(step)) as u32)
        .map(|index| (f64::from(index * step), clock(index * step)))
        .collect()
}

/// `0:30`, `12:00`, `1:05:00`.
pub(super) fn clock(second: u32) -> String {
    let (hours, minutes, seconds) = (second / 3_600, second / 60 % 60, second % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        hours => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// Four significant digits: enough under a pointer.
fn significant(value: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let factor = 10_f64.powf(3.0 - value.abs().log10().floor());
    (value * factor).round() / factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers_above_the_peak() {
        for (peak, axis, expected) in [
            (10.0, Axis::Count, (10.0, 2.5_f64.ceil())),
            (7.3, Axis::PerSecond, (8.0, 2.0)),
            (1_240.0, Axis::Milliseconds, (1_500.0, 500.0)),
            (0.3, Axis::Share, (1.0, 0.25)),
            (1.0, Axis::Count, (1.0, 1.0)),
        ] {
            let (top, step) = ceiling(peak, axis);
            assert!(top >= peak * 0.999, "{top} for {peak}");
            if axis != Axis::Count || peak < 2.0 {
                assert!((top - expected.0).abs() < 1e-9, "{top} for {peak}");
                assert!((step - expected.1).abs() < 1e-9, "{step} for {peak}");
            }
        }
    }

    #[test]
    fn labels_are_short() {
        assert_eq!(Axis::PerSecond.label(2.5), "2.5/s");
        assert_eq!(Axis::PerSecond.label(0.025), "0.025/s");
        assert_eq!(Axis::PerSecond.label(1_200.0), "1,200/s");
        assert_eq!(Axis::Milliseconds.label(500.0), "500 ms");
        assert_eq!(Axis::Milliseconds.label(2_500.0), "2.5 s");
        assert_eq!(Axis::Milliseconds.label(0.5), "0.5 ms");
        assert_eq!(Axis::Share.label(0.25), "25 %");
    }

    #[test]
    fn times_are_round_and_few() {
        let labels: Vec<_> = times(75.0).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["0:00", "0:15", "0:30", "0:45", "1:00", "1:15"]);
        assert!(times(100_000.0).len() <= 7);
        assert_eq!(times(0.4).len(), 1);
    }
}
