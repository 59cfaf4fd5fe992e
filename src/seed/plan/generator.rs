//! Reads a column of the plan: the generator's name and its options.

use toml::Spanned;
use toml::de::DeValue;

use super::column::{ColumnPlan, Constant, Generator, Person, Place, Shape};
use super::model::Span;
use super::options::{moments, scheme, seconds};
use super::read::{PlanError, Section, did_you_mean, found, integer};
use super::shape::shape;
use super::{lists, nested, reference, simple};
use crate::seed::fakers::{self, Faker};
use crate::seed::pattern::Pattern;

/// All generators' names, for messages.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().chain(simple::NAMES).copied()
}

/// Those that are read here.
const NAMES: &[&str] = &[
    "sequence",
    "constant",
    "null",
    "one_of",
    "list",
    "by",
    "json",
    "integer",
    "decimal",
    "boolean",
    "timestamp",
    "uuid",
    "token",
    "first_name",
    "last_name",
    "full_name",
    "email",
    "username",
    "phone",
    "street",
    "city",
    "region",
    "postcode",
    "country",
    "country_code",
    "company",
    "product_name",
    "words",
    "sentence",
    "text",
    "color",
    "fake",
    "slug",
    "template",
    "parent",
    "ref",
    "existing",
    "pattern",
    "lookup",
    "sum",
    "position",
    "password_hash",
];

/// Reads a column: `"email"` or `{ gen = "email", … }`.
pub(super) fn column<'a>(
    parent: &Section<'a>,
    name: &str,
    span: Span,
    value: &'a Spanned<DeValue<'a>>,
) -> Result<ColumnPlan, PlanError> {
    let what = format!("column `{name}`");
    let empty = toml::de::DeTable::default();
    if let Some(generator) = value.get_ref().as_str() {
        let section = Section::detached(parent, what, value.span(), &empty);
        return Ok(ColumnPlan {
            span,
            generator: self::generator(&section, generator)?,
            nulls: 0.0,
            unique: false,
            variety: None,
            unique_with: Vec::new(),
        });
    }
    if !matches!(value.get_ref(), DeValue::Table(_)) {
        let help = "write a generator's name, such as \"email\", or a table with its options: \
                    { gen = \"constant\", value = 5 }";
        let message = format!("{what} is {}, not a generator", found(value.get_ref()));
        return Err(parent.error(value.span(), message, Some(help.to_owned())));
    }
    let section = parent.open(what, value)?;
    let named = section.required("gen")?;
    let generator = self::generator(&section, &named)?;
    let column = ColumnPlan {
        span,
        generator,
        nulls: section.share("nulls")?.unwrap_or(0.0),
        unique: section.boolean("unique")?.unwrap_or(false),
        variety: section.count("variety")?,
        unique_with: section.strings("unique_with")?.unwrap_or_default(),
    };
    if column.variety == Some(0) {
        return Err(section.invalid("variety", "must be at least 1"));
    }
    if column.unique && column.variety.is_some() {
        return Err(section.invalid("variety", "cannot be together with `unique`"));
    }
    section.finish()?;
    Ok(column)
}

