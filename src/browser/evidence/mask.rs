//! What evidence must not hold, and how it is blanked.
//!
//! Known by name: headers and query parameters for credentials. Known by value: what a flow took
//! from secrets, and what stands in fields for passwords, cards and codes; such a value is blanked
//! wherever it appears, in each spelling that URLs, JSON and HTML give it.

use std::borrow::Cow;
use std::sync::LazyLock;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::Url;

use super::Evidence;
use crate::flow::{Action, OwnStep, Step};

/// What stands in the place of a secret.
pub(super) const BLANK: &str = "•••";

/// A shorter value than this is blanked in its field only: it is part of too many words.
const SHORTEST: usize = 4;

/// So many values are remembered.
const MOST: usize = 200;

/// What `encodeURIComponent` leaves alone.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What forms leave alone (and a space is a plus sign).
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*');

/// What URLs leave alone in a path.
const PATH: &AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// Parts of names of headers and parameters that hold credentials.
const CREDENTIALS: [&str; 12] = [
    "cookie",
    "authorization",
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "api-key",
    "apikey",
    "api_key",
    "csrf",
    "xsrf",
];

/// A parameter for credentials in a URL that stands in a text.
static PARAMETERS: LazyLock<regex::Regex> = LazyLock::new(|| {
    let names = CREDENTIALS.join("|");
    let pattern =
        format!("(?i)([?&;][^=&?;\\s\"']{{0,40}}(?:{names})[^=&?;\\s\"']{{0,40}}=)[^&#\\s\"'<>)]+");
    regex::Regex::new(&pattern).expect("invariant: the pattern is valid")
});

/// Values that must not be shown.
#[derive(Clone, Default)]
pub(super) struct Mask {
    /// In all spellings.
    words: Vec<String>,
    /// The beginning of any.
    begins: Option<regex::Regex>,
}

impl std::fmt::Debug for Mask {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Mask({} words)", self.words.len())
    }
}

impl Mask {
    /// Remembers a secret.
    pub(super) fn learn(&mut self, secret: &str) {
        let secret = secret.trim();
        if secret.chars().count() < SHORTEST || self.words.len() >= MOST {
            return;
        }
        let json = Value::String(secret.to_owned()).to_string();
        let html = secret.replace('&', "&amp;").replace('<', "&lt;");
        let spellings = [
            secret.to_owned(),
            json.trim_matches('"').to_owned(),
            html.replace('>', "&gt;").replace('"', "&quot;"),
            html.replace('"', "&quot;"),
            html.replace('>', "&gt;"),
            utf8_percent_encode(secret, COMPONENT).to_string(),
            utf8_percent_encode(secret, PATH).to_string(),
            utf8_percent_encode(secret, FORM)
                .to_string()
                .replace("%20", "+"),
        ];
        for word in spellings {
            if !self.words.contains(&word) {
                self.words.push(word);
            }
        }
        let begins: Vec<String> = self.words.iter().map(|word| beginning(word)).collect();
        self.begins = regex::Regex::new(&begins.join("|")).ok();
    }

    /// The values, in all spellings.
    pub(super) fn words(&self) -> &[String] {
        &self.words
    }

    /// The text without secrets, and without the beginnings of them that a page sees while they
    /// are typed.
    pub(super) fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let found = |from| self.begins.as_ref()?.find_at(text, from);
        let Some(mut next) = found(0) else {
            return Cow::Borrowed(text);
        };
        let mut hidden = String::with_capacity(text.len());
        let mut done = 0;
        loop {
            hidden.push_str(&text[done..next.start()]);
            hidden.push_str(BLANK);
            let rest = &text[next.start()..];
            let longest = self.words.iter().map(|word| shared(rest, word)).max();
            done = next.end().max(next.start() + longest.unwrap_or_default());
            match found(done) {
                Some(further) => next = further,
                None => break,
            }
        }
        hidden.push_str(&text[done..]);
        Cow::Owned(hidden)
    }

    /// A URL without secrets, credentials in front of the host, and parameters for credentials.
    pub(super) fn hide_in_url(&self, url: &str) -> String {
        let Ok(mut parsed) = Url::parse(url) else {
            return self.hide(url).into_owned();
        };
        let pairs: Vec<(String, String)> = parsed.query_pairs().into_owned().collect();
        let user = !parsed.username().is_empty() || parsed.password().is_some();
        let named = pairs.iter().any(|(name, _)| is_credential(name));
        if user {
            let _no_host = parsed.set_username("");
            let _no_host = parsed.set_password(None);
        }
        if named {
            let shown = pairs.iter().map(|(name, value)| {
                let value = if is_credential(name) { "***" } else { value };
                (name, value)
            });
            parsed.query_pairs_mut().clear().extend_pairs(shown);
        }
        // As it was typed, where nothing had to go.
        let shown = if user || named { parsed.as_str() } else { url };
        self.hide(shown).into_owned()
    }

    /// Blanks all that the evidence says in words.
    pub(super) fn clean(&self, evidence: &mut Evidence) {
        evidence.url = self.hide_in_url(&evidence.url);
        evidence.title = self.hide(&evidence.title).into_owned();
        if let Some(dom) = &mut evidence.dom {
            self.hide_string(dom);
        }
        for message in &mut evidence.console {
            self.hide_string(&mut message.text);
            if let Some(source) = &mut message.source {
                self.hide_string(source);
            }
        }
        for action in &mut evidence.actions {
            action.url = self.hide_in_url(&action.url);
            if let Some(failure) = &mut action.failure {
                self.hide_string(failure);
            }
        }
        if let Some(har) = &mut evidence.har {
            self.hide_in_value(har);
        }
    }

    fn hide_in_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.hide_string(text),
            Value::Array(values) => values
                .iter_mut()
                .for_each(|value| self.hide_in_value(value)),
            Value::Object(members) => members
                .values_mut()
                .for_each(|value| self.hide_in_value(value)),
            _ => {}
        }
    }

    /// Hides secrets, and parameters for credentials in URLs.
    fn hide_string(&self, text: &mut String) {
        if let Cow::Owned(hidden) = PARAMETERS.replace_all(text, "${1}***") {
            *text = hidden;
        }
        if let Cow::Owned(hidden) = self.hide(text) {
            *text = hidden;
        }
    }
}

