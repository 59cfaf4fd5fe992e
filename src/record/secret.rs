//! What must not be given out. Whatever is said of a recording (the flow, the toolbar's view, a
//! note) goes through here: a secret that the page showed again, or carried in an address, or that
//! was typed into a plain field later, is masked there, too.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::Url;

use super::pattern::places;
use crate::browser::capture::Typed;

/// What stands in a file in the place of a secret, as in imported flows.
pub(super) const PLACEHOLDER: &str = "-";

/// What a person sees of a secret.
pub(super) const DOTS: &str = "••••";

/// Up to so many letters, without a digit or a sign, a secret may be a word that pages use: it is
/// masked where it stands alone, and names of elements stay as they are.
const WORD: usize = 12;

/// Shorter ones are looked for as whole words only.
const SHORT: usize = 6;

/// A secret that was typed.
struct Secret {
    value: String,
    /// The template that stands for it.
    template: String,
    /// As it is, and as addresses have it.
    forms: Vec<String>,
    /// It may be a word.
    simple: bool,
}

/// All secrets of a recording.
#[derive(Default)]
pub(super) struct Secrets(Vec<Secret>);

/// What takes the place of a secret.
#[derive(Clone, Copy)]
enum Instead {
    Text(&'static str),
    Template,
}

/// How simple secrets are looked for; others always anywhere.
#[derive(Clone, Copy, PartialEq)]
enum Simple {
    /// As whole words.
    Words,
    /// As the whole text.
    Whole,
    /// Not at all.
    Never,
}

/// What kind of text is being masked.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Native keys, where a sample stands.
    Native,
    /// What was typed into a field that takes no secret: "12 Main Street" is no PIN.
    Typed,
    /// `x-rehearsal`, where templates may stand.
    Extension,
    /// Patterns of addresses.
    Pattern,
    /// Regular expressions.
    Regex,
    /// What an element is known by.
    Known,
}

impl Secrets {
    /// Takes a secret in, with the template that stands for it. Empty ones are none.
    pub(super) fn add(&mut self, value: &str, template: &str) {
        if value.is_empty() || self.0.iter().any(|known| known.value == value) {
            return;
        }
        let letters = value.chars().count();
        let word = letters <= WORD && value.chars().all(char::is_alphabetic);
        self.0.push(Secret {
            value: value.to_owned(),
            template: template.to_owned(),
            forms: forms(value),
            simple: word || letters < SHORT,
        });
        // The longest first, in case one is part of another.
        self.0
            .sort_by_key(|secret| std::cmp::Reverse(secret.value.len()));
    }

    /// Those that have a name of their own, by it.
    pub(super) fn named(&self) -> Vec<(String, Typed)> {
        let named = self.0.iter().filter_map(|secret| {
            let name = secret.template.strip_prefix("{{secret.")?;
            let name = name.strip_suffix("}}")?;
            Some((name.to_owned(), Typed(secret.value.clone())))
        });
        named.collect()
    }

    /// The template for a text that is a secret or holds one.
    pub(super) fn template(&self, text: &str) -> Option<String> {
        let whole = self.0.iter().find(|secret| secret.value == text);
        if let Some(secret) = whole {
            return Some(secret.template.clone());
        }
        // Braces of the person's own would be read as a template.
        self.replaced(text, Instead::Template, Simple::Whole)
            .filter(|_| !text.contains("{{"))
    }

    /// The text with dots for secrets, for people.
    pub(super) fn shown(&self, text: &str) -> String {
        self.replaced(text, Instead::Text(DOTS), Simple::Words)
            .unwrap_or_else(|| text.to_owned())
    }

