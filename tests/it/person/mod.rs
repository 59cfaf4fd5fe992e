//! A person in front of a browser: the mouse and the keyboard are moved from outside, on a virtual
//! display, and the browser's debugging port is only looked at. What is recorded of it must be
//! what people do, and not what a protocol does.

#![expect(clippy::float_cmp, reason = "what stands still has not moved at all")]

mod apps;
pub(crate) mod display;
mod eyes;
pub(crate) mod hand;
mod practice;
pub(crate) mod recording;
pub(crate) mod storefront;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rehearsal::clock::Clock;

use display::{Display, Program};
use eyes::{Eyes, Sight};
use hand::{Hand, MouseButton, Pace, Place};

/// How long a person waits for something to come, s.
const PATIENCE_S: f64 = 30.0;
/// The display: room for a window of 1280 by 800 and for a toolbar beside it.
pub(crate) const SCREEN: (u32, u32) = (1720, 900);

/// Someone who uses a browser.
pub(crate) struct Person {
    eyes: Eyes,
    hand: Hand,
    clock: Clock,
    surface: Surface,
}

/// Where a person sees the pages.
pub(crate) enum Surface {
    /// In the browser's own window.
    Window,
    /// On a picture in another browser, which is looked at by eyes of its own.
    Picture { viewer: Box<Eyes>, query: String },
}

impl Person {
    /// In front of the browser whose debugging port this is, on this display.
    pub(crate) fn sit_down(display: &Display, port: u16, pace: Pace) -> Self {
        let clock = Clock::start();
        let eyes = until(clock, "the browser's debugging port", || Eyes::open(port));
        Self {
            eyes,
            hand: Hand::new(display.name(), pace),
            clock,
            surface: Surface::Window,
        }
    }

    /// Sees the same pages on a picture in another browser from now on, and acts there.
    pub(crate) fn look_at_picture(&mut self, port: u16, query: &str) {
        let mut viewer = until(self.clock, "the viewer's debugging port", || {
            Eyes::open(port)
        });
        viewer.turn_to_toolbar(true);
        until(self.clock, "the picture of the page", || viewer.look(query));
        let query = query.to_owned();
        self.surface = Surface::Picture {
            viewer: Box::new(viewer),
            query,
        };
    }

    /// Turns to the recorder's toolbar, and back to the pages.
    pub(crate) fn turn_to_toolbar(&mut self, on: bool) {
        self.eyes.turn_to_toolbar(on);
    }

    /// Where a place on the page is on the display.
    fn place(&mut self, sight: &Sight, (x, y): (f64, f64)) -> Place {
        let [left, top, width, height] = sight.page;
        match &mut self.surface {
            Surface::Window => (left + x, top + y),
            Surface::Picture { viewer, query } => {
                let picture = viewer.look(query).expect("the picture of the page");
                let [inner_left, inner_top, shown_width, shown_height] = picture.rect;
                (
                    picture.page[0] + inner_left + x * shown_width / width,
                    picture.page[1] + inner_top + y * shown_height / height,
                )
            }
        }
    }

    /// Sees something that can be reached and stands still, and turns the wheel until it does.
    fn find(&mut self, query: &str) -> Sight {
        let began = self.clock.now();
        let mut before: Option<Sight> = None;
        loop {
            let seen = self.eyes.look(query);
            match (&seen, &before) {
                (Some(now), Some(before))
                    if now.point.is_some() && now.rect == before.rect && now.ready =>
                {
                    return now.clone();
                }
                // It is out of reach, and stands still there.
                (Some(now), Some(before))
                    if now.point.is_none() && now.rect == before.rect && now.ready =>
                {
                    if let Some((x, y, distance)) = now.wheel {
                        let now = now.clone();
                        let place = self.place(&now, (x, y));
                        self.hand.go(place);
                        // A notch is about 100 px, and people do not overshoot by much.
                        let notches = (distance.abs() / 120.0).clamp(1.0, 5.0) as i32;
                        self.hand
                            .wheel(if distance > 0.0 { notches } else { -notches });
                    }
                }
                _ => {}
            }
            before = seen;
            let patient = self.clock.now().ms_since(began) < PATIENCE_S * 1000.0;
            if !patient {
                self.hand.take_picture("not-found.png");
            }
            assert!(
                patient,
                "no {query} that can be reached on {:?}: {before:?}",
                self.eyes.read("[location.href, document.title]")
            );
            sleep(Duration::from_millis(80));
        }
    }

    /// Points at something.
    pub(crate) fn point_at(&mut self, query: &str) -> Sight {
        sleep(self.hand.pace.think);
        let sight = self.find(query);
        let place = self.place(&sight, sight.point.expect("it can be reached"));
        self.hand.go(place);
        sight
    }

    /// Clicks something: `button:text('Add to basket')`, `:label('E-mail')`, any CSS.
    pub(crate) fn click(&mut self, query: &str) {
        self.point_at(query);
        self.hand.press_button(MouseButton::Left, 1);
    }

    /// Clicks something twice, fast.
    pub(crate) fn double_click(&mut self, query: &str) {
        self.point_at(query);
        self.hand.press_button(MouseButton::Left, 2);
    }

    /// Clicks something with the other button.
    pub(crate) fn right_click(&mut self, query: &str) {
        self.point_at(query);
        self.hand.press_button(MouseButton::Right, 1);
    }

