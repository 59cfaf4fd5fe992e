//! Mouse and keyboard, from outside every browser: all of it goes through the display.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How fast a person is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Before each act: looking, deciding.
    pub(crate) think: Duration,
    /// Between two keys.
    pub(crate) key: Duration,
    /// For the way of the pointer.
    pub(crate) travel: Duration,
}

impl Pace {
    /// For tests that all developers run.
    pub(crate) const FAST: Self = Self {
        think: Duration::from_millis(150),
        key: Duration::from_millis(12),
        travel: Duration::from_millis(60),
    };
    /// As people are.
    pub(crate) const HUMAN: Self = Self {
        think: Duration::from_millis(900),
        key: Duration::from_millis(90),
        travel: Duration::from_millis(350),
    };
}

/// Buttons of a mouse, as X counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MouseButton {
    Left = 1,
    Right = 3,
}

/// A place on the display, px.
pub(crate) type Place = (f64, f64);

/// Points on the way of a pointer.
const STEPS: u32 = 8;

/// A hand on mouse and keyboard.
pub(crate) struct Hand {
    display: String,
    pub(crate) pace: Pace,
    at: Place,
}

impl Hand {
    pub(crate) fn new(display: &str, pace: Pace) -> Self {
        let (display, at) = (display.to_owned(), (5.0, 5.0));
        Self { display, pace, at }
    }

    /// Leaves a picture of the display in the folder that `PERSON_PICTURES` names, for whoever looks
    /// why a test failed. `ImageMagick` makes it, if it is there.
    pub(crate) fn take_picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("PERSON_PICTURES") else {
            return;
        };
        let _ = Command::new("import")
            .args(["-display", &self.display, "-window", "root"])
            .arg(std::path::Path::new(&folder).join(name))
            .stderr(Stdio::null())
            .status();
    }

    /// Runs a chain of `xdotool`'s commands, `input` on its stdin.
    fn act(&self, chain: &[String], input: &str) {
        let mut child = Command::new("xdotool")
            .args(chain)
            .env("DISPLAY", &self.display)
            .stdin(Stdio::piped())
            .spawn()
            .expect("xdotool, which `make setup-test` installs");
        let mut stdin = child.stdin.take().expect("stdin is piped");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        let status = child.wait().expect("it ends");
        assert!(status.success(), "xdotool {chain:?}: {status}");
    }

    /// The way to a place, as a hand goes it: slow, fast, slow.
    fn way(&mut self, to: Place) -> Vec<String> {
        let pause = self.pace.travel.as_secs_f64() / f64::from(STEPS);
        let from = std::mem::replace(&mut self.at, to);
        let mut chain = Vec::new();
        for step in 1..=STEPS {
            let part = f64::from(step) / f64::from(STEPS);
            let part = part * part * (3.0 - 2.0 * part);
            let (x, y) = (
                from.0 + (to.0 - from.0) * part,
                from.1 + (to.1 - from.1) * part,
            );
            chain.extend(words(&format!("mousemove {x:.0} {y:.0} sleep {pause:.3}")));
        }
        chain
    }

    /// Moves the pointer.
    pub(crate) fn go(&mut self, to: Place) {
        let chain = self.way(to);
        self.act(&chain, "");
    }

    /// Presses and lets go where the pointer is, so often.
    pub(crate) fn press_button(&self, button: MouseButton, times: u32) {
        let button = button as u32;
        let once = format!("mousedown {button} sleep 0.04 mouseup {button} sleep 0.05");
        let chain: Vec<String> = (0..times).flat_map(|_| words(&once)).collect();
        self.act(&chain, "");
    }

    /// Drags from where the pointer is.
    pub(crate) fn drag(&mut self, to: Place) {
        let mut chain = words("mousedown 1 sleep 0.12");
        chain.extend(self.way(to));
        chain.extend(words("sleep 0.15 mouseup 1"));
        self.act(&chain, "");
    }

    /// Turns the wheel by notches; down when positive.
    pub(crate) fn wheel(&self, notches: i32) {
        let button = if notches > 0 { 5 } else { 4 };
        let count = notches.unsigned_abs();
        self.act(
            &words(&format!("click --repeat {count} --delay 30 {button}")),
            "",
        );
    }

    /// Presses a key or a shortcut: `ctrl+a`, `Enter`, `shift+Tab`.
    pub(crate) fn press(&self, keys: &str) {
        let keys: Vec<&str> = keys
            .split('+')
            .map(|key| match key {
                "Enter" => "Return",
                "PageDown" => "Next",
                other => other,
            })
            .collect();
        self.act(&["key".to_owned(), keys.join("+")], "");
    }

    /// Types a text. It comes by stdin, so that no list of processes shows it.
    pub(crate) fn type_text(&self, text: &str) {
        assert!(
            text.is_ascii(),
            "an American keyboard has no keys for {text:?}"
        );
        let delay = self.pace.key.as_millis();
        self.act(&words(&format!("type --delay {delay} --file -")), text);
    }
}

fn words(chain: &str) -> Vec<String> {
    chain.split_whitespace().map(str::to_owned).collect()
}
