//! Time that swings: a rate per hour from growth, weekday and hour of the day, summed up, so that
//! the moment of any row is found by a search. Daylight saving is the zone's. Pure.

use super::plan::Swing;
use super::value::DAY;

const HOUR: i64 = 3_600;

/// The rate of a time series, summed up.
#[derive(Debug)]
pub(super) struct Rhythm {
    from: i64,
    to: i64,
    /// Share of all rows before each hour since `from`; the last entry is 1.
    sums: Vec<f64>,
}

impl Rhythm {
    /// Sums the rate up from `from` to `to`; `growth` is the rate at the end divided by the rate
    /// at the start.
    pub(super) fn new(from: i64, to: i64, growth: f64, swing: &Swing) -> Self {
        let span = (to - from) as f64;
        let mut sums = vec![0.0];
        let mut sum = 0.0;
        let mut at = from;
        while at < to {
            let end = to.min(at + HOUR);
            let local = jiff::Timestamp::from_second(at).map_or(at, |moment| {
                at + i64::from(swing.zone.to_offset(moment).seconds())
            });
            // 1970-01-01 was a Thursday; weekdays count from Monday.
            let weekday = (local.div_euclid(DAY) + 3).rem_euclid(7) as usize;
            let hour = (local.rem_euclid(DAY) / HOUR) as usize;
            let grown = growth.powf((at - from) as f64 / span);
            let share = (end - at) as f64 / HOUR as f64;
            sum += grown * swing.weekdays[weekday] * swing.hours[hour] * share;
            sums.push(sum);
            at = end;
        }
        if sum > 0.0 {
            for entry in &mut sums {
                *entry /= sum;
            }
        }
        Self { from, to, sums }
    }

    /// The moment between `from` and `to` before which a share of the rows between them lies.
    pub(super) fn between(&self, from: i64, to: i64, unit: f64) -> i64 {
        let (low, high) = (self.before(from), self.before(to));
        if high - low < 1e-12 {
            // Nobody comes in that time: spread evenly.
            return from + ((to - from).max(0) as f64 * unit) as i64;
        }
        let moment = self.at(low + (high - low) * unit);
        moment.clamp(from, (to - 1).max(from))
    }

    /// Share of the rows before a moment.
    fn before(&self, moment: i64) -> f64 {
        let since = moment.clamp(self.from, self.to) - self.from;
        let hour = (since / HOUR) as usize;
        let Some(next) = self.sums.get(hour + 1) else {
            return 1.0;
        };
        let width = (self.to - self.from - hour as i64 * HOUR).min(HOUR);
        let inside = (since % HOUR) as f64 / width as f64;
        self.sums[hour] + (next - self.sums[hour]) * inside
    }

    fn at(&self, share: f64) -> i64 {
        let hour = self.sums.partition_point(|sum| *sum <= share);
        if hour >= self.sums.len() {
            return self.to;
        }
        let hour = hour.max(1) - 1;
        let (low, high) = (self.sums[hour], self.sums[hour + 1]);
        let start = self.from + hour as i64 * HOUR;
        let width = (self.to - start).min(HOUR) as f64;
        start + (width * (share - low) / (high - low).max(f64::MIN_POSITIVE)) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    /// Monday, 2024-01-01.
    const MONDAY: i64 = 1_704_067_200;

    fn swing() -> Swing {
        let mut hours = [1.0; 24];
        hours[20] = 9.0;
        Swing {
            weekdays: [4.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0],
            hours,
            zone: TimeZone::UTC,
        }
    }

    fn moments(rhythm: &Rhythm, from: i64, to: i64) -> Vec<i64> {
        (0..10_000)
            .map(|row| rhythm.between(from, to, (f64::from(row) + 0.5) / 10_000.0))
            .collect()
    }

    #[test]
    fn rows_follow_weekdays_and_hours() {
        let to = MONDAY + 70 * DAY;
        let rhythm = Rhythm::new(MONDAY, to, 1.0, &swing());
        let moments = moments(&rhythm, MONDAY, to);
        assert!(moments.is_sorted());
        assert!(moments.iter().all(|at| (MONDAY..to).contains(at)));
        let on = |day: i64| {
            moments
                .iter()
                .filter(|at| (**at - MONDAY) / DAY % 7 == day)
                .count()
        };
        assert!((4_300..4_600).contains(&on(0)), "{}", on(0));
        assert_eq!(on(6), 0);
        let evening = moments
            .iter()
            .filter(|at| (**at - MONDAY) % DAY / HOUR == 20)
            .count();
        assert!((2_750..2_900).contains(&evening), "{evening}");
    }

    #[test]
    fn growth_and_a_part_of_the_time_go_with_it() {
        let to = MONDAY + 700 * DAY;
        let rhythm = Rhythm::new(MONDAY, to, 4.0, &swing());
        let half = |moments: &[i64]| {
            moments
                .iter()
                .filter(|at| **at < MONDAY + 350 * DAY)
                .count()
        };
        let all = moments(&rhythm, MONDAY, to);
        // Growing fourfold, a third comes in the first half.
        assert!((3_250..3_420).contains(&half(&all)), "{}", half(&all));
        let (from, until) = (MONDAY + 10 * DAY + 123, MONDAY + 12 * DAY + 45);
        let part = moments(&rhythm, from, until);
        assert!(part.iter().all(|at| (from..until).contains(at)));
        assert!(part.is_sorted());
    }

    #[test]
    fn evenings_are_those_of_the_zone() {
        let Ok(zone) = TimeZone::get("Europe/Berlin") else {
            return; // this machine has no time zones
        };
        let mut hours = [0.0; 24];
        hours[20] = 1.0;
        let swing = Swing {
            weekdays: [1.0; 7],
            hours,
            zone,
        };
        let to = MONDAY + 366 * DAY;
        let rhythm = Rhythm::new(MONDAY, to, 1.0, &swing);
        let hour = |at: i64| at % DAY / HOUR;
        let moments = moments(&rhythm, MONDAY, to);
        // One hour ahead of UTC in winter, two in summer.
        assert_eq!(hour(moments[5]), 19);
        assert_eq!(hour(moments[5_000]), 18);
    }
}
