//! [`Flow`] to Recorder JSON: what was read comes out the same, keys in their order.

use serde_json::{Map, Number, Value, json};

use super::arrange::{arrange, reread};
use super::parse::EXTENSION_KEY;
use super::{
    Action, AssertedEvent, Button, Change, CountOperator, Drag, Flow, FlowExtension, History,
    OWN_PREFIX, OwnStep, Paste, Pointer, PointerDevice, Press, Selectors, Step, StepExtension,
    Upload,
};
use super::{drag_script, edit_script};

impl Flow {
    /// The flow as a JSON value.
    pub fn to_value(&self) -> Value {
        flow(self, native_flow(self))
    }

    /// The flow as a file: JSON indented by two spaces, with a final newline.
    pub fn to_json(&self) -> String {
        format!("{:#}\n", self.to_value())
    }
}

pub(super) const FLOW_KEYS: [&str; 5] = [
    "title",
    "timeout",
    "selectorAttribute",
    "steps",
    EXTENSION_KEY,
];
pub(super) const EVENT_KEYS: [&str; 3] = ["type", "url", "title"];
/// Native keys of all types of steps.
pub(super) const STEP_KEYS: [&str; 34] = [
    "type",
    "timeout",
    "assertedEvents",
    "target",
    "frame",
    "selectors",
    "url",
    "offsetX",
    "offsetY",
    "button",
    "deviceType",
    "duration",
    "value",
    "key",
    "x",
    "y",
    "width",
    "height",
    "deviceScaleFactor",
    "isMobile",
    "hasTouch",
    "isLandscape",
    "download",
    "upload",
    "latency",
    "operator",
    "count",
    "visible",
    "properties",
    "attributes",
    "expression",
    "name",
    "parameters",
    EXTENSION_KEY,
];

/// A flow, step or event whose native members are `native`, as a value.
fn flow(flow: &Flow, native: Map<String, Value>) -> Value {
    arrange(native, &flow.other, &FLOW_KEYS, |key, value| match key {
        EXTENSION_KEY => reread::<FlowExtension>(value),
        _ => rounded(value),
    })
}

fn step(step: &Step) -> Value {
    arrange(
        native_step(step),
        &step.other,
        &STEP_KEYS,
        |key, value| match (key, &step.action) {
            (EXTENSION_KEY, _) => reread::<StepExtension>(value),
            ("parameters", Action::Own(own)) => match own {
                OwnStep::Upload(_) => reread::<Upload>(value),
                OwnStep::Drag(_) => reread::<Drag>(value),
                OwnStep::Paste(_) => reread::<Paste>(value),
                OwnStep::Press(_) => reread::<Press>(value),
                OwnStep::History(_) => reread::<History>(value),
            },
            _ => rounded(value),
        },
    )
}

fn event(event: &AssertedEvent) -> Value {
    arrange(native_event(event), &event.other, &EVENT_KEYS, |_, _| None)
}

/// Milliseconds and pixels are read as whole numbers.
fn rounded(value: &Value) -> Option<Value> {
    value.as_f64().map(|number| json!(number.round() as u64))
}

pub(super) fn native_flow(flow: &Flow) -> Map<String, Value> {
    let mut out = Members::default();
    out.put("title", flow.title.as_str());
    out.put_some("timeout", flow.timeout_ms);
    out.put_some("selectorAttribute", flow.selector_attribute.as_deref());
    let steps: Vec<Value> = flow.steps.iter().map(step).collect();
    out.put("steps", steps);
    if flow.extension != FlowExtension::default() {
        out.put(EXTENSION_KEY, extension(&flow.extension));
    }
    out.0
}

pub(super) fn native_event(event: &AssertedEvent) -> Map<String, Value> {
    let mut out = Members::default();
    out.put("type", "navigation");
    out.put_some("url", event.url.as_deref());
    out.put_some("title", event.title.as_deref());
    out.0
}

pub(super) fn native_step(step: &Step) -> Map<String, Value> {
    let for_all = for_all(step);
    let step = for_all.as_ref().unwrap_or(step);
    let mut out = Members::default();
    out.put("type", step.action.name());
    out.put_some("target", step.target.as_deref());
    if !step.frame.is_empty() {
        out.put("frame", step.frame.as_slice());
    }
    out.action(&step.action);
    out.put_some("timeout", step.timeout_ms);
    if !step.asserted_events.is_empty() {
        let events: Vec<Value> = step.asserted_events.iter().map(event).collect();
        out.put("assertedEvents", events);
    }
    if step.extension != StepExtension::default() {
        out.put(EXTENSION_KEY, extension(&step.extension));
    }
    out.0
}

/// A drag or a change of a rich-text editor as other players do it, too: an expression for them,
/// and ours beside it. It stays the native or custom step that it was in a file, and where no
/// expression can do it.
fn for_all(step: &Step) -> Option<Step> {
    // Somebody may have written one for what ours cannot say.
    let own = match step.other.get("expression") {
        None => None,
        Some(Value::String(expression)) => Some(expression.clone()),
        Some(_) => Some("true".to_owned()),
    };
    if own.is_none()
        && ["parameters", "value"]
            .iter()
            .any(|key| step.other.contains_key(*key))
    {
        return None;
    }
    step.as_expression(own)
}

