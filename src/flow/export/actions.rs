//! One step as [`Statement`]s.

use super::super::{
    Action, Button, CountOperator, Direction, Drag, Modifier, OwnStep, Pointer, PointerDevice,
    Selectors, Step, Stroke, Viewport, WaitForElement,
};
use super::code::{Call, Event, Expr, Statement};
use super::locators::{self, Kind};
use super::story::{Story, visible};

/// What does the step's action; nothing where there is no way.
pub(super) fn action(
    story: &mut Story,
    step: &Step,
    index: usize,
    page: &str,
    root: &Expr,
) -> Vec<Statement> {
    let element = step.extension.element.as_deref();
    let find = |selectors: &Selectors| {
        let root = root.clone();
        if step.extension.choose.is_some() {
            let list = visible(locators::list(root, selectors));
            return Expr::AnyOf(Box::new(list));
        }
        locators::locator(root, selectors, element, locators::is_change(step))
    };
    let on_page = Expr::name(page);
    match &step.action {
        Action::Navigate { url } => {
            let template = step.extension.value.as_deref();
            let origin = story.origin.clone();
            let short = |url: &str| relative(url, origin.as_deref()).to_owned();
            let (template, url) = (template.map(short), short(url));
            let url = story.values.value(template.as_deref(), &url);
            vec![Statement::Do(on_page.call("goto", vec![url]))]
        }
        Action::SetViewport(viewport) => set_viewport(story, index, viewport, on_page),
        Action::EmulateNetworkConditions {
            download,
            upload,
            latency,
        } => {
            let number = |name: &str, value: f64| (name.to_owned(), Expr::Number(value));
            vec![Statement::Protocol {
                page: page.to_owned(),
                method: "Network.emulateNetworkConditions",
                parameters: vec![
                    ("offline".to_owned(), Expr::Bool(false)),
                    number("downloadThroughput", *download),
                    number("uploadThroughput", *upload),
                    number("latency", *latency),
                ],
            }]
        }
        Action::Click(pointer) => press(
            story,
            step,
            index,
            pointer,
            "click",
            find(&pointer.selectors),
        ),
        Action::DoubleClick(pointer) => {
            let found = find(&pointer.selectors);
            press(story, step, index, pointer, "dblclick", found)
        }
        Action::Hover { selectors } => {
            vec![Statement::Do(find(selectors).call("hover", Vec::new()))]
        }
        Action::Change { selectors, value } => {
            change(story, step, index, page, find(selectors), value)
        }
        Action::KeyDown { key } | Action::KeyUp { key } => {
            let down = matches!(step.action, Action::KeyDown { .. });
            let method = if down { "down" } else { "up" };
            let keyboard = Expr::name(format!("{page}.keyboard"));
            vec![Statement::Do(
                keyboard.call(method, vec![Expr::text(key.clone())]),
            )]
        }
        Action::Scroll { selectors, x, y } => {
            let place = Expr::List(vec![
                Expr::Number(x.unwrap_or_default()),
                Expr::Number(y.unwrap_or_default()),
            ]);
            if step.extension.wheel {
                story.changed(
                    index,
                    "the wheel is turned by, not to, the recorded position",
                );
                let mut out = Vec::new();
                if let Some(selectors) = selectors {
                    out.push(Statement::Do(find(selectors).call("hover", Vec::new())));
                }
                let Expr::List(place) = place else {
                    return out;
                };
                let mouse = Expr::name(format!("{page}.mouse"));
                out.push(Statement::Do(mouse.call("wheel", place)));
                return out;
            }
            let (found, script) = match selectors {
                Some(selectors) => (
                    find(selectors),
                    "(element, [x, y]) => element.scrollTo(x, y)",
                ),
                None => (on_page, "([x, y]) => window.scrollTo(x, y)"),
            };
            let script = Expr::Script(script.to_owned());
            vec![Statement::Do(found.call("evaluate", vec![script, place]))]
        }
        Action::WaitForElement(wait) => wait_for_element(step, wait, root),
        Action::WaitForExpression { expression } => {
            if !step.frame.is_empty() || !step.extension.frames.is_empty() {
                story.changed(
                    index,
                    "the expression is evaluated in the page, not in the frame",
                );
            }
            let expression = Expr::text(expression.clone());
            vec![Statement::Do(
                on_page.call("waitForFunction", vec![expression]),
            )]
        }
        Action::Close => vec![Statement::Do(on_page.call("close", Vec::new()))],
        Action::Own(own) => self::own(story, step, index, page, own, root),
        Action::CustomStep { name, .. } => {
            story.lost(index, format!("`{name}` is a step of another tool"));
            vec![Statement::Comment(format!("Step of another tool: {name}"))]
        }
    }
}

