//! Joins what was measured with a guess: the generator as the plan writes it, and why. Pure.

use super::{Bins, Children, ColumnFacts, Facts, Time, round};
use crate::seed::schema::{ColumnSchema, ColumnType, Rule};

/// A generator as the plan writes it, and where it came from.
pub(in crate::seed) struct Refined {
    pub(in crate::seed) generator: String,
    /// Takes the place of the guess's reason; the guess stands when absent.
    pub(in crate::seed) why: Option<String>,
}

pub(super) struct Writer<'a> {
    pub(super) facts: &'a ColumnFacts,
    pub(super) children: Option<&'a Children>,
    pub(super) column: &'a ColumnSchema,
    pub(super) rules: &'a [&'a Rule],
    pub(super) min_count: u64,
    /// Rows may have no value.
    pub(super) nullable: bool,
    /// Other values would not do: rows must differ in them.
    pub(super) settled: bool,
    /// When the rows came that the guess wants to be earlier.
    pub(super) earlier: Option<&'a Time>,
}

/// Generators whose values have a meaning that measured lengths would spoil.
const WORDS: [&str; 5] = ["words", "sentence", "review", "paragraph", "text"];
/// Generators whose values follow from other rows.
const KEPT: [&str; 6] = [
    "sequence", "position", "parent", "ref", "existing", "lookup",
];
/// Generators that are told how many different values there are.
const REPEATED: [&str; 10] = [
    "company",
    "product_name",
    "title",
    "color",
    "token",
    "ipv4",
    "ipv6",
    "user_agent",
    "domain",
    "url",
];

impl Writer<'_> {
    pub(super) fn refine(&self, guess: &str) -> Refined {
        let (mut generator, mut why) = match self.shaped(guess) {
            Some((generator, why)) => (generator, Some(why)),
            None => (guess.to_owned(), None),
        };
        if let Some(children) = self.children {
            let zipf = ", popularity = \"zipf\"";
            if !children.skewed && generator.contains(zipf) {
                generator = generator.replace(zipf, "");
                why = Some("refers to it; all about equally often in the source".to_owned());
            }
        }
        let variety = self.variety();
        if why.is_none() && !self.settled && REPEATED.contains(&name(&generator)) {
            generator = with(&generator, variety.trim_start_matches(", "));
        }
        let nulls = if self.nullable { self.facts.nulls } else { 0.0 };
        let generator = without(&generator, "nulls");
        Refined {
            generator: if nulls > 0.0 {
                with(&generator, &format!("nulls = {nulls}"))
            } else {
                generator
            },
            why,
        }
    }

    /// A generator from the shape that was measured, and why.
    fn shaped(&self, guess: &str) -> Option<(String, String)> {
        let named = name(guess);
        let least = self.min_count;
        if self.settled || KEPT.contains(&named) {
            return None;
        }
        match self.facts.shape.as_ref()? {
            Facts::Values(values, hidden) => {
                let left_out = if *hidden {
                    "; rarer ones are left out"
                } else {
                    ""
                };
                let why = format!("values that {least} rows or more share in the source{left_out}");
                Some((self.one_of(values)?, why))
            }
            Facts::Truth(share) => Some((
                format!("{{ gen = \"boolean\", share = {share} }}"),
                "share of the source".to_owned(),
            )),
            Facts::Numbers(bins) => {
                let bins = self.inside(bins);
                let why = format!("rounded bins of the source, each of {least} rows or more");
                Some((self.numbers(&bins), why))
            }
            Facts::Lengths(bins) if self.is_repeated_code(guess, named) => {
                let middle = bins.edges[bins.edges.len() / 2].clamp(1.0, 64.0);
                let generator = format!(
                    "{{ gen = \"token\", length = {middle:.0}{} }}",
                    self.variety()
                );
                Some((
                    generator,
                    "as many different ones as in the source".to_owned(),
                ))
            }
            Facts::Lengths(bins) if WORDS.contains(&named) => {
                let limit = match self.column.kind {
                    ColumnType::Text(Some(limit)) => f64::from(limit),
                    _ => f64::MAX,
                };
                let mut bins = bins.clone();
                for edge in &mut bins.edges {
                    *edge = edge.clamp(0.0, limit);
                }
                let generator = format!(
                    "{{ gen = \"text\", shape = \"empirical\", {}{} }}",
                    histogram(&bins, true),
                    self.variety()
                );
                Some((
                    generator,
                    "made-up text with the lengths of the source".to_owned(),
                ))
            }
            Facts::Lengths(_) => None,
            Facts::Time(time) => Some((
                moments(time, guess, self.earlier, self.is_checked()),
                "range, growth and rhythm (UTC) of the source, in whole days".to_owned(),
            )),
        }
    }

    /// Whether the database checks that a moment comes after another one.
    fn is_checked(&self) -> bool {
        let above = |rule: &&Rule| matches!(rule, Rule::Above { .. });
        self.rules.iter().any(above)
    }

    /// Whether a running number was guessed, and values repeat.
    fn is_repeated_code(&self, guess: &str, named: &str) -> bool {
        named == "template" && guess.contains("{row") && !self.variety().is_empty()
    }

    fn one_of(&self, values: &[(String, f64)]) -> Option<String> {
        let words: Option<Vec<String>> = match self.column.kind {
            ColumnType::Text(_) | ColumnType::Enum(_) => Some(
                values
                    .iter()
                    .map(|(value, _)| toml::Value::from(value.trim_end()).to_string())
                    .collect(),
            ),
            ColumnType::Numeric => values
                .iter()
                .map(|(value, _)| {
                    let number = value.parse::<f64>().ok()?;
                    let plain = number.is_finite() && !value.contains(['e', 'E']);
                    let point = if value.contains('.') { "" } else { ".0" };
                    plain.then(|| format!("{value}{point}"))
                })
                .collect(),
            _ => values
                .iter()
                .map(|(value, _)| value.parse::<i64>().ok().map(|number| number.to_string()))
                .collect(),
        };
        let weights: Vec<f64> = values.iter().map(|(_, share)| *share).collect();
        Some(format!(
            "{{ gen = \"one_of\", values = [{}], weights = {weights:?} }}",
            words?.join(", ")
        ))
    }

    /// Edges within what the column's checks allow.
    fn inside(&self, bins: &Bins) -> Bins {
        let mut bins = bins.clone();
        for rule in self.rules {
            for edge in &mut bins.edges {
                match rule {
                    Rule::Min { bound, strict } => {
                        *edge = edge.max(bound + f64::from(u8::from(*strict)));
                    }
                    Rule::Max { bound, strict } => {
                        *edge = edge.min(bound - f64::from(u8::from(*strict)));
                    }
                    _ => {}
                }
            }
        }
        let limit = match self.column.kind {
            ColumnType::SmallInt => f64::from(i16::MAX),
            ColumnType::Integer => f64::from(i32::MAX),
            _ => 9e15,
        };
        for edge in &mut bins.edges {
            *edge = edge.clamp(-limit, limit);
        }
        bins
    }

    fn numbers(&self, bins: &Bins) -> String {
        let whole = matches!(
            self.column.kind,
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt
        );
        let edges = histogram(bins, whole);
        // Where most numbers of the range are there, they come by themselves.
        let span = bins.edges[bins.edges.len() - 1] - bins.edges[0];
        let possible = if whole {
            span + 1.0
        } else {
            span * 100.0 + 1.0
        };
        let dense = self
            .facts
            .distinct
            .is_some_and(|distinct| distinct as f64 * 2.0 > possible);
        let variety = if dense { String::new() } else { self.variety() };
        if whole {
            format!("{{ gen = \"integer\", shape = \"empirical\", {edges}{variety} }}")
        } else {
            format!("{{ gen = \"decimal\", scale = 2, shape = \"empirical\", {edges}{variety} }}")
        }
    }

    /// Values that repeat repeat here, too.
    fn variety(&self) -> String {
        let filled = self.facts.filled;
        match self.facts.distinct {
            Some(distinct) if distinct > 0 && distinct * 10 < filled * 9 => {
                let scaled = round::variety(distinct, filled);
                format!(", variety = {scaled}")
            }
            _ => String::new(),
        }
    }
}