    /// Whether a secret stands in the text.
    #[cfg(test)]
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.replaced(text, Instead::Text(DOTS), Simple::Words)
            .is_some()
    }

    /// The text with something else for each secret; nothing when none is in it.
    fn replaced(&self, text: &str, instead: Instead, simple: Simple) -> Option<String> {
        let looked_for = |secret: &&Secret| {
            !secret.simple
                || match simple {
                    Simple::Words => true,
                    Simple::Whole => secret.value == text,
                    Simple::Never => false,
                }
        };
        // Where each stands: the first of overlapping ones counts, and of those the longest.
        let mut found: Vec<(usize, usize, &str)> = Vec::new();
        for secret in self.0.iter().filter(looked_for) {
            let with = match instead {
                Instead::Text(text) => text,
                Instead::Template => secret.template.as_str(),
            };
            for form in &secret.forms {
                if secret.simple {
                    let outside = places(text, form).filter(|at| !is_in_template(text, *at));
                    found.extend(outside.map(|at| (at, at + form.len(), with)));
                } else {
                    let all = text.match_indices(form.as_str());
                    found.extend(all.map(|(at, _)| (at, at + form.len(), with)));
                }
            }
        }
        if found.is_empty() {
            return None;
        }
        found.sort_by_key(|(from, to, _)| (*from, std::cmp::Reverse(*to)));
        let (mut out, mut after) = (String::new(), 0);
        for (from, to, with) in found {
            if from >= after {
                out.push_str(&text[after..from]);
                out.push_str(with);
            }
            // Of one that reaches farther than the one before it nothing is left, either.
            after = after.max(to);
        }
        out.push_str(&text[after..]);
        Some(out)
    }

    /// Masks all texts of a flow's JSON. Says whether there was anything to mask.
    pub(super) fn mask(&self, flow: &mut Value) -> bool {
        !self.0.is_empty() && self.mask_at(flow, Place::Native)
    }

    fn mask_at(&self, value: &mut Value, place: Place) -> bool {
        match value {
            Value::String(text) => {
                let (instead, simple) = match place {
                    Place::Native => (Instead::Text(PLACEHOLDER), Simple::Words),
                    Place::Typed => (Instead::Text(PLACEHOLDER), Simple::Whole),
                    Place::Extension => (Instead::Template, Simple::Words),
                    Place::Pattern => (Instead::Text("*"), Simple::Words),
                    Place::Regex => (Instead::Text(".*"), Simple::Words),
                    Place::Known => (Instead::Text(PLACEHOLDER), Simple::Never),
                };
                let found = self.replaced(text, instead, simple);
                let changed = found.is_some();
                if let Some(found) = found {
                    *text = found;
                }
                changed
            }
            Value::Array(items) => {
                let mut changed = false;
                // Of several selectors, those without a secret are enough.
                if place == Place::Known && items.len() > 1 {
                    let clean: Vec<Value> = items
                        .iter()
                        .filter(|item| !self.mask_at(&mut (*item).clone(), place))
                        .cloned()
                        .collect();
                    if !clean.is_empty() && clean.len() < items.len() {
                        *items = clean;
                        changed = true;
                    }
                }
                for item in items {
                    changed |= self.mask_at(item, place);
                }
                changed
            }
            Value::Object(members) => {
                let mut changed = false;
                for (key, member) in members.iter_mut() {
                    changed |= self.mask_at(member, inside(place, key));
                }
                changed
            }
            _ => false,
        }
    }
}

/// Whether a place is within a template, whose words are ours.
fn is_in_template(text: &str, at: usize) -> bool {
    let open = text[..at].rfind("{{");
    open.is_some_and(|open| !text[open..at].contains("}}"))
}

/// What stands below a key.
fn inside(place: Place, key: &str) -> Place {
    match (place, key) {
        // The last are the language of the format itself.
        (_, "selectors" | "element" | "frames" | "appears" | "vanishes" | "to" | "while")
        | (Place::Known, _)
        | (Place::Native, "type" | "button" | "deviceType" | "key" | "keys")
        | (Place::Extension, "value" | "type") => Place::Known,
        (_, "x-rehearsal") => Place::Extension,
        (Place::Native, "value" | "text") => Place::Typed,
        (Place::Extension, "url" | "navigation") => Place::Pattern,
        (Place::Extension, "matches" | "pattern") => Place::Regex,
        (Place::Extension, "html" | "files" | "title" | "name" | "group") => Place::Native,
        (place, _) => place,
    }
}

