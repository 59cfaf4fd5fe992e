//! A person and a browser made by hand, for the tests of the recorder.

use crate::browser::capture::{
    Arrival, Element, Field, FieldValue, FrameAddress, Happening, Like, PageEvent, Report, Request,
    Typed, What,
};
use crate::clock::Micros;
use crate::feed::Feed;
use crate::flow::{
    Action, Button, Fingerprint, Flow, PointerDevice, Selector, Selectors, Step, Viewport,
};

use super::{Ask, Recorder, Setting};

/// Selectors of these texts, each of one part.
pub(super) fn selectors(all: &[&str]) -> Selectors {
    let one = |part: &&str| Selector {
        chain: vec![(*part).to_owned()],
        bare: false,
    };
    Selectors(all.iter().map(one).collect())
}

/// An element with this role, name and id.
pub(super) fn element(role: &str, name: &str, id: &str) -> Element {
    Element {
        handle: id.bytes().fold(7, |sum, byte| sum * 31 + u64::from(byte)) % 1_000_000 + 1,
        selectors: selectors(&[&format!("#{id}"), &format!("aria/{name}[role=\"{role}\"]")]),
        fingerprint: Fingerprint {
            tag: "div".into(),
            role: role.into(),
            name: name.into(),
            size: Some([100.0, 20.0]),
            ..Fingerprint::default()
        },
        field: None,
        like: None,
        area: false,
    }
}

/// A field of this kind.
pub(super) fn field(kind: &str, name: &str, id: &str) -> Element {
    let element = element("textbox", name, id);
    Element {
        field: Some(Field {
            kind: kind.into(),
            autocomplete: String::new(),
            secret: (kind == "password").then(|| "PASSWORD".to_owned()),
        }),
        fingerprint: Fingerprint {
            tag: "input".into(),
            ..element.fingerprint
        },
        ..element
    }
}

/// One of several like items.
pub(super) fn one_of(mut element: Element, selector: &str, count: u32) -> Element {
    element.like = Some(Like {
        selectors: selectors(&[selector]),
        count,
    });
    element
}

pub(super) fn click(element: &Element) -> PageEvent {
    clicks(element, 1)
}

pub(super) fn clicks(element: &Element, clicks: u32) -> PageEvent {
    PageEvent::Click {
        element: element.clone(),
        offset: [12.4, 8.0],
        at: [0.124, 0.4],
        button: Button::Primary,
        clicks,
        modifiers: Vec::new(),
        device: PointerDevice::Mouse,
    }
}

pub(super) fn text(value: &str) -> FieldValue {
    FieldValue::Text {
        text: Typed(value.into()),
    }
}

pub(super) fn change(element: &Element, value: FieldValue, strokes: u32) -> PageEvent {
    PageEvent::Change {
        element: element.clone(),
        value,
        strokes,
        rich: Vec::new(),
        live: false,
        pasted: false,
        final_value: true,
    }
}

pub(super) fn key(element: Option<&Element>, keys: &str) -> PageEvent {
    PageEvent::Key {
        element: element.cloned(),
        keys: keys.into(),
        times: 1,
    }
}

/// A browser in which things happen, and the recorder that hears of them.
pub(super) struct Scene {
    pub(super) recorder: Recorder,
    pub(super) asks: Vec<Ask>,
    /// Now, ms.
    pub(super) ms: u64,
    number: u64,
    request: u64,
    pub(super) tab: usize,
    pub(super) frame: FrameAddress,
}

pub(super) const SHOP: &str = "http://shop.test/";

impl Scene {
    /// At the start of a recording with these feeds.
    pub(super) fn with(feeds: Vec<Feed>) -> Self {
        let mut scene = Self::blank(feeds);
        scene.page(&format!("{SHOP}?from=mail"), "Shop", Arrival::Typed);
        scene
    }

    /// Before the first address is opened.
    pub(super) fn unopened() -> Self {
        Self::blank(Vec::new())
    }

    fn blank(feeds: Vec<Feed>) -> Self {
        let now = jiff::civil::date(2026, 5, 14).at(9, 0, 0, 0);
        let recorder = Recorder::new(Setting {
            title: "Checkout".into(),
            file: "flows/checkout.json".into(),
            url: format!("{SHOP}?from=mail"),
            feeds,
            now: now.to_zoned(jiff::tz::TimeZone::UTC).unwrap(),
        });
        let mut scene = Self {
            recorder,
            asks: Vec::new(),
            ms: 10,
            number: 0,
            request: 0,
            tab: 0,
            frame: FrameAddress::default(),
        };
        scene.hear(What::TabOpened {
            tab: 0,
            opener: None,
        });
        scene.hear(What::Viewport {
            tab: 0,
            viewport: Viewport {
                width: 1280,
                height: 720,
                device_scale_factor: 1.0,
                is_mobile: false,
                has_touch: false,
                is_landscape: true,
            },
        });
        scene
    }

    pub(super) fn start() -> Self {
        Self::with(Vec::new())
    }

    pub(super) fn hear(&mut self, what: What) {
        let at = Micros(self.ms * 1_000);
        let asks = self.recorder.hear(&Happening { at, what });
        self.asks.extend(asks);
    }

