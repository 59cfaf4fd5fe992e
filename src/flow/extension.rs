//! What the Recorder's format lacks: the types of `x-rehearsal`. Read with the place of a
//! mistake by [`super::parse`], and written back as they came. An unknown key is a mistake, unless
//! it begins with `x-`.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Change, Drag, Fingerprint, Selectors};

/// `x-rehearsal` of a flow.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlowExtension {
    /// Version of the extension; absent means 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// How groups of steps are walked, by the name that steps give in [`StepExtension::group`].
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub groups: IndexMap<String, Group>,
    /// Hosts besides those that it opens that got traffic when it was recorded, and that it needs
    /// (`cdn.example.com`, `*.example.com`, with or without a port).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// Keys that begin with `x-`, kept.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How the consecutive steps of one group are walked.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group {
    /// How often; once when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// When the element of its first step is absent, the whole group is skipped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// How often a group is walked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Repeat {
    /// So often: `3`.
    Times(u32),
    /// A number drawn evenly for each iteration, both ends included: `[1, 5]`.
    Between([u32; 2]),
    /// As long as something is visible, looked at before each pass.
    While(RepeatWhile),
}

/// `{ "while": [["#more"]], "atMost": 10 }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RepeatWhile {
    /// What must be visible for a further pass.
    #[serde(rename = "while")]
    pub visible: Selectors,
    /// Most passes.
    pub at_most: u32,
}

/// `x-rehearsal` of a step.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepExtension {
    /// Name for reports ("Place order").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Group to which it belongs; neighbours with the same name are one group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Recorded think time before this step, ms: from the page being ready to the person acting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub think_ms: Option<u64>,
    /// In a file only: the step is this drag ([`super::OwnStep::Drag`]), and its native expression
    /// is the same for other players.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drag: Option<Box<Drag>>,
    /// In a file only: the step changes a rich-text editor ([`super::Action::Change`]), and its
    /// native expression is the same for other players.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Box<Change>>,
    /// Template for the native `value` or `url` (`{{customers.email}}`, `{{secret.PASSWORD}}`,
    /// `{{date.today+7d}}`). The native field keeps a sample that replays elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// All options that a `change` chooses in a list that takes several; the native `value` is
    /// the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    /// How a `change` types into a rich-text editor; the native `value` is the text that comes
    /// of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<Stroke>>,
    /// Pause between the keys of a `change`, ms; none when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_delay_ms: Option<u64>,
    /// Deadline beyond what the native field allows, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// `"any"`: when the selectors match several like items, one is drawn for each iteration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choose: Option<Choose>,
    /// A step that may be absent (a cookie banner): not finding its element is no failure.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Where in the element's box it is pressed, as fractions of width and height (`[0.5, 0.5]` is
    /// its middle): for canvases and maps, whose size differs. Goes before `offsetX`, `offsetY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<[f64; 2]>,
    /// Keys held during a click.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modifiers: Vec<Modifier>,
    /// A `scroll` by turning the wheel over the element, instead of setting the position.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wheel: bool,
    /// Elements of the frames around the step's element, outermost first. Goes before the native
    /// `frame`, whose indexes change when a page gets another frame.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Selectors>,
    /// Tab by the order in which the iteration opened them: 0 is the user's own, 1 the first
    /// popup. Goes before the native `target`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tab: Option<usize>,
    /// Dialogs that the step opens, in order, and how they are answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dialogs: Vec<Dialog>,
    /// A download that the step starts; it is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download: Option<Download>,
    /// What the element looked like when it was recorded: by this it is found again when the
    /// selectors no longer match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<Box<Fingerprint>>,
    /// What the step caused when it was recorded: waited for before the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// Whether it may be done once more when it had no effect at all (a page that was not yet
    /// hydrated). Decided by the kind of step when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeatable: Option<bool>,
    /// What must hold after the step, within its deadline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expect: Vec<Expectation>,
    /// Values read after the step, for later ones: `{{flow.NAME}}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extract: BTreeMap<String, Extraction>,
    /// What rendering for one iteration added; never in a file.
    #[serde(skip)]
    pub rendered: Rendered,
    /// Keys that begin with `x-`, kept.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What [`crate::flow::template::render`] adds to a step for one iteration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rendered {
    /// Number that decides where the flow says `choose: "any"`.
    pub draw: u64,
    /// The value holds a secret: it appears in no message, label or `Debug` output.
    pub secret: bool,
}

