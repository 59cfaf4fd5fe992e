//! Whole flows drawn at random, as JSON: every type of step, every field, every key of ours, in
//! any order, with keys of other tools between them.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A flow that must be read.
pub(crate) fn flow() -> BoxedStrategy<Value> {
    object(vec![
        must("title", text()),
        must("steps", vec(step(), 0..6).prop_map(Value::from).boxed()),
        may("timeout", timeout()),
        may("selectorAttribute", word()),
        may("x-rehearsal", flow_extension()),
        may("x-tool", anything()),
        may("$schema", word()),
    ])
    .prop_map(completed)
    .boxed()
}

/// The flow with a step in each group that it says how to walk, and one that types what an earlier
/// one reads.
fn completed(mut flow: Value) -> Value {
    let groups = flow
        .pointer("/x-rehearsal/groups")
        .and_then(Value::as_object)
        .cloned();
    for name in groups.unwrap_or_default().keys() {
        // An optional group is told by the element of its first step.
        let step = json!({"type": "hover", "selectors": ["#a"], "x-rehearsal": {"group": name}});
        flow["steps"].as_array_mut().unwrap().push(step);
    }
    let steps = flow["steps"].as_array_mut().unwrap();
    if steps
        .iter()
        .any(|step| step.pointer("/x-rehearsal/extract/zone").is_some())
    {
        steps.push(json!({"type": "change", "selectors": ["#a"], "value": "x",
            "x-rehearsal": {"value": "{{flow.zone}}", "expect": [{"contains": "{{flow.zone}}"}]}}));
    }
    flow
}

/// A step of any type.
pub(crate) fn step() -> BoxedStrategy<Value> {
    prop_oneof![
        2 => native_step(),
        1 => own_step(),
    ]
    .boxed()
}

/// A step of the format, without a key of ours.
pub(crate) fn native_step() -> BoxedStrategy<Value> {
    prop::sample::select(kinds())
        .prop_flat_map(|(kind, members)| step_with(kind, members))
        .boxed()
}

/// The format's types of steps with their own members.
pub(crate) fn kinds() -> Vec<(&'static str, Vec<Member>)> {
    let pointer = || {
        vec![
            must("selectors", selectors()),
            must("offsetX", number()),
            must("offsetY", number()),
            may(
                "button",
                one_of(&["primary", "auxiliary", "secondary", "back", "forward", ""]),
            ),
            may("deviceType", one_of(&["mouse", "pen", "touch", ""])),
            may("duration", number()),
        ]
    };
    let key = || vec![must("key", text())];
    let size = || (0_u32..4000).prop_map(Value::from).boxed();
    vec![
        ("navigate", vec![must("url", word())]),
        (
            "setViewport",
            vec![
                must("width", prop_oneof![size(), Just(json!(412.5))].boxed()),
                must("height", size()),
                must("deviceScaleFactor", number()),
                must("isMobile", boolean()),
                must("hasTouch", boolean()),
                must("isLandscape", boolean()),
            ],
        ),
        (
            "emulateNetworkConditions",
            vec![
                must("download", number()),
                must("upload", number()),
                must("latency", number()),
            ],
        ),
        ("click", pointer()),
        ("doubleClick", pointer()),
        ("hover", vec![must("selectors", selectors())]),
        (
            "change",
            vec![must("selectors", selectors()), must("value", text())],
        ),
        ("keyDown", key()),
        ("keyUp", key()),
        (
            "scroll",
            vec![
                may("selectors", selectors()),
                may("x", number()),
                may("y", number()),
            ],
        ),
        (
            "waitForElement",
            vec![
                must("selectors", selectors()),
                may("operator", one_of(&[">=", "==", "<=", ""])),
                may("count", (0_u32..9).prop_map(Value::from).boxed()),
                may("visible", boolean()),
                may(
                    "properties",
                    object(vec![may("a", anything()), may("b", anything())]),
                ),
                may(
                    "attributes",
                    object(vec![may("class", text()), may("id", text())]),
                ),
            ],
        ),
        ("waitForExpression", vec![must("expression", text())]),
        ("close", Vec::new()),
        (
            "customStep",
            vec![
                must("name", prop_oneof![text(), word()].boxed()),
                may("parameters", anything()),
            ],
        ),
    ]
}

fn step_with(kind: &'static str, mut members: Vec<Member>) -> BoxedStrategy<Value> {
    members.extend([
        must("type", Just(json!(kind)).boxed()),
        may("timeout", timeout()),
        may("target", prop_oneof![word(), Just(json!(5))].boxed()),
        may("frame", vec(0_u8..3, 0..3).prop_map(Value::from).boxed()),
        may("assertedEvents", events()),
        may("x-tool", anything()),
        may("note", text()),
    ]);
    object(members)
}

