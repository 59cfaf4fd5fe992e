//! Recorder JSON to [`Flow`]: strict where `@puppeteer/replay` is strict, lenient where it is.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::arrange::rest;
use super::error::{Document, FlowError, Place, Problem};
use super::export;
use super::fields::Fields;
use super::locate::Key;
use super::suggest::did_you_mean;
use super::template::Template;
use super::write::{EVENT_KEYS, FLOW_KEYS, STEP_KEYS, native_event, native_flow, native_step};
use super::{
    Action, AssertedEvent, Button, CountOperator, Drag, Flow, FlowExtension, OWN_PREFIX, OwnStep,
    Pointer, PointerDevice, Selector, Selectors, Step, StepExtension, Viewport, WaitForElement,
};

/// Key of our own data on flows and steps.
pub const EXTENSION_KEY: &str = "x-rehearsal";

/// Newest version of `x-rehearsal` that is understood.
const EXTENSION_VERSION: u32 = 1;

/// The newest DevTools refuse larger flows.
pub(super) const MAX_STEPS: usize = 4096;
const MAX_TITLE_CHARS: usize = 300;

/// Keys of `x-rehearsal` on a flow, and on a step.
const FLOW_EXTENSION_KEYS: [&str; 3] = ["version", "groups", "allow"];
const STEP_EXTENSION_KEYS: [&str; 24] = [
    "name",
    "group",
    "thinkMs",
    "drag",
    "change",
    "value",
    "values",
    "keys",
    "keyDelayMs",
    "timeoutMs",
    "choose",
    "optional",
    "at",
    "modifiers",
    "wheel",
    "frames",
    "tab",
    "dialogs",
    "download",
    "element",
    "effect",
    "repeatable",
    "expect",
    "extract",
];

/// Types of steps that the format has.
pub(super) const STEP_TYPES: [&str; 14] = [
    "navigate",
    "setViewport",
    "emulateNetworkConditions",
    "click",
    "doubleClick",
    "hover",
    "change",
    "keyDown",
    "keyUp",
    "scroll",
    "waitForElement",
    "waitForExpression",
    "close",
    "customStep",
];

impl Flow {
    /// Reads a flow. `file` names the text in errors. A trailing source-map comment of the
    /// Recorder's export is ignored; templates are checked for their form.
    ///
    /// # Errors
    /// [`FlowError`] with the step, the field, what was found and what is allowed.
    pub fn parse(file: &str, text: &str) -> Result<Self, FlowError> {
        let text = without_source_map(text);
        let document = Document { file, text: &text };
        let value: Value = serde_json::from_str(&text)
            .map_err(|error| document.error(Place::Flow, &[], Problem::Syntax(error)))?;
        let Value::Object(map) = &value else {
            let problem = Problem::Missing {
                field: "title".to_owned(),
                expected: "an object with `title` and `steps`".to_owned(),
            };
            return Err(document.error(Place::Flow, &[], problem));
        };
        parse_flow(&Fields {
            map,
            document,
            place: Place::Flow,
            path: Vec::new(),
            prefix: String::new(),
        })
    }
}

/// The Recorder's export ends with a `//# recorderSourceMap=…` line. Blanked, so that places stay.
fn without_source_map(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split_inclusive('\n')
        .map(|line| {
            if line.trim_start().starts_with("//# recorderSourceMap=") {
                "\n"
            } else {
                line
            }
        })
        .collect()
}

