//! Signs that people depend on a PostgreSQL server: others follow it, or work in it now. Names
//! and hosts are looked at before connecting (`Database::guard`).

use tokio_postgres::Client;

use crate::seed::Database;
use crate::seed::error::{SeedError, postgres};

/// So many others that run statements at one moment are no developer's.
const BUSY: i64 = 20;
/// So many rows that nobody remembers seeding are not removed by the way.
const MANY_ROWS: u64 = 5_000;

/// One sign each, as the end of a sentence; null where there is none.
const SIGNS: &str = "
    SELECT CASE WHEN (SELECT count(*) FROM pg_stat_replication
                       WHERE coalesce(application_name, '') <> 'pg_basebackup') > 0
                THEN 'a standby or a subscriber follows its server (pg_stat_replication)' END,
           (SELECT format('the logical replication slot `%s` sends its changes to somebody', slot_name)
              FROM pg_replication_slots
             WHERE slot_type = 'logical' AND database = current_database() LIMIT 1),
           (SELECT format('its publication `%s` is for others to follow', pubname)
              FROM pg_publication LIMIT 1),
           (SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()
               AND application_name <> 'rehearsal'
               AND state IN ('active', 'idle in transaction', 'idle in transaction (aborted)'))";

/// Refuses a server that others depend on, unless the database's exact name was repeated.
pub(in crate::seed) async fn guard(
    url: &Database,
    client: &Client,
    confirm: Option<&str>,
) -> Result<(), SeedError> {
    if confirm == Some(url.name().as_str()) {
        return Ok(());
    }
    let doing = "looking who else depends on the database";
    let row = client
        .query_one(SIGNS, &[])
        .await
        .map_err(postgres(doing))?;
    let busy: i64 = row.get(3);
    let busy = (busy >= BUSY).then(|| format!("{busy} other sessions are at work in it"));
    let signs = (0..3).find_map(|index| row.get::<_, Option<String>>(index));
    match signs.or(busy) {
        Some(reason) => Err(url.looks_like_production(reason)),
        None => Ok(()),
    }
}

/// Refuses to remove many rows of which nothing says that they were seeded.
pub(in crate::seed) fn not_ours(
    url: &Database,
    rows: &[(String, u64)],
    confirm: Option<&str>,
) -> Result<(), SeedError> {
    let many: Vec<_> = rows
        .iter()
        .filter(|(_, rows)| *rows >= MANY_ROWS)
        .map(|(table, rows)| format!("`{table}` ({rows} rows)"))
        .collect();
    if many.is_empty() || confirm == Some(url.name().as_str()) {
        return Ok(());
    }
    Err(url.looks_like_production(format!(
        "it holds rows that were not seeded and would be removed: {}",
        many.join(", ")
    )))
}
