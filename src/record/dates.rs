//! Dates that were typed or chosen, as dates that are counted from the day of the replay.

use jiff::civil::Date;
use jiff::{Unit, Zoned};

/// Dates farther away than this say something else than "next week": a birthday.
const NEAR_DAYS: i32 = 366;

/// Usual ways to write a day.
const WRITTEN: [&str; 6] = [
    "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y",
];

/// The template of what a field of dates holds. `kind`: `type` of the field.
pub(super) fn template(kind: &str, value: &str, now: &Zoned) -> Option<String> {
    let today = now.date();
    match kind {
        "date" => Some(format!(
            "{{{{date.{}}}}}",
            days(value.parse().ok()?, today)?
        )),
        "datetime-local" => {
            let (day, time) = value.split_once('T')?;
            let shift = days(day.parse().ok()?, today)?;
            let plain = |letter: char| letter.is_ascii_digit() || ":.".contains(letter);
            let usable = !time.is_empty() && time.chars().all(plain);
            usable.then(|| format!("{{{{date.{shift}|%Y-%m-%dT{time}}}}}"))
        }
        "month" => {
            let first: Date = format!("{value}-01").parse().ok()?;
            let this = i32::from(today.year()) * 12 + i32::from(today.month());
            let months = i32::from(first.year()) * 12 + i32::from(first.month()) - this;
            (months.abs() <= 12).then(|| format!("{{{{date.{}|%Y-%m}}}}", shifted(months, 'm')))
        }
        "week" => {
            let (year, week) = value.split_once("-W")?;
            let of = jiff::civil::ISOWeekDate::new(
                year.parse().ok()?,
                week.parse().ok()?,
                jiff::civil::Weekday::Monday,
            );
            let monday: Date = of.ok()?.date();
            let back = i64::from(today.weekday().to_monday_zero_offset());
            let this = today.checked_sub(jiff::Span::new().days(back)).ok()?;
            let apart = this.until((Unit::Day, monday)).ok()?.get_days();
            let weeks = apart / 7;
            (apart.abs() <= NEAR_DAYS)
                .then(|| format!("{{{{date.{}|%G-W%V}}}}", shifted(weeks, 'w')))
        }
        _ => None,
    }
}

/// References (without braces) that a text field's date could become; more than one where it can
/// be read in two ways.
pub(super) fn offers(value: &str, now: &Zoned) -> Vec<String> {
    let value = value.trim();
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    if !(6..=8).contains(&digits) || value.len() > 10 {
        return Vec::new();
    }
    let read = |format: &&str| -> Option<String> {
        let day = Date::strptime(format, value).ok()?;
        // Written with zeros or without; the template writes with.
        let written = day.strftime(format).to_string() == value;
        let shift = days(day, now.date()).filter(|_| written)?;
        Some(match *format {
            "%Y-%m-%d" => format!("date.{shift}"),
            format => format!("date.{shift}|{format}"),
        })
    };
    WRITTEN.iter().filter_map(read).collect()
}

/// `today+7d`, when it is near.
fn days(day: Date, today: Date) -> Option<String> {
    let apart = today.until((Unit::Day, day)).ok()?.get_days();
    (apart.abs() <= NEAR_DAYS).then(|| shifted(apart, 'd'))
}

fn shifted(amount: i32, unit: char) -> String {
    match amount {
        0 => "today".to_owned(),
        _ => format!("today{amount:+}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::template::{Lookup, Secrets, Template};
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    fn render(template: &str, now: &Zoned) -> String {
        let lookup = Lookup {
            rows: &[],
            secrets: &Secrets::default(),
            draw: 0,
            now: now.clone(),
        };
        Template::parse(template)
            .unwrap()
            .render(&lookup)
            .unwrap()
            .0
    }

    #[test]
    fn near_dates_are_relative_and_say_the_same_today() {
        for day in [
            date(2026, 5, 14),
            date(2026, 12, 31),
            date(2027, 1, 1),
            date(2024, 2, 29),
        ] {
            let now = day.at(23, 10, 0, 0).to_zoned(TimeZone::UTC).unwrap();
            for (kind, value) in [
                (
                    "date",
                    day.checked_add(jiff::Span::new().days(7))
                        .unwrap()
                        .to_string(),
                ),
                ("date", day.to_string()),
                ("datetime-local", format!("{day}T14:30")),
                (
                    "month",
                    day.checked_add(jiff::Span::new().months(2))
                        .unwrap()
                        .strftime("%Y-%m")
                        .to_string(),
                ),
                (
                    "week",
                    day.checked_sub(jiff::Span::new().weeks(3))
                        .unwrap()
                        .strftime("%G-W%V")
                        .to_string(),
                ),
            ] {
                let made = template(kind, &value, &now).unwrap();
                assert_eq!(render(&made, &now), value, "{made}");
            }
        }
    }

    #[test]
    fn far_dates_and_other_texts_stay() {
        let now = date(2026, 5, 14)
            .at(9, 0, 0, 0)
            .to_zoned(TimeZone::UTC)
            .unwrap();
        for (kind, value) in [
            ("date", "1990-05-14"),
            ("date", "soon"),
            ("month", "1990-05"),
            ("week", "2026-W99"),
            ("datetime-local", "2026-05-20"),
            ("text", "2026-05-20"),
        ] {
            assert_eq!(template(kind, value, &now), None, "{kind} {value}");
        }
    }

    #[test]
    fn written_dates_are_offered_in_each_way_that_they_can_be_read() {
        let now = date(2026, 5, 4)
            .at(9, 0, 0, 0)
            .to_zoned(TimeZone::UTC)
            .unwrap();
        assert_eq!(offers("2026-05-11", &now), ["date.today+7d"]);
        assert_eq!(offers("11.05.2026", &now), ["date.today+7d|%d.%m.%Y"]);
        assert_eq!(
            offers("05/06/2026", &now),
            ["date.today+32d|%d/%m/%Y", "date.today+2d|%m/%d/%Y"]
        );
        for text in ["5.6.2026", "12345678", "hello", "", "11.05.1980"] {
            assert_eq!(offers(text, &now), Vec::<String>::new(), "{text}");
        }
    }
}