    pub(super) fn wait(&mut self, ms: u64) -> &mut Self {
        self.ms += ms;
        self
    }

    /// A gesture that took so long and is told at once. Returns its number.
    pub(super) fn does_for(&mut self, ms: u64, event: PageEvent) -> u64 {
        self.ms += ms;
        self.number += 1;
        self.tells(self.number, ms as f64, 0.0, event);
        self.number
    }

    pub(super) fn does(&mut self, event: PageEvent) -> u64 {
        self.does_for(60, event)
    }

    /// The script tells something of a gesture.
    pub(super) fn tells(&mut self, number: u64, began: f64, ended: f64, event: PageEvent) {
        let report = Report {
            number,
            began_ago_ms: began,
            ended_ago_ms: ended,
            event,
        };
        let (tab, frame) = (self.tab, self.frame.clone());
        self.hear(What::Page { tab, frame, report });
    }

    /// The script tells what came of a gesture.
    pub(super) fn shows(&mut self, of: u64, appears: &[Element], vanishes: &[Element]) {
        let event = PageEvent::Effect {
            of,
            appears: appears.to_vec(),
            vanishes: vanishes.to_vec(),
            state: None,
        };
        self.tells(0, 0.0, 0.0, event);
    }

    pub(super) fn begins(&mut self, method: &str, path: &str, kind: &str) -> u64 {
        self.begins_by(false, method, path, kind)
    }

    fn begins_by(&mut self, by_timer: bool, method: &str, path: &str, kind: &str) -> u64 {
        self.request += 1;
        let url = url::Url::parse(SHOP).unwrap().join(path).unwrap();
        self.hear(What::Began(Request {
            number: self.request,
            tab: self.tab,
            method: method.into(),
            url: url.into(),
            kind: kind.into(),
            by_timer,
        }));
        self.request
    }

    /// A call of a script, answered within 100 ms.
    pub(super) fn calls(&mut self, method: &str, path: &str, status: u16) {
        self.wait(20);
        let request = self.begins(method, path, "fetch");
        self.is_answered(request, status);
    }

    /// The same in the beat of a timer.
    pub(super) fn beats(&mut self, method: &str, path: &str, status: u16) {
        self.wait(20);
        let request = self.begins_by(true, method, path, "fetch");
        self.is_answered(request, status);
    }

    fn is_answered(&mut self, request: u64, status: u16) {
        self.wait(100);
        let status = Some(status);
        self.hear(What::Answered { request, status });
    }

    /// A document comes, is titled and ready, within 300 ms.
    pub(super) fn page(&mut self, path: &str, title: &str, arrival: Arrival) {
        self.wait(10);
        let request = self.begins("GET", path, "document");
        self.arrives(request, path, title, arrival);
    }

    pub(super) fn arrives(&mut self, request: u64, path: &str, title: &str, arrival: Arrival) {
        self.arrives_unready(request, path, title, arrival);
        self.wait(200);
        self.hear(What::Ready { tab: self.tab });
        self.number = 0;
    }

    /// A document comes, and goes on to load.
    pub(super) fn arrives_unready(
        &mut self,
        request: u64,
        path: &str,
        title: &str,
        arrival: Arrival,
    ) {
        let url = url::Url::parse(SHOP).unwrap().join(path).unwrap();
        self.wait(100);
        self.hear(What::Went {
            tab: self.tab,
            frame: self.frame.clone(),
            url: url.into(),
            arrival,
            same_document: false,
        });
        let status = Some(200);
        self.hear(What::Answered { request, status });
        self.hear(What::Titled {
            tab: self.tab,
            title: title.into(),
        });
    }

    /// The address changes within the document.
    pub(super) fn route(&mut self, path: &str) {
        let url = url::Url::parse(SHOP).unwrap().join(path).unwrap();
        self.wait(5);
        self.hear(What::Went {
            tab: self.tab,
            frame: self.frame.clone(),
            url: url.into(),
            arrival: Arrival::Page,
            same_document: true,
        });
    }

    /// The flow, which can be written and read again.
    pub(super) fn flow(&self) -> Flow {
        let flow = self.recorder.flow();
        let json = flow.to_json();
        let again = Flow::parse("recorded.json", &json).unwrap_or_else(|error| {
            panic!("{error}\n{json}");
        });
        assert_eq!(again.to_json(), json);
        flow
    }

    /// Steps after the viewport and the first address.
    pub(super) fn steps(&self) -> Vec<Step> {
        self.flow().steps.split_off(2)
    }

    /// Native names of those steps.
    pub(super) fn names(&self) -> Vec<String> {
        let name = |step: &Step| match &step.action {
            Action::Own(own) => own.name().to_owned(),
            Action::KeyDown { key } => format!("down {key}"),
            Action::KeyUp { key } => format!("up {key}"),
            Action::Change { value, .. } => format!("change {value}"),
            action => action.name().to_owned(),
        };
        self.steps().iter().map(name).collect()
    }

    /// The story that the toolbar tells, after the first address.
    pub(super) fn story(&self) -> Vec<String> {
        let steps = self.recorder.view().steps.into_iter();
        steps.skip(1).map(|step| step.text).collect()
    }
}
