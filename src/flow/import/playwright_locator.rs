//! Playwright's locators, and the selectors that mean the same.
//!
//! Playwright finds by one locator, and takes names and texts as parts that ignore case unless
//! told `exact`; its recorder shortens them on purpose. Ours are alternatives that must agree, so
//! each one written here matches no element that the locator would not: the whole name as other
//! tools understand it, the part of the name (`[name*="…"]`), and a path where there is one.

use crate::flow::{Selector, Selectors};

use super::Severity;

/// What an element is, piece by piece.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Locator(pub(super) Vec<Piece>);

/// One link of a locator's chain.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// `getByRole`.
    Role {
        role: String,
        name: Option<Match>,
        description: Option<Match>,
        /// `level`, `checked` and the like: only their names.
        states: Vec<String>,
    },
    /// `getByText`.
    Text(Match),
    /// `getByLabel`.
    Label(Match),
    /// `getByPlaceholder`, `getByAltText`, `getByTitle`, `getByTestId`.
    Attribute { name: String, value: Match },
    /// CSS, with Playwright's own pseudo-classes.
    Css(String),
    /// `XPath`.
    XPath(String),
    /// `nth`, `first` (0), `last` (-1).
    Nth(i64),
    /// `filter({ visible })`.
    Visible(bool),
    /// `filter({ hasText })`.
    HasText(Match),
    /// `filter({ hasNotText })`.
    HasNotText(Match),
    /// `filter({ has })`.
    Has(Locator),
    /// `filter({ hasNot })`.
    HasNot(Locator),
    /// `and`.
    And(Locator),
    /// `or`.
    Or(Locator),
    /// `contentFrame()`: what follows is inside the frame.
    EnterFrame,
    /// What has no counterpart: how it was written.
    Unknown(String),
}

/// How a text is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    /// Some part of it, whatever the case.
    Part(String),
    /// All of it.
    Exact(String),
    /// A regular expression.
    Regex(String),
}

/// A locator as a step takes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Located {
    pub(super) frames: Vec<Selectors>,
    pub(super) selectors: Selectors,
    /// What does not mean quite the same.
    pub(super) notes: Vec<(Severity, String)>,
}

/// Alternatives that are worth having.
const MAX_ALTERNATIVES: usize = 6;

/// Pseudo-classes of one selector that are looked into.
const MAX_FILTERS: usize = 16;

/// Kinds of alternatives, from the one that most tools understand.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Flavour {
    /// Whole names: may match less than the locator, never anything else.
    Whole,
    /// Exactly what the locator means.
    Faithful,
    /// The same by attributes and paths.
    Placed,
}

impl Locator {
    /// The frames around the element, and the element in the innermost one. `None` when nothing
    /// of it can be said in selectors.
    pub(super) fn locate(&self) -> Option<Located> {
        if self.is_excessive() {
            return None;
        }
        let mut notes = Vec::new();
        let mut frames = Vec::new();
        let mut parts = self.0.split(|piece| *piece == Piece::EnterFrame).peekable();
        while let Some(pieces) = parts.next() {
            let selectors = alternatives(pieces, &mut notes)?;
            if parts.peek().is_none() {
                return Some(Located {
                    frames,
                    selectors,
                    notes,
                });
            }
            frames.push(selectors);
        }
        None
    }

    /// Whether it is longer, or nested deeper, than anything that a person or recorder writes.
    pub(super) fn is_excessive(&self) -> bool {
        self.size(0) > 64
    }

    fn size(&self, depth: usize) -> usize {
        if depth > 4 {
            return 1000;
        }
        let of = |piece: &Piece| match piece {
            Piece::Has(inner) | Piece::HasNot(inner) | Piece::And(inner) | Piece::Or(inner) => {
                1 + inner.size(depth + 1)
            }
            _ => 1,
        };
        self.0.iter().map(of).sum()
    }

