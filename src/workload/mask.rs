//! Hides passwords of URLs in what people and logs get to see.

/// The text with the password of each `scheme://user:password@host` as asterisks, byte by byte,
/// so that places in the text stay where they are.
pub(super) fn passwords(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(scheme) = rest.find("://") {
        let (before, after) = rest.split_at(scheme + 3);
        masked.push_str(before);
        let end = after.find(['"', '\'', '/', '?', '#', '\n', ' ']);
        let authority = &after[..end.unwrap_or(after.len())];
        // A password may itself hold an `@`; a user name holds no colon.
        match (authority.find(':'), authority.rfind('@')) {
            (Some(colon), Some(at)) if colon < at => {
                masked.push_str(&authority[..=colon]);
                masked.extend(std::iter::repeat_n('*', at - colon - 1));
                masked.push_str(&authority[at..]);
            }
            _ => masked.push_str(authority),
        }
        rest = &after[authority.len()..];
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use super::passwords;

    #[test]
    fn only_passwords_change_and_nothing_moves() {
        for (text, expect) in [
            (
                "a = \"postgres://me:pä@ß@db:5432/x\" # b",
                "a = \"postgres://me:******@db:5432/x\" # b",
            ),
            ("http://127.0.0.1:8000/a:b@c", "http://127.0.0.1:8000/a:b@c"),
            ("postgres://me@db/x", "postgres://me@db/x"),
            ("x://a:b@c y://d:e@f", "x://a:*@c y://d:*@f"),
            ("env:DATABASE_URL", "env:DATABASE_URL"),
            ("x://", "x://"),
        ] {
            assert_eq!(passwords(text), expect);
            assert_eq!(passwords(text).len(), text.len());
        }
    }
}