    /// Types where the focus is.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.hand.type_text(text);
    }

    /// Clicks into a field, and types in place of what it held.
    pub(crate) fn type_into(&mut self, query: &str, text: &str) {
        let sight = self.point_at(query);
        self.hand.press_button(MouseButton::Left, 1);
        if sight.value.is_some_and(|value| !value.is_empty()) {
            self.hand.press("ctrl+a");
        }
        self.hand.type_text(text);
    }

    /// Presses a key or a shortcut.
    pub(crate) fn press(&mut self, keys: &str) {
        sleep(self.hand.pace.think);
        self.hand.press(keys);
    }

    /// Opens a list by a click and chooses by the arrow keys.
    pub(crate) fn choose(&mut self, query: &str, option: &str) {
        let sight = self.point_at(query);
        self.hand.press_button(MouseButton::Left, 1);
        sleep(Duration::from_millis(400));
        self.arrow_to(&sight, option);
        self.hand.press("Enter");
        self.wait_for(&format!("{option} chosen in {query}"), |eyes| {
            let sight = eyes.look(query)?;
            let chosen = usize::try_from(sight.chosen?).ok()?;
            (sight.options?.get(chosen)? == option).then_some(())
        });
    }

    fn arrow_to(&mut self, sight: &Sight, option: &str) {
        let options = sight.options.as_ref().expect("a list");
        let wanted = options.iter().position(|label| label == option);
        let wanted = wanted.unwrap_or_else(|| panic!("{option} is not among {options:?}"));
        let by = i32::try_from(wanted).expect("a short list") - sight.chosen.unwrap_or(0);
        for _ in 0..by.unsigned_abs() {
            self.hand.press(if by > 0 { "Down" } else { "Up" });
            sleep(self.hand.pace.key);
        }
    }

    /// Drags something onto a place of another: fractions of its box.
    pub(crate) fn drag(&mut self, from: &str, to: &str, at: (f64, f64)) {
        let grabbed = self.point_at(from);
        let target = self
            .eyes
            .look(to)
            .unwrap_or_else(|| panic!("no {to} to drag {grabbed:?} to"));
        let [left, top, width, height] = target.rect;
        let place = self.place(&target, (left + width * at.0, top + height * at.1));
        self.hand.drag(place);
    }

    /// Types an address into the address bar.
    pub(crate) fn open_address(&mut self, url: &str) {
        sleep(self.hand.pace.think);
        self.hand.press("ctrl+l");
        sleep(Duration::from_millis(200));
        self.hand.type_text(url);
        self.hand.press("Enter");
    }

    /// Waits for words to be on the page, and says where they are.
    pub(crate) fn see(&mut self, words: &str) -> Sight {
        let query = format!(":text('{words}')");
        self.wait_for(&format!("the words {words:?}"), |eyes| eyes.look(&query))
    }

    /// Waits for the address to have this in it.
    pub(crate) fn see_address(&mut self, part: &str) {
        self.wait_for(&format!("an address with {part:?}"), |eyes| {
            let address = eyes.read("location.href")?;
            address.as_str()?.contains(part).then_some(())
        });
    }

    /// Waits for so many tabs to be open.
    pub(crate) fn see_tabs(&mut self, count: usize) {
        self.wait_for(&format!("{count} tabs"), |eyes| {
            (eyes.count_tabs() == count).then_some(())
        });
    }

    /// What an expression is worth on the page.
    pub(crate) fn read(&mut self, expression: &str) -> serde_json::Value {
        self.wait_for(expression, |eyes| eyes.read(expression))
    }

    /// Looks on for a while without doing anything.
    #[expect(clippy::unused_self, reason = "it is the person who lingers")]
    pub(crate) fn linger(&self, time: Duration) {
        sleep(time);
    }

    fn wait_for<T>(&mut self, what: &str, mut look: impl FnMut(&mut Eyes) -> Option<T>) -> T {
        let Self {
            eyes, clock, hand, ..
        } = self;
        let began = clock.now();
        loop {
            if let Some(seen) = look(eyes) {
                return seen;
            }
            let patient = clock.now().ms_since(began) < PATIENCE_S * 1000.0;
            if !patient {
                hand.take_picture("not-seen.png");
            }
            assert!(
                patient,
                "{what} did not come; the page is {:?}: {:?}",
                eyes.read("location.href"),
                eyes.read("document.body.innerText.slice(0, 600)")
            );
            sleep(Duration::from_millis(100));
        }
    }
}

fn sleep(time: Duration) {
    std::thread::sleep(time);
}

/// Waits for something that is not there at once.
fn until<T>(clock: Clock, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = clock.now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(
            clock.now().ms_since(began) < PATIENCE_S * 1000.0,
            "{what} did not come"
        );
        sleep(Duration::from_millis(100));
    }
}

/// A port of loopback that is free now.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// What a person has set who does not want to be asked to save passwords and cards, over the page.
const PREFERENCES: &str = r#"{"credentials_enable_service": false,
    "profile": {"password_manager_enabled": false, "password_manager_leak_detection": false},
    "autofill": {"profile_enabled": false, "credit_card_enabled": false}}"#;

/// An ordinary browser in a window of this size, as a person starts it; nothing of ours in it.
fn plain_browser(
    display: &Display,
    (width, height): (u32, u32),
    profile: &Path,
    port: u16,
    url: &str,
) -> Program {
    std::fs::create_dir_all(profile.join("Default")).unwrap();
    std::fs::write(profile.join("Default/Preferences"), PREFERENCES).unwrap();
    let path = rehearsal::browser::locate(None, true).expect("a browser with windows");
    let mut command = Command::new(path);
    command
        .args([
            "--no-first-run",
            "--no-default-browser-check",
            "--no-sandbox",
        ])
        .args(["--password-store=basic", "--disable-background-networking"])
        .arg("--window-position=0,0")
        .arg(format!("--window-size={width},{height}"))
        .arg(format!("--remote-debugging-port={port}"))
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Program::start(command, display)
}