    /// One part of a selector that means the same, for use inside another one.
    fn single(&self, notes: &mut Vec<(Severity, String)>) -> Option<String> {
        let selectors = alternatives(&self.0, notes)?;
        // The last is the most faithful but for paths, which do not nest well.
        let of_one = selectors.0.into_iter().filter_map(|mut selector| {
            (selector.chain.len() == 1).then(|| selector.chain.remove(0))
        });
        let mut all: Vec<String> = of_one.collect();
        let at = all.iter().rposition(|part| !part.starts_with("pierce/"))?;
        Some(all.swap_remove(at))
    }
}

fn alternatives(pieces: &[Piece], notes: &mut Vec<(Severity, String)>) -> Option<Selectors> {
    // `a.or(b).first()` is the first of `a` where there is no `b`, and the other way round; where
    // both are there, alternatives contradict and the step fails. Any other place among both could
    // be another element's place among one of them.
    let joined = pieces
        .iter()
        .skip_while(|piece| !matches!(piece, Piece::Or(_)));
    let mut places = joined.filter_map(|piece| match piece {
        Piece::Nth(at) => Some(*at),
        _ => None,
    });
    if let Some(first) = places.next() {
        if ![0, -1].contains(&first) || places.any(|at| ![0, -1].contains(&at)) {
            return None;
        }
        notes.push((
            Severity::Changed,
            "`or` with `first` or `last`: the step fails where both sides are there".to_owned(),
        ));
    }
    // `a.or(b)`: each has its own alternatives, and what follows holds for both.
    let mut others: Vec<Vec<String>> = Vec::new();
    let ors = pieces
        .iter()
        .enumerate()
        .filter_map(|(at, piece)| match piece {
            Piece::Or(other) => Some((at, other)),
            _ => None,
        });
    for (at, other) in ors.take(MAX_ALTERNATIVES) {
        let after = pieces[at + 1..]
            .iter()
            .filter(|piece| !matches!(piece, Piece::Or(_)));
        let other: Vec<Piece> = other.0.iter().chain(after).cloned().collect();
        let found = alternatives(&other, notes);
        others.extend(
            found
                .into_iter()
                .flat_map(|found| found.0)
                .map(|one| one.chain),
        );
    }
    let pieces: Vec<&Piece> = pieces
        .iter()
        .filter(|piece| !matches!(piece, Piece::Or(_)))
        .collect();
    let mut own: Vec<Vec<String>> = Vec::new();
    for flavour in [Flavour::Whole, Flavour::Faithful, Flavour::Placed] {
        // Only one of them says what was lost.
        let mut said = Vec::new();
        let chain = chain(&pieces, flavour, &mut said);
        if flavour == Flavour::Faithful {
            notes.append(&mut said);
        }
        own.extend(chain.filter(|chain| !chain.is_empty()));
    }
    own.append(&mut others);
    let mut seen: Vec<Vec<String>> = Vec::new();
    for chain in own {
        if !seen.contains(&chain) && seen.len() < MAX_ALTERNATIVES {
            seen.push(chain);
        }
    }
    let selector = |chain| Selector { chain, bare: false };
    (!seen.is_empty()).then(|| Selectors(seen.into_iter().map(selector).collect()))
}