fn parse_flow(fields: &Fields<'_>) -> Result<Flow, FlowError> {
    let title = fields.string("title")?;
    if title.chars().count() > MAX_TITLE_CHARS {
        return Err(fields.invalid("title", format!("at most {MAX_TITLE_CHARS} characters")));
    }
    if fields
        .get("timeout")
        .is_some_and(|value| !value.is_number())
    {
        return Err(fields.invalid("timeout", "a number from 1 to 30000 (ms)"));
    }
    let extension: FlowExtension = extension(fields, &FLOW_EXTENSION_KEYS)?;
    if let Some(found) = extension.version.filter(|found| *found > EXTENSION_VERSION) {
        let problem = Problem::TooNew {
            found,
            supported: EXTENSION_VERSION,
        };
        return Err(fields.error(&[EXTENSION_KEY.into(), "version".into()], problem));
    }
    let Some(Value::Array(items)) = fields.get("steps") else {
        return Err(fields.invalid("steps", "an array of steps"));
    };
    if items.len() > MAX_STEPS {
        return Err(fields.invalid("steps", format!("at most {MAX_STEPS} steps")));
    }
    let mut flow = Flow {
        title,
        timeout_ms: fields.timeout()?,
        selector_attribute: fields.word("selectorAttribute"),
        steps: Vec::with_capacity(items.len()),
        extension,
        other: Map::new(),
    };
    for (index, item) in items.iter().enumerate() {
        flow.steps.push(parse_item(fields, index, item)?);
    }
    flow.other = rest(fields.map, &native_flow(&flow), &FLOW_KEYS);
    export::restore(&mut flow);
    super::check::check(&flow, fields.document)?;
    Ok(flow)
}

fn parse_item(flow: &Fields<'_>, index: usize, item: &Value) -> Result<Step, FlowError> {
    let Value::Object(map) = item else {
        return Err(flow.invalid_at(
            &["steps".into(), index.into()],
            "an object with a `type`",
            String::new(),
        ));
    };
    parse_step(&Fields {
        map,
        document: flow.document,
        place: Place::Step(index),
        path: vec!["steps".into(), index.into()],
        prefix: String::new(),
    })
}

/// Our own data, whose keys are all known but those that begin with `x-`.
fn extension<T>(fields: &Fields<'_>, keys: &[&str]) -> Result<T, FlowError>
where
    T: DeserializeOwned + Default,
{
    let Some(value) = fields.get(EXTENSION_KEY) else {
        return Ok(T::default());
    };
    for key in value.as_object().into_iter().flat_map(Map::keys) {
        if !key.starts_with("x-") && !keys.contains(&key.as_str()) {
            let path = [EXTENSION_KEY.into(), key.as_str().into()];
            let hint = did_you_mean(key, keys.iter().copied());
            let problem = Problem::UnknownKey {
                field: format!("{}{EXTENSION_KEY}.{key}", fields.prefix),
                hint,
            };
            return Err(fields.error(&path, problem));
        }
    }
    typed(fields, EXTENSION_KEY, value)
}

/// A value of `key`, with the place of what is wrong in it.
fn typed<T: DeserializeOwned>(
    fields: &Fields<'_>,
    key: &str,
    value: &Value,
) -> Result<T, FlowError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        use serde_path_to_error::Segment;
        let segments = error.path().iter().filter_map(|segment| match segment {
            Segment::Seq { index } => Some(Key::from(*index)),
            Segment::Map { key } => Some(Key::from(key.as_str())),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
        let path: Vec<Key> = std::iter::once(Key::from(key)).chain(segments).collect();
        let inside = error.path().to_string();
        let field = match inside.as_str() {
            "." => format!("{}{key}", fields.prefix),
            _ => format!("{}{key}.{inside}", fields.prefix),
        };
        let problem = Problem::Mistyped {
            field,
            message: error.inner().to_string(),
        };
        fields.error(&path, problem)
    })
}

/// A step of another tool, or one of ours.
fn custom_step(fields: &Fields<'_>) -> Result<Action, FlowError> {
    let name = fields.string("name")?;
    let parameters = fields.get("parameters").cloned();
    let Some(own) = name.strip_prefix(OWN_PREFIX) else {
        return Ok(Action::CustomStep { name, parameters });
    };
    let key = "parameters";
    if own == export::META {
        return portable_data(fields, name, parameters);
    }
    let parameters = parameters.unwrap_or_else(|| Value::Object(Map::new()));
    Ok(Action::Own(match own {
        "upload" => OwnStep::Upload(typed(fields, key, &parameters)?),
        "drag" => {
            let drag: Drag = typed(fields, key, &parameters)?;
            if !ends_somewhere(&drag) {
                return Err(fields.invalid(key, DRAG_ENDS));
            }
            OwnStep::Drag(drag)
        }
        "paste" => OwnStep::Paste(typed(fields, key, &parameters)?),
        "press" => OwnStep::Press(typed(fields, key, &parameters)?),
        "history" => OwnStep::History(typed(fields, key, &parameters)?),
        _ => {
            let names = OwnStep::NAMES.map(|name| format!("`{OWN_PREFIX}{name}`"));
            let hint = did_you_mean(own, OwnStep::NAMES);
            let expected = format!("one of {}", names.join(", "));
            return Err(fields.invalid_at(&["name".into()], expected, hint));
        }
    }))
}

