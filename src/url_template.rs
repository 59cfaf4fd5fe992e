//! Folding of URLs to templates, so that `/product/17` and `/product/18` count as one and memory
//! does not grow with the site: `/product/:id?page`.
//!
//! Fixed rules come first and depend on nothing but the URL: numbers, UUIDs, dates, hashes and
//! tokens become `:id`, slugs with numbers or many words `:slug`, hashes in file names `:hash`;
//! of the query only the sorted names stay. What the rules leave is learned by a [`Folder`]: a
//! place in the path at which more than [`DISTINCT`] values were seen becomes `:slug`. Pure.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use url::Url;

/// So many different values may stand at one place of a path before they are folded.
pub const DISTINCT: usize = 20;

/// The same when the newest value has a hyphen, as slugs do.
pub const HYPHENATED: usize = 6;

/// So many places are remembered; paths beyond them end in `:rest`.
const PLACES: usize = 4_000;

/// So many hosts other than the target are told apart.
const HOSTS: usize = 200;

/// So many names of query parameters are shown.
const PARAMETERS: usize = 8;

/// Folds URLs and learns which places of a path hold names. Its memory is bounded.
#[derive(Debug, Default)]
pub struct Folder {
    /// By the template before the place.
    places: HashMap<String, Place>,
    hosts: HashSet<String>,
}

/// The values seen at one place of a path.
#[derive(Debug)]
enum Place {
    Few(HashSet<Box<str>>),
    Many,
}

impl Folder {
    /// The template of a URL; the host stands in front unless `is_target`.
    pub fn fold(&mut self, url: &Url, is_target: bool) -> Arc<str> {
        let mut template = host(url, is_target);
        if !self.hosts.contains(&template) {
            if self.hosts.len() < HOSTS {
                self.hosts.insert(template.clone());
            } else if !is_target {
                ":host".clone_into(&mut template);
            }
        }
        for (depth, raw) in segments(url).enumerate() {
            template.push('/');
            match by_rule(depth, raw) {
                Some(folded) => template.push_str(&folded),
                None if self.is_name(&template, raw) => template.push_str(&name(raw)),
                None if self.places.len() >= PLACES && !self.places.contains_key(&template) => {
                    template.push_str(":rest");
                    break;
                }
                None => template.push_str(raw),
            }
        }
        template.push_str(&query(url));
        template.into()
    }

    /// Whether more than a few values stand at this place, `segment` included.
    fn is_name(&mut self, place: &str, segment: &str) -> bool {
        if segment.is_empty() {
            return false;
        }
        if !self.places.contains_key(place) {
            if self.places.len() >= PLACES {
                return false;
            }
            self.places
                .insert(place.to_owned(), Place::Few(HashSet::new()));
        }
        let Some(values) = self.places.get_mut(place) else {
            return false;
        };
        if let Place::Few(seen) = values {
            if !seen.contains(segment) {
                seen.insert(segment.into());
            }
            let limit = if segment.contains('-') {
                HYPHENATED
            } else {
                DISTINCT
            };
            if seen.len() <= limit {
                return false;
            }
            *values = Place::Many;
        }
        true
    }
}

/// The template by the fixed rules alone: the same for the same URL, whatever was seen before.
pub fn template(url: &Url, is_target: bool) -> String {
    let mut template = host(url, is_target);
    for (depth, raw) in segments(url).enumerate() {
        template.push('/');
        match by_rule(depth, raw) {
            Some(folded) => template.push_str(&folded),
            None => template.push_str(raw),
        }
    }
    template.push_str(&query(url));
    template
}

fn host(url: &Url, is_target: bool) -> String {
    match (is_target, url.host_str(), url.port()) {
        (false, Some(host), Some(port)) => format!("{host}:{port}"),
        (false, Some(host), None) => host.to_owned(),
        _ => String::new(),
    }
}

fn segments(url: &Url) -> impl Iterator<Item = &str> {
    url.path().trim_start_matches('/').split('/')
}

/// Sorted names of the query's parameters.
fn query(url: &Url) -> String {
    let names: BTreeSet<String> = url
        .query_pairs()
        .map(|(name, _)| parameter(&name))
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() {
        return String::new();
    }
    let mut shown: Vec<&str> = names.iter().map(String::as_str).take(PARAMETERS).collect();
    if names.len() > PARAMETERS {
        shown.push("…");
    }
    format!("?{}", shown.join("&"))
}

fn parameter(name: &str) -> String {
    // `a[0]`, `a[17]` are one; a bare value (`?1699999`) is no name.
    let name = name.split('[').next().unwrap_or_default();
    if is_number(name) || is_token(name) || name.len() > 40 {
        ":value".to_owned()
    } else {
        name.to_owned()
    }
}

