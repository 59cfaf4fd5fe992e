//! Indexes, primary keys, unique and exclusion constraints, and foreign keys of PostgreSQL.

use std::collections::HashMap;

use tokio_postgres::Transaction;

use super::{Item, WORTH_ROWS};
use crate::clock::Clock;
use crate::seed::error::{SeedError, postgres, postgres_reason};
use crate::seed::fit::Layout;
use crate::seed::load::{Job, Meter, OnProgress, Stage, Written, waiting};

/// What is set aside in a transaction.
#[derive(Debug, Default)]
pub(in crate::seed::load) struct Aside {
    indexes: Vec<Item>,
    references: Vec<Item>,
    /// Why nothing was set aside although it would have paid.
    pub(in crate::seed::load) note: Option<String>,
}

/// Tables, and whether they are ordinary ones that the role may change and make indexes of.
/// Partitioned tables and partitions keep their indexes: those of partitions would come back
/// under other names.
const TABLES: &str = "
    SELECT c.oid,
           c.relkind = 'r' AND NOT c.relispartition
           AND pg_has_role(c.relowner, 'USAGE') AND has_schema_privilege(c.relnamespace, 'CREATE')
      FROM unnest($1::text[]) WITH ORDINALITY u(name, place)
      JOIN pg_class c ON c.oid = u.name::regclass
     ORDER BY u.place";

/// What must not see its tables without indexes, or must not see schemas change at all. A trigger
/// in a procedural language may look rows up in any table, once per row.
const OBSTACLES: &str = "
    SELECT format('the event trigger `%s` watches changes of the schema', evtname)
      FROM pg_event_trigger WHERE evtenabled <> 'D'
     UNION ALL
    SELECT format('the trigger `%s` of `%s` runs for every row and may need them', t.tgname, c.relname)
      FROM pg_trigger t
      JOIN pg_class c ON c.oid = t.tgrelid
      JOIN pg_proc p ON p.oid = t.tgfoid
      JOIN pg_language l ON l.oid = p.prolang
     WHERE t.tgrelid = ANY (SELECT name::regclass FROM unnest($1::text[]) name)
       AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
       AND t.tgtype & 5 = 5 AND l.lanname NOT IN ('internal', 'c')
     LIMIT 1";

/// Foreign keys from and to the tables; whether each can be put back exactly. Those that are not
/// valid would not be checked again, those whose triggers are off would be on again, those of
/// partitioned tables have parts with names of their own.
const REFERENCES: &str = "
    SELECT k.oid, k.conindid, c.oid, c.relname::text, k.conname::text,
           format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, c.relname, k.conname),
           array_remove(ARRAY[
               format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s',
                      n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)),
               CASE WHEN obj_description(k.oid, 'pg_constraint') IS NOT NULL THEN
                   format('COMMENT ON CONSTRAINT %I ON %I.%I IS %L',
                          k.conname, n.nspname, c.relname, obj_description(k.oid, 'pg_constraint'))
               END], NULL),
           k.convalidated
           AND c.relkind = 'r' AND NOT c.relispartition
           AND p.relkind = 'r' AND NOT p.relispartition
           AND pg_has_role(c.relowner, 'USAGE')
           AND has_table_privilege(p.oid, 'REFERENCES')
           AND NOT EXISTS (SELECT FROM pg_trigger t
                            WHERE t.tgconstraint = k.oid AND t.tgenabled <> 'O')
           AND NOT EXISTS (SELECT FROM pg_depend d
                            WHERE d.classid = 'pg_constraint'::regclass AND d.objid = k.oid
                              AND d.deptype IN ('e', 'x'))
           AND NOT EXISTS (SELECT FROM pg_depend d
                            WHERE d.refclassid = 'pg_constraint'::regclass AND d.refobjid = k.oid
                              AND d.classid <> 'pg_trigger'::regclass)
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_class p ON p.oid = k.confrelid
     WHERE k.contype = 'f' AND k.conparentid = 0
       AND (k.conrelid = ANY ($1) OR k.confrelid = ANY ($1))
     ORDER BY k.oid";