fn generator(section: &Section<'_>, name: &str) -> Result<Generator, PlanError> {
    Ok(match name {
        "sequence" => Generator::Sequence {
            start: section.integer("start")?.unwrap_or(1),
        },
        "constant" => Generator::Constant(match section.get("value") {
            Some(value) => constant(section, value)?,
            None => return Err(section.missing("value")),
        }),
        "null" => Generator::Null,
        "one_of" => lists::one_of(section)?,
        "list" => lists::list(section)?,
        "by" => nested::by(section)?,
        "json" => nested::json(section)?,
        "integer" => whole_numbers(section)?,
        "decimal" => decimals(section)?,
        "boolean" => Generator::Boolean {
            share: section.share("share")?.unwrap_or(0.5),
        },
        "timestamp" => Generator::Moment(moments(section)?),
        "uuid" => Generator::Uuid,
        "token" => Generator::Token {
            length: section.count("length")?.unwrap_or(32) as usize,
        },
        "first_name" => Generator::Person(Person::FirstName),
        "last_name" => Generator::Person(Person::LastName),
        "full_name" => Generator::Person(Person::FullName),
        "email" => Generator::Person(Person::Email),
        "username" => Generator::Person(Person::Username),
        "phone" => Generator::Person(Person::Phone),
        "street" => Generator::Place(Place::Street),
        "city" => Generator::Place(Place::City),
        "region" => Generator::Place(Place::Region),
        "postcode" => Generator::Place(Place::Postcode),
        "country" => Generator::Place(Place::Country),
        "country_code" => Generator::Place(Place::CountryCode),
        "company" => Generator::Company,
        "product_name" => Generator::ProductName,
        "words" => {
            let (min, max) = range(section, 1, 4)?;
            Generator::Words { min, max }
        }
        "sentence" => Generator::Sentence,
        "text" => {
            let (min, max) = range(section, 80, 800)?;
            let shape = shape(section, 1.0)?;
            let (min, max) = match &shape {
                Some(Shape::Steps { edges, .. }) => {
                    outside(section)?;
                    let ends = (edges[0], edges[edges.len() - 1]);
                    if ends.0 < 0.0 {
                        return Err(section.invalid("shape", "has lengths below 0"));
                    }
                    (ends.0 as u64, ends.1 as u64)
                }
                _ => (min, max),
            };
            Generator::Text { min, max, shape }
        }
        "color" => Generator::Color,
        "fake" => Generator::Fake(fake(section)?),
        "slug" => Generator::Slug {
            of: section.required("of")?,
        },
        "template" => Generator::Template {
            text: section.required("text")?,
        },
        "parent" => Generator::Parent {
            column: section.string("column")?,
        },
        "ref" => reference::reference(section)?,
        "existing" => Generator::Existing {
            table: section.required("table")?,
            column: section.string("column")?,
            row_of: section.string("row_of")?,
        },
        "pattern" => {
            let regex = section.required("regex")?;
            let pattern = Pattern::parse(&regex).map_err(|why| {
                section.invalid("regex", &format!("uses what is not known: {why}"))
            })?;
            Generator::Pattern { pattern }
        }
        "lookup" => Generator::Lookup {
            path: section.required("of")?,
        },
        "sum" => Generator::Sum {
            table: section.required("table")?,
            of: section
                .strings("of")?
                .ok_or_else(|| section.missing("of"))?,
        },
        "position" => Generator::Position,
        "password_hash" => Generator::Password {
            scheme: scheme(section)?,
            pool: section.count("pool")?.unwrap_or(64).clamp(1, 100_000) as usize,
        },
        other => {
            if let Some(generator) = simple::generator(section, other)? {
                return Ok(generator);
            }
            let unknown = other;
            let help = did_you_mean(unknown, names())
                .unwrap_or_else(|| format!("one of: {}", names().collect::<Vec<_>>().join(", ")));
            return Err(section.error(
                section.span.clone(),
                format!("{} has an unknown generator `{unknown}`", section.what),
                Some(help),
            ));
        }
    })
}

fn fake(section: &Section<'_>) -> Result<&'static Faker, PlanError> {
    let name = section.required("of")?;
    fakers::find(&name).ok_or_else(|| {
        let near: Vec<_> = fakers::near(&name)
            .into_iter()
            .map(|name| format!("`{name}`"))
            .collect();
        section.error(
            section.span_of("of"),
            format!(
                "{} asks for `{name}`, which the `fake` crate does not have",
                section.what
            ),
            Some(format!("one of: {}", near.join(", "))),
        )
    })
}

pub(super) fn range(section: &Section<'_>, min: u64, max: u64) -> Result<(u64, u64), PlanError> {
    let given = section.count("min")?;
    let max = section.count("max")?.unwrap_or(max.max(given.unwrap_or(0)));
    let min = given.unwrap_or(min.min(max));
    if min > max {
        return Err(section.invalid("min", "is above `max`"));
    }
    Ok((min, max))
}

pub(super) fn constant<'a>(
    section: &Section<'a>,
    value: &'a Spanned<DeValue<'a>>,
) -> Result<Constant, PlanError> {
    let refuse = |why: &str| section.error(value.span(), why.to_owned(), None);
    Ok(match value.get_ref() {
        DeValue::String(text) => Constant::Text(text.to_string()),
        DeValue::Boolean(yes) => Constant::Boolean(*yes),
        DeValue::Integer(_) => Constant::Integer(
            integer(value.get_ref()).ok_or_else(|| refuse("the number is too large"))?,
        ),
        DeValue::Float(float) => decimal(float.as_str())
            .ok_or_else(|| refuse("a decimal has at most 18 digits and no exponent"))?,
        DeValue::Datetime(moment) => Constant::Moment(
            seconds(&moment.to_string()).ok_or_else(|| refuse("not a date that exists"))?,
        ),
        _ => return Err(refuse("a value is text, a number, a boolean or a date")),
    })
}

