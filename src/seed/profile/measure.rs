//! Asks a source: rows, nulls, distinct counts, values that many rows share, edges of bins,
//! children per parent. What leaves this module is rounded already.

use indexmap::IndexMap;

use super::personal::is_personal;
use super::source::{Rows, Source};
use super::{Bins, ColumnFacts, Facts, Profile, ProfileOptions, TableFacts, round};
use crate::seed::error::SeedError;
use crate::seed::guess;
use crate::seed::schema::{ColumnSchema, ColumnType, Schema, TableSchema, is_framework_table};

/// The most different values that are taken for an enumeration.
const ENUMERATION: u64 = 50;

/// Rows of a framework's tables: they are in every database of the application, so that the
/// plan's rows can refer to them. About how many is enough.
pub(super) async fn frameworks(
    source: &mut Source<'_>,
    schema: &Schema,
) -> Result<IndexMap<String, u64>, SeedError> {
    let mut occupied = IndexMap::new();
    for (name, table) in &schema.tables {
        if is_framework_table(name) {
            let query = format!("SELECT count(*) FROM {}", table.sql_name);
            let what = format!("counting the rows of `{name}`");
            let rows = source.ask(&what, &query).await?;
            if let Some(rows) = rows.as_ref().and_then(first) {
                occupied.insert(name.clone(), round::rows(rows));
            }
        }
    }
    Ok(occupied)
}

/// Measures all tables that a plan would fill.
pub(super) async fn profile(
    source: &mut Source<'_>,
    schema: &Schema,
    occupied: &IndexMap<String, u64>,
    options: &ProfileOptions,
) -> Result<Profile, SeedError> {
    let mut profile = Profile {
        min_count: options.min_count.max(1),
        ..Profile::default()
    };
    for name in guess::planned(schema, occupied) {
        let mut measure = Measure {
            source,
            name,
            table: &schema.tables[name],
            from: schema.tables[name].sql_name.clone(),
            least: profile.min_count,
            facts: TableFacts::default(),
        };
        measure.table().await?;
        let facts = measure.facts;
        profile.tables.insert(name.to_owned(), facts);
    }
    for name in guess::planned(schema, occupied) {
        children(source, schema, name, &mut profile).await?;
    }
    Ok(profile)
}

/// A table while it is measured.
pub(super) struct Measure<'a, 'b> {
    pub(super) source: &'a mut Source<'b>,
    name: &'a str,
    table: &'a TableSchema,
    /// The table, or a sample of it.
    from: String,
    pub(super) least: u64,
    facts: TableFacts,
}

impl Measure<'_, '_> {
    async fn table(&mut self) -> Result<(), SeedError> {
        let what = format!("counting the rows of `{}`", self.name);
        let query = format!("SELECT count(*) FROM {}", self.from);
        let counted = self.source.ask(&what, &query).await?;
        let rows = if let Some(rows) = counted {
            first(&rows)
        } else {
            let query = self.source.dialect.estimate(&self.from);
            let found = self.source.ask(&what, &query).await?;
            let rows = found.as_ref().and_then(first).filter(|rows| *rows > 0);
            if !self.sample(rows.unwrap_or(0)).await? {
                return Ok(());
            }
            rows
        };
        self.facts.rows = rows;
        if rows == Some(0) {
            return Ok(());
        }
        for (name, column) in &self.table.columns {
            if !column.generated {
                self.column(name, column).await?;
            }
        }
        Ok(())
    }

    /// Goes on with a part of the table, if there is a way to have one.
    async fn sample(&mut self, rows: u64) -> Result<bool, SeedError> {
        let sql_name = &self.table.sql_name;
        self.from = self.source.dialect.sample(sql_name, rows);
        let query = format!("SELECT count(*) FROM {}", self.from);
        let what = format!("sampling `{}`", self.name);
        let found = self.source.ask(&what, &query).await?;
        self.facts.sample = found.as_ref().and_then(first);
        if self.facts.sample.is_some() {
            let note = format!("`{}` is measured on a sample of its rows", self.name);
            self.source.note(note);
        } else {
            self.from.clone_from(sql_name);
        }
        Ok(self.facts.sample.is_some())
    }

    /// Asks about the table; once more on a sample when all of it takes too long.
    pub(super) async fn ask(
        &mut self,
        what: &str,
        query: impl Fn(&str) -> String,
    ) -> Result<Option<Rows>, SeedError> {
        let what = format!("{what} `{}`", self.name);
        let answer = self.source.ask(&what, &query(&self.from)).await?;
        if answer.is_some() || self.facts.sample.is_some() {
            return Ok(answer);
        }
        if !self.sample(self.facts.rows.unwrap_or(0)).await? {
            return Ok(None);
        }
        self.source.ask(&what, &query(&self.from)).await
    }