/// Indexes of the tables ($1) that can be put back exactly: not those that a foreign key that
/// stays needs ($2), nor those that anything but a foreign key that goes ($3) depends on, such as
/// a view that groups by a primary key. The statement that makes an index holds everything but
/// its tablespace, its marks, its comments and its statistics targets.
const INDEXES: &str = "
    SELECT x.indrelid, i.relname::text,
           CASE WHEN k.oid IS NULL THEN format('DROP INDEX %I.%I', n.nspname, i.relname)
                ELSE format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, c.relname, k.conname)
           END,
           array_remove(ARRAY[
               format('SET LOCAL default_tablespace = %L', coalesce(s.spcname, '')),
               CASE WHEN k.contype = 'x' THEN
                   format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s',
                          n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid))
               ELSE pg_get_indexdef(i.oid) END,
               CASE WHEN k.contype IN ('p', 'u') THEN
                   format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s USING INDEX %I%s%s',
                          n.nspname, c.relname, k.conname,
                          CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, i.relname,
                          CASE WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END,
                          CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END)
               END,
               CASE WHEN x.indisclustered THEN
                   format('ALTER TABLE %I.%I CLUSTER ON %I', n.nspname, c.relname, i.relname) END,
               CASE WHEN x.indisreplident THEN
                   format('ALTER TABLE %I.%I REPLICA IDENTITY USING INDEX %I',
                          n.nspname, c.relname, i.relname) END,
               CASE WHEN obj_description(i.oid, 'pg_class') IS NOT NULL THEN
                   format('COMMENT ON INDEX %I.%I IS %L',
                          n.nspname, i.relname, obj_description(i.oid, 'pg_class')) END,
               CASE WHEN obj_description(k.oid, 'pg_constraint') IS NOT NULL THEN
                   format('COMMENT ON CONSTRAINT %I ON %I.%I IS %L',
                          k.conname, n.nspname, c.relname, obj_description(k.oid, 'pg_constraint'))
               END], NULL)
           || ARRAY(SELECT format('ALTER INDEX %I.%I ALTER COLUMN %s SET STATISTICS %s',
                                  n.nspname, i.relname, a.attnum, a.attstattarget)
                      FROM pg_attribute a
                     WHERE a.attrelid = i.oid AND a.attstattarget >= 0 ORDER BY a.attnum)
      FROM pg_index x
      JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_am m ON m.oid = i.relam
      JOIN pg_class c ON c.oid = x.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_tablespace s ON s.oid = i.reltablespace
      LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.conrelid = c.oid
                               AND k.contype IN ('p', 'u', 'x')
     WHERE x.indrelid = ANY ($1) AND i.oid <> ALL ($2)
       AND x.indisvalid AND x.indisready AND x.indislive AND NOT i.relispartition
       AND (k.oid IS NULL OR k.contype = 'x' OR m.amname = 'btree')
       AND (s.oid IS NULL OR has_tablespace_privilege(s.oid, 'CREATE'))
       AND NOT EXISTS (SELECT FROM pg_trigger t
                        WHERE t.tgconstraint = k.oid AND t.tgenabled <> 'O')
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.deptype IN ('e', 'x')
                          AND (d.classid = 'pg_class'::regclass AND d.objid = i.oid
                               OR d.classid = 'pg_constraint'::regclass AND d.objid = k.oid))
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE (d.refclassid = 'pg_class'::regclass AND d.refobjid = i.oid
                               OR d.refclassid = 'pg_constraint'::regclass AND d.refobjid = k.oid)
                          AND d.classid <> 'pg_trigger'::regclass
                          AND NOT (d.classid = 'pg_class'::regclass AND d.objid = i.oid)
                          AND NOT (d.classid = 'pg_constraint'::regclass AND d.objid = ANY ($3)))
     ORDER BY x.indrelid, x.indexrelid";

/// Columns of a table whose foreign keys are in place.
const IN_PLACE: &str = "
    SELECT DISTINCT a.attname::text
      FROM pg_constraint k
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
     WHERE k.contype = 'f' AND k.conrelid = $1::text::regclass";

/// Whether the server runs on this machine, its memory for building indexes and the memory that
/// it was given, in kB, and its processes that may build one.
const RESOURCES: &str = "
    SELECT inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr(),
           pg_size_bytes(current_setting('maintenance_work_mem')) / 1024,
           pg_size_bytes(current_setting('shared_buffers')) / 1024,
           current_setting('max_parallel_maintenance_workers')::bigint";

/// The most memory that an index is built in: more brought nothing.
const MOST_MEMORY_KB: i64 = 1024 * 1024;
const MOST_WORKERS: i64 = 8;

