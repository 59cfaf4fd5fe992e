//! Reads values that stand in the plan or in a file beside it: `one_of` and `list`.

use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use super::column::{Constant, Generator};
use super::generator::{constant, decimal};
use super::options::seconds;
use super::read::{PlanError, Section, did_you_mean};
use super::shape::{check_weights, numbers};

/// What the words of a file are.
#[derive(Clone, Copy)]
enum As {
    Text,
    Integer,
    Decimal,
    Moment,
}

/// Values, the weights that their file gives, and the file.
type Values = (Vec<Constant>, Option<Vec<f64>>, Option<String>);

/// Values taken at random.
pub(super) fn one_of(section: &Section<'_>) -> Result<Generator, PlanError> {
    let weight = section.string("weight")?;
    let (values, from_file, file) = values(section, weight.as_deref())?;
    let given = numbers(section, "weights")?;
    let words = [("uniform", false), ("zipf", true)];
    let popular = section.word("popularity", &words)?;
    let exponent = section.number("exponent")?;
    if exponent.is_some_and(|exponent| exponent <= 0.0 || exponent > 5.0) {
        return Err(section.invalid("exponent", "must lie above 0 and not above 5"));
    }
    if exponent.is_some() && popular != Some(true) {
        return Err(section.invalid("exponent", "goes with `popularity = \"zipf\"`"));
    }
    if popular.is_some() && (given.is_some() || from_file.is_some()) {
        return Err(section.invalid("popularity", "cannot be together with weights"));
    }
    let weights = match (given, from_file, popular) {
        (Some(_), Some(_), _) => {
            return Err(section.invalid("weights", "cannot be together with `weight`"));
        }
        (Some(weights), ..) | (None, Some(weights), _) => weights,
        (None, None, Some(true)) => {
            let exponent = exponent.unwrap_or(1.0);
            let ranks = 1..=values.len();
            ranks.map(|rank| (rank as f64).powf(-exponent)).collect()
        }
        _ => vec![1.0; values.len()],
    };
    check_weights(section, &weights, values.len(), "values")?;
    Ok(Generator::OneOf {
        values,
        weights,
        with: section.string("with")?,
        file,
    })
}

/// Values taken by the row's place.
pub(super) fn list(section: &Section<'_>) -> Result<Generator, PlanError> {
    let (values, _, file) = values(section, None)?;
    Ok(Generator::List { values, file })
}

fn values(section: &Section<'_>, weight: Option<&str>) -> Result<Values, PlanError> {
    let items = section.list("values")?;
    let file = section.string("file")?;
    let column = section.string("column")?;
    let words = [
        ("text", As::Text),
        ("integer", As::Integer),
        ("decimal", As::Decimal),
        ("date", As::Moment),
    ];
    let kind = section.word("as", &words)?;
    let (values, weights) = match (items, &file) {
        (Some(items), None) => {
            for key in ["column", "as", "weight"] {
                if section.has(key) {
                    return Err(section.invalid(key, "goes with `file`"));
                }
            }
            (constants(section, &items)?, None)
        }
        (None, Some(file)) => {
            let kind = kind.unwrap_or(As::Text);
            from_file(section, file, column.as_deref(), weight, kind)?
        }
        (Some(_), Some(_)) => {
            return Err(section.invalid("file", "cannot be together with `values`"));
        }
        (None, None) => return Err(section.missing("values")),
    };
    if values.is_empty() {
        let key = if file.is_some() { "file" } else { "values" };
        return Err(section.invalid(key, "is empty"));
    }
    Ok((values, weights, file))
}

fn constants<'a>(
    section: &Section<'a>,
    items: &[&'a Spanned<DeValue<'a>>],
) -> Result<Vec<Constant>, PlanError> {
    let values = items
        .iter()
        .map(|item| constant(section, item))
        .collect::<Result<Vec<_>, _>>()?;
    if let [first, rest @ ..] = &values[..]
        && rest
            .iter()
            .any(|v| std::mem::discriminant(v) != std::mem::discriminant(first))
    {
        return Err(section.invalid("values", "mixes types"));
    }
    Ok(values)
}

/// A `.csv` file has named columns, any other file a value per line.
fn from_file(
    section: &Section<'_>,
    file: &str,
    column: Option<&str>,
    weight: Option<&str>,
    kind: As,
) -> Result<(Vec<Constant>, Option<Vec<f64>>), PlanError> {
    let path = section.beside(file);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let why = format!("`{}` cannot be read: {error}", path.display());
        let help = "paths are relative to the plan's folder".to_owned();
        section.error(section.span_of("file"), why, Some(help))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let refuse = |line: u64, why: String| {
        let message = format!("`{file}`, line {line}: {why}");
        section.error(section.span_of("file"), message, None)
    };
    let read = |word: &str, line: u64| {
        value(word, kind).map_err(|expected| refuse(line, format!("`{word}` is no {expected}")))
    };
    let csv = Path::new(file)
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    if !csv {
        if let Some(key) = ["column", "weight"]
            .into_iter()
            .find(|key| section.has(key))
        {
            return Err(section.invalid(key, "goes with a `.csv` file"));
        }
        let lines = text
            .lines()
            .enumerate()
            .map(|(at, line)| (at as u64 + 1, line.trim()));
        let values = lines
            .filter(|(_, line)| !line.is_empty())
            .map(|(at, line)| read(line, at))
            .collect::<Result<_, _>>()?;
        return Ok((values, None));
    }
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') && !first.contains(',') {
        b';'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let broken = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        refuse(line, error.to_string())
    };
    let names = reader.headers().map_err(|error| broken(&error))?.clone();
    let find = |key: &'static str, name: &str| {
        names.iter().position(|found| found == name).ok_or_else(|| {
            let known = names.iter().collect::<Vec<_>>().join(", ");
            let help =
                did_you_mean(name, names.iter()).unwrap_or_else(|| format!("its columns: {known}"));
            let message = format!("`{file}`, line 1: no column `{name}`");
            section.error(section.span_of(key), message, Some(help))
        })
    };
    let of = match column {
        Some(name) => find("column", name)?,
        None if names.len() == 1 => 0,
        None => return Err(section.missing("column")),
    };
    let by = weight.map(|name| find("weight", name)).transpose()?;
    let (mut values, mut weights) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| broken(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        values.push(read(&record[of], line)?);
        if let Some(by) = by {
            let weight = record[by].parse::<f64>().ok();
            let weight = weight.filter(|weight| weight.is_finite() && *weight >= 0.0);
            weights.push(weight.ok_or_else(|| {
                refuse(
                    line,
                    format!("`{}` is no weight, a number from 0", &record[by]),
                )
            })?);
        }
    }
    Ok((values, by.map(|_| weights)))
}

/// A word of a file, or what it was expected to be.
fn value(word: &str, kind: As) -> Result<Constant, &'static str> {
    match kind {
        As::Text => Ok(Constant::Text(word.to_owned())),
        As::Integer => word
            .parse()
            .map(Constant::Integer)
            .map_err(|_| "whole number"),
        As::Decimal => decimal(word).ok_or("decimal of at most 18 digits"),
        As::Moment => seconds(word)
            .map(Constant::Moment)
            .ok_or("date (2025-03-01) or moment"),
    }
}
