//! The Recorder's selector language: one part of a chain, by its prefix.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Selector, Selectors};

/// As the Recorder writes it: a bare string, or an array of the chain's parts.
impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.chain.as_slice() {
            [single] if self.bare => single.serialize(serializer),
            chain => chain.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "a selector or an array of selectors that form a chain"
        )]
        enum Form {
            Bare(String),
            Chain(Vec<String>),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Bare(part) => Self {
                chain: vec![part],
                bare: true,
            },
            Form::Chain(chain) => Self { chain, bare: false },
        })
    }
}

impl Serialize for Selectors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Selectors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let alternatives = Vec::<Selector>::deserialize(deserializer)?;
        if alternatives.is_empty() {
            return Err(D::Error::custom(
                "expected an array of at least one selector",
            ));
        }
        Ok(Self(alternatives))
    }
}

/// A part of a selector, understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum SelectorPart {
    /// CSS within one root (no prefix; `css/` is understood).
    Css {
        /// The selector.
        value: String,
    },
    /// CSS in any open shadow root (`pierce/`).
    Pierce {
        /// The selector.
        value: String,
    },
    /// The deepest elements that contain a text (`text/`).
    Text {
        /// The text, case-sensitive.
        value: String,
    },
    /// An `XPath` expression (`xpath/`).
    #[serde(rename = "xpath")]
    XPath {
        /// The expression.
        value: String,
    },
    /// Accessible name and role (`aria/Name[role="button"]`).
    Aria {
        /// Exact accessible name; any when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Role; any when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        role: Option<String>,
    },
}

impl SelectorPart {
    /// Reads one part. Everything without a known prefix is CSS.
    pub fn parse(part: &str) -> Self {
        let owned = str::to_owned;
        if let Some(value) = part.strip_prefix("pierce/") {
            Self::Pierce {
                value: owned(value),
            }
        } else if let Some(value) = part.strip_prefix("text/") {
            Self::Text {
                value: owned(value),
            }
        } else if let Some(value) = part.strip_prefix("xpath/") {
            Self::XPath {
                value: owned(value),
            }
        } else if let Some(value) = part.strip_prefix("aria/") {
            parse_aria(value)
        } else {
            let value = owned(part.strip_prefix("css/").unwrap_or(part));
            Self::Css { value }
        }
    }
}

/// `Name[role="button"]`: attributes `name` and `role` may stand anywhere, quoted.
fn parse_aria(text: &str) -> SelectorPart {
    let (mut name, mut role, mut rest) = (None, None, String::new());
    let mut remaining = text;
    while let Some(open) = remaining.find('[') {
        let Some((attribute, value, length)) = parse_attribute(&remaining[open..]) else {
            rest.push_str(&remaining[..=open]);
            remaining = &remaining[open + 1..];
            continue;
        };
        rest.push_str(&remaining[..open]);
        match attribute {
            "role" => role = Some(value),
            _ => name = Some(value),
        }
        remaining = &remaining[open + length..];
    }
    rest.push_str(remaining);
    let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    SelectorPart::Aria {
        name: name.or((!rest.is_empty()).then_some(rest)),
        role,
    }
}

/// `[role="button"]` at the start of `text`: attribute, value, length in bytes.
fn parse_attribute(text: &str) -> Option<(&str, String, usize)> {
    let inside = &text[1..];
    let (attribute, value) = inside.split_once('=')?;
    let attribute = attribute.trim();
    if !matches!(attribute, "role" | "name") {
        return None;
    }
    let value_start = text.len() - value.len();
    let trimmed = value.trim_start();
    let quote = trimmed
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    let mut unescaped = String::new();
    let mut characters = trimmed.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => unescaped.extend(characters.next().map(|(_, next)| next)),
            _ if character == quote => {
                let after = &trimmed[at + 1..];
                let close = after
                    .find(']')
                    .filter(|end| after[..*end].trim().is_empty())?;
                let spaces = value.len() - trimmed.len();
                return Some((
                    attribute,
                    unescaped,
                    value_start + spaces + at + 1 + close + 1,
                ));
            }
            _ => unescaped.push(character),
        }
    }
    None
}