/// What the fixed rules make of a path segment; none when it may stay. Of two or three words
/// the first place of a path may be a page's own name (`/terms-of-service`), a later one is more
/// likely the name of a thing (`/product/tall-merino-robe`).
fn by_rule(depth: usize, segment: &str) -> Option<String> {
    if let Some((stem, extension)) = file(segment) {
        let folded = file_stem(stem, is_image(extension))?;
        return Some(format!("{folded}.{extension}"));
    }
    if is_number(segment) || is_uuid(segment) || is_date(segment) || is_hex(segment, 8) {
        return Some(":id".to_owned());
    }
    if is_token(segment) || is_code(segment) || is_capitals(segment) {
        return Some(":id".to_owned());
    }
    let words = segment.split(['-', '_']).filter(|word| !word.is_empty());
    let numbered = words.clone().count() > 1 && words.clone().any(is_number);
    let digits = segment.contains('-') && segment.bytes().any(|byte| byte.is_ascii_digit());
    if numbered || digits || words.count() > if depth == 0 { 3 } else { 2 } || segment.len() > 60 {
        return Some(":slug".to_owned());
    }
    None
}

/// A learned name; a file keeps its extension.
fn name(segment: &str) -> String {
    match file(segment) {
        Some((_, extension)) => format!(":slug.{extension}"),
        None => ":slug".to_owned(),
    }
}

/// Stem and extension of a file name.
fn file(segment: &str) -> Option<(&str, &str)> {
    let (stem, extension) = segment.rsplit_once('.')?;
    let plausible = (1..=5).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && extension.bytes().any(|byte| byte.is_ascii_alphabetic());
    (plausible && !stem.is_empty()).then_some((stem, extension))
}

fn is_image(extension: &str) -> bool {
    matches!(
        extension.to_ascii_lowercase().as_str(),
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "svg" | "ico"
    )
}

