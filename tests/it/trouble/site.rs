//! The site of `fixtures/pages/trouble`: serves the pages, and keeps by session what replays did.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::extract::{Path as UrlPath, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{self, Next};
use axum::response::sse::{Event, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::IntervalStream;

use crate::support::site::Site;

/// How often what never ends (streams, sockets) sends something.
const BEAT: Duration = Duration::from_millis(200);

/// Read last: brings what the pages noted to the server, before anything else can happen.
const COLLECT: &str = "<!doctype html><title>Collect</title><script>
const log = Object.keys(localStorage).filter((key) => key.startsWith('log ')).sort().map((key) => localStorage.getItem(key));
const list = (name) => JSON.parse(localStorage.getItem(name) ?? '[]');
const request = new XMLHttpRequest();
request.open('POST', location.pathname, false);
request.setRequestHeader('content-type', 'application/json');
request.send(JSON.stringify({ log, expected: list('expected'), expectedSaved: list('expectedSaved') }));
</script>";

/// What the pages of one replay noted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Noted {
    /// What was pressed, typed into and done, in order.
    pub(super) log: Vec<String>,
    /// What was to be done.
    pub(super) expected: Vec<String>,
    /// What was to reach the server.
    pub(super) expected_saved: Vec<String>,
}

#[derive(Debug, Default)]
struct Books {
    saved: HashMap<String, Vec<String>>,
    noted: HashMap<String, Noted>,
    slugs: HashSet<String>,
}

type Shelf = Arc<Mutex<Books>>;

/// The running site.
pub(super) struct TroubleSite {
    pub(super) site: Site,
    books: Shelf,
}

/// Folder of the pages.
pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/pages/trouble")
}

impl TroubleSite {
    /// Serves the pages; every response waits up to `jitter`.
    pub(super) async fn start(jitter: Duration) -> Self {
        let books = Shelf::default();
        let delay = move |request: Request, next: Next| async move {
            tokio::time::sleep(jitter.mul_f64(fraction())).await;
            next.run(request).await
        };
        let routes = Router::new()
            .route(
                "/collect/{session}",
                get(async || Html(COLLECT)).post(collect),
            )
            .route("/save/{session}", post(save))
            .route("/slugs/{session}/{slug}", post(slug))
            .route(
                "/popup/{token}/consent",
                get(async || file("21-popup-window.html").await),
            )
            .route(
                "/papers/{id}",
                get(async || file("22-popups-window.html").await),
            )
            .route("/slow/{ms}", any(slow))
            .route("/events", get(events))
            .route("/socket", get(socket))
            .route(
                "/{file}",
                get(async |UrlPath(name): UrlPath<String>| file(&name).await),
            )
            .with_state(books.clone())
            .layer(middleware::from_fn(delay));
        Self {
            site: Site::start(routes).await,
            books,
        }
    }

    /// What the pages of a session noted, and what reached the server; forgotten here.
    pub(super) fn take(&self, session: &str) -> (Noted, Vec<String>) {
        let mut books = self.books.lock().unwrap();
        let noted = books.noted.remove(session).unwrap_or_default();
        (noted, books.saved.remove(session).unwrap_or_default())
    }
}

/// Evenly from 0 to 1, from the clock's last digits.
fn fraction() -> f64 {
    let mut seed = std::hash::DefaultHasher::new();
    let now = rehearsal::clock::Clock::start().started_at();
    std::hash::Hash::hash(&now.as_nanosecond(), &mut seed);
    (std::hash::Hasher::finish(&seed) >> 11) as f64 / (1_u64 << 53) as f64
}

async fn collect(
    State(books): State<Shelf>,
    UrlPath(session): UrlPath<String>,
    Json(noted): Json<Noted>,
) {
    books.lock().unwrap().noted.insert(session, noted);
}

async fn save(State(books): State<Shelf>, UrlPath(session): UrlPath<String>, text: String) {
    keep(&books, session, text);
}

fn keep(books: &Shelf, session: String, text: String) {
    let mut books = books.lock().unwrap();
    books.saved.entry(session).or_default().push(text);
}

async fn slug(
    State(books): State<Shelf>,
    UrlPath((session, slug)): UrlPath<(String, String)>,
) -> StatusCode {
    if !books.lock().unwrap().slugs.insert(slug) {
        return StatusCode::CONFLICT;
    }
    keep(&books, session, "slug".to_owned());
    StatusCode::CREATED
}

async fn slow(UrlPath(ms): UrlPath<u64>) -> String {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    format!("after {ms}")
}

async fn events() -> Sse<impl tokio_stream::Stream<Item = Result<Event, Infallible>>> {
    let beats = IntervalStream::new(tokio::time::interval(BEAT));
    Sse::new(beats.map(|_| Ok(Event::default().data("tick"))))
}

async fn socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket| {
        while socket.send(Message::text("tick")).await.is_ok() {
            tokio::time::sleep(BEAT).await;
        }
    })
}

async fn file(name: &str) -> Response {
    let kind = match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        _ => "text/html; charset=utf-8",
    };
    match tokio::fs::read_to_string(folder().join(name)).await {
        Ok(text) => ([(CONTENT_TYPE, kind)], text).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
