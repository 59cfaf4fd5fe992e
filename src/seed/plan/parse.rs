//! From the plan's text to its model: top level, tables, children per parent.

use std::fmt::Write as _;
use std::sync::Arc;

use indexmap::IndexMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::column::{ColumnPlan, Generator};
use super::model::{Counts, Hooks, Plan, Rows, Span, TablePlan};
use super::read::{PlanError, Section, Source, number};
use super::shape::histogram;
use super::{feed, generator, hooks};
use crate::seed::data::Locale;

/// Version of the plan's format.
const VERSION: i64 = 1;

pub(super) fn plan(text: &str, path: &str) -> Result<Plan, PlanError> {
    let source = Source {
        path: Arc::from(path),
        text: Arc::from(text),
    };
    let root = DeTable::parse(text).map_err(|error| syntax(&source, &error))?;
    let top = Section::new(&source, "the plan", root.span(), root.get_ref());
    if let Some(version) = top.integer("version")?
        && version != VERSION
    {
        return Err(top.invalid(
            "version",
            "is one that this program does not know; it knows 1",
        ));
    }
    let seed = top.count("seed")?.unwrap_or(0);
    let locales = locales(&top)?;
    let empty = top.strings("empty")?.unwrap_or_default();
    let empty_span = top.get("empty").map_or(0..0, Spanned::span);
    let tables = match top.get("tables") {
        Some(value) => tables(&top.open("`tables`", value)?)?,
        None => IndexMap::new(),
    };
    if tables.is_empty() {
        let help = "write [tables.NAME] for each table to fill, or let `rehearsal seed plan` write the plan";
        let message = "the plan has no tables".to_owned();
        return Err(top.error(top.span_of("tables"), message, Some(help.to_owned())));
    }
    let feeds = match top.get("feeds") {
        Some(value) => feed::feeds(&top.open("`feeds`", value)?)?,
        None => IndexMap::new(),
    };
    let sql = match top.get("sql") {
        Some(value) => hooks::hooks(top.open("[sql]", value)?, path)?,
        None => Hooks::default(),
    };
    top.finish()?;
    Ok(Plan {
        canonical: canonical(&source, &tables)?,
        sql,
        source,
        seed,
        locales,
        empty,
        empty_span,
        tables,
        feeds,
    })
}

/// The plan without comments and layout: keys in order, values as they are; with what its files
/// hold.
fn canonical(source: &Source, tables: &IndexMap<String, TablePlan>) -> Result<String, PlanError> {
    let table: toml::Table = source
        .text
        .parse()
        .map_err(|error| syntax(source, &error))?;
    let mut text = table.to_string();
    let columns = tables.values().flat_map(|table| table.columns.values());
    for generator in columns.map(|column| &column.generator) {
        add_files(generator, &mut text);
    }
    Ok(text)
}

fn add_files(generator: &Generator, text: &mut String) {
    match generator {
        Generator::OneOf { file: Some(_), .. } | Generator::List { file: Some(_), .. } => {
            writeln!(text, "{generator:?}").expect("invariant: writing to a string");
        }
        Generator::By {
            cases, otherwise, ..
        } => {
            let cases = cases.iter().map(|(_, case)| case);
            for case in cases.chain(otherwise.as_deref()) {
                add_files(&case.generator, text);
            }
        }
        Generator::Json(parts) => {
            for part in parts {
                if let super::column::JsonPart::Made(column) = part {
                    add_files(&column.generator, text);
                }
            }
        }
        _ => {}
    }
}

fn syntax(source: &Source, error: &toml::de::Error) -> PlanError {
    source.error(
        error.span().unwrap_or(0..0),
        format!("not valid TOML: {}", error.message()),
        "here",
        None,
    )
}

fn locales(top: &Section<'_>) -> Result<Vec<(Locale, f64)>, PlanError> {
    let Some(value) = top.get("locales") else {
        return Ok(vec![(Locale::EnUs, 1.0)]);
    };
    let known = || Locale::ALL.iter().map(|locale| locale.tag());
    let parse = |tag: &str, span: Span| {
        Locale::parse(tag).ok_or_else(|| {
            let help = super::read::did_you_mean(tag, known())
                .unwrap_or_else(|| format!("one of: {}", known().collect::<Vec<_>>().join(", ")));
            top.error(span, format!("unknown locale `{tag}`"), Some(help))
        })
    };
    let mut mix = Vec::new();
    match value.get_ref() {
        DeValue::String(tag) => mix.push((parse(tag, value.span())?, 1.0)),
        DeValue::Array(tags) => {
            for tag in tags {
                let text = tag.get_ref().as_str().unwrap_or_default();
                mix.push((parse(text, tag.span())?, 1.0));
            }
        }
        DeValue::Table(_) => {
            for (tag, span, weight) in top.open("`locales`", value)?.entries() {
                let weight = number(weight.get_ref())
                    .filter(|w| *w > 0.0)
                    .ok_or_else(|| {
                        let message = format!("the weight of `{tag}` is not a number above 0");
                        top.error(weight.span(), message, None)
                    })?;
                mix.push((parse(tag, span)?, weight));
            }
        }
        _ => {}
    }
    if mix.is_empty() {
        let why = "must be a locale, a list of locales, or weights: { en_US = 3, de_DE = 1 }";
        return Err(top.invalid("locales", why));
    }
    Ok(mix)
}

