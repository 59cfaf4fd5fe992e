//! The whole draft, made anew from deeds, facts and plan whenever it is asked for: what belongs
//! together, what came of what, which values are data or secrets, and the steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Zoned;
use url::Url;

use crate::browser::capture::{Element, FieldValue, PageEvent, Typed};
use crate::clock::Micros;
use crate::flow::import::secret_in;
use crate::flow::{Flow, FlowExtension, Step};

use super::data::{self, Data, Matched, Told};
use super::draft::{Deed, Edits, Gesture, Value, is_same};
use super::facts::Facts;
use super::history::{Entry, Plan};
use super::pace;
use super::pattern::Varying;
use super::secret::Secrets;
use super::steps::{self, Making};
use super::window::{Caused, windows};
use super::{dates, doubt, merge};

/// Longest title that the format allows.
const TITLE: usize = 300;

/// What a draft is made of.
pub(super) struct Material<'a> {
    /// In the order in which they began.
    pub(super) deeds: &'a [Deed],
    pub(super) plan: &'a Plan,
    pub(super) facts: &'a Facts,
    pub(super) data: &'a Data,
    /// Secrets that were typed at any time, also while nothing was recorded.
    pub(super) hushed: &'a [Typed],
    /// Times in which the person was busy with the recorder itself.
    pub(super) gaps: &'a [(Micros, Micros)],
    pub(super) url: &'a str,
    pub(super) now: &'a Zoned,
}

/// A deed of the flow with its steps.
pub(super) struct Piece<'a> {
    pub(super) deed: &'a Deed,
    pub(super) entry: &'a Arc<Entry>,
    pub(super) steps: Vec<Step>,
    /// Which of the steps acts.
    pub(super) acts: usize,
    /// Its value is a secret.
    pub(super) secret: bool,
    /// Template of its value.
    pub(super) template: String,
    /// What is doubtful about it.
    pub(super) doubts: Vec<String>,
}

/// The draft.
pub(super) struct Composed<'a> {
    pub(super) pieces: Vec<Piece<'a>>,
    pub(super) secrets: Secrets,
    /// References to dates that typed texts could become.
    pub(super) dates: Vec<String>,
}

/// Makes the draft.
pub(super) fn compose<'a>(material: &Material<'a>) -> Composed<'a> {
    let caused = windows(material.deeds, material.facts);
    let home = Url::parse(material.url).ok();
    let visible = visible(material, &caused);
    let (values, secrets, matched) = values(material, &visible);
    let of_rows = material.data.of_rows(&matched);
    let varying = varying(&visible, &of_rows, &values);
    let mut pieces: Vec<Piece<'a>> = Vec::new();
    let mut offers: Vec<String> = Vec::new();
    for (place, shown) in visible.iter().enumerate() {
        let deed = shown.deed;
        let before = place.checked_sub(1).and_then(|at| visible.get(at));
        let value = values.get(&deed.id);
        if let (Some(typed), None) = (deed.typed(), value) {
            offers.extend(dates::offers(&typed.0, material.now));
        }
        let making = Making {
            deed,
            edits: &shown.entry.edits,
            caused: &shown.caused,
            template: value.map(|value| value.template.as_str()),
            secret: value.is_some_and(|value| value.secret),
            think_ms: think_ms(material, &caused, shown),
            popup: (deed.flow_tab > 0).then_some(deed.url.as_str()),
            home: home.as_ref(),
            varying: &varying,
            of_rows: &of_rows,
            has_focus: before.is_some_and(|before| gives_focus(before.deed, deed)),
        };
        let (mut steps, acts) = steps::steps(&making);
        for step in &mut steps {
            steps::furnish(step, &making);
        }
        pieces.push(Piece {
            deed,
            entry: shown.entry,
            doubts: Vec::new(),
            steps,
            acts,
            secret: making.secret,
            template: making.template.unwrap_or_default().to_owned(),
        });
    }
    let shown: Vec<&Caused<'_>> = visible.iter().map(|shown| &shown.caused).collect();
    doubt::doubts(&mut pieces, &shown, &of_rows);
    offers.sort();
    offers.dedup();
    Composed {
        pieces,
        secrets,
        dates: offers,
    }
}

impl Composed<'_> {
    /// The flow, without any secret.
    pub(super) fn flow(&self, title: &str) -> Flow {
        let title: String = title.chars().take(TITLE).collect();
        let steps = self.pieces.iter().flat_map(|piece| piece.steps.clone());
        let flow = Flow {
            title,
            timeout_ms: None,
            selector_attribute: None,
            steps: steps.collect(),
            extension: FlowExtension::default(),
            other: serde_json::Map::new(),
        };
        self.masked(flow)
    }

    /// The flow without secrets. One that cannot be masked as a whole loses the steps that hold
    /// them.
    fn masked(&self, mut flow: Flow) -> Flow {
        let mut value = flow.to_value();
        if !self.secrets.mask(&mut value) {
            return flow;
        }
        if let Ok(masked) = Flow::parse("recording", &value.to_string()) {
            return masked;
        }
        flow.steps.retain(|step| {
            let mut alone = Flow {
                title: String::new(),
                timeout_ms: None,
                selector_attribute: None,
                steps: vec![step.clone()],
                extension: FlowExtension::default(),
                other: serde_json::Map::new(),
            }
            .to_value();
            !self.secrets.mask(&mut alone)
        });
        flow.title = self.secrets.shown(&flow.title);
        flow
    }
}

