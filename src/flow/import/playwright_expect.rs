//! Playwright's snapshots of the accessibility tree, as what must be there.

use super::playwright_locator::{Locator, Match, Piece};

/// Lines of a snapshot that are carried over; more would make a step that nobody reads.
const MAX_LINES: usize = 30;

/// What a snapshot says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Snapshot {
    /// Named nodes.
    pub(super) nodes: Vec<Locator>,
    /// Texts.
    pub(super) texts: Vec<String>,
    /// Lines that say more than that.
    pub(super) left_out: usize,
}

/// Reads lines like `- heading "Orders" [level=1]` and `- text: Paid`.
pub(super) fn snapshot(yaml: &str) -> Snapshot {
    let mut out = Snapshot::default();
    for line in yaml.lines() {
        let line = line.trim_start().trim_start_matches("//").trim();
        let Some(entry) = line.strip_prefix("- ") else {
            continue;
        };
        if out.nodes.len() + out.texts.len() >= MAX_LINES {
            out.left_out += 1;
            continue;
        }
        if let Some(text) = entry.strip_prefix("text:") {
            let text = text.trim();
            let plain = text.trim_matches('"').to_owned();
            if text.starts_with('/') || plain.is_empty() {
                out.left_out += 1;
            } else {
                out.texts.push(plain);
            }
            continue;
        }
        let entry = entry
            .strip_prefix('\'')
            .map_or(entry, |quoted| quoted.trim_end_matches([':', '\'']));
        let end = entry.find(|character: char| !character.is_ascii_alphabetic());
        let (role, rest) = entry.split_at(end.unwrap_or(entry.len()));
        let rest = rest.trim_start();
        let name = if let Some(quoted) = rest.strip_prefix('"') {
            let close = closing(quoted);
            close.and_then(|at| {
                let name = serde_json::from_str(&rest[..at + 2]).ok()?;
                Some(Match::Exact(name))
            })
        } else if let Some(pattern) = rest.strip_prefix('/') {
            let close = pattern.rfind('/');
            close.map(|at| Match::Regex(pattern[..at].to_owned()))
        } else {
            None
        };
        // `- paragraph: Paid` is a text in a node.
        let said = rest.split_once(": ").map(|(_, text)| text.trim());
        match (role, name) {
            ("", _) => out.left_out += 1,
            (role, Some(name)) => out.nodes.push(Locator(vec![Piece::Role {
                role: role.to_owned(),
                name: Some(name),
                description: None,
                states: Vec::new(),
            }])),
            (_, None) => match said.or_else(|| rest.strip_prefix(": ")) {
                Some(text) if !text.starts_with('/') => {
                    out.texts.push(text.trim_matches('"').to_owned());
                }
                _ => out.left_out += 1,
            },
        }
    }
    out
}

/// Byte of the quote that closes.
fn closing(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' if !escaped => return Some(at),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_nodes_and_texts_are_taken() {
        let snapshot = snapshot(
            "- banner:\n  - heading \"Say \\\"hi\\\"\" [level=1]\n  - link /Order \\d+/:\n    \
             - /url: /x\n- text: Paid in full\n- paragraph: Thank you\n",
        );
        let role = |role: &str, name| {
            Locator(vec![Piece::Role {
                role: role.into(),
                name: Some(name),
                description: None,
                states: Vec::new(),
            }])
        };
        assert_eq!(
            snapshot.nodes,
            [
                role("heading", Match::Exact("Say \"hi\"".into())),
                role("link", Match::Regex("Order \\d+".into())),
            ]
        );
        assert_eq!(snapshot.texts, ["Paid in full", "Thank you"]);
        assert_eq!(snapshot.left_out, 2);
    }
}