/// The address without the site's own origin.
fn relative<'a>(url: &'a str, origin: Option<&str>) -> &'a str {
    let rest = origin.and_then(|origin| url.strip_prefix(origin));
    match rest {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => url,
    }
}

fn set_viewport(
    story: &mut Story,
    index: usize,
    viewport: &Viewport,
    page: Expr,
) -> Vec<Statement> {
    let usual = (viewport.device_scale_factor - 1.0).abs() < 0.01;
    if viewport.is_mobile || viewport.has_touch || !usual {
        story.lost(
            index,
            "a mobile layout, touch and the pixel ratio belong to the browser's context: set \
             `isMobile`, `hasTouch` and `deviceScaleFactor` there",
        );
    }
    let size = Expr::Object(vec![
        ("width".to_owned(), Expr::Number(f64::from(viewport.width))),
        (
            "height".to_owned(),
            Expr::Number(f64::from(viewport.height)),
        ),
    ]);
    vec![Statement::Do(page.call("setViewportSize", vec![size]))]
}

fn press(
    story: &mut Story,
    step: &Step,
    index: usize,
    pointer: &Pointer,
    method: &'static str,
    found: Expr,
) -> Vec<Statement> {
    let mut call = found.call(method, Vec::new());
    match pointer.button {
        None | Some(Button::Primary) => {}
        Some(Button::Secondary) => call = call.with("button", Expr::text("right")),
        Some(Button::Auxiliary) => call = call.with("button", Expr::text("middle")),
        Some(Button::Back | Button::Forward) => {
            story.lost(index, "Playwright has no such button of the mouse");
            return vec![Statement::Comment(format!(
                "Not possible: {}",
                step.label()
            ))];
        }
    }
    if let Some(ms) = pointer.duration_ms.filter(|ms| *ms > 0.0) {
        call = call.with("delay", Expr::Number(ms.round()));
    }
    if matches!(
        pointer.device,
        Some(PointerDevice::Touch | PointerDevice::Pen)
    ) {
        story.changed(
            index,
            "pressed with the mouse; with `hasTouch` it could be `tap()`",
        );
    }
    if !step.extension.modifiers.is_empty() {
        let names = step.extension.modifiers.iter().map(|modifier| {
            Expr::text(match modifier {
                Modifier::Alt => "Alt",
                Modifier::Control => "Control",
                Modifier::ControlOrMeta => "ControlOrMeta",
                Modifier::Meta => "Meta",
                Modifier::Shift => "Shift",
            })
        });
        call = call.with("modifiers", Expr::List(names.collect()));
    }
    let middle = |at: [f64; 2]| at.iter().all(|part| (part - 0.5).abs() < 0.01);
    if let Some(at) = step.extension.at.filter(|at| !middle(*at)) {
        let Expr::Call(press) = call else {
            return Vec::new();
        };
        return vec![Statement::PressAt { press: *press, at }];
    }
    if locators::kind(step) == Kind::Canvas && step.extension.at.is_none() {
        let place = [("x", pointer.offset_x), ("y", pointer.offset_y)]
            .map(|(name, value)| (name.to_owned(), Expr::Number(value.round())));
        call = call.with("position", Expr::Object(place.to_vec()));
    }
    vec![Statement::Do(call)]
}