impl Aside {
    /// Takes indexes and references away from the tables of a job that are empty and large enough
    /// for it to pay.
    pub(in crate::seed::load) async fn take(
        transaction: &Transaction<'_>,
        job: &Job,
    ) -> Result<Self, SeedError> {
        let doing = "reading indexes and references";
        let worth = |layout: &Layout| layout.rows >= WORTH_ROWS && !layout.fields.is_empty();
        if job.keep_indexes || !job.fit.layouts.iter().any(worth) {
            return Ok(Self::default());
        }
        let tables = Tables::read(transaction, &job.fit.layouts, &worth).await?;
        let (mut found, kept, going) = references(transaction, &tables).await?;
        for row in transaction
            .query(INDEXES, &[&tables.filled, &kept, &going])
            .await
            .map_err(postgres(doing))?
        {
            found.indexes.push(Item {
                table: tables.name(row.get(0)).unwrap_or_default().to_owned(),
                name: row.get(1),
                take: row.get(2),
                make: row.get(3),
            });
        }
        if found.is_empty() {
            return Ok(found);
        }
        let names = sql_names(&job.fit.layouts);
        let obstacle = transaction
            .query_opt(OBSTACLES, &[&names])
            .await
            .map_err(postgres(doing))?;
        if let Some(obstacle) = obstacle {
            return Ok(Self::stayed(obstacle.get(0)));
        }
        match found.remove(transaction).await? {
            None => Ok(found),
            Some(reason) => Ok(Self::stayed(&reason)),
        }
    }

    /// Whether everything is in place.
    pub(in crate::seed::load) const fn is_empty(&self) -> bool {
        self.indexes.is_empty() && self.references.is_empty()
    }

    fn stayed(reason: &str) -> Self {
        Self {
            note: Some(format!(
                "indexes stayed in place while filling, which is slower: {reason}"
            )),
            ..Self::default()
        }
    }

    /// Removes what was found, all or nothing; says why it could not. References go first: what
    /// they refer to is in use until then.
    async fn remove(&self, transaction: &Transaction<'_>) -> Result<Option<String>, SeedError> {
        let taking = self.references.iter().chain(&self.indexes);
        let statements: Vec<&str> = taking.map(|item| &*item.take).collect();
        let doing = "setting indexes aside";
        // An application that is at work is not waited for: meanwhile, it would wait for us.
        let attempt = format!(
            "SAVEPOINT rehearsal_aside; SET LOCAL lock_timeout = '3s'; {}; \
             SET LOCAL lock_timeout = '10s'; RELEASE SAVEPOINT rehearsal_aside",
            statements.join("; ")
        );
        match transaction.batch_execute(&attempt).await {
            Ok(()) => Ok(None),
            Err(error) if error.as_db_error().is_some() => {
                transaction
                    .batch_execute("ROLLBACK TO SAVEPOINT rehearsal_aside")
                    .await
                    .map_err(postgres(doing))?;
                Ok(Some(postgres_reason(&error)))
            }
            Err(error) => Err(postgres(doing)(error)),
        }
    }

    /// Fields of a table that must wait until the rows they refer to are there: not those whose
    /// references are set aside.
    pub(in crate::seed::load) async fn late(
        &self,
        transaction: &Transaction<'_>,
        layout: &Layout,
    ) -> Result<Vec<usize>, SeedError> {
        if self.references.is_empty() || layout.late.is_empty() {
            return Ok(layout.late.clone());
        }
        let rows = transaction
            .query(IN_PLACE, &[&layout.sql_name])
            .await
            .map_err(postgres("reading references"))?;
        let in_place: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
        let waits = |index: &&usize| in_place.contains(&&*layout.fields[**index].name);
        Ok(layout.late.iter().filter(waits).copied().collect())
    }

    /// Builds the indexes again.
    pub(in crate::seed::load) async fn build(
        &self,
        transaction: &Transaction<'_>,
        clock: Clock,
        written: &mut Written,
        progress: OnProgress<'_>,
    ) -> Result<(), SeedError> {
        if self.is_empty() {
            return Ok(());
        }
        widen(transaction).await?;
        let tables = self.indexes.chunk_by(|one, next| one.table == next.table);
        for (index, of_table) in tables.clone().enumerate() {
            let table = &of_table[0].table;
            let meter = Meter::begin(clock, Stage::Index, table, of_table.len() as u64);
            let mut meter = meter.place(index + 1, tables.clone().count());
            for (done, item) in of_table.iter().enumerate() {
                make(transaction, item, done as u64, &mut meter, progress).await?;
            }
            meter.tell(of_table.len() as u64, progress);
            *written.took.entry(table.clone()).or_default() += meter.seconds();
        }
        transaction
            .batch_execute("SET LOCAL default_tablespace TO DEFAULT")
            .await
            .map_err(postgres("building indexes"))
    }

