//! Types of a flow. Native fields follow the Recorder's schema
//! (<https://github.com/puppeteer/replay>, `src/Schema.ts`); what it lacks is in
//! [`FlowExtension`] and [`StepExtension`], read from and written to the key `x-rehearsal`, and in
//! [`OwnStep`].
//! Keys that we do not know are kept in `other` and written back. `other` also holds the places and
//! the spelling of native keys, so that a file comes out as it went in (see [`super::arrange`]).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

use super::{Change, FlowExtension, OwnStep, StepExtension};

/// A recorded path through a site.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// Title, unique within a workload.
    pub title: String,
    /// Default deadline of a step, ms (the format allows 1 to 30,000).
    pub timeout_ms: Option<u64>,
    /// Attribute that the recorder preferred for selectors.
    pub selector_attribute: Option<String>,
    /// What the person did, in order.
    pub steps: Vec<Step>,
    /// Our own data.
    pub extension: FlowExtension,
    /// Unknown keys, kept; places of native ones.
    pub other: Map<String, Value>,
}

/// One action of a flow. Its `Debug` hides the value of a step that was rendered with a secret.
#[derive(Clone, PartialEq)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// Deadline in the native field, ms (1 to 30,000).
    pub timeout_ms: Option<u64>,
    /// Events that the step must cause.
    pub asserted_events: Vec<AssertedEvent>,
    /// Page on which it happens: `main`, or the URL of a popup or out-of-process frame.
    pub target: Option<String>,
    /// Path of child-frame indexes inside the target; empty for its top frame.
    pub frame: Vec<usize>,
    /// Our own data.
    pub extension: StepExtension,
    /// Unknown keys, kept; places of native ones.
    pub other: Map<String, Value>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Opens a URL.
    Navigate {
        /// Absolute URL as recorded; re-based onto the target in a run.
        url: String,
    },
    /// Sets the size of the page.
    SetViewport(Viewport),
    /// Emulates a slower network.
    EmulateNetworkConditions {
        /// Bytes per second.
        download: f64,
        /// Bytes per second.
        upload: f64,
        /// Milliseconds.
        latency: f64,
    },
    /// Presses and releases a pointer's button.
    Click(Pointer),
    /// The same, twice.
    DoubleClick(Pointer),
    /// Moves the pointer over an element.
    Hover {
        /// Which element.
        selectors: Selectors,
    },
    /// Gives a field a value.
    Change {
        /// Which element.
        selectors: Selectors,
        /// Its new value.
        value: String,
    },
    /// Presses a key.
    KeyDown {
        /// `KeyboardEvent.key`.
        key: String,
    },
    /// Releases a key.
    KeyUp {
        /// `KeyboardEvent.key`.
        key: String,
    },
    /// Scrolls an element, or the window when there are no selectors.
    Scroll {
        /// Which element.
        selectors: Option<Selectors>,
        /// Absolute position, CSS px.
        x: Option<f64>,
        /// Absolute position, CSS px.
        y: Option<f64>,
    },
    /// Waits until elements are there.
    WaitForElement(WaitForElement),
    /// Waits until a JavaScript expression is true.
    WaitForExpression {
        /// The expression; a promise is awaited.
        expression: String,
    },
    /// Closes the target.
    Close,
    /// A step that the format lacks.
    Own(OwnStep),
    /// A step of another tool: kept, not played.
    CustomStep {
        /// Name.
        name: String,
        /// Any JSON.
        parameters: Option<Value>,
    },
}

/// Where and how a pointer clicks.
#[derive(Debug, Clone, PartialEq)]
pub struct Pointer {
    /// Which element.
    pub selectors: Selectors,
    /// CSS px from the element's left border edge.
    pub offset_x: f64,
    /// CSS px from the element's top border edge.
    pub offset_y: f64,
    /// Which button; primary when absent.
    pub button: Option<Button>,
    /// Which device; mouse when absent.
    pub device: Option<PointerDevice>,
    /// How long the button is held, ms.
    pub duration_ms: Option<f64>,
}

/// A pointer's button, in the Recorder's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Button {
    Primary,
    Auxiliary,
    Secondary,
    Back,
    Forward,
}

/// A pointing device, in the Recorder's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum PointerDevice {
    Mouse,
    Pen,
    Touch,
}

/// Alternatives for finding one element. Each is a chain through shadow roots; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selectors(pub Vec<Selector>);

/// One alternative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// Parts from the outermost: each later part is looked up inside (the shadow root of) the
    /// match of the one before. Forms: CSS without prefix, `aria/`, `text/`, `xpath/`, `pierce/`.
    pub chain: Vec<String>,
    /// Whether the file had a bare string instead of an array, so that it is written back so.
    pub bare: bool,
}

/// What `waitForElement` waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitForElement {
    /// Which elements.
    pub selectors: Selectors,
    /// How their number compares with `count`; `>=` when absent.
    pub operator: Option<CountOperator>,
    /// 1 when absent.
    pub count: Option<u64>,
    /// Visible (true, the default) or hidden.
    pub visible: Option<bool>,
    /// Properties that the elements must have.
    pub properties: Option<Map<String, Value>>,
    /// Attributes that the elements must have.
    pub attributes: Option<Map<String, Value>>,
}

/// Comparison of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum CountOperator {
    #[serde(rename = ">=")]
    AtLeast,
    #[serde(rename = "==")]
    Exactly,
    #[serde(rename = "<=")]
    AtMost,
}