/// Pattern of what gives a word away: its first third, when that is long enough.
fn beginning(word: &str) -> String {
    let shortest = SHORTEST.max(word.chars().count().div_ceil(3));
    let end = word.char_indices().nth(shortest).map(|(end, _)| end);
    regex::escape(&word[..end.unwrap_or(word.len())])
}

/// Bytes that both begin with.
fn shared(text: &str, word: &str) -> usize {
    let same = text.chars().zip(word.chars()).take_while(|(a, b)| a == b);
    same.map(|(character, _)| character.len_utf8()).sum()
}

/// What a step that was rendered with a secret types or opens: the whole, and what was filled into
/// its template.
pub(super) fn secrets_of(step: &Step) -> Vec<String> {
    let whole = match &step.action {
        Action::Change { value, .. } => value,
        Action::Navigate { url } => url,
        Action::Own(OwnStep::Paste(paste)) => &paste.text,
        _ => return Vec::new(),
    };
    let mut secrets = vec![whole.clone()];
    if let Some(template) = &step.extension.value {
        secrets.extend(filled(template, whole));
    }
    secrets
}

/// What stands in `text` where the template has its `{{…}}`.
fn filled(template: &str, text: &str) -> Vec<String> {
    let mut pattern = String::from("(?s)^");
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        pattern.push_str(&regex::escape(before));
        pattern.push_str("(.*?)");
        rest = after.split_once("}}").map_or("", |(_, rest)| rest);
    }
    pattern.push_str(&regex::escape(rest));
    pattern.push('$');
    let captures = regex::Regex::new(&pattern).ok();
    let captures = captures.as_ref().and_then(|pattern| pattern.captures(text));
    let groups = captures.iter().flat_map(|captures| captures.iter().skip(1));
    groups
        .flatten()
        .map(|group| group.as_str().to_owned())
        .collect()
}

/// Whether what has this name (a header, a parameter) is a credential.
pub(super) fn is_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    CREDENTIALS.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_in_every_spelling() {
        let mut mask = Mask::default();
        mask.learn("p\"ss <wörd>&1");
        for text in [
            "raw p\"ss <wörd>&1!",
            r#"{"v":"p\"ss <wörd>&1"}"#,
            "<p>p\"ss &lt;wörd&gt;&amp;1</p>",
            "<input value=\"p&quot;ss &lt;wörd>&amp;1\">",
            "/?q=p%22ss%20%3Cw%C3%B6rd%3E%261",
            "/?q=p%22ss+%3Cw%C3%B6rd%3E%261",
        ] {
            let hidden = mask.hide(text);
            assert!(hidden.contains(BLANK), "{hidden}");
            assert!(!hidden.contains("rd"), "{hidden}");
        }
        assert_eq!(mask.hide("nothing here"), "nothing here");
    }

    #[test]
    fn what_is_typed_of_a_secret_is_hidden_too() {
        let mut mask = Mask::default();
        mask.learn("hunter2-höre");
        let hidden = mask.hide("hun hunt, hunter2-hö; hunter2-höre! hunter2-höreX hu");
        assert_eq!(hidden, "hun •••, •••; •••! •••X hu");
    }

    #[test]
    fn what_was_filled_in_is_known() {
        assert_eq!(
            filled(
                "http://a.test/{{secret.T}}/x?u={{users.id}}",
                "http://a.test/tok.en/x?u=7"
            ),
            ["tok.en", "7"]
        );
        assert!(filled("{{a.b", "else").len() <= 1);
    }

    #[test]
    fn credentials_in_urls_within_a_text_are_hidden() {
        let mut text =
            "GET http://a.test/?page=2&x_token=abc#t (see /r?a=1&amp;PASSWORD=b\")".to_owned();
        Mask::default().hide_string(&mut text);
        assert_eq!(
            text,
            "GET http://a.test/?page=2&x_token=***#t (see /r?a=1&amp;PASSWORD=***\")"
        );
    }

    #[test]
    fn short_values_are_left_in_other_words() {
        let mut mask = Mask::default();
        mask.learn("123");
        assert_eq!(mask.hide("order 1234"), "order 1234");
    }

    #[test]
    fn credentials_in_urls_are_hidden() {
        let mask = Mask::default();
        assert_eq!(
            mask.hide_in_url("http://me:pw@a.test/x?access_token=abc&page=2#c"),
            "http://a.test/x?access_token=***&page=2#c"
        );
        assert_eq!(
            mask.hide_in_url("http://a.test/?q=a b"),
            "http://a.test/?q=a b"
        );
        assert_eq!(mask.hide_in_url("not a url"), "not a url");
    }
}