const DRAG_ENDS: &str = "either `to` (an element) or `by` (a distance)";

fn ends_somewhere(drag: &Drag) -> bool {
    drag.to.is_some() != drag.by.is_some()
}

/// A wait that is a drag or a change of ours: its expression is for other players.
fn take_own(fields: &Fields<'_>, step: &mut Step) -> Result<(), FlowError> {
    let wrong = |key: &str, expected: &str| {
        let path = [EXTENSION_KEY.into(), key.into()];
        Err(fields.invalid_at(&path, expected, String::new()))
    };
    let (drag, change) = (&step.extension.drag, &step.extension.change);
    match (drag, change, &step.action) {
        (None, None, _) => return Ok(()),
        (Some(_), Some(_), _) => return wrong("change", "none: the step has a `drag`"),
        (Some(drag), None, Action::WaitForExpression { .. }) if ends_somewhere(drag) => {}
        (Some(_), None, Action::WaitForExpression { .. }) => return wrong("drag", DRAG_ENDS),
        (None, Some(_), Action::WaitForExpression { .. }) => {}
        (Some(_), None, _) => {
            return wrong("drag", "none: only `waitForExpression` takes a drag");
        }
        (None, Some(_), _) => {
            return wrong("change", "none: only `waitForExpression` takes a change");
        }
    }
    step.take_own();
    Ok(())
}

/// What `rehearsal flow export --to recorder` put at the end of a flow; checked here, and given
/// back to the steps by [`export::restore`].
fn portable_data(
    fields: &Fields<'_>,
    name: String,
    parameters: Option<Value>,
) -> Result<Action, FlowError> {
    let empty = Value::Object(Map::new());
    let key = "parameters";
    let meta: export::Meta = typed(fields, key, parameters.as_ref().unwrap_or(&empty))?;
    for (fingerprint, extension) in &meta.steps {
        if let Some(text) = &extension.value {
            let path = [
                key.into(),
                "steps".into(),
                fingerprint.as_str().into(),
                "value".into(),
            ];
            Template::parse(text).map_err(|error| fields.error(&path, Problem::Template(error)))?;
        }
    }
    Ok(Action::CustomStep { name, parameters })
}

/// A whole step of ours in a custom step's parameters.
fn whole_step(fields: &Fields<'_>) -> Result<Step, FlowError> {
    let Some(Value::Object(map)) = fields.get("parameters") else {
        return Err(fields.invalid("parameters", "an object: the step itself"));
    };
    let mut path = fields.path.clone();
    path.push("parameters".into());
    let mut step = parse_step(&Fields {
        map,
        document: fields.document,
        place: fields.place,
        path,
        prefix: format!("{}parameters.", fields.prefix),
    })?;
    step.other
        .insert(export::FROM_WHOLE.to_owned(), Value::Null);
    Ok(step)
}

