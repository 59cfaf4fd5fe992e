//! Numbers as people read them: `812 ms`, `2.34 s`, `12,480`, `3.1 MB`, `0.4 %`.

use super::summary::Unit;

/// A time given in milliseconds.
pub fn milliseconds(value: f64) -> String {
    match value {
        v if v < 0.05 => "0 ms".to_owned(),
        v if v < 9.95 => format!("{v:.1} ms"),
        v if v < 999.5 => format!("{v:.0} ms"),
        v if v < 59_995.0 => format!("{:.2} s", v / 1_000.0),
        v => seconds(v / 1_000.0),
    }
}

/// A length of time given in seconds: `12 s`, `2 min 5 s`, `1 h 3 min`.
pub fn seconds(value: f64) -> String {
    let whole = value.round() as u64;
    let (hours, minutes, rest) = (whole / 3_600, whole / 60 % 60, whole % 60);
    match (hours, minutes, rest) {
        (0, 0, _) if value < 10.0 && value.fract() > 0.05 => format!("{value:.1} s"),
        (0, 0, rest) => format!("{rest} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, rest) => format!("{minutes} min {rest} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// A number of things, with separators.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in bytes.
pub fn bytes(value: u64) -> String {
    let mut size = value as f64;
    if size < 1_000.0 {
        return format!("{value} B");
    }
    for unit in ["kB", "MB", "GB"] {
        size /= 1_000.0;
        if size < 999.5 {
            let decimals = usize::from(size < 9.95);
            return format!("{size:.decimals$} {unit}");
        }
    }
    format!("{:.1} TB", size / 1_000.0)
}

/// A share of 1 as a percentage.
pub fn share(value: f64) -> String {
    let percent = value * 100.0;
    match percent {
        0.0 => "0 %".to_owned(),
        p if p < 0.01 => "< 0.01 %".to_owned(),
        p if p < 0.995 => format!("{p:.2} %"),
        p if p < 9.95 => format!("{p:.1} %"),
        p => format!("{p:.0} %"),
    }
}

/// A number per second.
pub fn rate(value: f64) -> String {
    match value {
        v if v < 9.95 => format!("{v:.1}"),
        v => count(v.round() as u64),
    }
}

/// A layout shift score.
pub fn score(value: f64) -> String {
    format!("{value:.3}")
}

/// A value in its unit.
pub fn value(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Milliseconds => milliseconds(value),
        Unit::Share => share(value),
        Unit::Count => count(value.round() as u64),
        Unit::PerSecond => format!("{value:.2}/s"),
        Unit::Score => score(value),
    }
}

/// `1 iteration`, `12,480 iterations`.
pub fn plural(number: u64, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", count(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(milliseconds(0.0), "0 ms");
        assert_eq!(milliseconds(4.26), "4.3 ms");
        assert_eq!(milliseconds(812.4), "812 ms");
        assert_eq!(milliseconds(2_344.0), "2.34 s");
        assert_eq!(milliseconds(999.7), "1.00 s");
        assert_eq!(milliseconds(125_000.0), "2 min 5 s");
        assert_eq!(seconds(3.5), "3.5 s");
        assert_eq!(seconds(59.7), "1 min");
        assert_eq!(seconds(3_780.0), "1 h 3 min");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(999), "999");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(3_140_000), "3.1 MB");
        assert_eq!(bytes(999_600), "1.0 MB");
        assert_eq!(share(0.004), "0.40 %");
        assert_eq!(share(0.000_01), "< 0.01 %");
        assert_eq!(share(1.0), "100 %");
        assert_eq!(plural(1, "step"), "1 step");
    }
}