impl Selector {
    /// Its parts, understood.
    pub fn parts(&self) -> Vec<SelectorPart> {
        self.chain
            .iter()
            .map(|part| SelectorPart::parse(part))
            .collect()
    }
}

impl Selectors {
    /// What a person would call the element: its accessible name, its text, else the shortest CSS.
    pub fn label(&self) -> String {
        let last = || self.0.iter().filter_map(|selector| selector.parts().pop());
        let named = last().find_map(|part| match part {
            SelectorPart::Aria { name, .. } => name,
            _ => None,
        });
        let text = || {
            last().find_map(|part| match part {
                SelectorPart::Text { value } => Some(value),
                _ => None,
            })
        };
        let css = || {
            let css = last().filter_map(|part| match part {
                SelectorPart::Css { value } | SelectorPart::Pierce { value } => Some(value),
                _ => None,
            });
            css.min_by_key(String::len)
        };
        let any = || {
            last().map(|part| match part {
                SelectorPart::XPath { value } => value,
                SelectorPart::Aria { role, .. } => role.unwrap_or_default(),
                _ => String::new(),
            })
        };
        let label = named.or_else(text).or_else(css).or_else(|| any().next());
        label.unwrap_or_else(|| "element".to_owned())
    }

    /// All alternatives as messages show them: `` `aria/Buy`, `#buy` ``.
    pub fn listed(&self) -> String {
        let shown = |selector: &Selector| format!("`{}`", selector.chain.join(" >>> "));
        self.0.iter().map(shown).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aria(name: Option<&str>, role: Option<&str>) -> SelectorPart {
        SelectorPart::Aria {
            name: name.map(str::to_owned),
            role: role.map(str::to_owned),
        }
    }

    #[test]
    fn prefixes_name_the_language() {
        let css = |value: &str| SelectorPart::Css {
            value: value.into(),
        };
        assert_eq!(SelectorPart::parse("#buy > a"), css("#buy > a"));
        assert_eq!(SelectorPart::parse("css/#buy"), css("#buy"));
        assert_eq!(
            SelectorPart::parse("xpath///*[@id=\"a\"]"),
            SelectorPart::XPath {
                value: "//*[@id=\"a\"]".into()
            }
        );
    }

    #[test]
    fn aria_has_a_name_and_a_role() {
        let parse = SelectorPart::parse;
        assert_eq!(parse("aria/Add to cart"), aria(Some("Add to cart"), None));
        assert_eq!(parse("aria/[role=\"link\"]"), aria(None, Some("link")));
        assert_eq!(
            parse("aria/Buy[role='button']"),
            aria(Some("Buy"), Some("button"))
        );
        assert_eq!(parse("aria/Rows [3]"), aria(Some("Rows [3]"), None));
        assert_eq!(
            parse("aria/[name=\"Say \\\"hi\\\"\"]"),
            aria(Some("Say \"hi\""), None)
        );
        assert_eq!(parse("aria/ä[role=\"ü\"]ö"), aria(Some("äö"), Some("ü")));
    }

    #[test]
    fn labels_are_what_a_person_reads() {
        let selectors = |list: &[&str]| {
            let one = |part: &&str| Selector {
                chain: vec![(*part).to_owned()],
                bare: true,
            };
            Selectors(list.iter().map(one).collect())
        };
        assert_eq!(
            selectors(&["#b", "aria/Buy now[role=\"button\"]"]).label(),
            "Buy now"
        );
        assert_eq!(selectors(&["#b", "text/Buy"]).label(), "Buy");
        assert_eq!(selectors(&["div > #b", "pierce/#b"]).label(), "#b");
        assert_eq!(selectors(&["xpath///a"]).label(), "//a");
    }
}