fn parse_step(fields: &Fields<'_>) -> Result<Step, FlowError> {
    let name = fields.string("type")?;
    let custom = fields.get("name").and_then(Value::as_str);
    if name == "customStep"
        && custom.and_then(|custom| custom.strip_prefix(OWN_PREFIX)) == Some(export::WHOLE_STEP)
    {
        return whole_step(fields);
    }
    let action = match name.as_str() {
        "navigate" => Action::Navigate {
            url: fields.string("url")?,
        },
        "setViewport" => Action::SetViewport(viewport(fields)?),
        "emulateNetworkConditions" => Action::EmulateNetworkConditions {
            download: fields.number("download")?,
            upload: fields.number("upload")?,
            latency: fields.number("latency")?,
        },
        "click" => Action::Click(pointer(fields)?),
        "doubleClick" => Action::DoubleClick(pointer(fields)?),
        "hover" => Action::Hover {
            selectors: selectors(fields)?,
        },
        "change" => Action::Change {
            selectors: selectors(fields)?,
            value: fields.string("value")?,
        },
        "keyDown" => Action::KeyDown {
            key: fields.string("key")?,
        },
        "keyUp" => Action::KeyUp {
            key: fields.string("key")?,
        },
        "scroll" => Action::Scroll {
            selectors: match fields.get("selectors") {
                None => None,
                Some(_) => Some(selectors(fields)?),
            },
            x: fields.optional_number("x")?,
            y: fields.optional_number("y")?,
        },
        "waitForElement" => Action::WaitForElement(wait_for_element(fields)?),
        "waitForExpression" => Action::WaitForExpression {
            expression: fields.string("expression")?,
        },
        "close" => Action::Close,
        "customStep" => custom_step(fields)?,
        _ => {
            let hint = did_you_mean(&name, STEP_TYPES);
            let problem = Problem::UnknownStep { found: name, hint };
            return Err(fields.error(&["type".into()], problem));
        }
    };
    let mut step = Step {
        timeout_ms: fields.timeout()?,
        asserted_events: asserted_events(fields)?,
        target: fields.word("target"),
        frame: frame(fields, &action)?,
        extension: extension(fields, &STEP_EXTENSION_KEYS)?,
        ..Step::new(action)
    };
    take_own(fields, &mut step)?;
    check_template(fields, &step)?;
    step.remember_form(fields.map);
    step.other = rest(fields.map, &native_step(&step), &STEP_KEYS);
    Ok(step)
}

/// A template stands only where there is a value to give, and must be readable.
fn check_template(fields: &Fields<'_>, step: &Step) -> Result<(), FlowError> {
    let StepExtension {
        value: Some(text), ..
    } = &step.extension
    else {
        return Ok(());
    };
    let path = [EXTENSION_KEY.into(), "value".into()];
    if !matches!(
        step.action,
        Action::Change { .. } | Action::Navigate { .. } | Action::Own(OwnStep::Paste(_))
    ) {
        let expected = "none: only `change`, `navigate` and `rehearsal.paste` take a template";
        return Err(fields.invalid_at(&path, expected, String::new()));
    }
    match Template::parse(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(fields.error(&path, Problem::Template(error))),
    }
}

fn viewport(fields: &Fields<'_>) -> Result<Viewport, FlowError> {
    let size = |key| match fields.number(key)? {
        size if (0.0..=10_000_000.0).contains(&size) => Ok(size.round() as u32),
        _ => Err(fields.invalid(key, "a number from 0 to 10000000 (CSS px)")),
    };
    Ok(Viewport {
        width: size("width")?,
        height: size("height")?,
        device_scale_factor: fields.number("deviceScaleFactor")?,
        is_mobile: fields.boolean("isMobile")?,
        has_touch: fields.boolean("hasTouch")?,
        is_landscape: fields.boolean("isLandscape")?,
    })
}

fn pointer(fields: &Fields<'_>) -> Result<Pointer, FlowError> {
    Ok(Pointer {
        selectors: selectors(fields)?,
        offset_x: fields.number("offsetX")?,
        offset_y: fields.number("offsetY")?,
        button: fields.optional_word("button", &Button::WORDS)?,
        device: fields.optional_word("deviceType", &PointerDevice::WORDS)?,
        duration_ms: fields.optional_number("duration")?,
    })
}

