//! The line that tells how far seeding is: what is done, a bar, rows per second, when the rows are
//! done, which table of how many. It is as wide as the terminal at most, or replacing it would
//! leave pieces behind. Pure.
//!
//! While rows are written all of it is about the whole fill but the table's name. That stands at
//! the end, and nothing before it depends on it: tables come and go many times a second in a large
//! plan, and the bar must not go with them. What there is room for is decided by the terminal's
//! width alone, for the same reason.
//!
//! The time is that until the **rows** are done, and is said to be. Indexes that are built and
//! references that are checked afterwards are stages of their own, and how long they take is not
//! known before.

use rehearsal::measure::units;
use rehearsal::seed::{Progress, Stage};

/// Columns beside the verb from which on there is room for the share that is done, and for rows
/// per second.
const ROOM_FOR_SHARE: usize = 41;
const ROOM_FOR_RATE: usize = 51;

/// Columns beside the verb that a bar and numbers of rows leave free: for share, rate, time, and
/// the beginning of a table's name.
const REST: usize = 52;

/// Characters of the bar, with its ends; the name gets as much.
const BAR: std::ops::RangeInclusive<usize> = 8..=32;

/// How far it is; while rows are written, all rows.
#[derive(Debug, Clone, Copy)]
struct Told<'a> {
    stage: Stage,
    table: &'a str,
    nth: usize,
    of: usize,
    done: u64,
    total: u64,
    rows_per_s: f64,
    left_s: Option<f64>,
    elapsed_s: f64,
}

/// The line for a terminal of so many columns.
pub(super) fn line(progress: &Progress, columns: usize) -> String {
    let left = progress.total.saturating_sub(progress.done) as f64;
    let table = Told {
        stage: progress.stage,
        table: &progress.table,
        nth: progress.nth,
        of: progress.of,
        done: progress.done,
        total: progress.total,
        rows_per_s: progress.rows_per_s,
        left_s: Some(left / progress.rows_per_s),
        elapsed_s: progress.elapsed_s,
    };
    let told = progress.whole.map_or(table, |whole| Told {
        done: whole.done,
        total: whole.total,
        rows_per_s: whole.rows_per_s,
        left_s: whole.left_s,
        ..table
    });
    laid_out(told, columns)
}

fn laid_out(told: Told<'_>, columns: usize) -> String {
    // The last column stays free: a terminal may go to the next line when it is written.
    let columns = columns.saturating_sub(1);
    let verb = verb(told.stage);
    let front = match told.stage {
        Stage::Hash | Stage::Fill | Stage::Late | Stage::Compare => {
            counted(told, verb, columns.saturating_sub(verb.len()))
        }
        Stage::Index => {
            let current = (told.done + 1).min(told.total);
            let elapsed = units::seconds(told.elapsed_s);
            format!("{verb} {current} of {}  {elapsed}", told.total)
        }
        _ => format!("{verb}  {}", units::seconds(told.elapsed_s)),
    };
    let tail = tail(told, columns.saturating_sub(width(&front) + 2));
    let gap = if tail.is_empty() { "" } else { "  " };
    cut(&format!("{front}{gap}{tail}"), columns)
}

const fn verb(stage: Stage) -> &'static str {
    match stage {
        Stage::Hash => "hashing passwords",
        Stage::Empty => "emptying the tables",
        Stage::Fill => "filling",
        Stage::Index => "building indexes",
        Stage::Late => "writing references",
        Stage::Analyze => "refreshing statistics",
        Stage::Reference => "checking references",
        Stage::Finish => "checking and committing",
        Stage::Snapshot => "keeping a snapshot",
        Stage::Restore => "restoring the snapshot",
        Stage::Compare => "comparing",
        _ => "working",
    }
}