fn change(
    story: &mut Story,
    step: &Step,
    index: usize,
    page: &str,
    found: Expr,
    value: &str,
) -> Vec<Statement> {
    let extension = &step.extension;
    if let Some(keys) = &extension.keys {
        return strokes(page, &found, keys);
    }
    let template = extension.value.as_deref();
    let kind = locators::kind(step);
    let call = match kind {
        Kind::Select => {
            let chosen = match &extension.values {
                Some(values) => Expr::List(values.iter().map(|v| story.values.text(v)).collect()),
                None => story.values.value(template, value),
            };
            found.call("selectOption", vec![chosen])
        }
        Kind::Box => match locators::is_on(value) {
            Some(false) => found.call("uncheck", Vec::new()),
            // Else it is the box's own value.
            _ => found.call("check", Vec::new()),
        },
        _ => {
            if kind == Kind::Unknown {
                story.note(super::super::import::Note::advice(
                    super::super::import::NotePlace::Step(index),
                    "taken for a text field; a list needs `selectOption`, a box `check`",
                ));
            }
            let text = story.values.value(template, value);
            match extension.key_delay_ms {
                None => found.call("fill", vec![text]),
                Some(delay) => {
                    let clear = Statement::Do(found.clone().call("clear", Vec::new()));
                    let delay = Expr::Number(delay as f64);
                    let typed = found.call("pressSequentially", vec![text]);
                    return vec![clear, Statement::Do(typed.with("delay", delay))];
                }
            }
        }
    };
    vec![Statement::Do(call)]
}

fn strokes(page: &str, found: &Expr, keys: &[Stroke]) -> Vec<Statement> {
    let keyboard = Expr::name(format!("{page}.keyboard"));
    let mut out = vec![Statement::Do(found.clone().call("click", Vec::new()))];
    out.extend(keys.iter().map(|stroke| {
        Statement::Do(match stroke {
            Stroke::Text { text } => keyboard
                .clone()
                .call("type", vec![Expr::text(text.clone())]),
            Stroke::Press { press } => keyboard
                .clone()
                .call("press", vec![Expr::text(press.clone())]),
        })
    }));
    out
}

fn wait_for_element(step: &Step, wait: &WaitForElement, root: &Expr) -> Vec<Statement> {
    let count = wait.count.unwrap_or(1);
    let all = || locators::list(root.clone(), &wait.selectors);
    let number = |count: u64| vec![Expr::Number(count as f64)];
    let shown = wait.visible != Some(false);
    let mut out = Vec::new();
    match wait.operator.unwrap_or(CountOperator::AtLeast) {
        CountOperator::AtLeast if shown && count <= 1 => {
            let element = step.extension.element.as_deref();
            let one = locators::locator(root.clone(), &wait.selectors, element, false);
            let one = one.call("first", Vec::new());
            if count > 0 {
                out.push(Expr::expect(one.clone(), "toBeVisible", Vec::new()));
            }
            for (name, value) in wait.attributes.iter().flatten() {
                let value = Expr::text(value.as_str().unwrap_or_default());
                let pair = vec![Expr::text(name.clone()), value];
                out.push(Expr::expect(one.clone(), "toHaveAttribute", pair));
            }
            for (name, value) in wait.properties.iter().flatten() {
                let pair = vec![Expr::text(name.clone()), of_json(value)];
                out.push(Expr::expect(one.clone(), "toHaveJSProperty", pair));
            }
        }
        CountOperator::AtLeast if shown => {
            let last = visible(all()).call("nth", number(count - 1));
            out.push(Expr::expect(last, "toBeVisible", Vec::new()));
        }
        CountOperator::AtLeast => {
            let one = visible(all()).call("nth", number(count.max(1) - 1));
            out.push(Expr::expect(one, "toHaveCount", number(0)));
        }
        CountOperator::Exactly if shown => {
            out.push(Expr::expect(visible(all()), "toHaveCount", number(count)));
        }
        CountOperator::AtMost if shown => {
            let beyond = visible(all()).call("nth", number(count));
            out.push(Expr::expect(beyond, "toHaveCount", number(0)));
        }
        CountOperator::Exactly => {
            let one = visible(all());
            let not = Expr::expect(one, "toHaveCount", number(0));
            out.push(not);
        }
        CountOperator::AtMost => {
            let beyond = visible(all()).call("nth", number(count));
            out.push(Expr::expect(beyond, "toBeVisible", Vec::new()));
        }
    }
    out.into_iter().map(Statement::Do).collect()
}