/// A file's stem with its hash or number folded; none when it has neither.
fn file_stem(stem: &str, image: bool) -> Option<String> {
    if is_number(stem) || is_uuid(stem) || is_token(stem) {
        return Some(":id".to_owned());
    }
    let mut folded = String::with_capacity(stem.len());
    let mut changed = false;
    for part in stem.split_inclusive(['-', '_', '.']) {
        let word = part.trim_end_matches(['-', '_', '.']);
        let rest = part.get(word.len()..).unwrap_or_default();
        if is_hex(word, 6) || is_bundler_hash(word) {
            folded.push_str(":hash");
            changed = true;
        } else if is_number(word) && (image || word.len() > 3) {
            folded.push_str(":id");
            changed = true;
        } else {
            folded.push_str(word);
        }
        folded.push_str(rest);
    }
    changed.then_some(folded)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `2026-11-21`
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// At least `length` hexadecimal digits, of which one is a digit (so that words stay).
fn is_hex(text: &str, length: usize) -> bool {
    text.len() >= length
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// A long string in an alphabet of 64, with digits and letters.
fn is_token(text: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| text.as_bytes().iter().any(kind);
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'=');
    text.len() >= 20
        && text.bytes().all(alphabet)
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
}

/// `SKU12345`: letters, then four digits or more.
fn is_code(text: &str) -> bool {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    digits.len() < text.len() && digits.len() >= 4 && is_number(digits)
}

/// `W-RHNKFCEWPF`, `PNR/XKQWZTRB`: eight capital letters or more behind a short prefix, or with too
/// few vowels for words.
fn is_capitals(text: &str) -> bool {
    let (prefix, code) = text.rsplit_once('-').unwrap_or_default();
    let code = if code.is_empty() { text } else { code };
    let capitals = |text: &str| {
        let mut bytes = text.bytes();
        bytes.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    let vowels = code.bytes().filter(|byte| b"AEIOUY".contains(byte)).count();
    let is_prefixed = (1..=3).contains(&prefix.len());
    code.len() >= 8
        && capitals(code)
        && capitals(prefix)
        && (is_prefixed || vowels * 5 < code.len())
}

/// `CJw3nDkR`: what bundlers put into file names. Mixed case with a digit, or three changes of
/// case, which words do not have.
fn is_bundler_hash(text: &str) -> bool {
    if !(8..=24).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return false;
    }
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    let lower = text.bytes().any(|byte| byte.is_ascii_lowercase());
    let upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
    let changes = text
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
        .count();
    lower && upper && (digits || changes > 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expect: &str) {
        let url = Url::parse(&format!("http://shop.test{url}")).unwrap();
        assert_eq!(template(&url, true), expect, "{url}");
    }

    #[test]
    fn identifiers_are_folded() {
        check("/product/17", "/product/:id");
        check(
            "/o/0b5a1c1e-9f3e-4c57-8c0e-0a4f5b6c7d8e/items",
            "/o/:id/items",
        );
        check("/archive/2026-11-21", "/archive/:id");
        check("/c/3f9a2c7d", "/c/:id");
        check("/t/eyJhbGciOiJIUzI1NiJ9abcDEF", "/t/:id");
        check("/sku/AB12345", "/sku/:id");
        check(
            "/orders/W-RHNKFCEWPF/confirmation",
            "/orders/:id/confirmation",
        );
        check("/orders/W-RH3NKFCEWPF", "/orders/:id");
        check("/booking/XKQWZTRB", "/booking/:id");
    }

    #[test]
    fn slugs_are_folded_and_words_stay() {
        check("/product/linen-shirt-123", "/product/:slug");
        check("/blog/why-we-moved-to-rust", "/blog/:slug");
        check("/product/tall-merino-robe", "/product/:slug");
        check("/about-us", "/about-us");
        check("/terms-of-service", "/terms-of-service");
        check("/api/v2/cart", "/api/v2/cart");
        check("/decade/facade", "/decade/facade");
        check("/docs/CONTRIBUTING", "/docs/CONTRIBUTING");
        check("/sale/BLACK-FRIDAY", "/sale/BLACK-FRIDAY");
        check("/", "/");
        check("/shop/", "/shop/");
    }

    #[test]
    fn files_lose_their_hash_and_keep_their_name() {
        check("/static/app.3f9a2c.js", "/static/app.:hash.js");
        check("/assets/index-CJw3nDkR.css", "/assets/index-:hash.css");
        check("/js/jquery-3.7.1.min.js", "/js/jquery-3.7.1.min.js");
        check("/img/17.png", "/img/:id.png");
        check("/img/product-7.svg", "/img/product-:id.svg");
        check("/favicon.ico", "/favicon.ico");
        check("/js/pdfViewerMain.js", "/js/pdfViewerMain.js");
    }

    #[test]
    fn of_the_query_only_names_stay() {
        check("/search?q=red+shirt&page=2", "/search?page&q");
        check("/search?page=1&q=&q=x", "/search?page&q");
        check("/a?ids[0]=1&ids[1]=2", "/a?ids");
        check("/a?1699999999", "/a?:value");
        check("/a?", "/a");
        check(
            "/a?j=1&i=1&h=1&g=1&f=1&e=1&d=1&c=1&b=1",
            "/a?b&c&d&e&f&g&h&i&…",
        );
    }

    #[test]
    fn other_hosts_stand_in_front() {
        let url = Url::parse("http://cdn.test:8081/a/17.js").unwrap();
        assert_eq!(template(&url, false), "cdn.test:8081/a/:id.js");
    }

    #[test]
    fn places_with_many_values_are_learned() {
        let mut folder = Folder::default();
        let mut fold = |path: String| {
            let url = Url::parse(&format!("http://shop.test{path}")).unwrap();
            folder.fold(&url, true).to_string()
        };
        let names: Vec<String> = ('a'..='z')
            .map(|letter| letter.to_string().repeat(3))
            .collect();
        for name in &names[..DISTINCT] {
            assert_eq!(fold(format!("/by/{name}")), format!("/by/{name}"));
        }
        for name in &names {
            assert_eq!(fold(format!("/other/{}/x", name.len())), "/other/:id/x");
        }
        assert_eq!(fold(format!("/by/{}", names[DISTINCT])), "/by/:slug");
        assert_eq!(fold(format!("/by/{}", names[0])), "/by/:slug");
        assert_eq!(fold("/by/some.css".to_owned()), "/by/:slug.css");
        assert_eq!(fold("/cart".to_owned()), "/cart");
    }

    #[test]
    fn memory_is_bounded() {
        let mut folder = Folder::default();
        let word = |mut number: usize| {
            let mut word = String::new();
            for _ in 0..4 {
                word.push(char::from(b'g' + (number % 20) as u8));
                number /= 20;
            }
            word
        };
        for number in 0..30_000 {
            let (a, b, c) = (word(number / 400), word(number / 20), word(number));
            let url = Url::parse(&format!("http://h{}.test/{a}/{b}/{c}", number % 97)).unwrap();
            folder.fold(&url, false);
        }
        assert!(folder.places.len() <= PLACES);
        let url = Url::parse("http://another.test/xx/yy").unwrap();
        assert_eq!(&*folder.fold(&url, false), "another.test/:rest");
    }
}
