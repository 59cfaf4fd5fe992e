//! Asks a source when rows came: the range in whole days, growth, weekdays and hours.

use super::measure::{Measure, number};
use super::{Time, round};
use crate::seed::error::SeedError;
use crate::seed::schema::ColumnType;
use crate::seed::value::{DAY, write_date};

/// Parts of the time over which growth is measured.
const PARTS: i64 = 10;

impl Measure<'_, '_> {
    /// From when to when, how it grew, and how it swings.
    pub(super) async fn time(
        &mut self,
        name: &str,
        kind: &ColumnType,
        filled: u64,
    ) -> Result<Option<Time>, SeedError> {
        if filled < 4 * self.least {
            return Ok(None);
        }
        let seconds = self.source.dialect.seconds(name);
        let ends = [self.least, filled + 1 - self.least];
        let Some(rows) = self.at(name, &seconds, &ends).await? else {
            return Ok(None);
        };
        let end = |index: usize| rows.get(index)?.first()?.as_ref()?.parse::<i64>().ok();
        let (Some(from), Some(to)) = (end(0), end(1)) else {
            return Ok(None);
        };
        // Whole days; of dates, which are whole days themselves, whole months.
        let is_date = *kind == ColumnType::Date;
        let (from, to) = if is_date {
            (month(from, 0), month(to, 1))
        } else {
            (from.div_euclid(DAY) * DAY, (to.div_euclid(DAY) + 1) * DAY)
        };
        let growth = self.growth(name, &seconds, (from, to)).await?;
        let mut time = Time {
            from: date(from),
            to: date(to),
            growth,
            weekdays: None,
            hours: None,
        };
        if from >= 0 && !is_date {
            // 1970-01-01 was a Thursday.
            let dialect = self.source.dialect;
            let weekday = format!("({} + 3) % 7", dialect.divided(&seconds, DAY));
            time.weekdays = self.rhythm::<7>(name, &weekday, filled).await?;
            let hour = dialect.divided(&format!("{seconds} % {DAY}"), 3_600);
            time.hours = self.rhythm::<24>(name, &hour, filled).await?;
        }
        Ok(Some(time))
    }

    /// Rate at the end divided by the rate at the start: a line through the logarithms of the
    /// rates of equal parts of the time.
    async fn growth(
        &mut self,
        name: &str,
        seconds: &str,
        (from, to): (i64, i64),
    ) -> Result<f64, SeedError> {
        let width = ((to - from) / PARTS).max(1);
        let least = self.least;
        let dialect = self.source.dialect;
        let part = dialect.divided(&format!("{seconds} - {from}"), width);
        let found = self.ask("measuring the growth of", |table| {
            format!(
                "SELECT {part} AS part, count(*) FROM {table} \
                 WHERE {name} IS NOT NULL AND {seconds} >= {from} AND {seconds} < {to} \
                 GROUP BY {part} HAVING count(*) >= {least} ORDER BY 1"
            )
        });
        let Some(rows) = found.await? else {
            return Ok(1.0);
        };
        let points: Vec<(f64, f64, f64)> = (0..rows.len())
            .filter_map(|index| {
                let part = number(&rows, index, 0)?;
                let count = number(&rows, index, 1)? as f64;
                let share = (part as f64 + 0.5) / PARTS as f64;
                (share < 1.0).then_some((share, count.ln(), count))
            })
            .collect();
        if points.len() < 3 {
            return Ok(1.0);
        }
        let weight: f64 = points.iter().map(|point| point.2).sum();
        let mean = |of: fn(&(f64, f64, f64)) -> f64| {
            points.iter().map(|point| of(point) * point.2).sum::<f64>() / weight
        };
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let slope = points
            .iter()
            .map(|p| (p.0 - x) * (p.1 - y) * p.2)
            .sum::<f64>()
            / points.iter().map(|p| (p.0 - x).powi(2) * p.2).sum::<f64>();
        Ok(round::digits(slope.exp().clamp(0.02, 50.0), f64::round))
    }

    /// Weights of weekdays or hours; none when there are too few rows, or when they do not swing.
    async fn rhythm<const N: usize>(
        &mut self,
        name: &str,
        expression: &str,
        filled: u64,
    ) -> Result<Option<Vec<f64>>, SeedError> {
        if filled < 2 * N as u64 * self.least {
            return Ok(None);
        }
        let least = self.least;
        let found = self.ask("measuring the rhythm of", |from| {
            format!(
                "SELECT {expression}, count(*) FROM {from} WHERE {name} IS NOT NULL \
                 GROUP BY {expression} HAVING count(*) >= {least}"
            )
        });
        let Some(rows) = found.await? else {
            return Ok(None);
        };
        // Fewer than can be told: somewhere between none and as many as that.
        let mut counts = [least as f64 / 2.0; N];
        for index in 0..rows.len() {
            if let (Some(at), Some(count)) = (number(&rows, index, 0), number(&rows, index, 1))
                && let Some(slot) = counts.get_mut(at as usize)
            {
                *slot = count as f64;
            }
        }
        let most = counts.iter().copied().fold(0.0, f64::max);
        let fewest = counts.iter().copied().fold(f64::MAX, f64::min);
        let swings = fewest < most * 0.8;
        let weights = counts.map(|count| round::digits(count / most * 100.0, f64::round));
        Ok(swings.then(|| weights.to_vec()))
    }
}

fn date(seconds: i64) -> String {
    let mut text = String::new();
    write_date(seconds, &mut text);
    text
}

/// The first of the month of a moment, or of a later one.
fn month(seconds: i64, later: i32) -> i64 {
    let day = jiff::Timestamp::from_second(seconds)
        .map(|moment| moment.to_zoned(jiff::tz::TimeZone::UTC).date());
    let first = day.and_then(|day| {
        let span = jiff::Span::new().try_months(later)?;
        let first = day.first_of_month().checked_add(span)?;
        first.to_zoned(jiff::tz::TimeZone::UTC)
    });
    first.map_or(seconds, |first| first.timestamp().as_second())
}
