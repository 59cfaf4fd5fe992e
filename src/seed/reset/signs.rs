//! Signs that people depend on a server: others follow it, it follows another, or many work in it
//! now. Names and hosts are looked at before connecting (`Database::guard`).

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tokio_postgres::Client;

use crate::seed::Database;
use crate::seed::error::{self, SeedError};

/// So many others that run statements at one moment are no developer's.
const BUSY: i64 = 20;
/// So many rows that nobody remembers seeding are not removed by the way.
const MANY_ROWS: u64 = 5_000;

/// One sign each, as the end of a sentence; null where there is none.
const OF_POSTGRES: &str = "
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

/// What others do: sends of changes to a replica, threads that apply those of another server, and
/// sessions at work. Without the right `PROCESS` one sees one's own only. The names of commands are
/// those of MariaDB and of MySQL.
const OF_MYSQL: &str = "
    SELECT CAST(coalesce(sum(COMMAND LIKE 'Binlog Dump%'), 0) AS SIGNED),
           CAST(coalesce(sum(USER = 'system user' AND COMMAND IN ('Slave_IO', 'Slave_SQL', 'Connect')), 0)
                AS SIGNED),
           CAST(coalesce(sum(DB = DATABASE() AND ID <> CONNECTION_ID()
                             AND (COMMAND NOT IN ('Sleep', 'Daemon') OR IN_TRANSACTION)), 0) AS SIGNED)
      FROM information_schema.PROCESSLIST";
/// Whether a session that does nothing holds a transaction open. It needs the right `PROCESS`.
const HOLDS: &str = "ID IN (SELECT trx_mysql_thread_id FROM information_schema.INNODB_TRX)";

/// Why a PostgreSQL server looks like one that others depend on.
pub(in crate::seed) async fn postgres(client: &Client) -> Result<Option<String>, SeedError> {
    let doing = "looking who else depends on the database";
    let row = client.query_one(OF_POSTGRES, &[]).await;
    let row = row.map_err(error::postgres(doing))?;
    let signs = (0..3).find_map(|index| row.get::<_, Option<String>>(index));
    Ok(signs.or_else(|| busy(row.get(3))))
}

/// Why a MySQL or MariaDB server does, as far as rights allow to see it.
pub(in crate::seed) async fn mysql(connection: &mut Conn) -> Result<Option<String>, SeedError> {
    let mut seen: Option<(i64, i64, i64)> = None;
    for holds in [HOLDS, "FALSE"] {
        let statement = OF_MYSQL.replace("IN_TRANSACTION", holds);
        match connection.query_first(statement).await {
            Ok(found) => {
                seen = found;
                break;
            }
            // It may not be asked so much.
            Err(mysql_async::Error::Server(_)) => {}
            Err(error) => {
                return Err(error::mysql("looking who else depends on the database")(
                    error,
                ));
            }
        }
    }
    let (followers, follows, at_work) = seen.unwrap_or_default();
    Ok(if followers > 0 {
        Some("a replica follows its server (SHOW PROCESSLIST)".to_owned())
    } else if follows > 0 {
        Some("its server is a replica of another one (SHOW PROCESSLIST)".to_owned())
    } else {
        busy(at_work)
    })
}

fn busy(sessions: i64) -> Option<String> {
    (sessions >= BUSY).then(|| format!("{sessions} other sessions are at work in it"))
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
