//! The line that tells how far seeding is: what is done, a bar, rows per second, time left. It is
//! as wide as the terminal at most, or replacing it would leave pieces behind. Pure.

use rehearsal::measure::units;
use rehearsal::seed::{Progress, Stage};

/// Characters of the bar, with its ends.
const BAR: std::ops::RangeInclusive<usize> = 8..=32;

/// Room for `1,234,567/s  59 min 59 s left`, with the spaces before: the bar leaves it free, so
/// that it keeps its width.
const RATE: usize = 31;

/// How far it is.
#[derive(Debug, Clone, Copy)]
struct Told<'a> {
    stage: Stage,
    table: &'a str,
    done: u64,
    total: u64,
    rows_per_s: f64,
    elapsed_s: f64,
}

/// The line for a terminal of so many columns.
pub(super) fn line(progress: &Progress, columns: usize) -> String {
    let told = Told {
        stage: progress.stage,
        table: &progress.table,
        done: progress.done,
        total: progress.total,
        rows_per_s: progress.rows_per_s,
        elapsed_s: progress.elapsed_s,
    };
    laid_out(told, columns)
}

fn laid_out(progress: Told<'_>, columns: usize) -> String {
    let what = match progress.stage {
        Stage::Hash => "hashing passwords of",
        Stage::Empty => "emptying the tables",
        Stage::Fill => "filling",
        Stage::Index => "building indexes of",
        Stage::Late => "writing references of",
        Stage::Analyze => "refreshing statistics of",
        Stage::Reference => "checking references of",
        Stage::Finish => "checking and committing",
        Stage::Snapshot => "keeping a snapshot",
        Stage::Restore => "restoring the snapshot",
        Stage::Compare => "comparing",
        _ => "working on",
    };
    let what = match (progress.table, what.strip_suffix(" of")) {
        ("", Some(alone)) => alone.to_owned(),
        ("", None) => what.to_owned(),
        (table, _) => format!("{what} {table}"),
    };
    // The last column stays free: a terminal may go to the next line when it is written.
    let columns = columns.saturating_sub(1);
    let numbers = numbers(progress);
    let room = columns.saturating_sub(width(&numbers) + 2);
    let what = cut(&what, room);
    let counts = 2 * units::count(progress.total).len() + 4;
    let bar = is_counted(progress.stage)
        .then(|| columns.saturating_sub(width(&what) + counts + RATE + 4))
        .map(|room| room.min(*BAR.end()))
        .filter(|room| BAR.contains(room))
        .map(|room| format!("{}  ", bar(progress.done, progress.total, room)));
    cut(
        &format!("{what}  {}{numbers}", bar.unwrap_or_default()),
        columns,
    )
}

/// Stages in which rows or hashes are counted; the others only take their time.
const fn is_counted(stage: Stage) -> bool {
    matches!(
        stage,
        Stage::Hash | Stage::Fill | Stage::Late | Stage::Compare
    )
}

fn numbers(progress: Told<'_>) -> String {
    if !is_counted(progress.stage) {
        let elapsed = units::seconds(progress.elapsed_s);
        return if progress.stage == Stage::Index {
            let current = (progress.done + 1).min(progress.total);
            format!("{current} of {}  {elapsed}", progress.total)
        } else {
            elapsed
        };
    }
    let total = units::count(progress.total);
    let left_s = progress.total.saturating_sub(progress.done) as f64 / progress.rows_per_s;
    let left = if left_s.is_finite() && left_s >= 1.0 {
        format!("  {} left", units::seconds(left_s.ceil()))
    } else {
        String::new()
    };
    // As wide as the total, so that the bar does not jump while numbers grow.
    format!(
        "{:>width$} of {total}  {}/s{left}",
        units::count(progress.done),
        units::count(progress.rows_per_s as u64),
        width = total.len(),
    )
}

/// `[=====>    ]`, of so many characters.
fn bar(done: u64, total: u64, width: usize) -> String {
    let inside = width.saturating_sub(2);
    let share = if total == 0 {
        1.0
    } else {
        (done as f64 / total as f64).clamp(0.0, 1.0)
    };
    let full = (share * inside as f64) as usize;
    let head = usize::from(full < inside);
    let (bar, tip) = ("=".repeat(full), ">".repeat(head));
    format!("[{bar}{tip}{}]", " ".repeat(inside - full - head))
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// At most so many characters; what is cut is marked.
fn cut(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('~');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filling(table: &str, done: u64) -> Told<'_> {
        Told {
            stage: Stage::Fill,
            table,
            done,
            total: 616_264,
            rows_per_s: 29_493.4,
            elapsed_s: 3.0,
        }
    }

    #[test]
    fn the_bar_grows_and_nothing_else_moves() {
        assert_eq!(
            laid_out(filling("orders", 0), 80),
            "filling orders  [>         ]        0 of 616,264  29,493/s  21 s left"
        );
        assert_eq!(
            laid_out(filling("orders", 308_132), 80),
            "filling orders  [=====>    ]  308,132 of 616,264  29,493/s  11 s left"
        );
        assert_eq!(
            laid_out(filling("orders", 616_264), 120),
            "filling orders  [==============================]  616,264 of 616,264  29,493/s"
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let long = "a_table_whose_name_is_as_long_as_postgres_lets_names_of_tables_b";
        for columns in 0..200 {
            for table in ["orders", long, ""] {
                let line = laid_out(filling(table, 1_000), columns);
                assert!(width(&line) < columns.max(2), "{columns}: {line}");
            }
        }
        let told = laid_out(filling(long, 308_132), 80);
        assert!(told.contains("~  308,132 of 616,264"), "{told}");
    }

    #[test]
    fn what_cannot_be_counted_tells_its_time() {
        let finish = Told {
            stage: Stage::Finish,
            table: "",
            ..filling("", 0)
        };
        assert_eq!(laid_out(finish, 80), "checking and committing  3 s");
        let index = Told {
            stage: Stage::Index,
            done: 1,
            total: 3,
            ..filling("orders", 0)
        };
        assert_eq!(
            laid_out(index, 80),
            "building indexes of orders  2 of 3  3 s"
        );
    }
}
