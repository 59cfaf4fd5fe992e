//! What is told while a database is filled.

use rehearsal::seed::{self, Database, Filled, Options, Plan, Progress, Reset, Stage};

use super::site::shops;
use super::{TABLES, shop, small};

/// Tops up (an empty database is filled), and gives all that was told.
async fn told(plan: &Plan, database: &Database, options: &Options) -> (Filled, Vec<Progress>) {
    let mut all = Vec::new();
    let mut tell = |progress| all.push(progress);
    let filled = seed::ensure(plan, database, Reset::TopUp, options, &mut tell).await;
    (filled.unwrap(), all)
}

/// Which tables were filled, in their order, with the place that was told; and how many rows.
fn filling(told: &[Progress]) -> (Vec<(usize, &str)>, u64) {
    let (mut tables, mut rows) = (Vec::new(), 0);
    for progress in told.iter().filter(|told| told.stage == Stage::Fill) {
        let whole = progress.whole.unwrap();
        assert!(rows <= whole.done && whole.done <= whole.total);
        assert!(whole.left_s.is_none_or(|left_s| left_s >= 0.0));
        assert!((1..=progress.of).contains(&progress.nth), "{progress:?}");
        rows = whole.done;
        tables.push((progress.nth, &*progress.table));
    }
    let last = told.iter().rfind(|told| told.stage == Stage::Fill).unwrap();
    assert_eq!(last.whole.unwrap().total, rows, "all rows are told");
    assert_eq!(last.nth, last.of, "and all tables");
    tables.dedup();
    (tables, rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_all_tables_are_told_together_and_what_comes_after_by_its_name() {
    let plan = shop();
    let (_servers, sites) = shops().await;
    for site in &sites {
        let database = &site.database;
        let (first, at_first) = told(&plan, database, &small()).await;
        let (tables, rows) = filling(&at_first);
        let places: Vec<_> = tables.iter().map(|(nth, _)| *nth).collect();
        assert_eq!(places, (1..=TABLES.len()).collect::<Vec<_>>(), "{database}");
        assert_eq!(rows, first.rows.values().sum::<u64>(), "{database}");

        // The categories do not grow. Rows that are there already are not told as written, nor as a part of the speed.
        let larger = Options {
            scale: 0.2,
            ..small()
        };
        let (grown, then) = told(&plan, database, &larger).await;
        let (tables, new) = filling(&then);
        assert_eq!(tables.len(), TABLES.len() - 1, "{database}");
        assert_eq!(new, grown.rows.values().sum::<u64>() - rows, "{database}");
        let mut counted = then.clone();
        // What is told again while nothing new was counted has only another time.
        counted.retain(|told| told.stage == Stage::Fill);
        counted.dedup_by(|next, one| (&next.table, next.done) == (&one.table, one.done));
        for progress in &counted {
            let written = progress.rows_per_s * progress.elapsed_s;
            let most = grown.rows[&progress.table] - first.rows[&progress.table];
            assert!(written <= most as f64 + 1.0, "{database}: {progress:?}");
        }

        for all in [&at_first, &then] {
            let last = |stage| all.iter().rposition(|told| told.stage == stage);
            assert!(last(Stage::Fill) < last(Stage::Finish), "{database}");
            let places = all.iter().all(|told| told.nth <= told.of);
            assert!(places, "{database}");
            let alone = all.iter().filter(|told| told.stage != Stage::Fill);
            assert!(alone.into_iter().all(|told| told.whole.is_none()));
        }
    }
}