/// How one of several matching elements is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Choose {
    /// Any of them, evenly.
    Any,
}

/// A key held during a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Modifier {
    Alt,
    Control,
    /// Command on a Mac, Control elsewhere.
    ControlOrMeta,
    Meta,
    Shift,
}

/// A part of what is typed into a rich-text editor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Stroke {
    /// Text, key by key: `{ "text": "Hello" }`.
    Text {
        /// The text; line breaks are the Enter key.
        text: String,
    },
    /// A key or a shortcut: `{ "press": "ControlOrMeta+B" }`.
    Press {
        /// Names of keys (`KeyboardEvent.key`), joined by `+`.
        press: String,
    },
}

/// A dialog of the page and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dialog {
    /// Kind of dialog.
    #[serde(rename = "type")]
    pub kind: DialogKind,
    /// OK (the default) or Cancel; for `beforeunload`: leave or stay.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub accept: bool,
    /// What is typed into a `prompt`; its default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Text that its message must contain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Kinds of dialogs that a page can open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum DialogKind {
    Alert,
    Confirm,
    Prompt,
    Beforeunload,
}

/// A download that a step starts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Download {
    /// Suggested file name, with `*` for any part (`invoice-*.pdf`); any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Fewest bytes that it must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least_bytes: Option<u64>,
}

/// What a step caused when it was recorded. All parts are awaited; the step fails only when none
/// of them comes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Effect {
    /// The page went to an address like this (see [`Expectation::url`]), by a document or by the
    /// history API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub navigation: Option<String>,
    /// Requests that were answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub responses: Vec<ResponsePattern>,
    /// Elements that came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub appears: Vec<Selectors>,
    /// Elements that went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vanishes: Vec<Selectors>,
    /// State that the step's own element took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ElementState>,
}

/// State of an element.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ElementState {
    /// Checked, of a box, radio button or `aria-checked`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<bool>,
    /// `aria-expanded`, or an open `details`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expanded: Option<bool>,
    /// `aria-pressed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pressed: Option<bool>,
    /// `aria-selected`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected: Option<bool>,
    /// Value of a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A request with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResponsePattern {
    /// HTTP method; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// URL pattern, as in [`Expectation::url`].
    pub url: String,
    /// HTTP status; any below 400 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Only a request counts that began when all had been typed: a draft that saves itself when
    /// the keys rest, and not the one that saved what was there before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub afterwards: bool,
}

/// What must hold after a step. Of several members, all must.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expectation {
    /// Element that is looked at; the step's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selectors: Option<Selectors>,
    /// It is visible, or (false) hidden or absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible: Option<bool>,
    /// Its whole text, runs of white space as one space. May hold templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Part of its text. May hold templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    /// Regular expression that its text matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// Value of the field. May hold templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether it is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<bool>,
    /// Whether it can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// How many visible elements match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Address of the page: `*` stands for any part of a path between slashes, `**` for any text.
    /// A pattern that begins with `/` is compared with the path, and with the query if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Title of the page, whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A response that the step causes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponsePattern>,
}

/// A value that is read from the page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Extraction {
    /// Element that is read; the step's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selectors: Option<Selectors>,
    /// What is read; the text when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Source>,
    /// Attribute that is read, instead of `from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// Regular expression: its first group is the value, or the whole match when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// Where a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// Text of the element.
    Text,
    /// Value of the field.
    Value,
    /// Address of the page.
    Url,
    /// Title of the page.
    Title,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_yes(value: &bool) -> bool {
    *value
}
