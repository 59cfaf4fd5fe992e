//! The charts of a report.

use super::plot::{Axis, Chart, Curve, Mark};
use crate::measure::{Series, Summary, Timeline};

/// Personas that get a colour of their own; the smaller ones are drawn together.
const MOST_PERSONAS: usize = 6;

/// Counts are drawn in at most so many columns: finer ones are noise at this size.
const MOST_COLUMNS: usize = 60;

/// All charts of a run.
pub(super) fn charts(summary: &Summary) -> Vec<Chart> {
    let timeline = &summary.timeline;
    let drawing = Drawing {
        timeline,
        duration_s: summary
            .duration_s
            .max(timeline.steps.len() as f64 * timeline.width_s - timeline.width_s)
            .max(timeline.width_s),
        warmup_s: summary.warmup.duration_s,
    };
    vec![
        drawing.users(),
        drawing.latency(),
        drawing.requests(),
        drawing.errors(),
        drawing.iterations(),
        drawing.generator(),
    ]
}

struct Drawing<'a> {
    timeline: &'a Timeline,
    duration_s: f64,
    warmup_s: f64,
}

impl Drawing<'_> {
    fn users(&self) -> Chart {
        let mut series: Vec<Series> = self.timeline.users.clone();
        if series.len() > MOST_PERSONAS {
            series.sort_by_key(|series| std::cmp::Reverse(series.values.iter().max().copied()));
            let rest = series.split_off(MOST_PERSONAS - 1);
            let mut values = vec![0; self.timeline.steps.len()];
            for series in &rest {
                for (sum, value) in values.iter_mut().zip(&series.values) {
                    *sum += value;
                }
            }
            let name = format!("{} others", rest.len());
            series.push(Series { name, values });
        }
        let curves = series
            .iter()
            .enumerate()
            .map(|(index, series)| Curve {
                name: series.name.clone(),
                mark: Mark::Stacked,
                colour: index,
                values: numbers(&series.values),
            })
            .collect();
        self.chart(
            "Users",
            "at the same time, by persona",
            "no user came",
            Axis::Count,
            curves,
        )
    }

    fn latency(&self) -> Chart {
        let curve = |name: &str, mark, colour, values: &[Option<f64>]| Curve {
            name: name.to_owned(),
            mark,
            colour,
            values: values.to_vec(),
        };
        let chart = self.chart(
            "Step latency",
            "from the moment the user meant to act until its effect",
            "no step was measured",
            Axis::Milliseconds,
            vec![
                curve("p50", Mark::Line, 0, &self.timeline.step_p50_ms),
                curve("p95", Mark::Line, 2, &self.timeline.step_p95_ms),
                curve("p99", Mark::Dashed, 3, &self.timeline.step_p99_ms),
            ],
        );
        Chart {
            width_s: self.timeline.latency_width_s,
            ..chart
        }
    }

    fn requests(&self) -> Chart {
        let curves = self
            .timeline
            .requests
            .iter()
            .enumerate()
            .map(|(index, series)| Curve {
                name: series.name.clone(),
                mark: Mark::Stacked,
                colour: index,
                values: self.rates(&series.values),
            })
            .collect();
        self.columns(
            "Requests",
            "per second, by class; those from the cache too",
            "no request was made",
            Axis::PerSecond,
            curves,
        )
    }

    fn errors(&self) -> Chart {
        let bar = |name: &str, colour, values: &[u64]| Curve {
            name: name.to_owned(),
            mark: Mark::Bar,
            colour,
            values: self.sums(values),
        };
        let each = crate::measure::units::seconds(self.column_s());
        self.columns(
            "Errors",
            &format!("in each {each}"),
            "no step and no request failed",
            Axis::Count,
            vec![
                bar("failed steps", 8, &self.timeline.steps_failed),
                bar("failed requests", 2, &self.timeline.requests_failed),
            ],
        )
    }

    fn iterations(&self) -> Chart {
        self.columns(
            "Steps",
            "per second",
            "no step was measured",
            Axis::PerSecond,
            vec![Curve {
                name: "steps".to_owned(),
                mark: Mark::Stacked,
                colour: 1,
                values: self.rates(&self.timeline.steps),
            }],
        )
    }

    fn generator(&self) -> Chart {
        self.chart(
            "Generator CPU",
            "share of all cores of the machine that made the load",
            "not sampled",
            Axis::Share,
            vec![Curve {
                name: "CPU".to_owned(),
                mark: Mark::Line,
                colour: 9,
                values: self.timeline.cpu_share.clone(),
            }],
        )
    }

    fn chart(
        &self,
        title: &'static str,
        note: &str,
        empty: &'static str,
        axis: Axis,
        curves: Vec<Curve>,
    ) -> Chart {
        Chart {
            title,
            note: note.to_owned(),
            empty,
            axis,
            curves,
            width_s: self.timeline.width_s,
            duration_s: self.duration_s,
            warmup_s: self.warmup_s,
        }
    }

    /// A chart of counts or rates.
    fn columns(
        &self,
        title: &'static str,
        note: &str,
        empty: &'static str,
        axis: Axis,
        curves: Vec<Curve>,
    ) -> Chart {
        Chart {
            width_s: self.column_s(),
            ..self.chart(title, note, empty, axis, curves)
        }
    }

    /// Buckets that are drawn as one column where things are counted.
    fn grouped(&self) -> usize {
        self.timeline.steps.len().div_ceil(MOST_COLUMNS).max(1)
    }

    fn column_s(&self) -> f64 {
        self.timeline.width_s * self.grouped() as f64
    }

    /// Counts per column.
    fn sums(&self, counts: &[u64]) -> Vec<Option<f64>> {
        let sum = |group: &[u64]| Some(group.iter().sum::<u64>() as f64);
        counts.chunks(self.grouped()).map(sum).collect()
    }

    /// Counts per second. The last column is as long as the run leaves it, but at least half.
    fn rates(&self, counts: &[u64]) -> Vec<Option<f64>> {
        let width = self.column_s();
        let rate = |(index, count): (usize, Option<f64>)| {
            let left = self.duration_s - index as f64 * width;
            count.map(|count| count / left.clamp(width / 2.0, width))
        };
        self.sums(counts)
            .into_iter()
            .enumerate()
            .map(rate)
            .collect()
    }
}

fn numbers(counts: &[u64]) -> Vec<Option<f64>> {
    counts.iter().map(|count| Some(*count as f64)).collect()
}
