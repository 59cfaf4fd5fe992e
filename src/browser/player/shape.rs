//! Whether a page is the one that a flow asserts, though ids in its address differ.

use url::Url;

/// Same host, and paths alike: as many parts, each equal or both a value (with a digit, a hyphen
/// or an underscore, as ids and slugs have, or a long token). Queries are not compared, nor fragments that are
/// not routes (`#/cart`).
pub(super) fn same_shape(expected: &str, actual: &str) -> bool {
    let (Ok(expected), Ok(actual)) = (Url::parse(expected), Url::parse(actual)) else {
        return expected == actual;
    };
    let host = |url: &Url| (url.host_str().map(str::to_owned), url.port());
    host(&expected) == host(&actual)
        && same_path(expected.path(), actual.path())
        && same_path(route(&expected), route(&actual))
}

/// The part of a fragment that is a route of a single-page application.
fn route(url: &Url) -> &str {
    let fragment = url.fragment().unwrap_or_default();
    let route = fragment.strip_prefix('!').unwrap_or(fragment);
    let route = route.split('?').next().unwrap_or_default();
    if route.starts_with('/') { route } else { "" }
}

fn same_path(expected: &str, actual: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        let parts = path.split('/').filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    let (expected, actual) = (parts(expected), parts(actual));
    let alike = |(a, b): (&String, &String)| a == b || (is_value(a) && is_value(b));
    expected.len() == actual.len() && expected.iter().zip(&actual).all(alike)
}

fn is_value(part: &str) -> bool {
    let marked = |character: char| character.is_ascii_digit() || "-_%".contains(character);
    part.chars().any(marked) || is_token(part)
}

/// Random letters: longer than words are, or both cases mixed otherwise than in `camelCase`.
fn is_token(part: &str) -> bool {
    let length = part.chars().count();
    let many = |is: fn(char) -> bool| part.chars().filter(|&each| is(each)).count() * 4 >= length;
    let mixed = many(char::is_lowercase) && many(char::is_uppercase);
    let plain = part.chars().all(char::is_alphanumeric);
    plain && (length >= 20 || (length >= 12 && mixed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: &str, actual: &str, same: bool) {
        assert_eq!(same_shape(expected, actual), same, "{expected} {actual}");
    }

    #[test]
    fn ids_may_differ_and_pages_may_not() {
        check("http://a.test/p/1?x=1#top", "http://a.test/p/27/?x=2", true);
        check(
            "http://a.test/p/quiet-river_1",
            "http://a.test/p/calm-lake_3",
            true,
        );
        check("http://a.test/checkout", "http://a.test/login", false);
        check("http://a.test/p/1", "http://a.test/p/1/reviews", false);
        check("http://a.test/p/1", "http://a.test/p/new", false);
        check("http://a.test/", "http://b.test/", false);
        check("http://a.test:1/", "http://a.test:2/", false);
    }

    #[test]
    fn tokens_are_values_without_a_digit_too() {
        for (expected, actual, same) in [
            ("QwErTyUiOpAs", "ZxCvBnMaSdFg", true),
            ("QwErTyUiOpAs", "3f9a01", true),
            ("qwertyuiopasdfghjklz", "mnbvcxzlkjhgfdsapoiu", true),
            ("QwErTyUiOpA", "ZxCvBnMaSdF", false),
            ("subscription", "verification", false),
            ("accountSettings", "orderConfirmation", false),
            ("qwertyuiopasdfghjkl", "mnbvcxzlkjhgfdsapoi", false),
            ("QwErTyUiOpAs", "login", false),
            (
                "abcdefghij.klmnopqrs.txt",
                "bbcdefghij.klmnopqrs.txt",
                false,
            ),
        ] {
            let page = |token| format!("http://a.test/pay/{token}/consent");
            check(&page(expected), &page(actual), same);
        }
    }

    #[test]
    fn routes_in_fragments_are_paths() {
        check("http://a.test/#/cart", "http://a.test/#/pay", false);
        check(
            "http://a.test/#/order/1",
            "http://a.test/#!/order/2?x",
            true,
        );
    }
}
