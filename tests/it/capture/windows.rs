//! An ordinary window on a display.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rehearsal::browser::LaunchError;
use rehearsal::browser::capture::{Display, Watched, WatchedOptions, What};

use super::harness::{Person, options, page};

/// A display without a window manager; it ends when dropped.
struct Screen {
    server: Child,
    display: String,
    folder: tempfile::TempDir,
}

impl Screen {
    fn start(size: &str) -> Self {
        use std::io::Read;
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-nolisten",
                "tcp",
                "-screen",
                "0",
                &format!("{size}x24"),
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb, which `make setup` installs");
        let mut number = String::new();
        let mut told = server.stdout.take().unwrap();
        let mut byte = [0];
        while told.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
            number.push(char::from(byte[0]));
        }
        let display = format!(":{}", number.trim());
        let folder = tempfile::tempdir().unwrap();
        Self {
            server,
            display,
            folder,
        }
    }

    /// A browser that starts on this display, whatever this process's own is.
    fn browser(&self) -> PathBuf {
        starter(&self.folder, &format!("export DISPLAY={}", self.display))
    }

    fn tool(&self, arguments: &[&str]) -> String {
        let run = Command::new("xdotool")
            .args(arguments)
            .env("DISPLAY", &self.display)
            .output()
            .expect("xdotool, which `make setup` installs");
        assert!(run.status.success(), "{arguments:?}: {run:?}");
        String::from_utf8(run.stdout).unwrap()
    }

    fn click(&self, x: i64, y: i64) {
        let (x, y) = (x.to_string(), y.to_string());
        self.tool(&["mousemove", &x, &y, "click", "1"]);
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _gone = self.server.kill();
        let _gone = self.server.wait();
    }
}

/// A program that starts the usual browser in another environment.
fn starter(folder: &tempfile::TempDir, environment: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let browser = rehearsal::browser::locate(None, true).expect("a whole browser");
    let path = folder.path().join("browser");
    let script = format!(
        "#!/bin/sh\n{environment}\nexec '{}' \"$@\"\n",
        browser.display()
    );
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn windowed(path: PathBuf) -> WatchedOptions {
    WatchedOptions {
        path: Some(path),
        window: Some((1000, 700)),
        display: Display::Window,
        ..options()
    }
}

const PAGE: &str = "<!doctype html><title>Window</title><style>body{margin:0}button{position:absolute;left:0;\
    top:0;width:300px;height:200px}</style><button onclick=\"fetch('/pressed?' + confirm('Sure?'))\">press</button>\
    <script>fetch('/webdriver?' + navigator.webdriver + [screenX, screenY, outerWidth, outerHeight])</script>";

#[tokio::test]
async fn a_person_presses_in_a_window_and_closes_it() {
    let screen = Screen::start("1700x900");
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let windowed = WatchedOptions {
        debugging_port: Some(port),
        ..windowed(screen.browser())
    };
    let mut person = Person::start(page(PAGE), windowed).await;
    person.open("/").await;
    person.asked("/webdriver?false0,0,1000,700").await;
    let others = reqwest::get(format!("http://127.0.0.1:{port}/json/version")).await;
    assert!(others.unwrap().text().await.unwrap().contains("Chrome/"));
    let viewport = person.heard.iter().find_map(|what| match what {
        What::Viewport { viewport, .. } => Some(*viewport),
        _ => None,
    });
    let viewport = viewport.unwrap();
    assert_eq!(viewport.width, 1000);
    // Tabs and address bar, and no bar that warns of anything.
    let above = 700 - i64::from(viewport.height);
    assert!((60..100).contains(&above), "{above}");

    // A panel beside it is none of the person's tabs and takes nothing from the page.
    let panel = person.site.url("/panel");
    assert_eq!(person.watched.panel(&panel, 420).await, Some(()));
    person.asked("/panel").await;
    screen.click(100, above + 100);
    person.report("click").await;
    let asked = |what: &What| matches!(what, What::DialogOpened { .. });
    if !person.heard.iter().any(asked) {
        person.until("dialog", asked).await;
    }
    screen.tool(&["key", "Return"]);
    let answer = |what: &What| matches!(what, What::DialogClosed { accepted: true, .. });
    person.until("answer", answer).await;
    person.asked("/pressed?true").await;
    let resized = screen.tool(&["search", "--name", "^Window"]);
    let window = resized.lines().next().unwrap();
    screen.tool(&["windowsize", window, "900", "600"]);
    person
        .until(
            "size",
            |what| matches!(what, What::Viewport { viewport, .. } if viewport.width == 900),
        )
        .await;
    // Closes the tab, and with it the window, but not the panel.
    screen.tool(&["mousemove", "100", "400", "key", "ctrl+w"]);
    person.until("end", |what| *what == What::Ended).await;
    let tabs = person
        .heard
        .iter()
        .filter(|what| matches!(what, What::TabOpened { .. }));
    assert_eq!(tabs.count(), 1);
    person.watched.end().await;
}

#[tokio::test]
async fn a_panel_that_would_cover_the_page_is_not_opened() {
    let screen = Screen::start("1280x800");
    let wide = WatchedOptions {
        window: Some((1280, 800)),
        ..windowed(screen.browser())
    };
    let mut person = Person::start(page(PAGE), wide).await;
    person.open("/").await;
    let panel = person.site.url("/panel");
    assert_eq!(person.watched.panel(&panel, 420).await, None);
    assert_eq!(person.site.count("/panel"), 0);
    person.watched.end().await;
}

#[tokio::test]
async fn what_keeps_a_window_from_opening_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = starter(&folder, "unset DISPLAY WAYLAND_DISPLAY");
    let error = Watched::launch(windowed(path)).await.unwrap_err();
    assert!(matches!(error, LaunchError::NoDisplay { .. }), "{error:?}");
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert!(help.contains("--remote"), "{help}");

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let occupied = WatchedOptions {
        debugging_port: Some(port),
        ..options()
    };
    let error = Watched::launch(occupied).await.unwrap_err();
    assert!(error.to_string().contains(&port.to_string()), "{error}");
}
