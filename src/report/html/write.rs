//! Writing HTML: escaping, numbers, cells.

use std::fmt;

use crate::measure::{Statistics, units};

/// Appends formatted text to a `String`, which cannot fail.
macro_rules! put {
    ($out:expr, $($argument:tt)*) => {{
        use std::fmt::Write as _;
        write!($out, $($argument)*).expect("invariant: writing to a string succeeds");
    }};
}
pub(in crate::report) use put;

/// Text from outside, made harmless in HTML text and attributes.
pub(in crate::report) struct Text<'a>(pub(in crate::report) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for character in self.0.chars() {
            match character {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                '\'' => out.write_str("&#39;")?,
                c if c.is_control() && c != '\n' => out.write_char('\u{fffd}')?,
                // Marks that turn the direction of text could make a name read as another.
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.write_char('\u{fffd}')?,
                c => out.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// A statistic in milliseconds, or a dash.
pub(super) fn ms(statistics: Option<&Statistics>, value: fn(&Statistics) -> f64) -> String {
    statistics.map_or_else(dash, |all| units::milliseconds(value(all)))
}

/// For a value that is not there.
pub(super) fn dash() -> String {
    "<span class=none>–</span>".to_owned()
}

/// A number of things of which none is the good news: zero is faint.
pub(super) fn bad(count: u64) -> String {
    match count {
        0 => "<span class=none>0</span>".to_owned(),
        count => format!("<b class=poor>{}</b>", units::count(count)),
    }
}

/// A number of things; zero is faint.
pub(super) fn number(count: u64) -> String {
    match count {
        0 => "<span class=none>0</span>".to_owned(),
        count => units::count(count),
    }
}

/// A size; zero is faint.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0 => "<span class=none>0</span>".to_owned(),
        bytes => units::bytes(bytes),
    }
}

/// Escaped text in which what stands in backticks is code.
pub(in crate::report) fn with_code(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            put!(out, "<code>{}</code>", Text(part));
        } else {
            put!(out, "{}", Text(part));
        }
    }
    out
}

/// A URL template with places to break after slashes, and its variable parts set apart.
pub(super) fn template(url: &str) -> String {
    let mut out = String::with_capacity(url.len() * 2);
    for (index, part) in url.split('/').enumerate() {
        if index > 0 {
            out.push_str("/<wbr>");
        }
        let (path, query) = part
            .split_once('?')
            .map_or((part, None), |(p, q)| (p, Some(q)));
        if path.starts_with(':') {
            put!(out, "<i>{}</i>", Text(path));
        } else {
            put!(out, "{}", Text(path));
        }
        if let Some(query) = query {
            put!(out, "<wbr><i>?{}</i>", Text(query));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_harmless() {
        let hostile = "<script>alert(\"1\" & '2')</script>\u{202e}\u{7}";
        assert_eq!(
            Text(hostile).to_string(),
            "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn templates_break_at_slashes() {
        assert_eq!(
            template("/product/:id?page"),
            "/<wbr>product/<wbr><i>:id</i><wbr><i>?page</i>"
        );
    }
}