fn of_json(value: &serde_json::Value) -> Expr {
    match value {
        serde_json::Value::Bool(value) => Expr::Bool(*value),
        serde_json::Value::Number(value) => Expr::Number(value.as_f64().unwrap_or_default()),
        serde_json::Value::String(value) => Expr::text(value.clone()),
        serde_json::Value::Array(items) => Expr::List(items.iter().map(of_json).collect()),
        serde_json::Value::Object(map) => Expr::Object(
            map.iter()
                .map(|(name, value)| (name.clone(), of_json(value)))
                .collect(),
        ),
        serde_json::Value::Null => Expr::text(""),
    }
}

fn own(
    story: &mut Story,
    step: &Step,
    index: usize,
    page: &str,
    own: &OwnStep,
    root: &Expr,
) -> Vec<Statement> {
    let element = step.extension.element.as_deref();
    let find = |selectors: &Selectors| locators::locator(root.clone(), selectors, element, false);
    match own {
        OwnStep::Upload(upload) => {
            let files = upload.files.iter().map(|file| Expr::text(file.clone()));
            let files = Expr::List(files.collect());
            let found = find(&upload.selectors);
            if locators::kind(step) != Kind::Button {
                return vec![Statement::Do(found.call("setInputFiles", vec![files]))];
            }
            let name = format!("chooser{}", index + 1);
            let give = Expr::name(name.clone()).call("setFiles", vec![files]);
            vec![
                Statement::Catch {
                    page: page.to_owned(),
                    event: Event::FileChooser,
                    name,
                    body: vec![Statement::Do(found.call("click", Vec::new()))],
                },
                Statement::Do(give),
            ]
        }
        OwnStep::Drag(drag) => self::drag(story, index, page, drag, &find),
        OwnStep::Paste(paste) => {
            story.changed(
                index,
                "the text is inserted; the page gets no `paste` event, and no formats",
            );
            let text = story
                .values
                .value(step.extension.value.as_deref(), &paste.text);
            let mut out = Vec::new();
            if let Some(selectors) = &paste.selectors {
                out.push(Statement::Do(find(selectors).call("focus", Vec::new())));
            }
            let keyboard = Expr::name(format!("{page}.keyboard"));
            out.push(Statement::Do(keyboard.call("insertText", vec![text])));
            out
        }
        OwnStep::Press(press) => {
            let on = match &press.selectors {
                Some(selectors) => find(selectors),
                None => Expr::name(format!("{page}.keyboard")),
            };
            vec![Statement::Do(
                on.call("press", vec![Expr::text(press.keys.clone())]),
            )]
        }
        OwnStep::History(history) => {
            let method = match history.go {
                Direction::Back => "goBack",
                Direction::Forward => "goForward",
                Direction::Reload => "reload",
            };
            vec![Statement::Do(Expr::name(page).call(method, Vec::new()))]
        }
    }
}

fn drag(
    story: &mut Story,
    index: usize,
    page: &str,
    drag: &Drag,
    find: &dyn Fn(&Selectors) -> Expr,
) -> Vec<Statement> {
    let grabbed = find(&drag.selectors);
    if drag.device == Some(PointerDevice::Touch) {
        story.changed(index, "dragged with the mouse, not swiped by finger");
    }
    if let Some(to) = &drag.to {
        if drag.at.is_some() || drag.to_at.is_some() || !drag.path.is_empty() {
            story.changed(index, "dragged from middle to middle in a straight line");
        }
        return vec![Statement::Do(grabbed.call("dragTo", vec![find(to)]))];
    }
    let mut points = drag.path.clone();
    points.extend(drag.by);
    vec![Statement::DragBy {
        page: page.to_owned(),
        element: grabbed,
        at: drag.at.unwrap_or([0.5, 0.5]),
        points,
    }]
}

/// Whether a press is a plain call.
impl Call {
    pub(super) fn into_expr(self) -> Expr {
        Expr::Call(Box::new(self))
    }
}
