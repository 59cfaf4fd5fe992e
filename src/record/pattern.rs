//! Addresses as patterns: what differs from replay to replay (ids, tokens, what was typed) is `*`.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::url_template;

/// Words that differ from replay to replay: what was typed, rows of feeds, names of chosen items.
/// In lower case.
#[derive(Debug, Default, Clone)]
pub(super) struct Varying(BTreeSet<String>);

impl Varying {
    /// Takes a word in, as it is and as addresses have it. Words of one or two letters say nothing.
    pub(super) fn add(&mut self, word: &str) {
        let word = word.trim().to_lowercase();
        if word.chars().count() < 3 {
            return;
        }
        let slug: String = word
            .chars()
            .map(|letter| {
                if letter.is_alphanumeric() {
                    letter
                } else {
                    '-'
                }
            })
            .collect();
        let slug: Vec<&str> = slug.split('-').filter(|part| !part.is_empty()).collect();
        self.0.insert(slug.join("-"));
        self.0.insert(slug.join("_"));
        self.0.insert(word);
    }

    /// Whether this is one of them.
    pub(super) fn is(&self, word: &str) -> bool {
        self.0.contains(&word.trim().to_lowercase())
    }

    /// Whether one of them stands in this text, between other letters only as a whole word.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.0.iter().any(|word| holds_word(&text, word))
    }
}

/// Whether `word` stands in `text` with no letter or digit beside it.
pub(super) fn holds_word(text: &str, word: &str) -> bool {
    places(text, word).next().is_some()
}

/// Where `word` stands in `text` with no letter or digit beside it.
pub(super) fn places<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let all = (!word.is_empty()).then(|| text.match_indices(word));
    let all = all.into_iter().flatten().map(|(at, _)| at);
    all.filter(move |at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let joins = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        !joins(before) && !joins(after)
    })
}

/// The pattern of an address: its path when it is at home (where the flow begins), else all of it.
/// Nothing for an address that is no page (`about:blank`, `blob:…`).
pub(super) fn of(address: &str, home: Option<&Url>, varying: &Varying) -> Option<String> {
    let url = Url::parse(address).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let mut out = String::new();
    if home.is_none_or(|home| home.origin() != url.origin()) {
        out = url.origin().ascii_serialization();
    }
    out.push_str(&path(&url, varying));
    out.push_str(&query(&url, varying));
    let fragment = url.fragment().unwrap_or_default();
    if let Some(at) = fragment.find('/').filter(|at| *at <= 1) {
        let route = fragment.split('?').next().unwrap_or_default();
        let mut fake = url.clone();
        fake.set_query(None);
        fake.set_path(&route[at..]);
        out.push('#');
        out.push_str(&route[..at]);
        out.push_str(&path(&fake, varying));
    }
    Some(out)
}

/// The path, with what varies folded.
fn path(url: &Url, varying: &Varying) -> String {
    let template = url_template::template(url, true);
    let template = template.split('?').next().unwrap_or_default();
    let raw = url.path().trim_start_matches('/').split('/');
    let folded = template.trim_start_matches('/').split('/');
    let mut out = String::new();
    for (raw, folded) in raw.zip(folded) {
        out.push('/');
        let plain = percent_decode_str(raw).decode_utf8_lossy();
        if varying.is(&plain) {
            out.push('*');
        } else if raw == folded {
            out.push_str(raw);
        } else {
            out.push_str(&starred(folded));
        }
    }
    if out.is_empty() { "/".to_owned() } else { out }
}

/// `main-:hash.js` is `main-*.js`.
fn starred(folded: &str) -> String {
    let mut out = folded.to_owned();
    for name in [":id", ":slug", ":hash", ":rest", ":value"] {
        out = out.replace(name, "*");
    }
    while out.contains("**") {
        out = out.replace("**", "*");
    }
    out
}

/// The query, where it says which page it is (`index.php?route=checkout`): words stay.
fn query(url: &Url, varying: &Varying) -> String {
    const SCRIPTS: [&str; 7] = [".php", ".aspx", ".asp", ".jsp", ".cgi", ".pl", ".do"];
    let says_which = SCRIPTS.iter().any(|end| url.path().ends_with(end));
    let Some(query) = url.query().filter(|query| says_which && !query.is_empty()) else {
        return String::new();
    };
    let parts: Vec<String> = query
        .split('&')
        .map(|pair| {
            let Some((name, value)) = pair.split_once('=') else {
                return if is_word(pair) { pair } else { "*" }.to_owned();
            };
            let plain = percent_decode_str(value).decode_utf8_lossy();
            if is_word(value) && !varying.is(&plain) {
                pair.to_owned()
            } else {
                format!("{name}=*")
            }
        })
        .collect();
    format!("?{}", parts.join("&"))
}

fn is_word(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphabetic() || "_-/.".contains(letter);
    !text.is_empty() && text.len() <= 30 && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::UrlPattern;

    #[test]
    fn what_differs_is_a_star_and_the_pattern_fits_its_own_address() {
        let home = Url::parse("http://shop.test/").unwrap();
        let mut varying = Varying::default();
        varying.add("Quiet River");
        varying.add("ann@example.com");
        for (address, expect) in [
            ("http://shop.test/", "/"),
            ("http://shop.test", "/"),
            ("http://shop.test/cart/", "/cart/"),
            (
                "http://shop.test/orders/1042/pay?token=8f3",
                "/orders/*/pay",
            ),
            ("http://shop.test/p/quiet-river", "/p/*"),
            ("http://shop.test/u/ann%40example.com/edit", "/u/*/edit"),
            ("http://shop.test/p/a-b-c-d?x=1#top", "/p/*"),
            ("http://shop.test/#/order/17?x=1", "/#/order/*"),
            ("http://shop.test/#!/order/17", "/#!/order/*"),
            ("https://pay.test:8443/do/3", "https://pay.test:8443/do/*"),
            (
                "http://shop.test/index.php?route=checkout/cart&id=12&user_token=aB3xZ9qL0",
                "/index.php?route=checkout/cart&id=*&user_token=*",
            ),
        ] {
            let found = of(address, Some(&home), &varying).unwrap();
            assert_eq!(found, expect, "{address}");
            assert!(UrlPattern::new(&found).matches(address), "{address}");
        }
        assert_eq!(of("about:blank", Some(&home), &varying), None);
        assert_eq!(of("blob:http://shop.test/1", Some(&home), &varying), None);
    }

    #[test]
    fn words_vary_only_as_a_whole() {
        let mut varying = Varying::default();
        varying.add("Ann");
        varying.add("Bo");
        assert!(varying.is_in("Hello, ann!"));
        assert!(!varying.is_in("Annual report"));
        assert!(!varying.is_in("Bo"), "too short to say anything");
    }
}