fn tables(section: &Section<'_>) -> Result<IndexMap<String, TablePlan>, PlanError> {
    let entries = section.entries().into_iter();
    entries
        .map(|(name, span, value)| Ok((name.to_owned(), table(section, name, span, value)?)))
        .collect()
}

fn table<'a>(
    parent: &Section<'a>,
    name: &str,
    span: Span,
    value: &'a Spanned<DeValue<'a>>,
) -> Result<TablePlan, PlanError> {
    let section = parent.open(format!("table `{name}`"), value)?;
    let count = section.count("rows")?;
    let per_parent = match section.get("per_parent") {
        Some(value) => Some(per_parent(
            section.open(format!("`per_parent` of table `{name}`"), value)?,
        )?),
        None => None,
    };
    let scatter = section.boolean("scatter")?.unwrap_or(false);
    let fixed = section.boolean("fixed")?.unwrap_or(false);
    let beside = section.boolean("beside")?.unwrap_or(false);
    let columns = match section.get("columns") {
        Some(value) => columns(name, &section.open(format!("columns of `{name}`"), value)?)?,
        None if count.is_none() && per_parent.is_none() => IndexMap::new(),
        None => return Err(section.missing("columns")),
    };
    // A list says by itself how many rows there are, at any scale.
    let listed = columns.values().find_map(|column| match &column.generator {
        Generator::List { values, .. } => Some(values.len() as u64),
        _ => None,
    });
    let rows = match (count, per_parent) {
        (Some(count), None) => Rows::Count(count),
        (None, Some((table, counts))) => Rows::PerParent { table, counts },
        (None, None) if listed.is_some() => Rows::Count(listed.unwrap_or(0)),
        _ => {
            return Err(section.error(
                span,
                format!("table `{name}` needs `rows = N` or `per_parent = {{ table = … }}`"),
                Some("one of them, not both".to_owned()),
            ));
        }
    };
    let own_locales = section
        .get("locales")
        .map(|_| locales(&section))
        .transpose()?;
    section.finish()?;
    Ok(TablePlan {
        span,
        rows,
        scatter,
        fixed: fixed || listed.is_some(),
        beside,
        locales: own_locales,
        columns,
    })
}

fn columns(table: &str, section: &Section<'_>) -> Result<IndexMap<String, ColumnPlan>, PlanError> {
    let entries = section.entries().into_iter();
    entries
        .map(|(name, span, value)| {
            let column = generator::column(section, &format!("{table}.{name}"), span, value)?;
            Ok((name.to_owned(), column))
        })
        .collect()
}

#[derive(Clone, Copy)]
enum Distribution {
    Constant,
    Uniform,
    Zipf,
    Empirical,
}