    async fn column(&mut self, name: &str, column: &ColumnSchema) -> Result<(), SeedError> {
        let quoted = self.source.dialect.quoted(name);
        let comparable = !matches!(
            column.kind,
            ColumnType::Json | ColumnType::JsonBinary | ColumnType::Bytes | ColumnType::Other
        );
        let distinct = if comparable {
            format!("count(DISTINCT {quoted})")
        } else {
            "NULL".to_owned()
        };
        let what = format!("counting the values of `{name}` in");
        let counts = self.ask(&what, |from| {
            format!("SELECT count(*), count({quoted}), {distinct} FROM {from}")
        });
        let Some(counts) = counts.await? else {
            return Ok(());
        };
        let count = |index: usize| number(&counts, 0, index);
        let (rows, filled) = (count(0).unwrap_or(0), count(1).unwrap_or(0));
        if rows == 0 {
            return Ok(());
        }
        let sampled = self.facts.sample.is_some();
        let mut facts = ColumnFacts {
            nulls: round::digits((rows - filled) as f64 / rows as f64, f64::round),
            distinct: count(2).filter(|_| !sampled),
            filled,
            shape: None,
        };
        let is_key = self.table.primary_key == [name] || self.table.reference(name).is_some();
        if !is_key && !is_personal(name) {
            let distinct = count(2).unwrap_or(u64::MAX);
            facts.shape = self.shape(name, column, filled, distinct).await?;
        }
        self.facts.columns.insert(name.to_owned(), facts);
        Ok(())
    }

    /// How the values of a column spread, as far as may be known.
    async fn shape(
        &mut self,
        name: &str,
        column: &ColumnSchema,
        filled: u64,
        distinct: u64,
    ) -> Result<Option<Facts>, SeedError> {
        let name = self.source.dialect.quoted(name);
        let near_unique = distinct.saturating_mul(10) >= filled.saturating_mul(9);
        if column.kind == ColumnType::Boolean {
            return self.truth(&name, filled).await;
        }
        let listed = matches!(
            column.kind,
            ColumnType::Text(_)
                | ColumnType::Enum(_)
                | ColumnType::SmallInt
                | ColumnType::Integer
                | ColumnType::BigInt
                | ColumnType::Numeric
        );
        if listed
            && distinct <= ENUMERATION
            && !near_unique
            && let Some(found) = self.values(&name, &column.kind, filled).await?
        {
            return Ok(Some(found));
        }
        Ok(match column.kind {
            ColumnType::SmallInt
            | ColumnType::Integer
            | ColumnType::BigInt
            | ColumnType::Numeric
            | ColumnType::Float4
            | ColumnType::Float8 => self.bins(&name, &name, filled).await?.map(Facts::Numbers),
            ColumnType::Text(_) => {
                if let Some(kind) = self.moments(&name).await? {
                    self.time(&name, &kind, filled).await?.map(Facts::Time)
                } else {
                    let length = self.source.dialect.length(&name);
                    let bins = self.bins(&name, &length, filled).await?;
                    bins.map(Facts::Lengths)
                }
            }
            ColumnType::TimestampTz | ColumnType::Timestamp | ColumnType::Date => self
                .time(&name, &column.kind, filled)
                .await?
                .map(Facts::Time),
            _ => None,
        })
    }

    /// The type of a column of texts that holds moments or dates, as SQLite's do.
    async fn moments(&mut self, name: &str) -> Result<Option<ColumnType>, SeedError> {
        let Some(other) = self.source.dialect.no_moment(name) else {
            return Ok(None);
        };
        let found = self.ask("looking for moments in", |from| {
            format!(
                "SELECT count(*) FROM {from} \
                 WHERE {name} IS NOT NULL AND ({other})"
            )
        });
        if found.await?.as_ref().and_then(first) != Some(0) {
            return Ok(None);
        }
        let length = self.source.dialect.length(name);
        let found = self.ask("looking for times of day in", |from| {
            format!("SELECT count(*) FROM {from} WHERE {length} > 10")
        });
        let with_time = found.await?.as_ref().and_then(first) > Some(0);
        Ok(Some(if with_time {
            ColumnType::Timestamp
        } else {
            ColumnType::Date
        }))
    }

    async fn truth(&mut self, name: &str, filled: u64) -> Result<Option<Facts>, SeedError> {
        let found = self.ask("counting values of", |from| {
            format!("SELECT count(*) FROM {from} WHERE {name}")
        });
        let found = found.await?;
        let Some(yes) = found.as_ref().and_then(first) else {
            return Ok(None);
        };
        let share = match (yes, filled - yes) {
            (yes, _) if yes < self.least => 0.0,
            (_, no) if no < self.least => 1.0,
            (yes, _) => round::digits(yes as f64 / filled as f64, f64::round),
        };
        Ok((filled >= self.least).then_some(Facts::Truth(share)))
    }