/// A deed that stands in the flow by itself.
struct Shown<'a> {
    deed: &'a Deed,
    /// Its place among all deeds.
    index: usize,
    entry: &'a Arc<Entry>,
    caused: Caused<'a>,
    /// Places of the deeds that are part of it.
    parts: Vec<usize>,
}

/// Deeds of the plan that are part of no other.
fn visible<'a>(material: &Material<'a>, caused: &[Caused<'a>]) -> Vec<Shown<'a>> {
    let places: BTreeMap<u64, usize> = material
        .deeds
        .iter()
        .enumerate()
        .map(|(index, deed)| (deed.id, index))
        .collect();
    let planned: Vec<(usize, &Arc<Entry>)> = material
        .plan
        .iter()
        .filter_map(|entry| Some((*places.get(&entry.id)?, entry)))
        .collect();
    let candidates: Vec<(&Deed, &Caused<'_>, bool)> = planned
        .iter()
        .map(|(index, entry)| {
            let edited = entry.edits != Edits::default();
            (&material.deeds[*index], &caused[*index], edited)
        })
        .collect();
    let into = merge::absorbed(&candidates);
    let mut out: Vec<Shown<'a>> = Vec::new();
    for (place, (index, entry)) in planned.iter().enumerate() {
        if into[place].is_some() {
            continue;
        }
        let parts = into.iter().zip(&planned);
        let parts = parts.filter(|(into, _)| **into == Some(place));
        let parts: Vec<usize> = parts.map(|(_, (index, _))| *index).collect();
        let mut own = caused[*index].clone();
        for part in &parts {
            own.take(&caused[*part]);
        }
        out.push(Shown {
            deed: &material.deeds[*index],
            index: *index,
            entry,
            caused: own,
            parts,
        });
    }
    out
}

/// Think time before a deed: since the page was ready after the one before it, whether or not that
/// one stands in the flow.
fn think_ms(material: &Material<'_>, caused: &[Caused<'_>], shown: &Shown<'_>) -> Option<u64> {
    let silent = |deed: &Deed| matches!(deed.gesture, Gesture::Size(_) | Gesture::Look(_));
    if silent(shown.deed) {
        return None;
    }
    let before = (0..shown.index)
        .rev()
        .filter(|index| !shown.parts.contains(index))
        .find(|index| !silent(&material.deeds[*index]))?;
    let ready = caused[before].ready;
    let think = pace::think_ms(shown.deed, ready, caused[shown.index].until);
    let away = material.gaps.iter().map(|(from, to)| {
        let from = from.0.max(ready.0);
        to.0.min(shown.deed.began.0).saturating_sub(from)
    });
    Some(think.saturating_sub(away.sum::<u64>() / 1_000))
}

/// The template of a value.
struct Meaning {
    template: String,
    secret: bool,
}

/// What typed values mean, by deed; all secrets; the rows of feeds.
fn values(
    material: &Material<'_>,
    visible: &[Shown<'_>],
) -> (BTreeMap<u64, Meaning>, Secrets, Matched) {
    let mut told: Vec<Told<'_>> = Vec::new();
    for shown in visible {
        for text in texts(shown.deed) {
            told.push(Told {
                id: shown.deed.id,
                text,
                names: shown.deed.element().map(data::names).unwrap_or_default(),
                secret: secret_name(shown.deed).is_some(),
                chosen: shown.deed.typed().is_none(),
            });
        }
    }
    let mut matched = material.data.matched(&told);
    let (mut secrets, mut names) = (Secrets::default(), Names::default());
    let mut out: BTreeMap<u64, Meaning> = BTreeMap::new();
    // What the person calls a secret first, then what its field or its column is.
    for shown in visible {
        if let (Value::Secret(name), Some(typed)) = (&shown.entry.edits.value, shown.deed.typed()) {
            let template = format!("{{{{secret.{}}}}}", names.of(name, &typed.0));
            secrets.add(&typed.0, &template);
        }
    }
    for shown in visible {
        let Some(typed) = shown.deed.typed() else {
            continue;
        };
        let template = match &shown.entry.edits.value {
            Value::Template(template) => Some(template),
            Value::Guessed => matched.templates.get(&shown.deed.id),
            Value::Fixed | Value::Secret(_) => None,
        };
        if let Some(template) = template {
            let by_column = template.contains("{{secret.") || material.data.is_secret(template);
            if by_column || secret_name(shown.deed).is_some() {
                secrets.add(&typed.0, template);
            }
        }
    }
    for deed in material.deeds {
        if let (Some(name), Some(typed)) = (secret_name(deed), deed.typed())
            && secrets.template(&typed.0).is_none()
        {
            let template = format!("{{{{secret.{}}}}}", names.of(&name, &typed.0));
            secrets.add(&typed.0, &template);
        }
    }
    for typed in material.hushed {
        secrets.add(&typed.0, super::secret::PLACEHOLDER);
    }
    for shown in visible {
        let deed = shown.deed;
        let known = texts(deed)
            .into_iter()
            .find_map(|text| secrets.template(text));
        let meaning = match (&shown.entry.edits.value, known) {
            (Value::Template(template), known) => Some(Meaning {
                template: template.clone(),
                secret: known.is_some(),
            }),
            (_, Some(template)) => Some(Meaning {
                template,
                secret: true,
            }),
            (Value::Fixed, None) => {
                matched.templates.remove(&deed.id);
                None
            }
            _ => {
                let found = matched.templates.get(&deed.id).cloned();
                let found = found.or_else(|| steps::date(deed, material.now));
                found.map(|template| Meaning {
                    template,
                    secret: false,
                })
            }
        };
        if let Some(meaning) = meaning {
            out.insert(deed.id, meaning);
        }
    }
    (out, secrets, matched)
}

/// Texts by which a deed's value may be known: what was typed, or the value and words of a choice.
fn texts(deed: &Deed) -> Vec<&str> {
    match deed.event() {
        Some(PageEvent::Change {
            value: FieldValue::Options { values, labels },
            ..
        }) if values.len() == 1 => values.iter().chain(labels).map(String::as_str).collect(),
        _ => deed
            .typed()
            .map(|typed| typed.0.as_str())
            .into_iter()
            .collect(),
    }
}

/// Name of the secret that a deed's field takes, if it does.
pub(super) fn secret_name(deed: &Deed) -> Option<String> {
    let element = deed.element()?;
    if deed.typed().is_none_or(|typed| typed.0.is_empty()) {
        return None;
    }
    of_field(element)
}

/// Name of the secret that a field takes, if it does.
pub(super) fn of_field(element: &Element) -> Option<String> {
    let field = element.field.as_ref();
    if let Some(name) = field.and_then(|field| field.secret.clone()) {
        return Some(name);
    }
    let kind = field.map_or("", |field| field.kind.as_str());
    if kind == "password" {
        return Some("PASSWORD".to_owned());
    }
    let may = matches!(kind, "text" | "tel" | "number" | "email" | "");
    let names = data::names(element);
    let found = names.iter().find_map(|name| secret_in(name));
    found.filter(|_| may && field.is_some()).map(str::to_owned)
}

/// Names of secrets: one for each value.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    /// The name of a value; the wanted one, unless another value has it.
    fn of(&mut self, wanted: &str, value: &str) -> String {
        if let Some(name) = self.0.get(value) {
            return name.clone();
        }
        let wanted = secret_word(wanted);
        let mut name = wanted.clone();
        let mut number = 1;
        while self.0.values().any(|taken| *taken == name) {
            number += 1;
            name = format!("{wanted}_{number}");
        }
        self.0.insert(value.to_owned(), name.clone());
        name
    }
}

/// A name as environment variables have it.
pub(super) fn secret_word(name: &str) -> String {
    let word: String = name
        .trim()
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    if word.trim_matches('_').is_empty() {
        "SECRET".to_owned()
    } else {
        word
    }
}

/// What will differ from replay to replay.
fn varying(
    visible: &[Shown<'_>],
    of_rows: &[(&str, String)],
    values: &BTreeMap<u64, Meaning>,
) -> Varying {
    let mut varying = Varying::default();
    for (value, _) in of_rows {
        varying.add(value);
    }
    for shown in visible {
        let typed = shown.deed.typed().map(|typed| typed.0.as_str());
        // A choice varies only when it is data.
        let data = values.contains_key(&shown.deed.id);
        let chosen = texts(shown.deed).into_iter().filter(|_| data);
        for text in typed.into_iter().chain(chosen) {
            varying.add(text);
        }
        if let Some(element) = shown.deed.element().filter(|_| shown.entry.edits.any) {
            let print = &element.fingerprint;
            for text in [&print.name, &print.text, &print.row] {
                varying.add(text);
            }
            let link = print.attributes.get("href").map(String::as_str);
            let last = link.and_then(|link| link.trim_end_matches('/').rsplit('/').next());
            varying.add(last.unwrap_or_default());
        }
    }
    varying
}

/// Whether a key finds the focus where the recorded one did.
fn gives_focus(before: &Deed, key: &Deed) -> bool {
    let same = match (before.element(), key.element()) {
        (Some(one), Some(other)) => is_same(one, other),
        _ => false,
    };
    same || matches!(before.event(), Some(PageEvent::Key { .. }))
}
