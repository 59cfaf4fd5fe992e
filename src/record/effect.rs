//! What a step will wait for, of all that its deed caused. A part that does not come at a replay
//! costs seconds, so one or two sure parts are better than many.

use url::Url;

use crate::browser::capture::{Element, FieldValue, PageEvent};
use crate::flow::{
    AssertedEvent, Dialog, Download, Effect, ElementState, ResponsePattern, Selector, SelectorPart,
    Selectors,
};

use super::draft::{Deed, Gesture};
use super::facts::{Asked, Moved};
use super::pattern::{self, Varying};
use super::window::Caused;

/// So many calls that change something are waited for.
const CALLS: usize = 3;

/// Longest message of a dialog that is looked for.
const MESSAGE: usize = 120;

/// What a step causes, as the file says it.
#[derive(Default)]
pub(super) struct Learned {
    /// Navigations that other players wait for, too.
    pub(super) asserted: Vec<AssertedEvent>,
    /// All else.
    pub(super) effect: Option<Effect>,
    /// Dialogs and their answers.
    pub(super) dialogs: Vec<Dialog>,
    /// A download.
    pub(super) download: Option<Download>,
}

/// What the flow knows of itself when effects are chosen.
pub(super) struct Known<'a> {
    /// Where the flow begins.
    pub(super) home: Option<&'a Url>,
    /// What differs from replay to replay.
    pub(super) varying: &'a Varying,
}

/// What is worth waiting for.
pub(super) fn learn(deed: &Deed, any: bool, caused: &Caused<'_>, known: &Known<'_>) -> Learned {
    let mut learned = Learned {
        dialogs: caused
            .dialogs
            .iter()
            .map(|asking| answer(asking, known))
            .collect(),
        download: caused.downloads.first().map(|name| Download {
            name: Some(starred(name)),
            at_least_bytes: None,
        }),
        ..Learned::default()
    };
    if matches!(deed.gesture, Gesture::Size(_) | Gesture::Close) {
        return learned;
    }
    let mut effect = Effect::default();
    let moved = destination(deed, caused);
    if let Some(moved) = moved {
        let pattern = pattern::of(moved.url, known.home, known.varying);
        let opened = matches!(&deed.gesture, Gesture::Open(_));
        if moved.own_tab && moved.document {
            learned
                .asserted
                .push(asserted(&moved, any, pattern.as_deref(), known));
        }
        // An address that is opened is asserted already; of any item's each leads elsewhere.
        if !opened {
            effect.navigation =
                pattern.map(|pattern| if any { any_last(&pattern) } else { pattern });
        }
    }
    let left = moved.is_some();
    let said = || deed.said.iter().rev();
    let typed = matches!(
        deed.event(),
        Some(PageEvent::Change {
            value: FieldValue::Text { .. },
            ..
        })
    );
    effect.responses = calls(deed, typed, caused, known);
    if !typed && !any && !moved.is_some_and(|moved| moved.document) {
        let named = |element: &Element| named(element, known);
        let appears = said().flat_map(|said| &said.appears).find_map(named);
        effect.appears.extend(appears);
        if !left {
            effect.state = said().find_map(|said| said.state.as_ref().and_then(lasting));
            if effect.appears.is_empty() && effect.state.is_none() {
                let gone = said().flat_map(|said| &said.vanishes);
                let gone = gone.filter(|element| element.like.is_none());
                let mut gone = gone;
                effect.vanishes.extend(gone.find_map(named));
            }
        }
    }
    if deed.element().is_none() {
        effect.state = None;
    }
    let nothing = effect == Effect::default();
    if nothing && !left && learned.download.is_none() && !matches!(deed.gesture, Gesture::Open(_)) {
        effect.responses.extend(question(caused, known));
    }
    learned.effect = (effect != Effect::default()).then_some(effect);
    learned
}

/// Where a deed led.
#[derive(Clone, Copy)]
struct Destination<'a> {
    url: &'a str,
    title: &'a str,
    /// In the tab itself, not in a tab or frame of it.
    own_tab: bool,
    document: bool,
}

/// The last address to which the tab went; else one of its frame, or of a tab that it opened.
fn destination<'a>(deed: &Deed, caused: &Caused<'a>) -> Option<Destination<'a>> {
    let told = |moved: &&&Moved| moved.url.starts_with("http");
    let of = |own_tab: bool, moved: &'a Moved, document: bool| Destination {
        url: &moved.url,
        title: &moved.title,
        own_tab,
        document,
    };
    let own = || {
        let moves = caused.moves.iter().filter(told);
        moves.filter(|moved| moved.tab == deed.tab && moved.frame.is_empty())
    };
    if let Some(last) = own().next_back() {
        let document = own().any(|moved| !moved.same_document);
        // The frame in which it was done may be the tab's own document only.
        return Some(of(deed.frame.indexes.is_empty(), last, document));
    }
    let frame = caused.moves.iter().filter(told);
    let mut frame = frame.filter(|moved| {
        moved.tab == deed.tab && !moved.frame.is_empty() && moved.frame == deed.frame.indexes
    });
    if let Some(last) = frame.next_back() {
        return Some(of(false, last, !last.same_document));
    }
    let popup = caused.moves.iter().filter(told);
    let mut popup =
        popup.filter(|moved| caused.popups.contains(&moved.tab) && moved.frame.is_empty());
    popup.next_back().map(|moved| of(false, moved, true))
}