    /// Values that enough rows share. The others never leave the database.
    async fn values(
        &mut self,
        name: &str,
        kind: &ColumnType,
        filled: u64,
    ) -> Result<Option<Facts>, SeedError> {
        let least = self.least;
        let value = self.source.dialect.exact(name, kind);
        let found = self.ask("listing shared values of", |from| {
            format!(
                "SELECT {value}, count(*) FROM {from} WHERE {name} IS NOT NULL \
                 GROUP BY {value} HAVING count(*) >= {least} ORDER BY count(*) DESC, {value}"
            )
        });
        let Some(rows) = found.await? else {
            return Ok(None);
        };
        let mut values = Vec::new();
        let mut shown = 0;
        for index in 0..rows.len() {
            let (Some(Some(value)), Some(count)) = (rows[index].first(), number(&rows, index, 1))
            else {
                continue;
            };
            shown += count;
            let share = count as f64 / filled as f64 * 100.0;
            values.push((value.clone(), round::significant(share, 3, f64::round)));
        }
        // When most rows have rare values, these are no enumeration.
        let enough = shown * 2 >= filled && !values.is_empty();
        Ok(enough.then_some(Facts::Values(values, shown < filled)))
    }

    /// Edges of bins of an expression's values.
    async fn bins(
        &mut self,
        name: &str,
        expression: &str,
        filled: u64,
    ) -> Result<Option<Bins>, SeedError> {
        let places = round::places(filled, self.least);
        if places.is_empty() {
            return Ok(None);
        }
        let Some(rows) = self.at(name, expression, &places).await? else {
            return Ok(None);
        };
        let values = rows
            .iter()
            .filter_map(|row| row.first()?.as_ref()?.parse::<f64>().ok());
        let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        Ok(round::bins(&places, &values, filled))
    }

    /// The values at some places of a sorted column.
    pub(super) async fn at(
        &mut self,
        name: &str,
        expression: &str,
        places: &[u64],
    ) -> Result<Option<Rows>, SeedError> {
        let list: Vec<String> = places.iter().map(u64::to_string).collect();
        let list = list.join(", ");
        self.ask("reading quantiles of", |from| {
            format!(
                "SELECT v FROM (SELECT {expression} AS v, row_number() OVER (ORDER BY {expression}) AS n \
                 FROM {from} WHERE {name} IS NOT NULL) AS sorted WHERE n IN ({list}) ORDER BY n"
            )
        })
        .await
    }
}

/// How many rows belong to each row of the tables that a table refers to.
async fn children(
    source: &mut Source<'_>,
    schema: &Schema,
    name: &str,
    profile: &mut Profile,
) -> Result<(), SeedError> {
    let table = &schema.tables[name];
    for key in table
        .foreign_keys
        .iter()
        .filter(|key| key.columns.len() == 1)
    {
        let column = &key.columns[0];
        let parents = profile.tables.get(&key.table).and_then(|facts| facts.rows);
        let sampled = profile
            .tables
            .get(name)
            .is_none_or(|facts| facts.sample.is_some());
        let (Some(parents), false) = (parents, sampled) else {
            continue;
        };
        let what = format!("counting the children of `{}` in `{name}`", key.table);
        let quoted = source.dialect.quoted(column);
        let query = format!(
            "SELECT n, count(*) FROM (SELECT count(*) AS n FROM {} WHERE {quoted} IS NOT NULL \
             GROUP BY {quoted}) AS children GROUP BY n ORDER BY n",
            table.sql_name
        );
        let Some(rows) = source.ask(&what, &query).await? else {
            continue;
        };
        let found = (0..rows.len())
            .filter_map(|index| Some((number(&rows, index, 0)?, number(&rows, index, 1)?)));
        let mut histogram: Vec<(u64, u64)> = found.collect();
        let with: u64 = histogram.iter().map(|(_, parents)| parents).sum();
        if parents > with {
            histogram.insert(0, (0, parents - with));
        }
        if let Some(found) = round::children(&histogram, profile.min_count)
            && let Some(facts) = profile.tables.get_mut(name)
        {
            facts.children.insert(column.clone(), found);
        }
    }
    Ok(())
}

pub(super) fn number(rows: &Rows, row: usize, column: usize) -> Option<u64> {
    rows.get(row)?.get(column)?.as_ref()?.parse().ok()
}

fn first(rows: &Rows) -> Option<u64> {
    number(rows, 0, 0)
}
