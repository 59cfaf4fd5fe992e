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
        /// Accessible name; any when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Role; any when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        role: Option<String>,
        /// Accessible description; any when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// Name and description are parts of the element's, whatever the case (`[name*="part"]`),
        /// instead of exactly them.
        loose: bool,
    },
    /// Of what the parts before it match, those of which something is true (`only/[nth="0"]`).
    Only {
        /// What is looked at.
        by: Filter,
        /// Position from 0 (negative from the end), text, `true` or `false`, or a selector.
        value: String,
        /// A text is part of the element's, whatever the case (`[text*="part"]`), instead of all
        /// of it.
        loose: bool,
        /// `value` as a selector, for [`Filter::Has`], [`Filter::HasNot`] and [`Filter::Is`].
        #[serde(skip_serializing_if = "Option::is_none")]
        part: Option<Box<SelectorPart>>,
    },
}

/// What `only/` looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Filter {
    /// Its place among them.
    Nth,
    /// Its text.
    Text,
    /// Its text, which must not be so.
    NotText,
    /// Whether it is visible.
    Visible,
    /// Something in it.
    Has,
    /// Something that must not be in it.
    HasNot,
    /// Something else that it must be.
    Is,
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
        } else if let Some(only) = part.strip_prefix("only/").and_then(parse_only) {
            only
        } else {
            let value = owned(part.strip_prefix("css/").unwrap_or(part));
            Self::Css { value }
        }
    }
}

/// `[nth="1"]`; `None` when it is not of this form.
fn parse_only(text: &str) -> Option<SelectorPart> {
    let (name, loose, value, length) = parse_attribute(text)?;
    let by = match name {
        "nth" => {
            value.parse::<i64>().ok()?;
            Filter::Nth
        }
        "text" => Filter::Text,
        "notText" => Filter::NotText,
        "visible" => Filter::Visible,
        "has" => Filter::Has,
        "hasNot" => Filter::HasNot,
        "is" => Filter::Is,
        _ => return None,
    };
    let nests = matches!(by, Filter::Has | Filter::HasNot | Filter::Is);
    // A filter inside a filter has nothing to filter.
    let part = nests.then(|| match value.strip_prefix("only/") {
        None => SelectorPart::parse(&value),
        Some(_) => SelectorPart::Css {
            value: value.clone(),
        },
    });
    (length == text.len()).then(|| SelectorPart::Only {
        by,
        value,
        loose,
        part: part.map(Box::new),
    })
}

/// `Name[role="button"]`: attributes `name`, `description` and `role` may stand anywhere, quoted.
fn parse_aria(text: &str) -> SelectorPart {
    let (mut name, mut role, mut description, mut rest) = (None, None, None, String::new());
    let mut loose = false;
    let mut remaining = text;
    while let Some(open) = remaining.find('[') {
        let known = parse_attribute(&remaining[open..])
            .filter(|(attribute, ..)| matches!(*attribute, "role" | "name" | "description"));
        let Some((attribute, part, value, length)) = known else {
            rest.push_str(&remaining[..=open]);
            remaining = &remaining[open + 1..];
            continue;
        };
        rest.push_str(&remaining[..open]);
        match attribute {
            "role" => role = Some(value),
            "description" => description = Some(value),
            _ => name = Some(value),
        }
        loose |= part && attribute != "role";
        remaining = &remaining[open + length..];
    }
    rest.push_str(remaining);
    let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    SelectorPart::Aria {
        name: name.or((!rest.is_empty()).then_some(rest)),
        role,
        description,
        loose,
    }
}

/// `[role="button"]` or `[name*="Bu"]` at the start of `text`: attribute, whether the value is a
/// part, value, length in bytes.
fn parse_attribute(text: &str) -> Option<(&str, bool, String, usize)> {
    let inside = text.strip_prefix('[')?;
    let (attribute, value) = inside.split_once('=')?;
    let part = attribute.ends_with('*');
    let attribute = attribute.trim_end_matches('*').trim();
    if attribute.is_empty()
        || !attribute
            .chars()
            .all(|character| character.is_ascii_alphabetic())
    {
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
                let length = value_start + spaces + at + 1 + close + 1;
                return Some((attribute, part, unescaped, length));
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
        // A filter says less of an element than what it filters.
        let is_filter = |part: &SelectorPart| matches!(part, SelectorPart::Only { .. });
        let of = move |selector: &Selector| {
            let parts = selector.parts();
            let named = parts.iter().rposition(|part| !is_filter(part));
            named.and_then(|at| parts.into_iter().nth(at))
        };
        let last = || self.0.iter().filter_map(of);
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
            description: None,
            loose: false,
        }
    }

    #[test]
    fn names_may_be_parts_and_have_descriptions() {
        let SelectorPart::Aria {
            name,
            role,
            description,
            loose,
        } = SelectorPart::parse(r#"aria/[name*="Quiet River"][description*="0"][role="link"]"#)
        else {
            panic!("no name");
        };
        assert_eq!(name.as_deref(), Some("Quiet River"));
        assert_eq!(role.as_deref(), Some("link"));
        assert_eq!(description.as_deref(), Some("0"));
        assert!(loose);
    }

    #[test]
    fn filters_look_at_what_the_parts_before_match() {
        let only = |text: &str| match SelectorPart::parse(text) {
            SelectorPart::Only {
                by, value, loose, ..
            } => Some((by, value, loose)),
            _ => None,
        };
        let nth = Some((Filter::Nth, "-1".to_owned(), false));
        assert_eq!(only("only/[nth=\"-1\"]"), nth);
        let text = Some((Filter::Text, "a ] b".to_owned(), true));
        assert_eq!(only("only/[text*=\"a ] b\"]"), text);
        let has = r#"only/[has="aria/Buy[role=\"button\"]"]"#;
        let SelectorPart::Only { part, .. } = SelectorPart::parse(has) else {
            panic!("no filter");
        };
        assert_eq!(part, Some(Box::new(aria(Some("Buy"), Some("button")))));
        for wrong in [
            "only/[nth=\"x\"]",
            "only/[nth=\"1\"] a",
            "only/",
            "only/[what=\"1\"]",
        ] {
            assert_eq!(only(wrong), None, "{wrong}");
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
