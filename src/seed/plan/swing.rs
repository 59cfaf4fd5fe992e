//! Reads how a time series swings: weights of weekdays and hours, and the zone they are meant in.

use jiff::tz::TimeZone;

use super::column::Swing;
use super::read::{PlanError, Section};
use super::shape::numbers;

/// Hours of people at home: an evening peak at eight.
const EVENING: [f64; 24] = [
    28.0, 16.0, 9.0, 6.0, 5.0, 7.0, 13.0, 25.0, 38.0, 48.0, 55.0, 59.0, 62.0, 61.0, 58.0, 58.0,
    62.0, 69.0, 80.0, 93.0, 100.0, 94.0, 74.0, 48.0,
];
/// Hours of people at work, with a break at noon.
const OFFICE: [f64; 24] = [
    2.0, 1.0, 1.0, 1.0, 2.0, 4.0, 10.0, 35.0, 75.0, 98.0, 100.0, 96.0, 70.0, 82.0, 96.0, 95.0,
    82.0, 52.0, 25.0, 14.0, 9.0, 7.0, 5.0, 3.0,
];

/// Reads `weekdays`, `hours` and `zone`.
pub(super) fn swing(section: &Section<'_>) -> Result<Option<Box<Swing>>, PlanError> {
    let weekdays = match section.get("weekdays") {
        None => None,
        Some(value) => Some(match value.get_ref().as_str() {
            Some("weekdays") => [100.0, 100.0, 100.0, 100.0, 92.0, 20.0, 15.0],
            Some("weekends") => [70.0, 68.0, 70.0, 74.0, 85.0, 100.0, 98.0],
            Some(other) => {
                return Err(section.unknown("weekdays", other, ["weekdays", "weekends"]));
            }
            None => weights::<7>(section, "weekdays", "Monday to Sunday")?,
        }),
    };
    let hours = match section.get("hours") {
        None => None,
        Some(value) => Some(match value.get_ref().as_str() {
            Some("evening") => EVENING,
            Some("office") => OFFICE,
            Some(other) => return Err(section.unknown("hours", other, ["evening", "office"])),
            None => weights::<24>(section, "hours", "midnight to eleven at night")?,
        }),
    };
    let zone = section.string("zone")?;
    if weekdays.is_none() && hours.is_none() {
        if zone.is_some() {
            return Err(section.invalid("zone", "goes with `weekdays` or `hours`"));
        }
        return Ok(None);
    }
    let zone = match &zone {
        None => TimeZone::UTC,
        Some(name) => TimeZone::get(name)
            .map_err(|_| section.invalid("zone", "is no time zone such as `Europe/Berlin`"))?,
    };
    Ok(Some(Box::new(Swing {
        weekdays: weekdays.unwrap_or([1.0; 7]),
        hours: hours.unwrap_or([1.0; 24]),
        zone,
    })))
}

fn weights<const N: usize>(
    section: &Section<'_>,
    key: &'static str,
    meaning: &str,
) -> Result<[f64; N], PlanError> {
    let found = numbers(section, key)?.unwrap_or_default();
    let sum: f64 = found.iter().sum();
    <[f64; N]>::try_from(found)
        .ok()
        .filter(|weights| sum > 0.0 && weights.iter().all(|weight| *weight >= 0.0))
        .ok_or_else(|| {
            let why = format!("must hold {N} weights, {meaning}, none negative, not all 0");
            section.invalid(key, &why)
        })
}
