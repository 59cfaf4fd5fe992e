//! Addresses as regular expressions that JavaScript and Python read alike.

use url::Url;

/// Behind a path: nothing more, or a query, or a fragment.
const END: &str = "/?([?#].*)?$";

/// Regular expression for the text itself.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\^$.|?*+()[]{}".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// The source of a regular expression between slashes, as a JavaScript literal.
pub(super) fn in_slashes(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut quoted = false;
    for character in source.chars() {
        match character {
            '/' if !quoted => out.push_str("\\/"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            _ => out.push(character),
        }
        quoted = character == '\\' && !quoted;
    }
    if quoted {
        out.push('\\');
    }
    out
}

/// A pattern of ours (`*` within a part of a path, `**` anything), not anchored.
fn wildcards(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(star) = rest.find('*') {
        out.push_str(&escaped(&rest[..star]));
        rest = &rest[star + 1..];
        if let Some(after) = rest.strip_prefix('*') {
            out.push_str(".*");
            rest = after;
        } else {
            out.push_str("[^/]*");
        }
    }
    out.push_str(&escaped(rest));
    out
}

/// What of `location` a pattern is compared with, in JavaScript, and the regular expression.
pub(super) fn address(pattern: &str) -> (&'static str, String) {
    let subject = match (pattern.starts_with('/'), pattern.contains('?')) {
        (false, _) => "location.href",
        (true, false) => "location.pathname",
        (true, true) => "location.pathname + location.search",
    };
    (subject, format!("^{}$", wildcards(pattern)))
}

/// A pattern of ours for a whole address.
pub(super) fn whole(pattern: &str) -> String {
    match (pattern.starts_with('/'), pattern.contains('?')) {
        (false, _) => format!("^{}$", wildcards(pattern)),
        (true, false) => format!(r"^[^/]+//[^/]+{}([?#].*)?$", wildcards(pattern)),
        (true, true) => format!(r"^[^/]+//[^/]+{}(#.*)?$", wildcards(pattern)),
    }
}

/// Addresses that are alike: the same path, where parts that hold ids may differ.
pub(super) fn alike(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let is_value = |part: &str| {
        part.chars()
            .any(|character| character.is_ascii_digit() || "-_%".contains(character))
    };
    let parts = url.path().split('/').filter(|part| !part.is_empty());
    let path: String = parts
        .map(|part| match is_value(part) {
            true => "/[^/?#]+".to_owned(),
            false => format!("/{}", escaped(part)),
        })
        .collect();
    Some(format!("^[^/]+//[^/]+{path}{END}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    #[test]
    fn patterns_mean_what_they_mean_in_flows() {
        let fits = |pattern: &str, url: &str| Regex::new(&whole(pattern)).unwrap().is_match(url);
        assert!(fits("/orders/*", "http://a.test/orders/17?x=1"));
        assert!(!fits("/orders/*", "http://a.test/orders/17/edit"));
        assert!(fits("/orders/**", "http://a.test/orders/17/edit"));
        assert!(fits("**/done", "http://a.test/x/done"));
        assert!(fits("/find?q=*", "http://a.test/find?q=lamp#top"));
        assert!(!fits("/a.b", "http://a.test/axb"));
    }

    #[test]
    fn ids_may_differ_and_pages_may_not() {
        let fits =
            |url: &str, actual: &str| Regex::new(&alike(url).unwrap()).unwrap().is_match(actual);
        assert!(fits(
            "http://a.test/p/river_1/",
            "http://b.test:1/p/lake_2?x#y"
        ));
        assert!(!fits("http://a.test/cart", "http://a.test/login"));
        assert!(fits("http://a.test/", "http://a.test"));
        assert!(!fits("http://a.test/", "http://a.test/cart"));
    }

    #[test]
    fn a_literal_ends_where_it_should() {
        assert_eq!(in_slashes("a/b\\/c"), "a\\/b\\/c");
        assert_eq!(in_slashes("end\\"), "end\\\\");
    }
}
