//! Reads how numbers, lengths and children per parent spread: `shape` and the options of each.

use toml::Spanned;
use toml::de::DeValue;

use super::column::Shape;
use super::model::Counts;
use super::read::{PlanError, Section, integer, number};

#[derive(Clone, Copy, PartialEq)]
enum Named {
    Uniform,
    Log,
    Normal,
    LogNormal,
    Zipf,
    Empirical,
}

const SHAPES: [(&str, Named); 6] = [
    ("uniform", Named::Uniform),
    ("log", Named::Log),
    ("normal", Named::Normal),
    ("lognormal", Named::LogNormal),
    ("zipf", Named::Zipf),
    ("empirical", Named::Empirical),
];

/// Options, and the shape that each belongs to.
const OPTIONS: [(&str, Named, &str); 8] = [
    ("mean", Named::Normal, "normal"),
    ("deviation", Named::Normal, "normal"),
    ("median", Named::LogNormal, "lognormal"),
    ("spread", Named::LogNormal, "lognormal"),
    ("exponent", Named::Zipf, "zipf"),
    ("quantiles", Named::Empirical, "empirical"),
    ("bins", Named::Empirical, "empirical"),
    ("weights", Named::Empirical, "empirical"),
];

/// Reads `shape` and its options; values count in steps of `1 / unit`.
pub(super) fn shape(section: &Section<'_>, unit: f64) -> Result<Option<Shape>, PlanError> {
    let named = section.word("shape", &SHAPES)?;
    for (option, of, word) in OPTIONS {
        if section.get(option).is_some() && named != Some(of) {
            return Err(section.invalid(option, &format!("goes with `shape = \"{word}\"`")));
        }
    }
    let needed = |key: &'static str| section.number(key)?.ok_or_else(|| section.missing(key));
    let positive = |key: &'static str| {
        let found = needed(key)?;
        if found <= 0.0 {
            return Err(section.invalid(key, "must be above 0"));
        }
        Ok(found)
    };
    Ok(match named {
        None => None,
        Some(Named::Uniform) => Some(Shape::Uniform),
        Some(Named::Log) => Some(Shape::Log),
        Some(Named::Normal) => Some(Shape::Normal {
            mean: needed("mean")? * unit,
            deviation: positive("deviation")? * unit,
        }),
        Some(Named::LogNormal) => Some(Shape::LogNormal {
            median: positive("median")? * unit,
            spread: positive("spread")?,
        }),
        Some(Named::Zipf) => {
            let exponent = section.number("exponent")?.unwrap_or(1.0);
            if exponent <= 0.0 || exponent > 5.0 {
                return Err(section.invalid("exponent", "must lie above 0 and not above 5"));
            }
            Some(Shape::Zipf { exponent })
        }
        Some(Named::Empirical) => Some(steps(section, unit)?),
    })
}

/// `quantiles`, or `bins` and `weights`.
fn steps(section: &Section<'_>, unit: f64) -> Result<Shape, PlanError> {
    let quantiles = numbers(section, "quantiles")?;
    let bins = numbers(section, "bins")?;
    let weights = numbers(section, "weights")?;
    let (key, edges, weights) = match (quantiles, bins, weights) {
        (Some(edges), None, None) => {
            let weights = vec![1.0; edges.len().saturating_sub(1)];
            ("quantiles", edges, weights)
        }
        (None, Some(edges), Some(weights)) => ("bins", edges, weights),
        _ => {
            return Err(section.error(
                section.span.clone(),
                format!(
                    "{} needs `quantiles`, or `bins` and `weights`",
                    section.what
                ),
                Some(
                    "quantiles = [0, 5, 80] (half below 5), or bins = [0, 5, 80] with \
                     weights = [3, 1] (one weight between each two)"
                        .to_owned(),
                ),
            ));
        }
    };
    if edges.len() < 2 || edges.windows(2).any(|pair| pair[0] > pair[1]) {
        return Err(section.invalid(key, "must hold two numbers or more that do not fall"));
    }
    check_weights(section, &weights, edges.len() - 1, "parts between the bins")?;
    Ok(Shape::Steps {
        edges: edges.iter().map(|edge| (edge * unit).round()).collect(),
        weights,
    })
}

/// One weight for each of some things; none negative, not all zero.
pub(super) fn check_weights(
    section: &Section<'_>,
    weights: &[f64],
    count: usize,
    what: &str,
) -> Result<(), PlanError> {
    let sum: f64 = weights.iter().sum();
    if weights.len() != count || weights.iter().any(|weight| *weight < 0.0) || sum <= 0.0 {
        let why = format!("must hold one number for each of the {count} {what}");
        return Err(section.invalid("weights", &why));
    }
    Ok(())
}

/// A list of numbers.
pub(super) fn numbers(
    section: &Section<'_>,
    key: &'static str,
) -> Result<Option<Vec<f64>>, PlanError> {
    let Some(items) = section.list(key)? else {
        return Ok(None);
    };
    let read = |item: &Spanned<DeValue<'_>>| {
        number(item.get_ref())
            .filter(|number| number.is_finite())
            .ok_or_else(|| section.error(item.span(), format!("`{key}` holds numbers"), None))
    };
    items
        .into_iter()
        .map(read)
        .collect::<Result<_, _>>()
        .map(Some)
}

/// `counts = [0, 1, [2, 5]]` and `weights`: how many parents have how many children.
pub(super) fn histogram(section: &Section<'_>) -> Result<Option<Counts>, PlanError> {
    let weights = numbers(section, "weights")?;
    let Some(items) = section.list("counts")? else {
        if weights.is_some() {
            return Err(section.invalid("weights", "goes with `counts`"));
        }
        return Ok(None);
    };
    let count = |value: &DeValue<'_>| integer(value).and_then(|number| u64::try_from(number).ok());
    let bucket = |item: &Spanned<DeValue<'_>>| {
        let found = match item.get_ref() {
            DeValue::Array(ends) => match &ends[..] {
                [low, high] => count(low.get_ref()).zip(count(high.get_ref())),
                _ => None,
            },
            other => count(other).map(|count| (count, count)),
        };
        found
            .filter(|(low, high)| low <= high && *high < 1 << 40)
            .ok_or_else(|| {
                let message = "`counts` holds whole numbers or ranges".to_owned();
                let help = "counts = [0, 1, 2, [3, 9]]: none, one, two, from three to nine";
                section.error(item.span(), message, Some(help.to_owned()))
            })
    };
    let buckets = items
        .into_iter()
        .map(bucket)
        .collect::<Result<Vec<_>, _>>()?;
    if buckets.is_empty() {
        return Err(section.invalid("counts", "is empty"));
    }
    let weights = weights.unwrap_or_else(|| vec![1.0; buckets.len()]);
    check_weights(section, &weights, buckets.len(), "counts")?;
    Ok(Some(Counts::Empirical { buckets, weights }))
}
