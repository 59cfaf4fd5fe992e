//! Who may use a panel: the browser that opened its URL first, for this host, from its own pages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use super::pages::{self, Refusal};

/// Name of the cookie. Its path is the token, so that no other server on loopback is sent it.
const COOKIE: &str = "rehearsal";

/// How long a browser that was closed can come back, s.
const COOKIE_AGE: u32 = 24 * 3600;

/// 128 random bits each.
#[derive(Debug)]
pub(super) struct Guard {
    token: String,
    cookie: String,
    spent: AtomicBool,
}

impl Guard {
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        Ok(Self {
            token: random()?,
            cookie: random()?,
            spent: AtomicBool::new(false),
        })
    }

    /// Path of the page; everything of the panel is below it.
    pub(super) fn folder(&self) -> String {
        format!("/{}/", self.token)
    }

    fn set_cookie(&self) -> String {
        let Self { token, cookie, .. } = self;
        format!(
            "{COOKIE}={cookie}; Path=/{token}/; Max-Age={COOKIE_AGE}; HttpOnly; SameSite=Strict"
        )
    }

    /// Whether the request may pass, and is the one that gets the cookie.
    fn judge(&self, request: &Request) -> Result<bool, Refusal> {
        let headers = request.headers();
        let host = text(headers, &header::HOST).unwrap_or_default();
        if !is_loopback(host) {
            return Err(Refusal::Host);
        }
        // Browsers name the origin of everything but plain loading of pages and their parts.
        let plain = matches!(*request.method(), Method::GET | Method::HEAD)
            && !headers.contains_key(header::UPGRADE);
        match text(headers, &header::ORIGIN) {
            Some(origin) if origin.strip_prefix("http://") == Some(host) => {}
            None if plain => {}
            _ => return Err(Refusal::Origin),
        }
        let path = request.uri().path();
        let page = self.folder();
        if !path.starts_with(&page) {
            return Err(Refusal::Token);
        }
        if cookies(headers).any(|cookie| same(cookie, &self.cookie)) {
            return Ok(false);
        }
        let opens = path == page && request.method() == Method::GET;
        if opens && !self.spent.swap(true, Ordering::SeqCst) {
            return Ok(true);
        }
        Err(Refusal::Spent)
    }
}

/// Lets pass who may, with the headers that all of our pages have.
pub(super) async fn watch(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let verdict = guard.judge(&request);
    let socket = text(request.headers(), &header::HOST)
        .map(|host| format!("ws://{host}"))
        .filter(|_| verdict.is_ok())
        .unwrap_or_default();
    let mut response = match verdict {
        Ok(_) => next.run(request).await,
        Err(refusal) => pages::refused(refusal),
    };
    let headers = response.headers_mut();
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    if let Ok(true) = verdict {
        set(header::SET_COOKIE, &guard.set_cookie());
    }
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
         connect-src 'self' {socket}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    );
    set(header::CONTENT_SECURITY_POLICY, &policy);
    set(header::CACHE_CONTROL, "no-store");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    response
}

fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Values of our cookie; there may be another one of an older recording.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

/// Compares in a time that does not tell where they differ.
fn same(one: &str, other: &str) -> bool {
    let pairs = one.bytes().zip(other.bytes());
    one.len() == other.len() && pairs.fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// Any port, since `ssh -L` may give it another one.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_loopback_are_hosts() {
        for host in ["127.0.0.1:81", "localhost", "localhost:9000", "[::1]:80"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            ":80",
            "evil.example:80",
            "127.0.0.1.evil.example",
            "localhost.evil.example:80",
            "127.0.0.2",
            "localhost:80:80",
            "[::1",
            "127.0.0.1:x",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let (one, other) = (random().unwrap(), random().unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
        assert!(same(&one, &one.clone()));
        assert!(!same(&one, &other));
        assert!(!same(&one, ""));
    }
}
