//! Dates in templates: `{{date.today+7d}}`, `{{date.next-monday|%d/%m/%Y}}`. Relative, so that a
//! flow recorded in May still books a room in December. Pure: the moment is given.

use jiff::civil::Weekday;
use jiff::fmt::strtime;
use jiff::{Span, Zoned};

use super::suggest::did_you_mean;

/// Name that stands for dates in templates; no feed can have it.
pub(super) const DATE: &str = "date";

/// Format of a day: what `<input type="date">` takes.
const DAY: &str = "%Y-%m-%d";

/// Format of a moment: what `<input type="datetime-local">` takes.
const MOMENT: &str = "%Y-%m-%dT%H:%M";

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// A date that depends on the day on which the flow is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RelativeDate {
    base: Base,
    /// Added in order.
    shifts: Vec<(i32, Unit)>,
    format: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    Today,
    Now,
    /// The first such day after today.
    Next(Weekday),
    /// The last such day before today.
    Last(Weekday),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Hours,
    Days,
    Weeks,
    Months,
    Years,
}

impl RelativeDate {
    /// Reads what stands behind `date.`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (date, format) = match text.split_once('|') {
            Some((date, format)) => (date.trim(), Some(format.trim())),
            None => (text.trim(), None),
        };
        let name_ends = date.find(['+', ' ']).unwrap_or(date.len());
        // The hyphen of `next-monday` is no minus.
        let minus = date.match_indices('-').map(|(at, _)| at);
        let minus =
            minus.filter(|at| date[at + 1..].starts_with(|next: char| next.is_ascii_digit()));
        let name_ends = minus.fold(name_ends, usize::min);
        let (name, shifts) = date.split_at(name_ends);
        let base = base(name)?;
        let usual = if base == Base::Now { MOMENT } else { DAY };
        let parsed = Self {
            base,
            shifts: read_shifts(shifts)?,
            format: format.unwrap_or(usual).to_owned(),
        };
        let someday = jiff::civil::date(2024, 2, 29).at(12, 0, 0, 0);
        let someday = someday
            .to_zoned(jiff::tz::TimeZone::UTC)
            .map_err(|error| error.to_string())?;
        match parsed.render(&someday) {
            Some(_) => Ok(parsed),
            None => Err(format!(
                "`{}` is no format or no date that exists: expected `%Y`, `%m`, `%d` …",
                parsed.format
            )),
        }
    }

    /// The date as text; nothing when it is beyond the year 9999 or cannot be formatted.
    pub(super) fn render(&self, now: &Zoned) -> Option<String> {
        let mut date = match self.base {
            Base::Now => now.clone(),
            // Noon is there on every day in every time zone.
            Base::Today => now.with().hour(12).minute(0).build().ok()?,
            Base::Next(day) => now.nth_weekday(1, day).ok()?,
            Base::Last(day) => now.nth_weekday(-1, day).ok()?,
        };
        for (amount, unit) in &self.shifts {
            let shift: Span = match unit {
                Unit::Hours => Span::new().try_hours(*amount),
                Unit::Days => Span::new().try_days(*amount),
                Unit::Weeks => Span::new().try_weeks(*amount),
                Unit::Months => Span::new().try_months(*amount),
                Unit::Years => Span::new().try_years(*amount),
            }
            .ok()?;
            date = date.checked_add(shift).ok()?;
        }
        strtime::format(&self.format, &date).ok()
    }
}

fn base(name: &str) -> Result<Base, String> {
    let day = |name: &str| {
        let found = DAYS.iter().find(|(day, _)| *day == name);
        found.map(|(_, day)| *day)
    };
    let found = match name {
        "today" => Some(Base::Today),
        "now" => Some(Base::Now),
        _ => match name.split_once('-') {
            Some(("next", name)) => day(name).map(Base::Next),
            Some(("last", name)) => day(name).map(Base::Last),
            _ => None,
        },
    };
    found.ok_or_else(|| {
        let days = DAYS.iter().map(|(day, _)| format!("next-{day}"));
        let names: Vec<String> = days.chain(["today".into(), "now".into()]).collect();
        let hint = did_you_mean(name, names.iter().map(String::as_str));
        format!(
            "`{DATE}.{name}` is no date, expected `today`, `now`, `next-monday` or `last-monday`{hint}"
        )
    })
}