/// A step with all that we add to it.
fn own_step() -> BoxedStrategy<Value> {
    let custom = |name: &'static str, members| {
        vec![
            must("name", Just(json!(name)).boxed()),
            must("parameters", object(members)),
        ]
    };
    let point = || vec(0.0..1.0_f64, 2).prop_map(Value::from).boxed();
    let steps = [
        (
            "change",
            vec![
                must("selectors", selectors()),
                must("value", text()),
                must("x-rehearsal", step_extension(true)),
            ],
        ),
        (
            "click",
            vec![
                must("selectors", selectors()),
                must("offsetX", number()),
                must("offsetY", number()),
                must("x-rehearsal", step_extension(false)),
            ],
        ),
        (
            "customStep",
            custom(
                "rehearsal.upload",
                vec![
                    must("selectors", selectors()),
                    must("files", vec(word(), 0..3).prop_map(Value::from).boxed()),
                ],
            ),
        ),
        (
            "customStep",
            custom(
                "rehearsal.drag",
                vec![
                    must("selectors", selectors()),
                    must("to", selectors()),
                    may("at", point()),
                    may("toAt", point()),
                    may("path", vec(point(), 0..3).prop_map(Value::from).boxed()),
                    may("device", one_of(&["mouse", "pen", "touch"])),
                ],
            ),
        ),
        (
            "customStep",
            custom(
                "rehearsal.paste",
                vec![
                    may("selectors", selectors()),
                    must("text", text()),
                    may("html", text()),
                ],
            ),
        ),
        (
            "customStep",
            custom(
                "rehearsal.press",
                vec![may("selectors", selectors()), must("keys", shortcut())],
            ),
        ),
        (
            "customStep",
            custom(
                "rehearsal.history",
                vec![must("go", one_of(&["back", "forward", "reload"]))],
            ),
        ),
    ];
    prop::sample::select(steps.to_vec())
        .prop_flat_map(|(kind, members)| step_with(kind, members))
        .boxed()
}

fn flow_extension() -> BoxedStrategy<Value> {
    let looped = object(vec![
        must("while", selectors()),
        must("atMost", (1_u32..9).prop_map(Value::from).boxed()),
    ]);
    let repeat = prop_oneof![Just(json!(3)), Just(json!([1, 5])), looped].boxed();
    let group = object(vec![may("repeat", repeat), may("optional", boolean())]);
    object(vec![
        may("version", Just(json!(1)).boxed()),
        may(
            "groups",
            object(vec![may("Zoo", group.clone()), may("Ant", group)]),
        ),
        may("x-mine", anything()),
    ])
}

fn step_extension(template: bool) -> BoxedStrategy<Value> {
    let list = |strategy: BoxedStrategy<Value>| vec(strategy, 0..3).prop_map(Value::from).boxed();
    let whole = || (0_u32..100_000).prop_map(Value::from).boxed();
    let response = || {
        object(vec![
            may("method", one_of(&["GET", "POST"])),
            must("url", pattern()),
            may("status", (100_u16..600).prop_map(Value::from).boxed()),
        ])
    };
    let stroke = prop_oneof![
        object(vec![must("text", text())]),
        object(vec![must("press", shortcut())])
    ];
    let dialog = object(vec![
        must(
            "type",
            one_of(&["alert", "confirm", "prompt", "beforeunload"]),
        ),
        may("accept", boolean()),
        may("text", text()),
        may("message", text()),
    ]);
    let expectation = object(vec![
        may("selectors", selectors()),
        must("visible", boolean()),
        may("text", word()),
        may("count", whole()),
        may("checked", boolean()),
        may("matches", one_of(&["^[a-z]+$", "\\d{2,} €"])),
        may("contains", one_of(&["x", "{{customers.email}}"])),
        may("url", pattern()),
        may("response", response()),
    ]);
    let extraction = object(vec![
        may("selectors", selectors()),
        may("from", one_of(&["text", "value", "url", "title"])),
        may("pattern", one_of(&["[0-9]+", "(a|b)"])),
    ]);
    let element = object(vec![
        may("tag", word()),
        may("role", word()),
        may(
            "attributes",
            object(vec![may("id", word()), may("a", word())]),
        ),
        may("classes", list(word())),
        may("index", whole()),
        may("size", Just(json!([1.5, 20.0])).boxed()),
    ]);
    let effect = object(vec![
        may("navigation", pattern()),
        may("responses", list(response())),
        may("appears", list(selectors())),
        may("state", object(vec![may("checked", boolean())])),
    ]);
    let mut members = vec![
        may("name", text()),
        may("group", text()),
        may("thinkMs", whole()),
        may("values", list(text())),
        may("keys", list(stroke.boxed())),
        may("timeoutMs", (1_u32..100_000).prop_map(Value::from).boxed()),
        may("choose", one_of(&["any"])),
        may("optional", boolean()),
        may("at", Just(json!([0.25, 1])).boxed()),
        may(
            "modifiers",
            list(one_of(&["Alt", "ControlOrMeta", "Shift"])),
        ),
        may("wheel", boolean()),
        may("frames", list(selectors())),
        may("tab", (0_u8..4).prop_map(Value::from).boxed()),
        may("dialogs", list(dialog)),
        may("download", object(vec![may("name", word())])),
        may("element", element),
        may("effect", effect),
        may("repeatable", boolean()),
        may("expect", list(expectation)),
        may(
            "extract",
            object(vec![
                may("zone", extraction.clone()),
                may("area", extraction),
            ]),
        ),
        may("x-mine", anything()),
    ];
    if template {
        members.push(may(
            "value",
            one_of(&["{{customers.email}}", "a {{secret.PIN}} b", "plain"]),
        ));
    }
    object(members)
}

