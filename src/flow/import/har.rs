//! HTTP archives (HAR 1.2): the requests of a session, without what the person did. By itself a
//! flow of opened pages; beside a recorded flow, what its steps have to wait for.

mod archive;

use std::collections::HashSet;

use serde_json::Map;
use url::Url;

use super::super::{Action, Effect, Flow, FlowExtension, ResponsePattern, Step};
use super::{ImportError, Imported, Note, NotePlace};
use archive::{Archive, Page};

/// More expected requests per step say nothing more.
const MAX_RESPONSES: usize = 20;
/// DevTools refuse larger flows.
const MAX_STEPS: usize = 4_096;
const MAX_TITLE_CHARS: usize = 300;
/// A longer gap is no thinking, ms.
const MAX_THINK: u64 = 600_000;

pub(super) fn import(file: &str, text: &str) -> Result<Vec<Imported>, ImportError> {
    let archive = Archive::read(file, text)?;
    let mut notes = notes_on(&archive);
    let mut steps: Vec<Step> = Vec::new();
    let mut end: Option<i64> = None;
    for page in &archive.pages {
        if steps.len() >= MAX_STEPS {
            let what = format!("pages after the first {MAX_STEPS}");
            notes.push(Note::lost(NotePlace::File, what));
            break;
        }
        let place = NotePlace::Line(page.line);
        if page.method != "GET" {
            let what = "a form was sent here: only a recorded click can do that";
            notes.push(Note::lost(place, what));
            end = Some(page.end);
            continue;
        }
        let mut step = Step::new(Action::Navigate {
            url: page.url.to_string(),
        });
        let pause = end.map(|end| page.start.saturating_sub(end));
        step.extension.think_ms = pause
            .and_then(|ms| u64::try_from(ms).ok())
            .filter(|ms| *ms > 0)
            .map(|ms| ms.min(MAX_THINK));
        expect(&mut step, page, &mut notes);
        steps.push(step);
        end = Some(page.end);
    }
    if steps.is_empty() {
        let what = "no page is opened in it, so that a flow would be empty";
        return Err(ImportError::new(file, text, 0..0, what)
            .with_help("record it with the tab's own documents in it, from the first page on"));
    }
    notes.push(Note::lost(
        NotePlace::File,
        "a HAR holds no clicks and no typing: each page is opened by its address",
    ));
    let flow = Flow {
        title: title(file),
        timeout_ms: None,
        selector_attribute: None,
        steps,
        extension: FlowExtension::default(),
        other: Map::new(),
    };
    Ok(vec![Imported { flow, notes }])
}

/// Adds to the steps of a recorded flow what they have to wait for: the requests that each page
/// sent while it loaded. Pages are matched in their order with the steps that open them: by
/// `navigate`, an asserted event or the effect of a step.
///
/// # Errors
/// [`ImportError`] when the text is no HAR. A page that no step opens is a note.
pub fn attach(flow: &mut Flow, file: &str, text: &str) -> Result<Vec<Note>, ImportError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let archive = Archive::read(file, text)?;
    let mut notes = notes_on(&archive);
    let mut next = 0;
    let mut attached = 0;
    for page in &archive.pages {
        let rest = flow.steps.iter().skip(next);
        let found = rest.map(|step| opens(step, page)).position(|opens| opens);
        let Some(index) = found.map(|found| found + next) else {
            let what = "no step of the flow opens this page";
            notes.push(Note::lost(NotePlace::Line(page.line), what));
            continue;
        };
        next = index + 1;
        attached += 1;
        // The site may have been another host then.
        expect(&mut flow.steps[index], page, &mut notes);
    }
    if attached == 0 {
        let what = "nothing was added: the archive and the flow have no page in common";
        notes.push(Note::advice(NotePlace::File, what));
    }
    Ok(notes)
}

/// Whether the step leads to the page.
fn opens(step: &Step, page: &Page) -> bool {
    let asserted = step.asserted_events.iter();
    let urls = asserted.filter_map(|event| event.url.as_deref());
    let opened = match &step.action {
        Action::Navigate { url } => Some(url.as_str()),
        _ => None,
    };
    let effect = step.extension.effect.as_ref();
    let caused = effect.and_then(|effect| effect.navigation.as_deref());
    urls.chain(opened).chain(caused).any(|url| {
        let path = match Url::parse(url) {
            Ok(url) => url.path().to_owned(),
            Err(_) => url.split(['?', '#']).next().unwrap_or_default().to_owned(),
        };
        alike(&path, page.url.path())
    })
}

