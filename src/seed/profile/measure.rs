//! Asks a source: rows, nulls, distinct counts, values that many rows share, edges of bins,
//! children per parent, density over time. What leaves this module is rounded already.

use super::personal::is_personal;
use super::source::{Rows, Source};
use super::{Bins, ColumnFacts, Facts, Profile, ProfileOptions, TableFacts, Time, round};
use crate::seed::error::SeedError;
use crate::seed::guess;
use crate::seed::schema::{ColumnSchema, ColumnType, Schema, TableSchema, quoted};
use crate::seed::value::{DAY, write_date};

/// The most different values that are taken for an enumeration.
const ENUMERATION: u64 = 50;
/// Parts of the time over which growth is measured.
const PARTS: i64 = 10;

/// Measures all tables that a plan would fill.
pub(super) async fn profile(
    source: &mut Source<'_>,
    schema: &Schema,
    options: &ProfileOptions,
) -> Result<Profile, SeedError> {
    let mut profile = Profile {
        min_count: options.min_count.max(1),
        ..Profile::default()
    };
    for name in guess::planned(schema) {
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
    for name in guess::planned(schema) {
        children(source, schema, name, &mut profile).await?;
    }
    Ok(profile)
}

struct Measure<'a, 'b> {
    source: &'a mut Source<'b>,
    name: &'a str,
    table: &'a TableSchema,
    /// The table, or a sample of it.
    from: String,
    least: u64,
    facts: TableFacts,
}

impl Measure<'_, '_> {
    async fn table(&mut self) -> Result<(), SeedError> {
        let what = format!("counting the rows of `{}`", self.name);
        let query = format!("SELECT count(*) FROM {}", self.from);
        let counted = self.source.ask(&what, &query).await?;
        let rows = match counted {
            Some(rows) => first(&rows),
            None => {
                let query = self.source.dialect.estimate(&self.from);
                let found = self.source.ask(&what, &query).await?;
                let rows = found.as_ref().and_then(first).filter(|rows| *rows > 0);
                if !self.sample(rows.unwrap_or(0)).await? {
                    return Ok(());
                }
                rows
            }
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
    async fn ask(
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
        let quoted = quoted(name);
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
        let name = quoted(name);
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
            && let Some(found) = self.values(&name, filled).await?
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
                let length = format!("length({name})");
                self.bins(&name, &length, filled).await?.map(Facts::Lengths)
            }
            ColumnType::TimestampTz | ColumnType::Timestamp | ColumnType::Date => self
                .time(&name, &column.kind, filled)
                .await?
                .map(Facts::Time),
            _ => None,
        })
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
    async fn values(&mut self, name: &str, filled: u64) -> Result<Option<Facts>, SeedError> {
        let least = self.least;
        let found = self.ask("listing shared values of", |from| {
            format!(
                "SELECT {name}, count(*) FROM {from} WHERE {name} IS NOT NULL \
                 GROUP BY {name} HAVING count(*) >= {least} ORDER BY count(*) DESC, {name}"
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
    async fn at(
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

    /// From when to when, how it grew, and how it swings.
    async fn time(
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
            let weekday = format!("({seconds} / {DAY} + 3) % 7");
            time.weekdays = self.rhythm::<7>(name, &weekday, filled).await?;
            let hour = format!("({seconds} % {DAY}) / 3600");
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
        let found = self.ask("measuring the growth of", |table| {
            format!(
                "SELECT ({seconds} - {from}) / {width} AS part, count(*) FROM {table} \
                 WHERE {name} IS NOT NULL AND {seconds} >= {from} AND {seconds} < {to} \
                 GROUP BY ({seconds} - {from}) / {width} HAVING count(*) >= {least} ORDER BY 1"
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
        let quoted = quoted(column);
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

fn number(rows: &Rows, row: usize, column: usize) -> Option<u64> {
    rows.get(row)?.get(column)?.as_ref()?.parse().ok()
}

fn first(rows: &Rows) -> Option<u64> {
    number(rows, 0, 0)
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