/// The native assertion of a navigation. Address and title are compared by our player, so what
/// differs stays out of it.
fn asserted(
    moved: &Destination<'_>,
    any: bool,
    pattern: Option<&str>,
    known: &Known<'_>,
) -> AssertedEvent {
    let fixed = !any && pattern.is_some_and(|pattern| !pattern.contains('*'));
    let title = moved.title.trim();
    let plain = !title.is_empty()
        && !title.contains(|letter: char| letter.is_ascii_digit())
        && !known.varying.is_in(title);
    // Our player lets ids differ in an address, but not words.
    let words = pattern::of(moved.url, known.home, &Varying::default());
    let words_vary = words.as_deref() != pattern;
    AssertedEvent {
        url: (!any && !words_vary).then(|| moved.url.to_owned()),
        title: (fixed && plain).then(|| title.to_owned()),
        other: serde_json::Map::new(),
    }
}

/// The pattern of a page of which there are several: `/product/*`.
fn any_last(pattern: &str) -> String {
    let path = pattern.split(['?', '#']).next().unwrap_or_default();
    match path.trim_end_matches('/').rsplit_once('/') {
        Some((before, last)) if !last.is_empty() && !before.ends_with('/') => format!("{before}/*"),
        _ => pattern.to_owned(),
    }
}

/// Calls that change something and went well.
fn calls(deed: &Deed, typed: bool, caused: &Caused<'_>, known: &Known<'_>) -> Vec<ResponsePattern> {
    let mut out: Vec<ResponsePattern> = Vec::new();
    // The last thing that is done may be cut off by the person, who leaves: a replay waits.
    let counts = |asked: &&&Asked| {
        asked.does() && (asked.went_well() || (caused.last && asked.answered.is_none()))
    };
    for asked in caused.requests.iter().filter(counts) {
        let Some(mut pattern) = response(asked, known) else {
            continue;
        };
        let same = out
            .iter()
            .position(|had| had.method == pattern.method && had.url == pattern.url);
        pattern.afterwards = typed && asked.at > deed.ended;
        match same {
            // The last one has all that was typed.
            Some(same) => out[same].afterwards |= pattern.afterwards,
            None => out.push(pattern),
        }
    }
    out.truncate(CALLS);
    out
}

/// A call that only asks, where nothing better is known. What a document asks for as it loads is
/// of what led to it.
fn question(caused: &Caused<'_>, known: &Known<'_>) -> Option<ResponsePattern> {
    let asked = caused
        .requests
        .iter()
        .filter(|asked| !asked.does() && !asked.loading && asked.went_well());
    let mut known = asked.filter_map(|asked| response(asked, known));
    known.next()
}

fn response(asked: &Asked, known: &Known<'_>) -> Option<ResponsePattern> {
    Some(ResponsePattern {
        method: Some(asked.method.clone()),
        url: pattern::of(&asked.url, known.home, known.varying)?,
        status: None,
        afterwards: false,
    })
}

/// The selectors of something that will have the same name at every replay.
fn named(element: &Element, known: &Known<'_>) -> Option<Selectors> {
    let print = &element.fingerprint;
    let name = if print.name.is_empty() {
        &print.text
    } else {
        &print.name
    };
    let says = [&print.name, &print.text];
    let varies = says.iter().any(|text| {
        text.contains(|letter: char| letter.is_ascii_digit()) || known.varying.is_in(text)
    });
    let holds_value = element.field.is_some();
    if name.trim().is_empty() || varies || holds_value {
        return None;
    }
    let kept: Vec<Selector> = element
        .selectors
        .0
        .iter()
        .filter(|selector| !is_counted(selector))
        .cloned()
        .collect();
    (!kept.is_empty()).then_some(Selectors(kept))
}

/// Whether a selector counts places, or goes by a path.
pub(super) fn is_counted(selector: &Selector) -> bool {
    let counts = |css: &str| css.contains(":nth-") || css.matches('>').count() > 3;
    selector.parts().iter().any(|part| match part {
        SelectorPart::Css { value } | SelectorPart::Pierce { value } => counts(value),
        SelectorPart::XPath { value } => {
            let numbers = value.split('[').skip(1);
            numbers.into_iter().any(|inside| {
                let inside = inside.split(']').next().unwrap_or_default();
                !inside.is_empty() && inside.bytes().all(|byte| byte.is_ascii_digit())
            })
        }
        SelectorPart::Only { by, .. } => *by == crate::flow::Filter::Nth,
        _ => false,
    })
}

/// A state without what was typed: whether a field holds it, its step sees to itself.
fn lasting(state: &ElementState) -> Option<ElementState> {
    let state = ElementState {
        value: None,
        ..state.clone()
    };
    (state != ElementState::default()).then_some(state)
}

fn answer(asking: &super::facts::Asking, known: &Known<'_>) -> Dialog {
    let message = asking
        .message
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let varies = message.contains(|letter: char| letter.is_ascii_digit())
        || message.contains("{{")
        || known.varying.is_in(&message);
    let usable = !message.is_empty() && !varies && message.chars().count() <= MESSAGE;
    // Browsers have a text of their own for it.
    let own = asking.kind != crate::flow::DialogKind::Beforeunload;
    // As the page has it: runs of white space are its own.
    let message = (usable && own && message == asking.message).then_some(message);
    let (accept, text) = match &asking.answer {
        Some((_, accept, text)) => (*accept, text.clone()),
        None => (true, None),
    };
    Dialog {
        kind: asking.kind,
        accept,
        text: text.filter(|_| accept && asking.kind == crate::flow::DialogKind::Prompt),
        message,
    }
}

/// `invoice-1042.pdf` is `invoice-*.pdf`.
fn starred(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if !letter.is_ascii_digit() {
            out.push(letter);
        } else if !out.ends_with('*') {
            out.push('*');
        }
    }
    out
}
