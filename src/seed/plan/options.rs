//! Options of generators that have many: ranges of time, password schemes.

use jiff::civil;
use toml::Spanned;
use toml::de::DeValue;

use super::column::Moments;
use super::read::{PlanError, Section};
use super::swing::swing;
use crate::seed::password::Scheme;
use crate::seed::value::DAY;

/// The longest time with a rhythm, whose every hour is kept: 100 years, 7 MB.
const SWINGS: i64 = 36_525 * DAY;

pub(super) fn moments(section: &Section<'_>) -> Result<Moments, PlanError> {
    let moment = |key: &'static str, default: &str| {
        let value = section.get(key);
        let text = match value.map(Spanned::get_ref) {
            None => default.to_owned(),
            Some(DeValue::Datetime(moment)) => moment.to_string(),
            Some(other) => other.as_str().unwrap_or_default().to_owned(),
        };
        seconds(&text).ok_or_else(|| {
            section.invalid(
                key,
                "is not a date (2025-03-01) or moment (2025-03-01T09:30:00Z)",
            )
        })
    };
    let from = moment("from", "2024-01-01")?;
    let to = moment("to", "2026-01-01")?;
    let growth = section.number("growth")?.unwrap_or(1.0);
    let span = |key: &'static str| match section.string(key)?.as_deref().map(span_of_time) {
        Some(None) => {
            Err(section.invalid(key, "is not a span of time such as `90d`, `36h`, `15m`"))
        }
        Some(found) => Ok(found),
        None => Ok(None),
    };
    let (within, gap) = (span("within")?, span("gap")?.unwrap_or(0));
    if within.is_some_and(|within| within < gap) {
        return Err(section.invalid("within", "is shorter than `gap`"));
    }
    if from >= to {
        return Err(section.invalid("from", "is not before `to`"));
    }
    if growth <= 0.0 {
        return Err(section.invalid(
            "growth",
            "must be above 0: rate at the end / rate at the start",
        ));
    }
    let swing = swing(section)?;
    if swing.is_some() && to - from > SWINGS {
        return Err(section.invalid(
            "from",
            "lies more than 100 years before `to`, too long for a rhythm",
        ));
    }
    Ok(Moments {
        from,
        to,
        growth,
        rising: section.boolean("rising")?.unwrap_or(false),
        after: section.string("after")?,
        within,
        swing,
        gap,
    })
}

/// Seconds since the epoch of a date or moment; without a zone it is UTC.
pub(super) fn seconds(text: &str) -> Option<i64> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.as_second());
    }
    let moment = text
        .parse::<civil::DateTime>()
        .or_else(|_| text.parse::<civil::Date>().map(civil::DateTime::from))
        .ok()?;
    let zoned = moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_second())
}

fn span_of_time(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => DAY,
        _ => return None,
    };
    number
        .trim()
        .parse::<i64>()
        .ok()?
        .checked_mul(seconds)
        .filter(|s| *s > 0)
}

#[derive(Clone, Copy)]
enum Named {
    Argon2id,
    Bcrypt,
    PhpBcrypt,
    DjangoPbkdf2,
    WerkzeugScrypt,
    WerkzeugPbkdf2,
    TtrssSha1,
}

pub(super) fn scheme(section: &Section<'_>) -> Result<Scheme, PlanError> {
    let words = [
        ("argon2id", Named::Argon2id),
        ("bcrypt", Named::Bcrypt),
        ("php-bcrypt", Named::PhpBcrypt),
        ("django-pbkdf2-sha256", Named::DjangoPbkdf2),
        ("werkzeug-scrypt", Named::WerkzeugScrypt),
        ("werkzeug-pbkdf2-sha256", Named::WerkzeugPbkdf2),
        ("ttrss-sha1", Named::TtrssSha1),
    ];
    let cost = |key: &'static str, default: u32| -> Result<u32, PlanError> {
        let found = section.count(key)?.unwrap_or(u64::from(default));
        u32::try_from(found)
            .ok()
            .filter(|found| *found > 0)
            .ok_or_else(|| section.invalid(key, "is out of range"))
    };
    let scheme = match section.word("scheme", &words)?.unwrap_or(Named::Argon2id) {
        Named::Argon2id => Scheme::Argon2id {
            memory_kib: cost("memory_kib", 19_456)?,
            iterations: cost("iterations", 2)?,
            parallelism: cost("parallelism", 1)?,
        },
        Named::Bcrypt => Scheme::Bcrypt {
            cost: cost("cost", 12)?,
        },
        Named::PhpBcrypt => Scheme::PhpBcrypt {
            cost: cost("cost", 12)?,
        },
        Named::DjangoPbkdf2 => Scheme::DjangoPbkdf2 {
            iterations: cost("iterations", 1_000_000)?,
        },
        Named::WerkzeugScrypt => Scheme::WerkzeugScrypt {
            log_n: cost("log_n", 15)?,
            r: cost("r", 8)?,
            p: cost("p", 1)?,
        },
        Named::TtrssSha1 => Scheme::TtrssSha1,
        Named::WerkzeugPbkdf2 => Scheme::WerkzeugPbkdf2 {
            iterations: cost("iterations", 1_000_000)?,
        },
    };
    scheme
        .check()
        .map_err(|why| section.invalid("scheme", &why))?;
    Ok(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_spans_are_read() {
        assert_eq!(seconds("1970-01-02"), Some(DAY));
        assert_eq!(seconds("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(seconds("1970-01-01T00:01:00"), Some(60));
        assert_eq!(seconds("yesterday"), None);
        assert_eq!(span_of_time("90d"), Some(90 * DAY));
        assert_eq!(span_of_time("15m"), Some(900));
        assert_eq!(span_of_time("soon"), None);
        assert_eq!(span_of_time(""), None);
    }
}