/// Paths of as many parts, each equal or both a value or a pattern.
fn alike(expected: &str, actual: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        let parts = path.split('/').filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    let is_value = |part: &str| {
        part.chars()
            .any(|letter| letter.is_ascii_digit() || "-_%*".contains(letter))
    };
    let (expected, actual) = (parts(expected), parts(actual));
    expected.len() == actual.len()
        && expected
            .iter()
            .zip(&actual)
            .all(|(a, b)| a == b || a == "*" || (is_value(a) && is_value(b)))
}

/// What a page sent while it loaded, as the effect of the step that opens it.
fn expect(step: &mut Step, page: &Page, notes: &mut Vec<Note>) {
    let mut responses: Vec<ResponsePattern> = Vec::new();
    let mut seen = HashSet::new();
    for request in page.requests.iter().filter(|request| request.loading) {
        let url = pattern(&request.url, &page.url);
        if seen.insert((request.method.clone(), url.clone())) && responses.len() < MAX_RESPONSES {
            responses.push(ResponsePattern {
                method: Some(request.method.clone()),
                url,
                ..ResponsePattern::default()
            });
        }
    }
    if seen.len() > MAX_RESPONSES {
        let what = format!(
            "{} of its requests: the first {MAX_RESPONSES} are enough to wait for",
            seen.len() - MAX_RESPONSES
        );
        notes.push(Note::lost(NotePlace::Line(page.line), what));
    }
    let later = page.requests.iter().filter(|request| !request.loading);
    let later = later.count();
    if later > 0 {
        let what = format!(
            "{later} requests came after the page had loaded: what the person did to cause them \
             is not in a HAR"
        );
        notes.push(Note::lost(NotePlace::Line(page.line), what));
    }
    if !responses.is_empty() {
        let effect = step.extension.effect.get_or_insert_with(Effect::default);
        for response in responses {
            if !effect.responses.contains(&response) {
                effect.responses.push(response);
            }
        }
    }
}

fn notes_on(archive: &Archive) -> Vec<Note> {
    let mut notes = Vec::new();
    if archive.unreadable > 0 {
        let what = format!("{} entries that are none of HAR 1.2", archive.unreadable);
        notes.push(Note::lost(NotePlace::File, what));
    }
    if archive.failed > 0 {
        let what = format!(
            "{} requests that failed are not expected to succeed",
            archive.failed
        );
        notes.push(Note::lost(NotePlace::File, what));
    }
    if archive.browser_events > 0 {
        let what = format!(
            "{} browser events of k6 Studio (`_browserEvents`)",
            archive.browser_events
        );
        notes.push(Note::lost(NotePlace::File, what));
    }
    notes
}

/// The address as a pattern: ids are `*`, the query is not compared, the site's own origin is
/// left out.
fn pattern(url: &Url, own: &Url) -> String {
    let parts = url
        .path()
        .split('/')
        .map(|part| if is_id(part) { "*" } else { part });
    let path = parts.collect::<Vec<_>>().join("/");
    if url.origin() == own.origin() {
        path
    } else {
        format!("{}{path}**", url.origin().ascii_serialization())
    }
}

/// A number, or a long word with digits in it, as identifiers are. `v2` is none.
fn is_id(part: &str) -> bool {
    let digits = part.chars().filter(char::is_ascii_digit).count();
    let letters = part.chars().count();
    digits > 0
        && (digits == letters
            || digits >= 4
            || letters >= 16
            || (letters >= 8
                && part
                    .chars()
                    .all(|letter| letter.is_ascii_hexdigit() || letter == '-')))
}

/// The file's name, without folder and extension.
fn title(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let name = name.rsplit_once('.').map_or(name, |(name, _)| name);
    let title: String = name.trim().chars().take(MAX_TITLE_CHARS).collect();
    if title.is_empty() {
        "HAR".to_owned()
    } else {
        title
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_any_part_of_a_path() {
        let own = Url::parse("http://a.test/").unwrap();
        let pattern = |url: &str| super::pattern(&Url::parse(url).unwrap(), &own);
        assert_eq!(
            pattern("http://a.test/api/v2/orders/17?x=1"),
            "/api/v2/orders/*"
        );
        assert_eq!(
            pattern("http://a.test/u/3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
            "/u/*"
        );
        assert_eq!(pattern("http://b.test/t"), "http://b.test/t**");
        assert_eq!(pattern("http://a.test/mp3/top10"), "/mp3/top10");
    }

    #[test]
    fn paths_are_alike_when_only_ids_differ() {
        assert!(alike("/p/lamp_1/", "/p/chair_2"));
        assert!(alike("/orders/*", "/orders/new"));
        assert!(!alike("/cart", "/login"));
        assert!(alike("/", "/"));
    }
}
