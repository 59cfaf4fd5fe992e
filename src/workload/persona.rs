//! `[[persona]]`: what a kind of user is like, and whether all of them are as many as the load.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::document::Placed;
use super::error::Problem;
use super::model::{Persona, Share, WeightedFlow};
use super::raw::{Raw, RawPersona};
use super::{device, quantity};
use crate::flow::Flow;

/// Looks up what a persona refers to. `flows` has those that could be read.
pub(super) fn resolve(
    folder: &Path,
    raw: &RawPersona,
    flows: &IndexMap<String, Arc<Flow>>,
) -> Result<Persona, Problem> {
    let device = match &raw.device {
        None => device::USUAL,
        Some(name) => device::find(&name.value).ok_or_else(|| {
            name.problem(format!("unknown device `{}`", name.value), "unknown device")
                .help(quantity::advice(&name.value, &device::names()))
        })?,
    };
    let mut viewport = device.viewport();
    if let Some((width, height)) = raw.viewport {
        viewport.width = width;
        viewport.height = height;
        viewport.is_landscape = width > height;
    }
    if let Some(locale) = &raw.locale {
        check_locale(locale)?;
    }
    if let Some(timezone) = &raw.timezone {
        check_timezone(timezone)?;
    }
    let flows = raw.flows.iter().filter_map(|entry| {
        flows.get(&entry.file.value).map(|flow| WeightedFlow {
            file: folder.join(&entry.file.value),
            flow: flow.clone(),
            weight: entry.weight,
        })
    });
    Ok(Persona {
        name: raw.name.value.as_str().into(),
        share: raw.share,
        flows: flows.collect(),
        think: raw.think,
        feed: raw.feed.as_ref().map(|feed| feed.value.clone()),
        viewport,
        user_agent: device.user_agent(),
        locale: raw
            .locale
            .as_ref()
            .map_or_else(|| "en-US".to_owned(), |l| l.value.clone()),
        timezone: raw.timezone.as_ref().map(|zone| zone.value.clone()),
        visits: raw.visits,
    })
}

fn check_locale(locale: &Placed<String>) -> Result<(), Problem> {
    let mut parts = locale.value.split('-');
    let language = parts.next().unwrap_or_default();
    let fits = matches!(language.len(), 2 | 3)
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        });
    if fits {
        return Ok(());
    }
    Err(locale
        .problem(format!("`{}` is no language tag", locale.value), "this tag")
        .help("write a BCP 47 tag such as `en-US`, `pt-BR` or `de`"))
}

fn check_timezone(timezone: &Placed<String>) -> Result<(), Problem> {
    if jiff::tz::TimeZone::get(&timezone.value).is_ok() {
        return Ok(());
    }
    Err(timezone
        .problem(
            format!("unknown time zone `{}`", timezone.value),
            "unknown zone",
        )
        .help("write an IANA name such as `Europe/Berlin` or `America/Sao_Paulo`"))
}

/// The personas can be exactly as many users as the load wants.
pub(super) fn check_shares(raw: &Raw, personas: &[Persona], peak: u32) -> Result<(), Problem> {
    let fixed: u64 = personas.iter().map(|p| u64::from(fixed_users(p))).sum();
    let weighted = personas.iter().any(|p| matches!(p.share, Share::Weight(_)));
    if fixed > u64::from(peak) {
        let place = raw.personas.iter().find(|p| p.share != Share::Users(0));
        let place = place.map_or(&raw.personas[0].name, |persona| &persona.name);
        return Err(place
            .problem(
                format!("personas with fixed `users` are {fixed}, the load brings {peak}"),
                "more users than the load",
            )
            .help("raise `[load]`, or use `weight` instead of `users`"));
    }
    if !weighted && fixed < u64::from(peak) {
        return Err(raw
            .load
            .place
            .problem(
                format!("wants {peak} users, but the personas are only {fixed}"),
                "more users than the personas",
            )
            .help("give one persona a `weight` instead of `users`: it takes the rest"));
    }
    Ok(())
}

fn fixed_users(persona: &Persona) -> u32 {
    match persona.share {
        Share::Users(users) => users,
        Share::Weight(_) => 0,
    }
}