fn per_parent(section: Section<'_>) -> Result<(String, Counts), PlanError> {
    let table = section.required("table")?;
    let words = [
        ("constant", Distribution::Constant),
        ("uniform", Distribution::Uniform),
        ("zipf", Distribution::Zipf),
        ("empirical", Distribution::Empirical),
    ];
    let distribution = section.word("distribution", &words)?;
    let count = section.count("count")?;
    let min = section.count("min")?;
    let max = section.count("max")?;
    let mean = section.number("mean")?;
    let histogram = histogram(&section)?;
    let single = count.is_some() || min.is_some() || max.is_some() || mean.is_some();
    let counts = match (distribution, count, mean) {
        (None | Some(Distribution::Empirical), None, None) if histogram.is_some() && !single => {
            histogram.unwrap_or(Counts::Constant(0))
        }
        (Some(Distribution::Empirical), ..) if histogram.is_none() => {
            return Err(section.missing("counts"));
        }
        _ if histogram.is_some() => return Err(twice(&section)),
        (None | Some(Distribution::Constant), Some(count), None) => Counts::Constant(count),
        (Some(Distribution::Constant), ..) => return Err(section.missing("count")),
        (None | Some(Distribution::Uniform), None, None) => Counts::Uniform {
            min: min.unwrap_or(0),
            max: max.ok_or_else(|| section.missing("max"))?,
        },
        (None | Some(Distribution::Zipf), None, Some(mean)) => {
            let min = min.unwrap_or(0);
            Counts::Zipf {
                min,
                max: max.unwrap_or(min + (mean * 10.0).ceil() as u64),
                mean,
            }
        }
        (Some(Distribution::Zipf), None, None) => return Err(section.missing("mean")),
        _ => return Err(twice(&section)),
    };
    if let Counts::Uniform { min, max } | Counts::Zipf { min, max, .. } = counts
        && min > max
    {
        return Err(section.invalid("min", "is above `max`"));
    }
    if let Counts::Zipf { min, max, mean } = counts {
        let middle = (min + max) as f64 / 2.0;
        if mean <= min as f64 || mean > middle {
            let why = format!(
                "must lie above `min` and not above the middle of `min` and `max` ({middle}): \
                 most parents have few children"
            );
            return Err(section.invalid("mean", &why));
        }
    }
    section.finish()?;
    Ok((table, counts))
}

fn twice(section: &Section<'_>) -> PlanError {
    let help =
        "`count`, or `min` and `max`, or `mean` (with `min` and `max`), or `counts` and `weights`";
    section.error(
        section.span.clone(),
        format!("{} says two things at once", section.what),
        Some(help.to_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> PlanError {
        plan(text, "plan.toml").expect_err("the plan is wrong")
    }

    const TABLE: &str = "[tables.users]\nrows = 3\n[tables.users.columns]\nid = \"sequence\"\n";

    #[test]
    fn unknown_keys_are_errors_with_place_and_suggestion() {
        let wrong = error("sede = 4\n[tables.users]\nrows = 3\ncolumns = { id = \"sequence\" }");
        assert_eq!(
            wrong.to_string(),
            "plan `plan.toml`, line 1: the plan has an unknown key `sede`"
        );
        assert_eq!(wrong.help_text(), Some("did you mean `seed`?"));

        let wrong = error(&TABLE.replace("rows", "rowz"));
        assert!(
            wrong
                .to_string()
                .contains("line 1: table `users` needs `rows"),
            "{wrong}"
        );

        let wrong = error(&format!(
            "{TABLE}[feeds.users]\ncolums = [\"id\"]\ncolumns = [\"id\"]"
        ));
        assert!(
            wrong
                .to_string()
                .contains("line 6: feed `users` has an unknown key `colums`")
        );
        assert_eq!(wrong.help_text(), Some("did you mean `columns`?"));
    }

    #[test]
    fn unknown_generators_and_options_are_errors() {
        let wrong = error(&TABLE.replace("\"sequence\"", "\"sequense\""));
        assert!(
            wrong.to_string().contains("line 4: column `users.id`"),
            "{wrong}"
        );
        assert_eq!(wrong.help_text(), Some("did you mean `sequence`?"));

        let wrong =
            error(&TABLE.replace("\"sequence\"", "{ gen = \"integer\", mim = 2, max = 3 }"));
        assert_eq!(wrong.help_text(), Some("did you mean `min`?"));
    }

    #[test]
    fn a_value_of_the_wrong_type_says_what_was_expected() {
        let wrong = error(&TABLE.replace("rows = 3", "rows = \"many\""));
        assert!(
            wrong.to_string().ends_with(
                "`rows` of table `users` is a string, expected a whole number that is not negative"
            ),
            "{wrong}"
        );
    }

    #[test]
    fn broken_toml_names_the_line() {
        let wrong = error("seed = 1\n[tables\n");
        assert_eq!(wrong.line(), 2);
    }

    #[test]
    fn comments_do_not_change_the_canonical_form() {
        let plain = plan(TABLE, "a").expect("valid").canonical;
        let commented = plan(&format!("# hello\n\n{TABLE}"), "b")
            .expect("valid")
            .canonical;
        assert_eq!(plain, commented);
        let other = plan(&TABLE.replace('3', "4"), "c")
            .expect("valid")
            .canonical;
        assert_ne!(plain, other);
    }

    #[test]
    fn a_mean_that_zipf_cannot_have_is_refused() {
        let wrong = error(&TABLE.replace(
            "rows = 3",
            "per_parent = { table = \"x\", mean = 9, min = 0, max = 10 }",
        ));
        assert!(wrong.to_string().contains("`mean`"), "{wrong}");
    }
}