/// What is counted, in so much room beside the verb.
fn counted(told: Told<'_>, verb: &str, room: usize) -> String {
    let total = units::count(told.total);
    let counts = 2 * width(&total) + 6;
    let spare = room.saturating_sub(REST);
    let counts = Some(counts).filter(|counts| spare >= counts + 2 * BAR.start());
    let bar = (spare - counts.unwrap_or(0)).min(2 * BAR.end()) / 2;

    let bar = (bar >= *BAR.start()).then(|| self::bar(told.done, told.total, bar));
    let share = (room >= ROOM_FOR_SHARE).then(|| percent(told.done, told.total));
    let share = share.map(|share| format!("{share:>3} %"));
    let first = [Some(verb.to_owned()), bar, share];
    let first = first.into_iter().flatten().collect::<Vec<_>>().join(" ");
    // As wide as they will be, so that what follows does not move while numbers grow.
    let counts = counts.map(|_| {
        let done = units::count(told.done);
        format!("{done:>width$} of {total}", width = width(&total))
    });
    let rate = (room >= ROOM_FOR_RATE).then(|| units::count(told.rows_per_s as u64));
    let rate = rate.map(|rate| format!("{rate}/s"));
    let time = match (told.stage, left(told.left_s)) {
        (Stage::Fill, left) => left.map(|left| format!("rows done in {left}")),
        // One statement follows that moves what was sent, and cannot be counted.
        (Stage::Late, _) => Some(units::seconds(told.elapsed_s)),
        (_, left) => left.map(|left| format!("{left} left")),
    };
    let parts = [Some(first), counts, rate, time];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

/// Only what is done is 100 %.
fn percent(done: u64, total: u64) -> u64 {
    (u128::from(done) * 100)
        .checked_div(total.into())
        .map_or(100, |percent| percent.min(100) as u64)
}

/// A time to go, as exact as an estimate can be: one that is told to the second while it is
/// minutes off is read as a promise, and never rests. None where it is nearly over.
fn left(seconds: Option<f64>) -> Option<String> {
    let seconds = seconds.filter(|seconds| seconds.is_finite() && *seconds >= 1.0)?;
    let step = match seconds {
        s if s <= 60.0 => 1.0,
        s if s <= 600.0 => 10.0,
        _ => 60.0,
    };
    Some(units::seconds((seconds / step).ceil() * step))
}

/// The table, and which of how many it is. That is kept when the name is too long.
fn tail(told: Told<'_>, room: usize) -> String {
    let place = if told.of > 1 {
        format!("({} of {})", told.nth, told.of)
    } else {
        String::new()
    };
    let beside = if place.is_empty() || told.table.is_empty() {
        width(&place)
    } else {
        width(&place) + 1
    };
    // Less than that says nothing.
    let least = width(told.table).min(3);
    if room >= beside + least {
        let name = cut(told.table, room - beside);
        return format!("{name} {place}").trim().to_owned();
    }
    if room >= width(&place) {
        return place;
    }
    String::new()
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
            nth: 3,
            of: 62,
            done,
            total: 616_264,
            rows_per_s: 29_493.4,
            left_s: Some((616_264 - done) as f64 / 29_493.4),
            elapsed_s: 3.0,
        }
    }

    #[test]
    fn the_line_fits_terminals_of_all_sizes() {
        let lines = [40, 60, 80, 120].map(|columns| laid_out(filling("orders", 308_132), columns));
        assert_eq!(
            lines,
            [
                "filling  rows done in 11 s  (3 of 62)",
                "filling  50 %  29,493/s  rows done in 11 s  orde~ (3 of 62)",
                "filling [====>   ]  50 %  29,493/s  rows done in 11 s  orders (3 of 62)",
                "filling [=========>        ]  50 %  308,132 of 616,264  29,493/s  rows done in 11 s  \
                 orders (3 of 62)",
            ]
        );
        let early = Told {
            left_s: None,
            ..filling("orders", 0)
        };
        let lines = [40, 80].map(|columns| laid_out(early, columns));
        assert_eq!(
            lines,
            [
                "filling  orders (3 of 62)",
                "filling [>       ]   0 %  29,493/s  orders (3 of 62)",
            ]
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let long = "a_table_whose_name_is_as_long_as_postgres_lets_names_of_tables_b";
        for columns in 0..200 {
            for table in ["orders", long, ""] {
                for stage in [Stage::Fill, Stage::Hash, Stage::Late, Stage::Index] {
                    let told = Told {
                        stage,
                        ..filling(table, 1_000)
                    };
                    let line = laid_out(told, columns);
                    assert!(width(&line) < columns.max(2), "{columns}: {line}");
                }
            }
        }
    }

    #[test]
    fn a_table_moves_nothing_but_its_name() {
        for columns in [40, 60, 80, 120] {
            let [one, other] = ["a", "a_table_with_quite_a_long_name"]
                .map(|table| laid_out(filling(table, 308_132), columns));
            let until = |line: &str| line.find(" in 11 s").unwrap();
            assert_eq!(one[..until(&one)], other[..until(&other)]);
            assert!(other.ends_with("(3 of 62)"), "{other}");
        }
    }

    #[test]
    fn only_what_is_done_is_all() {
        assert_eq!(percent(616_263, 616_264), 99);
        assert_eq!(percent(616_264, 616_264), 100);
        assert_eq!(percent(0, 0), 100);
        let done = laid_out(filling("orders", 616_264), 80);
        assert_eq!(done, "filling [========] 100 %  29,493/s  orders (3 of 62)");
    }

    #[test]
    fn the_time_to_go_is_told_no_finer_than_it_is_known() {
        let told = [
            0.4,
            1.2,
            59.1,
            61.0,
            122.0,
            599.0,
            601.0,
            3_725.0,
            f64::NAN,
            f64::INFINITY,
        ]
        .map(|seconds| left(Some(seconds)));
        let told = told.each_ref().map(Option::as_deref);
        let expected = [
            None,
            Some("2 s"),
            Some("1 min"),
            Some("1 min 10 s"),
            Some("2 min 10 s"),
            Some("10 min"),
            Some("11 min"),
            Some("1 h 3 min"),
            None,
            None,
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_told_otherwise_than_rows() {
        let lines = [
            (Stage::Hash, "customers.password_hash", 0),
            (Stage::Late, "orders", 2),
            (Stage::Index, "orders", 2),
            (Stage::Reference, "orders", 2),
            (Stage::Finish, "", 0),
        ]
        .map(|(stage, table, of)| {
            let told = Told {
                stage,
                nth: of,
                of,
                done: 1,
                total: 4,
                left_s: Some(2.0),
                ..filling(table, 0)
            };
            laid_out(told, 80)
        });
        assert_eq!(
            lines,
            [
                "hashing passwords  25 %  29,493/s  2 s left  customers.password_hash",
                "writing references  25 %  29,493/s  3 s  orders (2 of 2)",
                "building indexes 2 of 4  3 s  orders (2 of 2)",
                "checking references  3 s  orders (2 of 2)",
                "checking and committing  3 s",
            ]
        );
    }
}