/// Patterns of addresses.
fn pattern() -> BoxedStrategy<Value> {
    one_of(&["/cart", "/orders/*", "**/done", "http://a.test/x?y=1"])
}

fn events() -> BoxedStrategy<Value> {
    let event = object(vec![
        must("type", Just(json!("navigation")).boxed()),
        may("url", word()),
        may("title", text()),
        may("x-tool", anything()),
    ]);
    vec(event, 0..3).prop_map(Value::from).boxed()
}

fn selectors() -> BoxedStrategy<Value> {
    let part = || {
        prop_oneof![
            word(),
            text(),
            one_of(&[
                "aria/Buy[role=\"button\"]",
                "xpath///*[@id=\"a\"]",
                "css/#a"
            ])
        ]
    };
    let chain = vec(part(), 0..3).prop_map(Value::from);
    vec(prop_oneof![part(), chain], 1..4)
        .prop_map(Value::from)
        .boxed()
}

/// A member of an object, and whether it must be there.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) key: &'static str,
    pub(crate) needed: bool,
    pub(crate) value: BoxedStrategy<Value>,
}

fn must(key: &'static str, value: BoxedStrategy<Value>) -> Member {
    let needed = true;
    Member { key, needed, value }
}

fn may(key: &'static str, value: BoxedStrategy<Value>) -> Member {
    let needed = false;
    Member { key, needed, value }
}

/// An object of these members in any order.
fn object(members: Vec<Member>) -> BoxedStrategy<Value> {
    let members = members.into_iter().map(|member| {
        let key = member.key;
        let value = member.value.prop_map(move |value| (key.to_owned(), value));
        if member.needed {
            value.prop_map(Some).boxed()
        } else {
            prop::option::weighted(0.3, value).boxed()
        }
    });
    let members: Vec<BoxedStrategy<Option<(String, Value)>>> = members.collect();
    members
        .prop_shuffle()
        .prop_map(|members| Value::Object(members.into_iter().flatten().collect::<Map<_, _>>()))
        .boxed()
}

fn one_of(words: &'static [&'static str]) -> BoxedStrategy<Value> {
    prop::sample::select(words).prop_map(Value::from).boxed()
}

fn boolean() -> BoxedStrategy<Value> {
    any::<bool>().prop_map(Value::from).boxed()
}

/// Numbers as JavaScript writes them.
fn number() -> BoxedStrategy<Value> {
    prop_oneof![
        (-10_000_i64..10_000).prop_map(Value::from),
        (-1e6..1e6_f64)
            .prop_filter("a fraction", |number| number.fract() != 0.0)
            .prop_map(Value::from),
    ]
    .boxed()
}

fn timeout() -> BoxedStrategy<Value> {
    prop_oneof![
        4 => (1_u32..=30_000).prop_map(Value::from),
        1 => Just(json!(1500.5)),
    ]
    .boxed()
}

fn word() -> BoxedStrategy<Value> {
    "[#./a-z][a-z0-9/:-]{0,12}"
        .prop_map(|word: String| json!(word))
        .boxed()
}

/// Any text, also none, with quotes, line breaks and signs of all planes.
/// Any text that opens no template.
fn text() -> BoxedStrategy<Value> {
    prop_oneof!["\\PC{0,20}", "[\\x00-\\x7f]{0,8}"]
        .prop_map(|text: String| json!(text.replace("{{", "(")))
        .boxed()
}

fn shortcut() -> BoxedStrategy<Value> {
    one_of(&["Enter", "ControlOrMeta+Shift+K", "ä"])
}

/// Any JSON.
fn anything() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        boolean(),
        number(),
        text(),
        Just(json!([])),
        Just(json!({}))
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-z-]{1,6}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
    .boxed()
}