/// The chain in one flavour, if it has one.
fn chain(
    pieces: &[&Piece],
    flavour: Flavour,
    notes: &mut Vec<(Severity, String)>,
) -> Option<Vec<String>> {
    // What is counted must be counted among the same elements.
    let counted = pieces.iter().any(|piece| matches!(piece, Piece::Nth(_)));
    let mut out: Vec<String> = Vec::new();
    for piece in pieces {
        let first = out.is_empty();
        match piece {
            Piece::Role {
                role,
                name,
                description,
                states,
            } => {
                if let [state, ..] = states.as_slice() {
                    notes.push((
                        Severity::Changed,
                        format!("`{state}` of `getByRole` is not looked at"),
                    ));
                }
                let whole = flavour == Flavour::Whole;
                if whole && (counted || description.is_some()) {
                    return None;
                }
                out.push(role_part(
                    role,
                    name.as_ref(),
                    description.as_ref(),
                    whole,
                    notes,
                ));
            }
            Piece::Label(label) => match flavour {
                Flavour::Whole => return None,
                // Other things than fields have names too.
                Flavour::Faithful if counted => return None,
                Flavour::Faithful => out.push(match label.literal(notes) {
                    Match::Exact(text) => aria(Some(&text), None),
                    other => format!("aria/{}", name_attribute("name", &other)),
                }),
                Flavour::Placed => out.push(label_path(&label.literal(notes))),
            },
            Piece::Text(text) => match text.literal(notes) {
                Match::Exact(text) => out.push(text_path(&text)),
                other => out.push(format!("text/{}", squashed(other.text()))),
            },
            Piece::Attribute { name, value } => {
                let css = attribute(name, &value.literal(notes));
                out.push(match flavour {
                    Flavour::Placed => format!("pierce/{css}"),
                    _ => css,
                });
            }
            Piece::Css(css) => css_parts(css, flavour, &mut out, notes),
            Piece::XPath(path) => out.push(match path.as_str() {
                relative if !first && relative.starts_with('/') => format!("xpath/.{relative}"),
                path => format!("xpath/{path}"),
            }),
            // Nothing to filter yet.
            _ if first => notes.push((
                Severity::Lost,
                "a locator that begins with a filter".to_owned(),
            )),
            Piece::Nth(at) => out.push(format!("only/[nth=\"{at}\"]")),
            Piece::Visible(visible) => out.push(format!("only/[visible=\"{visible}\"]")),
            Piece::HasText(text) => {
                out.push(format!(
                    "only/{}",
                    name_attribute("text", &text.literal(notes))
                ));
            }
            Piece::HasNotText(text) => {
                let text = text.literal(notes);
                out.push(format!("only/{}", name_attribute("notText", &text)));
            }
            Piece::Has(inner) => nested("has", inner, &mut out, notes),
            Piece::HasNot(inner) => nested("hasNot", inner, &mut out, notes),
            Piece::And(inner) => nested("is", inner, &mut out, notes),
            // Alternatives, and frames, are told apart before.
            Piece::Or(_) | Piece::EnterFrame => {}
            Piece::Unknown(what) => notes.push((
                Severity::Lost,
                format!("`{what}` of a locator, which may now match other elements too"),
            )),
        }
    }
    Some(out)
}

fn nested(name: &str, inner: &Locator, out: &mut Vec<String>, notes: &mut Vec<(Severity, String)>) {
    match inner.single(notes) {
        Some(part) => out.push(format!("only/[{name}={}]", quoted(&part))),
        None => notes.push((
            Severity::Lost,
            format!("`{name}` with a chain of locators, which may now match other elements too"),
        )),
    }
}

fn role_part(
    role: &str,
    name: Option<&Match>,
    description: Option<&Match>,
    whole: bool,
    notes: &mut Vec<(Severity, String)>,
) -> String {
    let name = name.map(|name| name.literal(notes));
    let description = description.map(|description| description.literal(notes));
    match (&name, &description) {
        (None, None) => aria(None, Some(role)),
        (Some(Match::Exact(text)), None) => aria(Some(text), Some(role)),
        (Some(Match::Part(text)), None) if whole => aria(Some(text), Some(role)),
        _ => {
            let name = name.iter().map(|name| name_attribute("name", name));
            let described = description
                .iter()
                .map(|text| name_attribute("description", text));
            let all: String = name.chain(described).collect();
            format!("aria/{all}[role={}]", quoted(role))
        }
    }
}

/// `aria/Name[role="button"]`.
fn aria(name: Option<&str>, role: Option<&str>) -> String {
    let role = role.map_or_else(String::new, |role| format!("[role={}]", quoted(role)));
    match name {
        None => format!("aria/{role}"),
        // What looks like an attribute would be read as one.
        Some(name) if name.contains(['[', '"', '\'', '\\']) || name.trim().is_empty() => {
            format!("aria/[name={}]{role}", quoted(&squashed(name)))
        }
        Some(name) => format!("aria/{}{role}", squashed(name)),
    }
}

