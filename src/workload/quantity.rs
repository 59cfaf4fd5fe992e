//! Durations, shares and rates as people type them.

use std::time::Duration;

/// Reads `30s`, `500ms`, `2m`, `1m30s`, `1h`. Negative and unitless values are none.
pub fn duration(text: &str) -> Option<Duration> {
    let signed: jiff::SignedDuration = text.trim().parse().ok()?;
    Duration::try_from(signed).ok()
}

/// Reads `1%` or `0.01` as 0.01. Values outside 0 to 1 are none.
pub(super) fn share(text: &str) -> Option<f64> {
    let text = text.trim();
    let value = match text.strip_suffix('%') {
        Some(percent) => number(percent)? / 100.0,
        None => number(text)?,
    };
    (0.0..=1.0).contains(&value).then_some(value)
}

/// Reads `2/s`, `120/m` or `3600/h` as a number per second.
pub(super) fn rate(text: &str) -> Option<f64> {
    let (amount, unit) = text.split_once('/')?;
    let seconds = match unit.trim() {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Some(number(amount)? / seconds)
}

/// Reads a finite number that is not negative.
pub(super) fn number(text: &str) -> Option<f64> {
    let value: f64 = text.trim().parse().ok()?;
    (value.is_finite() && value >= 0.0).then_some(value)
}

/// The candidate that was probably meant by `typed`.
pub(super) fn meant<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&typed, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().div_ceil(3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A longer list of candidates is cut.
const MOST_SHOWN: usize = 15;

/// "did you mean `x`?", or else what there is to choose from.
pub(super) fn advice(typed: &str, candidates: &[&str]) -> String {
    match meant(typed, candidates.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None if candidates.is_empty() => "there is none to choose from".to_owned(),
        None => {
            let shown = candidates.iter().take(MOST_SHOWN);
            let quoted: Vec<String> = shown.map(|name| format!("`{name}`")).collect();
            let more = if candidates.len() > MOST_SHOWN {
                ", …"
            } else {
                ""
            };
            format!("one of {}{more}", quoted.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Some(Duration::from_secs(120)));
        assert_eq!(duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("0s"), Some(Duration::ZERO));
        for wrong in ["", "30", "-30s", "30 parsecs", "s"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn shares_and_rates() {
        assert_eq!(share("1%"), Some(0.01));
        assert_eq!(share("0.25"), Some(0.25));
        assert_eq!(share("25"), None);
        assert_eq!(rate("2/s"), Some(2.0));
        assert_eq!(rate("120 / m"), Some(2.0));
        assert_eq!(rate("2"), None);
        assert_eq!(number("NaN"), None);
    }

    #[test]
    fn near_misses_are_recognised_and_far_ones_are_not() {
        assert_eq!(meant("wieght", ["name", "weight"]), Some("weight"));
        assert_eq!(meant("Flow", ["flows", "feed"]), Some("flows"));
        assert_eq!(meant("colour", ["name", "weight"]), None);
    }
}