impl Step {
    /// A drag or a change of a rich-text editor as an expression that other players evaluate, and
    /// ours beside it; with the one that somebody `wrote` where we know none. None for other steps,
    /// and where there is no expression.
    pub(super) fn as_expression(&self, wrote: Option<String>) -> Option<Step> {
        let mut out = self.clone();
        let expression = match &self.action {
            Action::Own(OwnStep::Drag(drag)) => {
                out.extension.drag = Some(Box::new(drag.clone()));
                drag_script::of(drag)
            }
            Action::Change { selectors, value } => {
                let (selectors, value) = (selectors.clone(), value.clone());
                out.extension.change = Some(Box::new(Change { selectors, value }));
                edit_script::of(self)
            }
            _ => return None,
        };
        let expression = expression.or(wrote)?;
        out.action = Action::WaitForExpression { expression };
        Some(out)
    }

    /// Whether other players find a step that they know in the file, if this is one of ours.
    pub(super) fn is_known_elsewhere(&self) -> bool {
        let own = matches!(self.action, Action::Own(_));
        let said = for_all(self).map(|step| step.action);
        !own || matches!(said, Some(Action::WaitForExpression { expression }) if expression != "true")
    }

    /// Notes in which form a drag or a change stands in the file that is read.
    pub(super) fn remember_form(&mut self, file: &Map<String, Value>) {
        let keys: &[&str] = match self.action {
            Action::Own(OwnStep::Drag(_)) => &["parameters", "expression"],
            Action::Change { .. } => &["value", "expression"],
            _ => &[],
        };
        for key in keys {
            if let Some(value) = file.get(*key) {
                self.other.insert((*key).to_owned(), value.clone());
            }
        }
    }
}

/// Parameters of a custom step of ours.
fn parameters(own: &OwnStep) -> Value {
    match own {
        OwnStep::Upload(upload) => json!(upload),
        OwnStep::Drag(drag) => json!(drag),
        OwnStep::Paste(paste) => json!(paste),
        OwnStep::Press(press) => json!(press),
        OwnStep::History(history) => json!(history),
    }
}

fn extension(extension: &impl serde::Serialize) -> Value {
    serde_json::to_value(extension).expect("invariant: extensions have string keys only")
}

#[derive(Default)]
struct Members(Map<String, Value>);

impl Members {
    fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    fn put_some(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    /// Whole numbers without a fraction, as JavaScript writes them.
    fn number(&mut self, key: &str, value: f64) {
        let whole = value.fract() == 0.0 && value.abs() < 9e15;
        let number = if whole {
            Some(Number::from(value as i64))
        } else {
            Number::from_f64(value)
        };
        self.put_some(key, number);
    }

    fn action(&mut self, action: &Action) {
        match action {
            Action::Navigate { url } => self.put("url", url.as_str()),
            Action::SetViewport(viewport) => {
                self.put("width", viewport.width);
                self.put("height", viewport.height);
                self.number("deviceScaleFactor", viewport.device_scale_factor);
                self.put("isMobile", viewport.is_mobile);
                self.put("hasTouch", viewport.has_touch);
                self.put("isLandscape", viewport.is_landscape);
            }
            Action::EmulateNetworkConditions {
                download,
                upload,
                latency,
            } => {
                self.number("download", *download);
                self.number("upload", *upload);
                self.number("latency", *latency);
            }
            Action::Click(pointer) | Action::DoubleClick(pointer) => self.pointer(pointer),
            Action::Hover { selectors } => self.selectors(selectors),
            Action::Change { selectors, value } => {
                self.selectors(selectors);
                self.put("value", value.as_str());
            }
            Action::KeyDown { key } | Action::KeyUp { key } => self.put("key", key.as_str()),
            Action::Scroll { selectors, x, y } => {
                if let Some(selectors) = selectors {
                    self.selectors(selectors);
                }
                x.inspect(|x| self.number("x", *x));
                y.inspect(|y| self.number("y", *y));
            }
            Action::WaitForElement(wait) => {
                self.selectors(&wait.selectors);
                let word = wait
                    .operator
                    .map(|operator| word(&CountOperator::WORDS, &operator));
                self.put_some("operator", word);
                self.put_some("count", wait.count);
                self.put_some("visible", wait.visible);
                self.put_some("properties", wait.properties.clone());
                self.put_some("attributes", wait.attributes.clone());
            }
            Action::WaitForExpression { expression } => self.put("expression", expression.as_str()),
            Action::Close => {}
            Action::Own(own) => {
                self.put("name", format!("{OWN_PREFIX}{}", own.name()));
                self.put("parameters", parameters(own));
            }
            Action::CustomStep { name, parameters } => {
                self.put("name", name.as_str());
                self.put_some("parameters", parameters.clone());
            }
        }
    }

    fn pointer(&mut self, pointer: &Pointer) {
        self.selectors(&pointer.selectors);
        self.number("offsetX", pointer.offset_x);
        self.number("offsetY", pointer.offset_y);
        self.put_some(
            "button",
            pointer.button.map(|button| word(&Button::WORDS, &button)),
        );
        let device = pointer
            .device
            .map(|device| word(&PointerDevice::WORDS, &device));
        self.put_some("deviceType", device);
        pointer
            .duration_ms
            .inspect(|ms| self.number("duration", *ms));
    }

    fn selectors(&mut self, selectors: &Selectors) {
        self.put("selectors", json!(selectors));
    }
}

fn word<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    let found = words.iter().find(|(_, candidate)| candidate == value);
    found.map_or("", |(word, _)| *word)
}
