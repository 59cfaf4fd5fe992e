//! Moments: in a range, denser towards the end when the site grew, after what came before.

use super::super::draw::Draw;
use super::super::program::{Moment, Program};
use super::super::value::Value;
use super::Scratch;

impl Program {
    pub(super) fn moment(
        &self,
        moment: &Moment,
        table: usize,
        row: u64,
        draw: &mut Draw,
        scratch: &mut Scratch,
    ) -> Value {
        let before = moment.after.as_ref().and_then(|path| {
            // Moments append no text.
            match self.follow(path, row, &mut String::new(), scratch) {
                Value::Timestamp(seconds) => Some(seconds),
                _ => None,
            }
        });
        let from = before.map_or(moment.from, |before| (before + moment.gap).max(moment.from));
        let to = match (before, moment.within) {
            (Some(before), Some(within)) => moment.to.min(before + within),
            _ => moment.to,
        };
        let unit = if moment.rising {
            (self.place_of(table, row) as f64 + draw.unit()) / self.tables[table].rows as f64
        } else {
            draw.unit()
        };
        let span = (to - from).max(0) as f64;
        let seconds = from + (span * grown(unit, moment.growth)) as i64;
        Value::Timestamp(seconds)
    }
}

/// Share of the range at which a share of the rows has come, when the rate grows by a factor.
fn grown(unit: f64, growth: f64) -> f64 {
    if (growth - 1.0).abs() < 1e-9 {
        unit
    } else {
        (unit * (growth - 1.0)).ln_1p() / growth.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::grown;

    #[test]
    fn growth_moves_rows_towards_the_end() {
        assert!((grown(0.5, 1.0) - 0.5).abs() < 1e-12);
        assert!((grown(0.0, 4.0)).abs() < 1e-12 && (grown(1.0, 4.0) - 1.0).abs() < 1e-12);
        // Density grows fourfold: half of the rows come in the last 34 % of the time.
        assert!((grown(0.5, 4.0) - 0.661).abs() < 0.001);
        assert!(grown(0.5, 0.25) < 0.5);
    }
}
