//! Code that drives Playwright, before it is written in a language: [`super::playwright`] writes
//! it in TypeScript, [`super::locust`] in Python.

use super::super::{Dialog, ResponsePattern};
use super::writer::number;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// A variable, or a member of one (`page.keyboard`).
    Name(String),
    Text(String),
    Number(f64),
    Bool(bool),
    List(Vec<Expr>),
    Object(Vec<(String, Expr)>),
    /// Source of a regular expression.
    Regex(String),
    /// Source of one that a person wrote.
    Pattern(String),
    /// JavaScript that runs in the page.
    Script(String),
    /// Texts in a row.
    Join(Vec<Expr>),
    /// A value of a feed, of which the export keeps a sample.
    Data {
        feed: String,
        column: String,
    },
    /// An environment variable.
    Environment(String),
    /// A word that no other iteration has.
    Unique,
    /// Any one of the elements that a locator finds.
    AnyOf(Box<Expr>),
    /// A function (`expect`).
    Apply(&'static str, Vec<Expr>),
    Call(Box<Call>),
}

/// A call of a method; names in camel case.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) on: Expr,
    pub(super) method: &'static str,
    pub(super) arguments: Vec<Expr>,
    pub(super) options: Vec<(&'static str, Expr)>,
}

impl Expr {
    pub(super) fn name(name: impl Into<String>) -> Self {
        Self::Name(name.into())
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn call(self, method: &'static str, arguments: Vec<Expr>) -> Self {
        Self::Call(Box::new(Call {
            on: self,
            method,
            arguments,
            options: Vec::new(),
        }))
    }

    /// Adds an option to a call.
    pub(super) fn with(mut self, option: &'static str, value: Expr) -> Self {
        if let Self::Call(call) = &mut self {
            call.options.push((option, value));
        }
        self
    }

    /// `expect(subject).matcher(arguments)`.
    pub(super) fn expect(subject: Expr, matcher: &'static str, arguments: Vec<Expr>) -> Self {
        Self::Apply("expect", vec![subject]).call(matcher, arguments)
    }
}

/// What is waited for while something is done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Event {
    Popup,
    Download,
    FileChooser,
    Response {
        pattern: ResponsePattern,
        /// Regular expression of the address.
        url: String,
    },
}

/// How often something is done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Times {
    Fixed(u32),
    Between(u32, u32),
    While { visible: Expr, at_most: u32 },
}

/// A statement. What it evaluates is awaited.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Statement {
    Do(Expr),
    Comment(String),
    /// A constant that later statements use; `pattern` takes a part of the value.
    Let {
        name: String,
        value: Expr,
        pattern: Option<String>,
    },
    /// A part of the story with a name for reports.
    Part {
        name: String,
        /// Whether a person gave the name.
        given: bool,
        body: Vec<Statement>,
    },
    /// Does `body`, and gets what comes of it as `name`.
    Catch {
        page: String,
        event: Event,
        name: String,
        body: Vec<Statement>,
    },
    /// Answers the dialogs that the next statements open.
    Dialogs {
        page: String,
        dialogs: Vec<Dialog>,
    },
    Loop {
        times: Times,
        body: Vec<Statement>,
    },
    /// Does `body` if an element comes.
    IfThere {
        element: Expr,
        body: Vec<Statement>,
    },
    /// Drags from a place in an element through points, CSS px from there.
    DragBy {
        page: String,
        element: Expr,
        at: [f64; 2],
        points: Vec<[f64; 2]>,
    },
    /// Presses at a fraction of the element's box.
    PressAt {
        press: Call,
        at: [f64; 2],
    },
    /// Checks a file's suggested name.
    FileName {
        download: String,
        pattern: String,
    },
    /// Sends a command of the DevTools protocol.
    Protocol {
        page: String,
        method: &'static str,
        parameters: Vec<(String, Expr)>,
    },
    /// A person's pause, ms.
    Pause(u64),
}

/// A drag by the mouse. `member` writes a side of the element's box, which the first statements
/// keep as the variable `name`.
pub(super) fn drag(
    (page, element): (&str, &Expr),
    at: [f64; 2],
    points: &[[f64; 2]],
    name: &str,
    member: impl Fn(&str) -> String,
) -> Vec<Statement> {
    let mouse = || Expr::name(format!("{page}.mouse"));
    let along = |side: &str, size: &str, part: f64, more: f64| {
        let more = match more {
            0.0 => String::new(),
            more => format!(" + {}", number(more)),
        };
        let (side, size) = (member(side), member(size));
        Expr::name(format!("{side} + {size} * {}{more}", number(part)))
    };
    let go = |[x, y]: [f64; 2]| {
        let place = [
            along("x", "width", at[0], x),
            along("y", "height", at[1], y),
        ];
        mouse().call("move", place.into())
    };
    let mut out = vec![
        Statement::Do(element.clone().call("hover", Vec::new())),
        measure(element, name),
        Statement::Do(go([0.0, 0.0])),
        Statement::Do(mouse().call("down", Vec::new())),
    ];
    let steps = |point: &[f64; 2]| Statement::Do(go(*point).with("steps", Expr::Number(5.0)));
    out.extend(points.iter().map(steps));
    out.push(Statement::Do(mouse().call("up", Vec::new())));
    out
}

/// A press at a place in its element, of whose box `member` writes a side; see [`drag`].
pub(super) fn press_at(
    press: &Call,
    at: [f64; 2],
    name: &str,
    member: impl Fn(&str) -> String,
) -> Vec<Statement> {
    let sides = [("x", "width", at[0]), ("y", "height", at[1])];
    let place = sides.map(|(side, size, part)| {
        let place = format!("{} * {}", member(size), number(part));
        (side.to_owned(), Expr::Name(place))
    });
    let mut at_place = press.clone();
    let place = Expr::Object(place.into());
    at_place.options.push(("position", place));
    vec![
        measure(&press.on, name),
        Statement::Do(at_place.into_expr()),
    ]
}

/// Keeps an element's box as a variable.
fn measure(element: &Expr, name: &str) -> Statement {
    Statement::Let {
        name: name.to_owned(),
        value: element.clone().call("boundingBox", Vec::new()),
        pattern: None,
    }
}

/// The call that answers a dialog.
pub(super) fn answer(dialog: &Dialog, quoted: impl Fn(&str) -> String) -> String {
    match (dialog.accept, &dialog.text) {
        (true, Some(text)) => format!("dialog.accept({})", quoted(text)),
        (true, None) => "dialog.accept()".to_owned(),
        (false, _) => "dialog.dismiss()".to_owned(),
    }
}

impl Statement {
    /// Whether later statements may use a name that this one makes.
    pub(super) fn declares(&self) -> bool {
        match self {
            Self::Let { .. } => true,
            Self::Catch { event, body, .. } => {
                matches!(event, Event::Popup) || body.iter().any(Self::declares)
            }
            Self::Part { body, .. } => body.iter().any(Self::declares),
            _ => false,
        }
    }
}
