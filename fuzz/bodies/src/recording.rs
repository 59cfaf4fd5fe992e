//! A recording, told in lines: what happened in a browser and what the person asked of the
//! recorder, in any order. One word each, as in `fuzz/seeds/recording`; other lines are passed over.

use crate::browser::capture::{
    Arrival, Element, Field, FieldValue, FrameAddress, Happening, Like, PageEvent, Reading, Report,
    Request, Typed, What,
};
use crate::clock::Micros;
use crate::feed::Feed;
use crate::flow::{
    Button, DialogKind, Fingerprint, Flow, PointerDevice, Selector, Selectors, Stroke, Viewport,
};
use crate::record::{Ask, Command, Recorder, Setting, View};

/// What a script of lines has come to.
struct Scene {
    recorder: Recorder,
    at: u64,
    tab: usize,
    frame: FrameAddress,
    number: u64,
    ago: (f64, f64),
    /// Typed into fields of secrets.
    secrets: Vec<String>,
}

/// Nothing panics; what comes of it can be written, read again and shown; no secret is in it; what
/// is taken back and done again is as it was.
pub fn recording(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let rows = "name,email,password\nAnn,ann@example.com,Rehearsal1!\n";
    let feed = Feed::from_csv("customers", rows).expect("a feed");
    let mut scene = Scene {
        recorder: Recorder::new(Setting {
            title: "fuzz".into(),
            file: "fuzz.json".into(),
            url: "http://a.test/?x=1".into(),
            feeds: vec![feed],
            now: jiff::Zoned::default(),
        }),
        at: 0,
        tab: 0,
        frame: FrameAddress::default(),
        number: 0,
        ago: (0.0, 0.0),
        secrets: Vec::new(),
    };
    for line in text.lines().take(200) {
        scene.line(line);
    }
    scene.look();
    let before = scene.recorder.flow().to_json();
    let mut back = 0;
    while scene.recorder.command(Command::Undo).is_ok() {
        back += 1;
    }
    scene.look();
    for _ in 0..back {
        scene
            .recorder
            .command(Command::Redo)
            .expect("what was taken back");
    }
    assert_eq!(scene.recorder.flow().to_json(), before);
}

impl Scene {
    /// Looks at all that a recorder gives out.
    fn look(&self) {
        let flow = self.recorder.flow();
        let json = flow.to_json();
        if let Err(error) = Flow::parse("again.json", &json) {
            panic!("a recorded flow is refused: {error}\n{json}");
        }
        let view: View = self.recorder.view();
        let view = serde_json::to_string(&view).expect("a view");
        let debug = format!("{:?}", self.recorder);
        for secret in &self.secrets {
            for text in [&json, &view, &debug] {
                assert!(!text.contains(secret.as_str()), "{secret}: {text}");
            }
        }
    }