/// `[name*="part"]` or `[name="whole"]`.
fn name_attribute(name: &str, text: &Match) -> String {
    let operator = if matches!(text, Match::Exact(_)) {
        "="
    } else {
        "*="
    };
    format!("[{name}{operator}{}]", quoted(&squashed(text.text())))
}

/// A CSS selector for an attribute.
fn attribute(name: &str, value: &Match) -> String {
    match value {
        Match::Exact(text) => format!("[{name}={}]", css_string(text)),
        other => format!("[{name}*={} i]", css_string(other.text())),
    }
}

/// Fields by the text of their label, also by `aria-label` and `aria-labelledby`.
fn label_path(label: &Match) -> String {
    let fits = |text: &str| match label {
        Match::Exact(wanted) => format!("normalize-space({text})={}", path_string(wanted)),
        other => format!(
            "contains({}, {})",
            lower(&format!("normalize-space({text})")),
            path_string(&other.text().to_ascii_lowercase())
        ),
    };
    let label = fits(".");
    let controls = "self::input or self::select or self::textarea or self::button or \
                    self::meter or self::output or self::progress";
    format!(
        "xpath/.//*[(({controls}) and (@id=//label[{label}]/@for or \
         ancestor::label[not(@for)][{label}])) or {} or {}]",
        fits("@aria-label"),
        fits("id(@aria-labelledby)"),
    )
}

/// The innermost elements with exactly this text, and buttons with this value.
fn text_path(text: &str) -> String {
    let text = path_string(&squashed(text));
    let has = format!("normalize-space(.)={text}");
    format!(
        "xpath/.//*[not(self::script or self::style or self::title)]\
         [({has} and not(*[{has}])) or \
         (self::input and (@type='submit' or @type='button') and @value={text})]"
    )
}

const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// `XPath` 1.0 has no other way; letters beyond ASCII keep their case.
fn lower(expression: &str) -> String {
    format!(
        "translate({expression}, '{UPPER}', '{}')",
        UPPER.to_ascii_lowercase()
    )
}

/// A string of `XPath` 1.0, which has no escapes.
fn path_string(text: &str) -> String {
    if !text.contains('"') {
        return format!("\"{text}\"");
    }
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let pieces: Vec<String> = text
        .split('"')
        .map(|piece| format!("\"{piece}\""))
        .collect();
    format!("concat({})", pieces.join(", '\"', "))
}

fn css_string(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\a "),
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

/// A value in one of our attributes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn squashed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// CSS, and what Playwright's pseudo-classes at its end say of the element.
fn css_parts(
    css: &str,
    flavour: Flavour,
    out: &mut Vec<String>,
    notes: &mut Vec<(Severity, String)>,
) {
    let mut plain = css.trim().to_owned();
    let mut filters = Vec::new();
    while filters.len() < MAX_FILTERS
        && let Some((before, filter)) = last_pseudo(&plain)
    {
        let shorter = before.trim_end().len();
        plain.truncate(shorter);
        filters.push(filter);
    }
    for own in [
        ":has-text(",
        ":text(",
        ":text-is(",
        ":text-matches(",
        ":nth-match(",
        ":visible",
        ":light(",
    ] {
        if plain.contains(own) {
            let own = own.trim_end_matches('(');
            notes.push((
                Severity::Lost,
                format!("`{own}` in the middle of a selector: write another selector"),
            ));
        }
    }
    if plain.is_empty() || plain.ends_with(['>', '+', '~', ' ']) {
        plain.push('*');
    }
    if plain.starts_with(['>', '+', '~']) {
        plain.insert_str(0, ":scope ");
    }
    out.push(match flavour {
        Flavour::Placed => format!("pierce/{plain}"),
        // Nothing in it may be taken for a prefix of ours.
        _ if ["aria/", "text/", "xpath/", "pierce/", "only/"]
            .iter()
            .any(|prefix| plain.starts_with(prefix)) =>
        {
            format!("css/{plain}")
        }
        _ => plain,
    });
    out.extend(filters.into_iter().rev());
}

/// `button:has-text("Buy")` is `button` and `only/[text*="Buy"]`.
fn last_pseudo(css: &str) -> Option<(&str, String)> {
    if let Some(before) = css.strip_suffix(":visible") {
        return Some((before, "only/[visible=\"true\"]".to_owned()));
    }
    for (name, operator) in [(":has-text(", "*="), (":text-is(", "="), (":text(", "*=")] {
        let Some(at) = css.rfind(name) else { continue };
        let inside = css[at + name.len()..].strip_suffix(')')?;
        let text = unquoted(inside.trim())?;
        let filter = format!("only/[text{operator}{}]", quoted(&squashed(&text)));
        return Some((&css[..at], filter));
    }
    None
}

/// The value of one whole quoted string.
pub(super) fn unquoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|quote| "\"'".contains(*quote))?;
    let inside = text.get(1..)?.strip_suffix(quote)?;
    let mut out = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.push(characters.next()?),
            _ if character == quote => return None,
            _ => out.push(character),
        }
    }
    Some(out)
}

