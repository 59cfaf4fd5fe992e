//! A person at a watched browser without a window, on pages of a site that logs what it was asked.

use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use rehearsal::browser::capture::{
    Display, FrameAddress, Happening, MouseAction, PageEvent, RemoteInput, Report, Typed, Watched,
    WatchedOptions, What,
};
use rehearsal::clock::Clock;
use tokio::sync::mpsc;

use crate::support::site::Site;

/// Far more than anything needs on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

pub(crate) struct Person {
    pub(crate) site: Site,
    pub(crate) watched: Watched,
    pub(crate) told: mpsc::UnboundedReceiver<Happening>,
    /// All that was told so far and not forgotten.
    pub(crate) heard: Vec<What>,
}

/// The usual browser without a window.
pub(crate) fn options() -> WatchedOptions {
    WatchedOptions {
        path: None,
        window: Some((1000, 700)),
        display: Display::Remote,
        debugging_port: None,
        hosts: None,
        clock: Clock::start(),
    }
}

/// A site with this page at `/`.
pub(crate) fn page(html: &'static str) -> Router {
    Router::new().route("/", get(move || async move { Html(html) }))
}

/// With another page.
pub(crate) fn and(routes: Router, path: &str, html: &'static str) -> Router {
    routes.route(path, get(move || async move { Html(html) }))
}

impl Person {
    /// Opens the site's first page and waits until it is ready.
    pub(crate) async fn at(routes: Router) -> Self {
        let mut person = Self::start(routes, options()).await;
        person.open("/").await;
        person
    }

    pub(crate) async fn start(routes: Router, options: WatchedOptions) -> Self {
        let _already = tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .with_test_writer()
            .try_init();
        let site = Site::start(routes).await;
        let (watched, told) = Watched::launch(options).await.expect("a browser");
        Self {
            site,
            watched,
            told,
            heard: Vec::new(),
        }
    }

    /// Opens a page of the site in the first tab and waits until it is ready.
    pub(crate) async fn open(&mut self, path: &str) {
        let url = self.site.url(path);
        self.watched.open(&url).await.expect("opened");
        self.until("ready", |what| *what == What::Ready { tab: 0 })
            .await;
    }

    /// Waits for something that is told from now on.
    pub(crate) async fn until(&mut self, name: &str, wanted: impl Fn(&What) -> bool) -> What {
        self.find(name, |what| wanted(what).then(|| what.clone()))
            .await
    }

    /// Waits for something that is told from now on, and takes what matters of it.
    pub(crate) async fn find<T>(&mut self, name: &str, wanted: impl Fn(&What) -> Option<T>) -> T {
        let found = tokio::time::timeout(PATIENCE, async {
            while let Some(happening) = self.told.recv().await {
                let found = wanted(&happening.what);
                self.heard.push(happening.what);
                if found.is_some() {
                    return found;
                }
            }
            None
        });
        let found = found.await;
        found
            .ok()
            .flatten()
            .unwrap_or_else(|| panic!("never told: {name}; but {:?}", self.heard))
    }

    /// Waits for a document or address of a tab.
    pub(crate) async fn went(&mut self, path: &str) -> What {
        let url = self.site.url(path);
        self.until(
            path,
            |what| matches!(what, What::Went { url: to, .. } if *to == url),
        )
        .await
    }

    /// Waits for a report of the script.
    pub(crate) async fn report(&mut self, name: &str) -> (usize, FrameAddress, Report) {
        self.find(name, |what| match what {
            What::Page { tab, frame, report } if is(&report.event, name) => {
                Some((*tab, frame.clone(), report.clone()))
            }
            _ => None,
        })
        .await
    }

    pub(crate) async fn input(&self, input: RemoteInput) {
        self.watched.input(input).await.expect("done");
    }

    pub(crate) async fn mouse(&self, action: MouseAction, x: f64, y: f64) {
        let held = u8::from(action == MouseAction::Down);
        self.input(RemoteInput::Mouse {
            action,
            x,
            y,
            button: 0,
            buttons: held,
            clicks: u32::from(action != MouseAction::Move),
            modifiers: 0,
        })
        .await;
    }

    /// Presses and releases the left button.
    pub(crate) async fn click(&self, x: f64, y: f64) {
        self.mouse(MouseAction::Move, x, y).await;
        self.mouse(MouseAction::Down, x, y).await;
        self.mouse(MouseAction::Up, x, y).await;
    }

    /// Presses and releases a key.
    pub(crate) async fn key(&self, key: &str, code: &str, key_code: u32) {
        for down in [true, false] {
            self.input(RemoteInput::Key {
                down,
                key: Typed(key.to_owned()),
                code: code.to_owned(),
                key_code,
                location: 0,
                modifiers: 0,
                repeat: false,
            })
            .await;
        }
    }

    /// Waits until the site was asked for this path.
    pub(crate) async fn asked(&self, path: &str) {
        for _ in 0..400 {
            if self.site.count(path) > 0 {
                return;
            }
            tokio::time::sleep(PATIENCE / 400).await;
        }
        panic!("never asked for {path}: {:?}", self.site.log());
    }
}

/// Whether it is an event of this name.
pub(crate) fn is(event: &PageEvent, name: &str) -> bool {
    let event = serde_json::to_value(event).unwrap_or_default();
    event["type"] == name
}