/// Size and kind of a page's viewport.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Viewport {
    /// CSS px.
    pub width: u32,
    /// CSS px.
    pub height: u32,
    /// Device px per CSS px.
    pub device_scale_factor: f64,
    /// Mobile layout (viewport meta tag, overlay scroll bars).
    pub is_mobile: bool,
    /// Touch events.
    pub has_touch: bool,
    /// Wider than high.
    pub is_landscape: bool,
}

/// An event that a step must cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertedEvent {
    /// URL after the navigation, if it is compared.
    pub url: Option<String>,
    /// Title after the navigation, if it is compared.
    pub title: Option<String>,
    /// Unknown keys, kept.
    pub other: Map<String, Value>,
}

impl Button {
    pub(super) const WORDS: [(&'static str, Self); 5] = [
        ("primary", Self::Primary),
        ("auxiliary", Self::Auxiliary),
        ("secondary", Self::Secondary),
        ("back", Self::Back),
        ("forward", Self::Forward),
    ];
}

impl PointerDevice {
    pub(super) const WORDS: [(&'static str, Self); 3] = [
        ("mouse", Self::Mouse),
        ("pen", Self::Pen),
        ("touch", Self::Touch),
    ];
}

impl CountOperator {
    pub(super) const WORDS: [(&'static str, Self); 3] = [
        (">=", Self::AtLeast),
        ("==", Self::Exactly),
        ("<=", Self::AtMost),
    ];
}

impl Step {
    /// A step that does this on the main page, with nothing else set.
    pub fn new(action: Action) -> Self {
        Self {
            action,
            timeout_ms: None,
            asserted_events: Vec::new(),
            target: None,
            frame: Vec::new(),
            extension: StepExtension::default(),
            other: Map::new(),
        }
    }

    /// Makes the step the drag or the change that `x-rehearsal` of its file says it is.
    pub(super) fn take_own(&mut self) {
        let Action::WaitForExpression { .. } = self.action else {
            return;
        };
        if let Some(drag) = self.extension.drag.take() {
            self.action = Action::Own(OwnStep::Drag(*drag));
        } else if let Some(change) = self.extension.change.take() {
            let Change { selectors, value } = *change;
            self.action = Action::Change { selectors, value };
        }
    }

    /// Whether it is there to make something happen. A field that is filled or clicked into, or
    /// Escape, is not: what came after it may be of what was done before (a draft that saves
    /// itself after a while), and comes at another step of a replay.
    pub fn acts(&self) -> bool {
        match &self.action {
            Action::KeyDown { key } => {
                !["Escape", "Tab", "Home", "End"].contains(&key.as_str())
                    && !key.starts_with("Arrow")
            }
            Action::Click(_) => {
                let role = self.extension.element.as_ref();
                !role.is_some_and(|print| ["textbox", "searchbox"].contains(&print.role.as_str()))
            }
            Action::KeyUp { .. }
            | Action::Change { .. }
            | Action::Hover { .. }
            | Action::Scroll { .. } => false,
            _ => true,
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = formatter.debug_struct("Step");
        let mut extension = self.extension.clone();
        if extension.rendered.secret {
            out.field("action", &format_args!("{}(secret)", self.action.name()));
            for (_, text) in super::template::inner(&mut extension) {
                "(secret)".clone_into(text);
            }
        } else {
            out.field("action", &self.action);
        }
        out.field("timeout_ms", &self.timeout_ms)
            .field("asserted_events", &self.asserted_events)
            .field("target", &self.target)
            .field("frame", &self.frame)
            .field("extension", &extension)
            .field("other", &self.other)
            .finish()
    }
}

impl Action {
    /// The Recorder's name of the action.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Navigate { .. } => "navigate",
            Self::SetViewport(_) => "setViewport",
            Self::EmulateNetworkConditions { .. } => "emulateNetworkConditions",
            Self::Click(_) => "click",
            Self::DoubleClick(_) => "doubleClick",
            Self::Hover { .. } => "hover",
            Self::Change { .. } => "change",
            Self::KeyDown { .. } => "keyDown",
            Self::KeyUp { .. } => "keyUp",
            Self::Scroll { .. } => "scroll",
            Self::WaitForElement(_) => "waitForElement",
            Self::WaitForExpression { .. } => "waitForExpression",
            Self::Close => "close",
            Self::Own(_) | Self::CustomStep { .. } => "customStep",
        }
    }

    /// Selectors of the element it acts on, if it has one.
    pub fn selectors(&self) -> Option<&Selectors> {
        match self {
            Self::Click(pointer) | Self::DoubleClick(pointer) => Some(&pointer.selectors),
            Self::Hover { selectors } | Self::Change { selectors, .. } => Some(selectors),
            Self::Scroll { selectors, .. } => selectors.as_ref(),
            Self::WaitForElement(wait) => Some(&wait.selectors),
            Self::Own(own) => own.selectors(),
            _ => None,
        }
    }

    /// The same, to change them.
    pub fn selectors_mut(&mut self) -> Option<&mut Selectors> {
        match self {
            Self::Click(pointer) | Self::DoubleClick(pointer) => Some(&mut pointer.selectors),
            Self::Hover { selectors } | Self::Change { selectors, .. } => Some(selectors),
            Self::Scroll { selectors, .. } => selectors.as_mut(),
            Self::WaitForElement(wait) => Some(&mut wait.selectors),
            Self::Own(own) => own.selectors_mut(),
            _ => None,
        }
    }
}