    fn line(&mut self, line: &str) {
        if let Some(command) = line.strip_prefix("do ") {
            if let Ok(command) = serde_json::from_str::<Command>(command)
                && let Err(why) = self.recorder.command(command)
            {
                assert!(!why.is_empty());
            }
            return;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let word = |at: usize| words.get(at).copied().unwrap_or_default();
        let number = |at: usize| word(at).parse::<u64>().unwrap_or_default();
        let tab = |at: usize| number(at) as usize;
        match word(0) {
            "+" => self.at = self.at.saturating_add(number(1).saturating_mul(1_000)),
            "at" => self.tab = tab(1),
            "frame" => {
                self.frame.indexes = words[1..]
                    .iter()
                    .filter_map(|word| word.parse().ok())
                    .collect();
                self.frame.elements = words[1..].iter().map(|word| selectors(&[word])).collect();
            }
            "ago" => {
                self.ago = (
                    word(1).parse().unwrap_or(0.0),
                    word(2).parse().unwrap_or(0.0),
                );
            }
            "answer" => {
                let found = word(2).chars().map(|letter| letter == '1').collect();
                self.recorder.answer(number(1), Some(found));
            }
            _ => {
                if let Some(what) = self.what(&words) {
                    self.hear(what);
                }
            }
        }
    }

    fn what(&mut self, words: &[&str]) -> Option<What> {
        let word = |at: usize| words.get(at).copied().unwrap_or_default();
        let number = |at: usize| word(at).parse::<u64>().unwrap_or_default();
        let tab = |at: usize| number(at) as usize;
        let (here, frame) = (self.tab, self.frame.clone());
        Some(match word(0) {
            "tab" => What::TabOpened {
                tab: tab(1),
                opener: word(2).parse().ok(),
            },
            "close" => What::TabClosed { tab: tab(1) },
            "size" => What::Viewport {
                tab: here,
                viewport: Viewport {
                    width: number(1) as u32,
                    height: number(2) as u32,
                    device_scale_factor: word(3).parse().unwrap_or(1.0),
                    is_mobile: false,
                    has_touch: false,
                    is_landscape: true,
                },
            },
            "went" => What::Went {
                tab: here,
                frame,
                url: address(word(1)),
                arrival: match word(2) {
                    "typed" => Arrival::Typed,
                    "reload" => Arrival::Reload,
                    "page" | "" => Arrival::Page,
                    by => Arrival::History(by.parse().unwrap_or(-1)),
                },
                same_document: word(3) == "same",
            },
            "title" => What::Titled {
                tab: here,
                title: words[1..].join(" "),
            },
            "ready" => What::Ready { tab: here },
            "asked" => What::Began(Request {
                number: number(1),
                tab: here,
                method: word(2).into(),
                url: address(word(3)),
                kind: word(4).into(),
                by_timer: word(5) == "timer",
            }),
            "done" => What::Answered {
                request: number(1),
                status: word(2).parse().ok(),
            },
            "blocked" => What::Blocked {
                host: word(1).into(),
            },
            "dialog" => What::DialogOpened {
                tab: here,
                kind: match word(1) {
                    "prompt" => DialogKind::Prompt,
                    "leave" => DialogKind::Beforeunload,
                    "confirm" => DialogKind::Confirm,
                    _ => DialogKind::Alert,
                },
                message: words.get(2..).unwrap_or_default().join(" "),
            },
            "answered" => What::DialogClosed {
                tab: here,
                accepted: word(1) == "ok",
                text: words.get(2).map(|word| Typed((*word).to_owned())),
            },
            "download" => What::Download {
                tab: here,
                name: word(1).into(),
            },
            "pick" => What::Picked {
                tab: here,
                frame,
                element: element(word(1)),
                reading: Reading {
                    text: words[1..].join(" "),
                    value: words.get(2).map(|word| Typed((*word).to_owned())),
                    checked: None,
                    visible: true,
                },
            },
            "end" => What::Ended,
            _ => self.gesture(words)?,
        })
    }

    fn gesture(&mut self, words: &[&str]) -> Option<What> {
        let word = |at: usize| words.get(at).copied().unwrap_or_default();
        let options = words.get(3..).unwrap_or_default();
        let has = |option: &str| options.contains(&option);
        let event = match word(0) {
            "click" => PageEvent::Click {
                element: element(word(1)),
                offset: [self.ago.0, 3.0],
                at: [self.ago.1, 0.5],
                button: if has("right") {
                    Button::Secondary
                } else {
                    Button::Primary
                },
                clicks: word(2).parse().unwrap_or(1),
                modifiers: Vec::new(),
                device: PointerDevice::Mouse,
            },
            "type" => {
                let element = element(word(1));
                let value = word(2).to_owned();
                if element
                    .field
                    .as_ref()
                    .is_some_and(|field| field.kind == "password")
                    && value.contains('!')
                    && value.len() > 5
                    && value.is_ascii()
                    && has("final")
                {
                    self.secrets.push(value.clone());
                }
                PageEvent::Change {
                    element,
                    value: FieldValue::Text {
                        text: Typed(value.clone()),
                    },
                    strokes: value.len() as u32,
                    rich: if has("rich") {
                        vec![Stroke::Press { press: value }]
                    } else {
                        Vec::new()
                    },
                    live: has("live"),
                    pasted: has("pasted"),
                    final_value: has("final"),
                }
            }
            "choose" | "tick" => PageEvent::Change {
                element: element(word(1)),
                value: match word(0) {
                    "tick" => FieldValue::Checked { checked: true },
                    _ => FieldValue::Options {
                        values: words[2.min(words.len())..]
                            .iter()
                            .map(|word| (*word).into())
                            .collect(),
                        labels: vec![word(2).into()],
                    },
                },
                strokes: 0,
                rich: Vec::new(),
                live: false,
                pasted: false,
                final_value: true,
            },
            "key" => PageEvent::Key {
                element: (word(1) != "-").then(|| element(word(1))),
                keys: word(2).into(),
                times: word(3).parse().unwrap_or(1),
            },
            "hover" => PageEvent::Hover {
                element: element(word(1)),
            },
            "drag" => PageEvent::Drag {
                element: element(word(1)),
                at: [self.ago.0, self.ago.1],
                to: words.get(2).map(|word| Box::new(element(word))),
                to_at: [0.5, 0.5],
                by: [self.ago.0, 4.0],
                path: vec![[1.0, self.ago.1]],
                device: PointerDevice::Touch,
            },
            "scroll" => PageEvent::Scroll {
                element: words.get(2).map(|word| element(word)),
                x: 0.0,
                y: word(1).parse().unwrap_or(f64::NAN),
            },
            "paste" => PageEvent::Paste {
                element: words.get(2).map(|word| element(word)),
                text: Typed(word(1).into()),
                html: Some(Typed(format!("<b>{}</b>", word(1)))),
            },
            "files" => PageEvent::Files {
                element: element(word(1)),
                files: words[2.min(words.len())..].iter().map(Into::into).collect(),
            },
            "shows" => PageEvent::Effect {
                of: word(1).parse().unwrap_or_default(),
                appears: words[2.min(words.len())..]
                    .iter()
                    .map(|word| element(word))
                    .collect(),
                vanishes: Vec::new(),
                state: None,
            },
            _ => return None,
        };
        if !has("again") {
            self.number += 1;
        }
        let report = Report {
            number: self.number,
            began_ago_ms: self.ago.0,
            ended_ago_ms: self.ago.1,
            event,
        };
        Some(What::Page {
            tab: self.tab,
            frame: self.frame.clone(),
            report,
        })
    }

    fn hear(&mut self, what: What) {
        let asks = self.recorder.hear(&Happening {
            at: Micros(self.at),
            what,
        });
        for ask in asks {
            if let Ask::Recheck { step, element, .. } = ask {
                let found = element.selectors.0.iter().enumerate();
                let found = found
                    .map(|(at, _)| !(at as u64 + step).is_multiple_of(3))
                    .collect();
                self.recorder.answer(step, Some(found));
            }
        }
    }
}

fn address(text: &str) -> String {
    if text.starts_with('/') {
        format!("http://a.test{text}")
    } else {
        text.to_owned()
    }
}

fn selectors(all: &[&str]) -> Selectors {
    let one = |part: &&str| Selector {
        chain: vec![(*part).to_owned()],
        bare: false,
    };
    Selectors(all.iter().map(one).collect())
}

/// An element by its word, which says what it is by its beginning.
fn element(word: &str) -> Element {
    let kind = match word.get(..2).unwrap_or_default() {
        "pw" => "password",
        "tx" => "text",
        "rt" => "rich",
        "dt" => "date",
        "se" => "select",
        "cb" => "combobox",
        _ => "",
    };
    let role = match kind {
        "" => "button",
        _ => "textbox",
    };
    let id = format!("#{word}");
    let aria = format!("aria/{word}");
    let all: &[&str] = match word {
        "none" => &[],
        _ => &[&id, &aria, "div:nth-child(2)"],
    };
    Element {
        handle: word.len() as u64,
        selectors: selectors(all),
        fingerprint: Fingerprint {
            tag: "div".into(),
            role: role.into(),
            name: word.into(),
            text: word.into(),
            size: Some([f64::NAN, 10.0]),
            ..Fingerprint::default()
        },
        field: (!kind.is_empty()).then(|| Field {
            kind: kind.into(),
            autocomplete: String::new(),
            secret: (kind == "password").then(|| word.to_owned()),
        }),
        like: word.starts_with("item").then(|| Like {
            selectors: selectors(&[".item"]),
            count: 3,
        }),
        area: word.starts_with("map"),
    }
}