    /// Makes the references again; the server checks them all.
    pub(in crate::seed::load) async fn refer(
        &self,
        transaction: &Transaction<'_>,
        clock: Clock,
        written: &mut Written,
        progress: OnProgress<'_>,
    ) -> Result<(), SeedError> {
        for (index, item) in self.references.iter().enumerate() {
            let meter = Meter::begin(clock, Stage::Reference, &item.table, 1);
            let mut meter = meter.place(index + 1, self.references.len());
            make(transaction, item, 0, &mut meter, progress).await?;
            meter.tell(1, progress);
            if let Some(took) = written.took.get_mut(&item.table) {
                *took += meter.seconds();
            }
        }
        Ok(())
    }
}

fn sql_names(layouts: &[Layout]) -> Vec<&str> {
    layouts.iter().map(|layout| &*layout.sql_name).collect()
}

/// The plan's tables by oid, and those that are filled fast.
struct Tables<'a> {
    names: HashMap<u32, &'a str>,
    filled: Vec<u32>,
}

impl<'a> Tables<'a> {
    async fn read(
        transaction: &Transaction<'_>,
        layouts: &'a [Layout],
        worth: &(dyn Fn(&Layout) -> bool + Sync),
    ) -> Result<Self, SeedError> {
        let rows = transaction
            .query(TABLES, &[&sql_names(layouts)])
            .await
            .map_err(postgres("reading the rights on the plan's tables"))?;
        let (mut names, mut filled) = (HashMap::new(), Vec::new());
        for (layout, row) in layouts.iter().zip(rows) {
            let oid: u32 = row.get(0);
            names.insert(oid, &*layout.name);
            if row.get(1) && worth(layout) && is_empty(transaction, layout).await? {
                filled.push(oid);
            }
        }
        Ok(Self { names, filled })
    }

    /// The plan's name of a table.
    fn name(&self, oid: u32) -> Option<&'a str> {
        self.names.get(&oid).copied()
    }
}

async fn is_empty(transaction: &Transaction<'_>, layout: &Layout) -> Result<bool, SeedError> {
    let statement = format!("SELECT NOT EXISTS (SELECT FROM {})", layout.sql_name);
    let row = transaction.query_one(&statement, &[]).await;
    let row = row.map_err(postgres(format!("looking into `{}`", layout.name)))?;
    Ok(row.get(0))
}

/// Foreign keys that can go, with oids of indexes that must stay for the others, and their own.
async fn references(
    transaction: &Transaction<'_>,
    tables: &Tables<'_>,
) -> Result<(Aside, Vec<u32>, Vec<u32>), SeedError> {
    let (mut found, mut kept, mut going) = (Aside::default(), Vec::new(), Vec::new());
    for row in transaction
        .query(REFERENCES, &[&tables.filled])
        .await
        .map_err(postgres("reading references"))?
    {
        if row.get(7) {
            going.push(row.get(0));
            let catalogued: String = row.get(3);
            found.references.push(Item {
                table: tables.name(row.get(2)).map_or(catalogued, str::to_owned),
                name: row.get(4),
                take: row.get(5),
                make: row.get(6),
            });
        } else {
            kept.push(row.get(1));
        }
    }
    Ok((found, kept, going))
}

async fn make(
    transaction: &Transaction<'_>,
    item: &Item,
    done: u64,
    meter: &mut Meter,
    progress: OnProgress<'_>,
) -> Result<(), SeedError> {
    let statements = item.make.join("; ");
    let making = transaction.batch_execute(&statements);
    waiting(making, done, meter, progress)
        .await
        .map_err(postgres(format!(
            "putting `{}` of `{}` back",
            item.name, item.table
        )))
}

/// Gives the server memory and processes for building indexes: by this machine's when the server
/// runs on it, else by what its owner gave it.
async fn widen(transaction: &Transaction<'_>) -> Result<(), SeedError> {
    let doing = "preparing to build indexes";
    let row = transaction
        .query_one(RESOURCES, &[])
        .await
        .map_err(postgres(doing))?;
    let (here, given, buffers, workers): (bool, i64, i64, i64) =
        (row.get(0), row.get(1), row.get(2), row.get(3));
    let (memory, cores) = if here {
        let mut system = sysinfo::System::new();
        system.refresh_memory();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (system.available_memory() as i64 / 1024 / 8, cores as i64)
    } else {
        (buffers / 2, 0)
    };
    let memory = memory.min(MOST_MEMORY_KB).max(given);
    let workers = cores.min(MOST_WORKERS).max(workers);
    transaction
        .batch_execute(&format!(
            "SET LOCAL maintenance_work_mem = '{memory}kB';
             SET LOCAL max_parallel_maintenance_workers = {workers}"
        ))
        .await
        .map_err(postgres(doing))
}
