//! Reads a column of the plan: the generator's name and its options.

use toml::Spanned;
use toml::de::DeValue;

use super::model::{ColumnPlan, Constant, Generator, Person, Pick, Place, Popularity, Shape, Span};
use super::options::{moments, scheme, seconds};
use super::read::{PlanError, Section, did_you_mean, integer, number};
use super::simple;

/// Generators' names, for messages; those of `simple` come to them.
pub(super) const NAMES: &[&str] = &[
    "sequence",
    "constant",
    "one_of",
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
    "slug",
    "template",
    "parent",
    "ref",
    "lookup",
    "sum",
    "position",
    "password_hash",
];

const SHAPES: [(&str, Shape); 2] = [("uniform", Shape::Uniform), ("log", Shape::Log)];

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
        });
    }
    let section = parent.open(what, value)?;
    let named = section.required("gen")?;
    let generator = self::generator(&section, &named)?;
    let column = ColumnPlan {
        span,
        generator,
        nulls: section.share("nulls")?.unwrap_or(0.0),
        unique: section.boolean("unique")?.unwrap_or(false),
    };
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
        "one_of" => one_of(section)?,
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
            Generator::Text { min, max }
        }
        "color" => Generator::Color,
        "slug" => Generator::Slug {
            of: section.required("of")?,
        },
        "template" => Generator::Template {
            text: section.required("text")?,
        },
        "parent" => Generator::Parent {
            column: section.string("column")?,
        },
        "ref" => reference(section)?,
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
            let names = || NAMES.iter().chain(simple::NAMES).copied();
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

pub(super) fn range(section: &Section<'_>, min: u64, max: u64) -> Result<(u64, u64), PlanError> {
    let given = section.count("min")?;
    let max = section.count("max")?.unwrap_or(max.max(given.unwrap_or(0)));
    let min = given.unwrap_or(min.min(max));
    if min > max {
        return Err(section.invalid("min", "is above `max`"));
    }
    Ok((min, max))
}

fn constant<'a>(
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
fn decimal(text: &str) -> Option<Constant> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    Some(Constant::Decimal {
        unscaled: format!("{whole}{part}").replace('_', "").parse().ok()?,
        scale: u8::try_from(part.len()).ok()?,
    })
}

fn one_of(section: &Section<'_>) -> Result<Generator, PlanError> {
    let Some(items) = section.list("values")? else {
        return Err(section.missing("values"));
    };
    let values = items
        .iter()
        .map(|item| constant(section, item))
        .collect::<Result<Vec<_>, _>>()?;
    let weights = match section.list("weights")? {
        None => vec![1.0; values.len()],
        Some(weights) => weights
            .iter()
            .map(|weight| number(weight.get_ref()).unwrap_or(-1.0))
            .collect(),
    };
    let sum: f64 = weights.iter().sum();
    if values.is_empty() {
        return Err(section.invalid("values", "is empty"));
    }
    if weights.len() != values.len() || weights.iter().any(|w| *w < 0.0) || sum <= 0.0 {
        let why = format!(
            "must hold one number for each of the {} values",
            values.len()
        );
        return Err(section.invalid("weights", &why));
    }
    if let [first, rest @ ..] = &values[..]
        && rest
            .iter()
            .any(|v| std::mem::discriminant(v) != std::mem::discriminant(first))
    {
        return Err(section.invalid("values", "mixes types"));
    }
    Ok(Generator::OneOf { values, weights })
}

fn whole_numbers(section: &Section<'_>) -> Result<Generator, PlanError> {
    let min = section.integer("min")?.unwrap_or(0);
    let max = section
        .integer("max")?
        .ok_or_else(|| section.missing("max"))?;
    let step = section.integer("step")?.unwrap_or(1);
    let shape = section.word("shape", &SHAPES)?.unwrap_or_default();
    if min > max || max.checked_sub(min).is_none() {
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
    let unit = 10_f64.powi(scale as i32);
    let scaled = |number: f64| (number * unit).round() as i64;
    let min = scaled(section.number("min")?.unwrap_or(0.0));
    let max = scaled(
        section
            .number("max")?
            .ok_or_else(|| section.missing("max"))?,
    );
    let shape = section.word("shape", &SHAPES)?.unwrap_or_default();
    if min > max || max.checked_sub(min).is_none() {
        return Err(section.invalid("min", "is above `max`, or the range is too large"));
    }
    Ok(Generator::Decimal {
        min,
        max,
        scale: scale as u8,
        shape,
    })
}

#[derive(Clone, Copy)]
enum Popular {
    Uniform,
    Zipf,
}

fn reference(section: &Section<'_>) -> Result<Generator, PlanError> {
    let words = [("uniform", Popular::Uniform), ("zipf", Popular::Zipf)];
    let exponent = section.number("exponent")?;
    if exponent.is_some_and(|exponent| exponent <= 0.0 || exponent > 5.0) {
        return Err(section.invalid("exponent", "must lie above 0 and not above 5"));
    }
    let popularity = match section.word("popularity", &words)? {
        Some(Popular::Zipf) => Popularity::Zipf {
            exponent: exponent.unwrap_or(1.0),
        },
        _ => Popularity::Uniform,
    };
    let distinct = section.boolean("distinct")?.unwrap_or(false);
    let earlier = section.boolean("earlier")?.unwrap_or(false);
    let pick = match (distinct, earlier) {
        (true, true) => {
            return Err(section.invalid("distinct", "cannot be together with `earlier`"));
        }
        (true, false) => Pick::Distinct,
        (false, true) => Pick::Earlier,
        (false, false) => Pick::Any,
    };
    if pick != Pick::Any && popularity != Popularity::Uniform {
        return Err(section.invalid("popularity", "goes with neither `distinct` nor `earlier`"));
    }
    Ok(Generator::Reference {
        table: section.required("table")?,
        column: section.string("column")?,
        popularity,
        pick,
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