impl Match {
    /// What is searched for.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Part(text) | Self::Exact(text) | Self::Regex(text) => text,
        }
    }

    /// The same without a regular expression. `/^Save$/` is exact; of another one its longest
    /// literal part is taken, which is noted.
    pub(super) fn literal(&self, notes: &mut Vec<(Severity, String)>) -> Self {
        let Self::Regex(source) = self else {
            return self.clone();
        };
        let (literals, whole) = literals_of(source);
        if let ([only], true) = (literals.as_slice(), whole) {
            return match (source.starts_with('^'), source.ends_with('$')) {
                (true, true) => Self::Exact(only.clone()),
                _ => Self::Part(only.clone()),
            };
        }
        let longest = literals
            .into_iter()
            .max_by_key(String::len)
            .unwrap_or_default();
        notes.push((
            Severity::Changed,
            format!(
                "of the regular expression `/{source}/` only the part `{longest}` is looked for"
            ),
        ));
        Self::Part(longest)
    }
}

/// Literal runs of a regular expression, and whether it is nothing but one between anchors.
fn literals_of(source: &str) -> (Vec<String>, bool) {
    let body = source.strip_prefix('^').unwrap_or(source);
    let body = body
        .strip_suffix('$')
        .filter(|body| !body.ends_with('\\'))
        .unwrap_or(body);
    let (mut runs, mut run, mut whole) = (Vec::new(), String::new(), true);
    let mut characters = body.chars().peekable();
    let (mut class, mut group) = (false, 0usize);
    while let Some(character) = characters.next() {
        let literal = match character {
            _ if class => {
                class = character != ']';
                None
            }
            '\\' => match characters.next() {
                Some(next) if !next.is_alphanumeric() => Some(next),
                _ => None,
            },
            '[' => {
                class = true;
                None
            }
            '(' => {
                group += 1;
                None
            }
            ')' => {
                group = group.saturating_sub(1);
                None
            }
            '.' | '*' | '+' | '?' | '|' | '{' | '}' | '^' | '$' => None,
            _ if group > 0 => None,
            other => Some(other),
        };
        // What may be there zero times is no part of it.
        let loose = characters.peek().is_some_and(|next| "*?{".contains(*next));
        if let Some(literal) = literal.filter(|_| !loose) {
            run.push(literal);
        } else {
            whole = false;
            runs.push(std::mem::take(&mut run));
        }
        // Alternatives at the top: no part is sure to be there.
        if character == '|' && group == 0 && !class {
            return (Vec::new(), false);
        }
    }
    runs.push(run);
    runs.retain(|run| !run.trim().is_empty());
    (runs, whole)
}

#[cfg(test)]
#[path = "playwright_locator_tests.rs"]
mod tests;