/// A text as it is, and as addresses have it.
fn forms(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned()];
    let mut add = |form: String| {
        if !form.is_empty() && !forms.contains(&form) {
            forms.push(form);
        }
    };
    add(utf8_percent_encode(value, NON_ALPHANUMERIC).to_string());
    add(url::form_urlencoded::byte_serialize(value.as_bytes()).collect());
    if let Ok(mut url) = Url::parse("http://a/") {
        url.set_query(Some(value));
        add(url.query().unwrap_or_default().to_owned());
        url.set_query(None);
        url.set_fragment(Some(value));
        add(url.fragment().unwrap_or_default().to_owned());
        url.set_path(value);
        add(url.path().trim_start_matches('/').to_owned());
    }
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn secrets() -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add("p@ss w0rd", "{{secret.PASSWORD}}");
        secrets.add("123", "{{secret.CVC}}");
        secrets.add("secret", "{{secret.WORD}}");
        secrets
    }

    #[test]
    fn a_secret_is_masked_in_all_the_forms_that_addresses_have() {
        for text in [
            "http://a.test/?p=p@ss%20w0rd",
            "http://a.test/?p=p%40ss+w0rd&x=1",
            "http://a.test/p%40ss%20w0rd/x",
            "You typed p@ss w0rd!",
            "code 123.",
        ] {
            let shown = secrets().shown(text);
            assert!(shown.contains(DOTS), "{text}: {shown}");
            assert!(!secrets().is_in(&shown), "{shown}");
        }
        assert_eq!(secrets().shown("item1234"), "item1234", "another number");
        assert_eq!(secrets().shown("secretary"), "secretary", "another word");
    }

    #[test]
    fn each_place_gets_what_it_can_hold() {
        let mut flow = json!({"title": "t", "steps": [{
        "type": "click",
        "selectors": [["aria/p@ss w0rd"], ["#a"], ["#secret"]],
        "url": "http://a.test/?p=p%40ss+w0rd",
        "x-rehearsal": {
            "element": {"name": "p@ss w0rd", "text": "secret"},
            "effect": {"navigation": "/x/p%40ss%20w0rd", "appears": [["text/p@ss w0rd"]]},
            "expect": [{"text": "Is p@ss w0rd?", "matches": "p@ss w0rd"}],
            "dialogs": [{"type": "prompt", "text": "p@ss w0rd"}]
        }}]});
        assert!(secrets().mask(&mut flow));
        assert_eq!(
            flow["steps"][0],
            json!({
            "type": "click",
            "selectors": [["#a"], ["#secret"]],
            "url": "http://a.test/?p=-",
            "x-rehearsal": {
                "element": {"name": "-", "text": "secret"},
                "effect": {"navigation": "/x/*", "appears": [["text/-"]]},
                "expect": [{"text": "Is {{secret.PASSWORD}}?", "matches": ".*"}],
                "dialogs": [{"type": "prompt", "text": "{{secret.PASSWORD}}"}]
            }})
        );
        assert!(!secrets().mask(&mut flow), "nothing is left");
    }

    #[test]
    fn a_text_that_holds_a_secret_is_a_template_around_it() {
        let secrets = secrets();
        let template = |text: &str| secrets.template(text);
        assert_eq!(
            template("p@ss w0rd").as_deref(),
            Some("{{secret.PASSWORD}}")
        );
        assert_eq!(
            template("<p@ss w0rd>").as_deref(),
            Some("<{{secret.PASSWORD}}>")
        );
        assert_eq!(template("Ann"), None);
    }
}