fn wait_for_element(fields: &Fields<'_>) -> Result<WaitForElement, FlowError> {
    let attributes = fields.object("attributes")?;
    for (name, value) in attributes.iter().flatten() {
        if !value.is_string() {
            let path = ["attributes".into(), name.as_str().into()];
            return Err(fields.invalid_at(&path, "a string", String::new()));
        }
    }
    let count = fields.optional_number("count")?;
    if count.is_some_and(|count| count < 0.0 || count.fract() != 0.0) {
        return Err(fields.invalid("count", "a whole number"));
    }
    Ok(WaitForElement {
        selectors: selectors(fields)?,
        operator: fields.optional_word("operator", &CountOperator::WORDS)?,
        count: count.map(|count| count as u64),
        visible: fields.optional_boolean("visible")?,
        properties: fields.object("properties")?,
        attributes,
    })
}

fn selectors(fields: &Fields<'_>) -> Result<Selectors, FlowError> {
    let expected = "an array of at least one selector";
    let Some(Value::Array(items)) = fields.get("selectors") else {
        return Err(fields.invalid("selectors", expected));
    };
    if items.is_empty() {
        return Err(fields.invalid("selectors", expected));
    }
    let alternatives = items.iter().enumerate().map(|(index, item)| match item {
        Value::String(selector) => Ok(Selector {
            chain: vec![selector.clone()],
            bare: true,
        }),
        Value::Array(parts) => {
            let part = |(at, part): (usize, &Value)| {
                let path: [Key; 3] = ["selectors".into(), index.into(), at.into()];
                part.as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| fields.invalid_at(&path, "a string", String::new()))
            };
            let chain = parts
                .iter()
                .enumerate()
                .map(part)
                .collect::<Result<_, _>>()?;
            Ok(Selector { chain, bare: false })
        }
        _ => {
            let path = ["selectors".into(), index.into()];
            Err(fields.invalid_at(&path, "a string or an array of strings", String::new()))
        }
    });
    Ok(Selectors(alternatives.collect::<Result<_, _>>()?))
}

fn frame(fields: &Fields<'_>, action: &Action) -> Result<Vec<usize>, FlowError> {
    let Some(value) = fields.get("frame") else {
        return Ok(Vec::new());
    };
    let index = |item: &Value| {
        let index = item.as_f64().filter(|index| index.fract() == 0.0)?;
        (0.0..=f64::from(u32::MAX))
            .contains(&index)
            .then_some(index as usize)
    };
    let indexes = value
        .as_array()
        .and_then(|items| items.iter().map(index).collect::<Option<Vec<_>>>());
    match indexes {
        Some(indexes) => Ok(indexes),
        // Like the reference, which does not look at it where the format has no frame.
        None if !has_frame(action) => Ok(Vec::new()),
        None => Err(fields.invalid("frame", "an array of child-frame indexes from 0")),
    }
}

/// Whether a step of this type happens in a frame; the others concern the whole page.
fn has_frame(action: &Action) -> bool {
    !matches!(
        action,
        Action::Navigate { .. }
            | Action::SetViewport(_)
            | Action::EmulateNetworkConditions { .. }
            | Action::KeyDown { .. }
            | Action::KeyUp { .. }
            | Action::Close
    )
}

fn asserted_events(fields: &Fields<'_>) -> Result<Vec<AssertedEvent>, FlowError> {
    // Like the reference, anything but an array is ignored.
    let Some(Value::Array(items)) = fields.get("assertedEvents") else {
        return Ok(Vec::new());
    };
    let event = |(index, item): (usize, &Value)| {
        let path: Vec<Key> = vec!["assertedEvents".into(), index.into()];
        let Value::Object(map) = item else {
            return Err(fields.invalid_at(&path, "an object", String::new()));
        };
        let fields = Fields {
            map,
            document: fields.document,
            place: fields.place,
            path: fields.path.iter().cloned().chain(path).collect(),
            prefix: format!("assertedEvents[{index}]."),
        };
        if fields.get("type").and_then(Value::as_str) != Some("navigation") {
            return Err(fields.invalid("type", "`\"navigation\"`"));
        }
        let mut event = AssertedEvent {
            url: fields.optional_string("url")?,
            title: fields.optional_string("title")?,
            other: Map::new(),
        };
        event.other = rest(map, &native_event(&event), &EVENT_KEYS);
        Ok(event)
    };
    items.iter().enumerate().map(event).collect()
}
