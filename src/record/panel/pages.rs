//! The panel's routes and files.

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use super::guard::{self, Guard};
use super::hub::Hub;
use super::{live, upload};

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Parts of the page: name, type, text.
const PARTS: [(&str, &str, &str); 9] = [
    ("panel.css", STYLE, include_str!("assets/panel.css")),
    ("screen.css", STYLE, include_str!("assets/screen.css")),
    ("panel.js", SCRIPT, include_str!("assets/panel.js")),
    ("line.js", SCRIPT, include_str!("assets/line.js")),
    ("steps.js", SCRIPT, include_str!("assets/steps.js")),
    ("details.js", SCRIPT, include_str!("assets/details.js")),
    ("dom.js", SCRIPT, include_str!("assets/dom.js")),
    ("screen.js", SCRIPT, include_str!("assets/screen.js")),
    ("input.js", SCRIPT, include_str!("assets/input.js")),
];

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is for another host than loopback.
    Host,
    /// It comes from another site's page.
    Origin,
    /// Its path has no or another token.
    Token,
    /// The token was used, by another browser.
    Spent,
}

/// Everything that a panel serves, behind its guard.
pub(super) fn router(hub: Arc<Hub>, guard: Guard) -> Router {
    let folder = guard.folder();
    let mut inside = Router::new()
        .route("/live", get(live::open))
        .route("/files", post(upload::take));
    for (name, kind, text) in PARTS {
        let part = move || async move { ([(header::CONTENT_TYPE, kind)], text) };
        inside = inside.route(&format!("/{name}"), get(part));
    }
    let page = || async { Html(include_str!("assets/panel.html")) };
    Router::new()
        .route(&folder, get(page))
        .nest(folder.trim_end_matches('/'), inside)
        .layer(middleware::from_fn_with_state(
            Arc::new(guard),
            guard::watch,
        ))
        .with_state(hub)
}

/// A page that says why, without a part of ours that would need the token.
pub(super) fn refused(refusal: Refusal) -> Response {
    let (title, why) = match refusal {
        Refusal::Host => (
            "Not at this address",
            "The recorder answers only as 127.0.0.1 or localhost. From another machine, forward \
             its port with <code>ssh -L PORT:127.0.0.1:PORT HOST</code> and open the link that \
             the terminal shows.",
        ),
        Refusal::Origin => (
            "Not from another site",
            "This request was made by a page that is not the recorder's. Open the link that the \
             terminal shows.",
        ),
        Refusal::Token => (
            "Not with this link",
            "The link holds no token, or one of another recording. Open the link that the \
             terminal shows.",
        ),
        Refusal::Spent => (
            "This link was used",
            "A link works once, in the browser that opens it first. Go on there, or press Ctrl+C \
             in the terminal, which saves the recording, and record again for a new link.",
        ),
    };
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=color-scheme \
         content=\"light dark\"><meta name=viewport content=\"width=device-width\">\
         <title>{title} – Rehearsal</title><h1>{title}</h1><p>{why}</p></html>"
    );
    (StatusCode::FORBIDDEN, Html(page)).into_response()
}