/// `19.90` as 1990 with scale 2.
pub(super) fn decimal(text: &str) -> Option<Constant> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    Some(Constant::Decimal {
        unscaled: format!("{whole}{part}").replace('_', "").parse().ok()?,
        scale: u8::try_from(part.len()).ok()?,
    })
}

/// An empirical shape brings its own ends.
fn outside(section: &Section<'_>) -> Result<(), PlanError> {
    match ["min", "max"].into_iter().find(|key| section.has(key)) {
        Some(key) => Err(section.invalid(key, "is given by the first and last of the histogram")),
        None => Ok(()),
    }
}

/// Shape and ends of numbers; values count in steps of `1 / unit`.
fn spread(section: &Section<'_>, unit: f64) -> Result<(Shape, i64, i64), PlanError> {
    let min = section.number("min")?;
    let max = section.number("max")?;
    let shape = shape(section, unit)?.unwrap_or_default();
    let scaled = |number: f64| (number * unit).round() as i64;
    let (min, max) = if let Shape::Steps { edges, .. } = &shape {
        outside(section)?;
        (edges[0] as i64, edges[edges.len() - 1] as i64)
    } else {
        let max = max.ok_or_else(|| section.missing("max"))?;
        (scaled(min.unwrap_or(0.0)), scaled(max))
    };
    if min > max || max.checked_sub(min).is_none_or(|span| span == i64::MAX) {
        return Err(section.invalid("min", "is above `max`, or the range is too large"));
    }
    let inside = |value: f64| value >= min as f64 && value <= max as f64;
    match shape {
        Shape::Normal { mean, .. } if !inside(mean) => {
            Err(section.invalid("mean", "does not lie between `min` and `max`"))
        }
        Shape::LogNormal { median, .. } if !inside(median) => {
            Err(section.invalid("median", "does not lie between `min` and `max`"))
        }
        shape => Ok((shape, min, max)),
    }
}

fn whole_numbers(section: &Section<'_>) -> Result<Generator, PlanError> {
    let step = section.integer("step")?.unwrap_or(1);
    // Ends of more than 53 bits are whole numbers that a float would change.
    let (low, high) = (section.integer("min"), section.integer("max"));
    let (shape, mut min, mut max) = spread(section, 1.0)?;
    if !matches!(shape, Shape::Steps { .. }) {
        min = low?.unwrap_or(min);
        max = high?.unwrap_or(max);
    }
    if min > max || max.checked_sub(min).is_none_or(|span| span == i64::MAX) {
        return Err(section.invalid("min", "is above `max`, or the range is too large"));
    }
    if step < 1 {
        return Err(section.invalid("step", "must be at least 1"));
    }
    Ok(Generator::Integer {
        min,
        max,
        step,
        shape,
    })
}

fn decimals(section: &Section<'_>) -> Result<Generator, PlanError> {
    let scale = section.count("scale")?.unwrap_or(2);
    if scale > 9 {
        return Err(section.invalid("scale", "is above 9"));
    }
    let (shape, min, max) = spread(section, 10_f64.powi(scale as i32))?;
    Ok(Generator::Decimal {
        min,
        max,
        scale: scale as u8,
        shape,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_digits() {
        let expected = Constant::Decimal {
            unscaled: -1990,
            scale: 2,
        };
        assert_eq!(decimal("-19.90"), Some(expected));
    }
}