/// `+7d-1m`.
fn read_shifts(text: &str) -> Result<Vec<(i32, Unit)>, String> {
    let expected = "expected amounts such as `+7d`, `-3w`, `+1m`, `+2y` or `+4h`";
    let text: String = text.chars().filter(|character| *character != ' ').collect();
    let mut rest = text.as_str();
    let mut shifts = Vec::new();
    while !rest.is_empty() {
        let wrong = || format!("`{text}` cannot be added to a date, {expected}");
        let signed = rest.strip_prefix(['+', '-']).ok_or_else(wrong)?;
        let digits = signed.find(|next: char| !next.is_ascii_digit());
        let (amount, after) = rest.split_at(1 + digits.ok_or_else(wrong)?);
        let amount: i32 = amount.parse().map_err(|_| wrong())?;
        let mut after = after.chars();
        let unit = match after.next() {
            Some('h') => Unit::Hours,
            Some('d') => Unit::Days,
            Some('w') => Unit::Weeks,
            Some('m') => Unit::Months,
            Some('y') => Unit::Years,
            _ => return Err(wrong()),
        };
        if amount.abs() > 100_000 {
            return Err(wrong());
        }
        shifts.push((amount, unit));
        rest = after.as_str();
    }
    Ok(shifts)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;

    fn at(now: &str, text: &str) -> String {
        let now: jiff::civil::DateTime = now.parse().unwrap();
        let now = now.to_zoned(TimeZone::UTC).unwrap();
        RelativeDate::parse(text).unwrap().render(&now).unwrap()
    }

    #[test]
    fn dates_are_counted_from_the_day_of_the_play() {
        // A Thursday.
        for (text, expect) in [
            ("today", "2026-05-14"),
            ("today+7d", "2026-05-21"),
            ("today -3w", "2026-04-23"),
            ("today+1m", "2026-06-14"),
            ("today+2y", "2028-05-14"),
            ("today+1m-1d", "2026-06-13"),
            ("now", "2026-05-14T23:30"),
            ("now+1h", "2026-05-15T00:30"),
            ("next-monday", "2026-05-18"),
            ("next-thursday", "2026-05-21"),
            ("last-thursday", "2026-05-07"),
            ("next-monday+1w", "2026-05-25"),
            ("today+7d|%d/%m/%Y", "21/05/2026"),
            ("today | %A, %-d %B", "Thursday, 14 May"),
        ] {
            assert_eq!(at("2026-05-14T23:30", text), expect, "{text}");
        }
    }

    #[test]
    fn a_month_later_is_never_two_months_later() {
        assert_eq!(at("2026-01-31T10:00", "today+1m"), "2026-02-28");
        assert_eq!(at("2024-02-29T10:00", "today+1y"), "2025-02-28");
        let mut day = date(2023, 1, 1);
        while day < date(2028, 1, 1) {
            let now = day.at(0, 30, 0, 0).to_string();
            for months in [-13_i32, -1, 1, 2, 11, 25] {
                let moved: jiff::civil::Date =
                    at(&now, &format!("today{months:+}m")).parse().unwrap();
                let count =
                    |date: jiff::civil::Date| i32::from(date.year()) * 12 + i32::from(date.month());
                assert_eq!(count(moved) - count(day), months, "{day} {months:+}");
                let last = moved.days_in_month();
                assert_eq!(moved.day(), day.day().min(last), "{day} {months:+}");
            }
            let week: jiff::civil::Date = at(&now, "today+1w").parse().unwrap();
            assert_eq!((week - day).get_days(), 7);
            let monday: jiff::civil::Date = at(&now, "next-monday").parse().unwrap();
            assert_eq!(monday.weekday(), Weekday::Monday);
            assert!((1..=7).contains(&(monday - day).get_days()), "{day}");
            day = day.tomorrow().unwrap();
        }
    }

    #[test]
    fn what_is_no_date_is_named() {
        for (text, expect) in [
            ("todya", "did you mean `today`?"),
            ("next-mondy", "did you mean `next-monday`?"),
            ("today+7", "`+7` cannot be added to a date"),
            ("today+d", "`+d` cannot be added to a date"),
            ("today+7x", "`+7x` cannot be added"),
            ("today+7dé", "`+7dé` cannot be added"),
            ("today|%!", "`%!` is no format"),
            ("today+99999y", "is no format or no date that exists"),
        ] {
            let error = RelativeDate::parse(text).unwrap_err();
            assert!(error.contains(expect), "{text}: {error}");
        }
    }
}
