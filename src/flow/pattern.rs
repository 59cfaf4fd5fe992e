//! Patterns of URLs, as `effect` and `expect` have them: `*` stands for any part between slashes,
//! `**` for any text, and everything else for itself. Pure.

/// A pattern of URLs. One that begins with `/` is compared with the path, any other with the
/// address from its scheme on. Query and fragment are compared only if the pattern has them, or
/// where `**` reaches into them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlPattern<'a> {
    text: &'a str,
}

/// An address or a pattern, taken apart.
struct Parts<'a> {
    main: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (rest, fragment) = match text.split_once('#') {
            Some((rest, fragment)) => (rest, Some(fragment)),
            None => (text, None),
        };
        let (main, query) = match rest.split_once('?') {
            Some((main, query)) => (main, Some(query)),
            None => (rest, None),
        };
        Self {
            main,
            query,
            fragment,
        }
    }
}

impl<'a> UrlPattern<'a> {
    /// The pattern in this text.
    pub fn new(text: &'a str) -> Self {
        Self { text }
    }

    /// Whether a text can be a pattern of URLs at all: a path, an address, or a wildcard first.
    pub fn is_plausible(text: &str) -> bool {
        text.starts_with(['/', '*']) || text.contains("://")
    }

    /// Whether this address fits.
    pub fn matches(&self, url: &str) -> bool {
        let url = if self.text.starts_with('/') {
            path_of(url)
        } else {
            url
        };
        if self.text.contains("**") && glob(self.text, url, "/") {
            return true;
        }
        let (pattern, found) = (Parts::of(self.text), Parts::of(url));
        glob(trimmed(pattern.main), trimmed(found.main), "/")
            && pattern
                .query
                .is_none_or(|query| glob(query, found.query.unwrap_or_default(), "&"))
            && pattern.fragment.is_none_or(|fragment| {
                let found = found.fragment.unwrap_or_default();
                // A route in a fragment has a query of its own.
                let route = found.split('?').next().unwrap_or_default();
                glob(fragment, found, "/") || glob(fragment, route, "/")
            })
    }
}

/// The address from its path on.
fn path_of(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let host = &url[after_scheme..];
    host.find(['/', '?', '#']).map_or("/", |at| &host[at..])
}

/// `/cart/` is `/cart`.
fn trimmed(path: &str) -> &str {
    match path.strip_suffix('/') {
        Some(rest) if !rest.is_empty() && !rest.ends_with('/') => rest,
        _ => path,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Character(char),
    /// Any text without a separator.
    Part,
    /// Any text.
    Text,
}

/// Whether `text` is `pattern`, in which `*` does not span any of `separators`.
fn glob(pattern: &str, text: &str, separators: &str) -> bool {
    let mut tokens = Vec::new();
    for character in pattern.chars() {
        match (character, tokens.last()) {
            ('*', Some(Token::Text)) => {}
            ('*', Some(Token::Part)) => {
                tokens.pop();
                tokens.push(Token::Text);
            }
            ('*', _) => tokens.push(Token::Part),
            _ => tokens.push(Token::Character(character)),
        }
    }
    // Row by row: after so many characters, which beginnings of the pattern fit.
    let mut fits = vec![false; tokens.len() + 1];
    fits[0] = true;
    spread(&mut fits, &tokens);
    for character in text.chars() {
        let mut next = vec![false; tokens.len() + 1];
        for (at, token) in tokens.iter().enumerate() {
            if !fits[at] {
                continue;
            }
            match token {
                Token::Character(wanted) => next[at + 1] |= *wanted == character,
                Token::Part => next[at] |= !separators.contains(character),
                Token::Text => next[at] = true,
            }
        }
        fits = next;
        spread(&mut fits, &tokens);
    }
    fits[tokens.len()]
}

/// A wildcard may also stand for nothing.
fn spread(fits: &mut [bool], tokens: &[Token]) {
    for (at, token) in tokens.iter().enumerate() {
        if fits[at] && !matches!(token, Token::Character(_)) {
            fits[at + 1] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, url: &str, fits: bool) {
        assert_eq!(
            UrlPattern::new(pattern).matches(url),
            fits,
            "{pattern} {url}"
        );
    }

    #[test]
    fn paths_are_compared_without_what_the_pattern_does_not_name() {
        check("/cart", "http://a.test/cart", true);
        check("/cart", "http://a.test/cart/?step=2#top", true);
        check("/cart", "http://a.test/cart/pay", false);
        check("/cart", "http://a.test/Cart", false);
        check("/", "http://a.test", true);
        check("/", "http://a.test/x", false);
        check("/cart?step=2", "http://a.test/cart?step=2", true);
        check("/cart?step=*", "http://a.test/cart?step=3", true);
        check("/cart?step=*", "http://a.test/cart?step=3&x=1", false);
        check("/cart?step=2", "http://a.test/cart", false);
        check("/#/cart", "http://a.test/#/cart?x=1", true);
        check("/#/cart", "http://a.test/#/pay", false);
    }

    #[test]
    fn a_star_is_a_part_and_two_are_any_text() {
        check("/item/*", "http://a.test/item/a.b+c(1)", true);
        check("/item/*", "http://a.test/item/1/reviews", false);
        check("/item/*", "http://a.test/item/", false);
        check("/item/*/reviews", "http://a.test/item/1/reviews", true);
        check("/order-*", "http://a.test/order-17", true);
        check("/item/**", "http://a.test/item/1/reviews", true);
        check("/search**lamp", "http://a.test/search?q=lamp", true);
        check("**/cart", "https://shop.a.test/eu/cart?x=1", true);
        check("https://*.a.test/cart", "https://shop.a.test/cart", true);
        check("http://a.test/cart", "http://b.test/cart", false);
        check("http://a.test:1/c", "http://a.test:2/c", false);
        check("/a.c", "http://a.test/abc", false);
    }

    #[test]
    fn only_paths_addresses_and_wildcards_are_patterns() {
        assert!(UrlPattern::is_plausible("/cart"));
        assert!(UrlPattern::is_plausible("**cart"));
        assert!(UrlPattern::is_plausible("http://a.test/"));
        assert!(!UrlPattern::is_plausible("cart"));
    }
}