fn histogram(bins: &Bins, whole: bool) -> String {
    let number = |value: &f64| {
        if whole {
            format!("{value:.0}")
        } else {
            format!("{value:?}")
        }
    };
    let edges: Vec<String> = bins.edges.iter().map(number).collect();
    format!(
        "bins = [{}], weights = {:?}",
        edges.join(", "),
        bins.weights
    )
}

/// Moments as measured. What the guess says of the order is kept where the database checks it, or
/// the ranges allow it: dates as text are in the order of time.
fn moments(time: &Time, guess: &str, earlier: Option<&Time>, checked: bool) -> String {
    let mut parts = vec![
        "gen = \"timestamp\"".to_owned(),
        format!("from = \"{}\"", time.from),
        format!("to = \"{}\"", time.to),
    ];
    let possible = earlier.is_some_and(|first| first.from <= time.from && first.to <= time.to);
    match option(guess, "after").filter(|_| possible || checked) {
        Some(after) => {
            parts.push(after.to_owned());
            parts.extend(option(guess, "gap").map(str::to_owned));
        }
        None if (time.growth - 1.0).abs() > 0.05 => parts.push(format!("growth = {}", time.growth)),
        None => {}
    }
    let weekdays = time.weekdays.iter();
    parts.extend(weekdays.map(|weights| format!("weekdays = {weights:?}")));
    let hours = time.hours.iter();
    parts.extend(hours.map(|weights| format!("hours = {weights:?}")));
    format!("{{ {} }}", parts.join(", "))
}

/// `words` of `"words"` and of `{ gen = "words", … }`.
fn name(generator: &str) -> &str {
    let rest = generator.strip_prefix("{ gen = ").unwrap_or(generator);
    rest.split('"').nth(1).unwrap_or_default()
}

/// An option as it stands, of a generator whose options are short.
pub(super) fn option<'a>(generator: &'a str, key: &str) -> Option<&'a str> {
    let start = generator.find(&format!(", {key} = "))? + 2;
    let rest = &generator[start..];
    let end = rest.find([',', '}']).unwrap_or(rest.len());
    Some(rest[..end].trim_end())
}

fn without(generator: &str, key: &str) -> String {
    match option(generator, key) {
        Some(found) => generator.replace(&format!(", {found}"), ""),
        None => generator.to_owned(),
    }
}

fn with(generator: &str, option: &str) -> String {
    if option.is_empty() {
        return generator.to_owned();
    }
    match generator.strip_suffix(" }") {
        Some(inside) => format!("{inside}, {option} }}"),
        None => format!("{{ gen = {generator}, {option} }}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_taken_away_and_added() {
        let guess =
            "{ gen = \"timestamp\", from = \"2024-01-01\", after = \"created_at\", nulls = 0.2 }";
        assert_eq!(name(guess), "timestamp");
        assert_eq!(name("\"email\""), "email");
        assert_eq!(option(guess, "after"), Some("after = \"created_at\""));
        let bare = without(guess, "nulls");
        assert!(bare.ends_with("after = \"created_at\" }"), "{bare}");
        assert_eq!(
            with("\"email\"", "nulls = 0.5"),
            "{ gen = \"email\", nulls = 0.5 }"
        );
    }
}
