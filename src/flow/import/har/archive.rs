//! What is read of an archive: pages, and the requests of each that are not static files.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

use super::super::ImportError;

/// Requests that begin so long after a page's `load` are no part of it, ms.
const AFTER_LOAD: i64 = 500;
/// The same from the page's document on, where the archive does not say when `load` was, ms.
const WITHOUT_LOAD: i64 = 3_000;

/// A session.
#[derive(Debug, Default)]
pub(super) struct Archive {
    pub(super) pages: Vec<Page>,
    /// Entries that could not be read.
    pub(super) unreadable: usize,
    /// Requests that were answered by an error or not at all.
    pub(super) failed: usize,
    pub(super) browser_events: usize,
}

/// A document and what followed it. Times in ms since the Unix epoch.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) line: usize,
    pub(super) method: String,
    pub(super) url: Url,
    pub(super) start: i64,
    /// When the last of its loading was done.
    pub(super) end: i64,
    pub(super) requests: Vec<Request>,
    loaded: i64,
}

/// A request that is no static file.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: Url,
    /// It began while the page loaded.
    pub(super) loading: bool,
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    log: Log<'a>,
}

#[derive(Deserialize)]
struct Log<'a> {
    #[serde(borrow)]
    entries: Vec<&'a RawValue>,
    #[serde(default)]
    pages: Value,
    #[serde(default, rename = "_browserEvents")]
    browser_events: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    started_date_time: String,
    #[serde(default)]
    time: Option<f64>,
    #[serde(default)]
    pageref: Option<String>,
    #[serde(default, rename = "_resourceType")]
    resource_type: Option<String>,
    request: Asked,
    response: Answered,
}

#[derive(Deserialize)]
struct Asked {
    method: String,
    url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    #[serde(default)]
    status: f64,
    #[serde(default)]
    content: Content,
    #[serde(default, rename = "redirectURL")]
    redirect_url: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(default)]
    mime_type: Option<String>,
}

/// An entry, understood.
struct Exchange {
    line: usize,
    start: i64,
    end: i64,
    url: Url,
    method: String,
    status: u16,
    kind: Kind,
    page: Option<String>,
    redirect: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Document,
    Data,
    Static,
}

impl Archive {
    pub(super) fn read(file: &str, text: &str) -> Result<Self, ImportError> {
        let shape: File<'_> = serde_json::from_str(text).map_err(|error| {
            if error.is_data() {
                let what = "not a HAR: expected an object with `log.entries`";
                ImportError::new(file, text, 0..0, what)
            } else {
                ImportError::syntax(file, text, &error)
            }
            .with_help("save it again: in DevTools, Network panel, \"Export HAR\"")
        })?;
        let mut archive = Self {
            browser_events: shape.log.browser_events.as_array().map_or(0, Vec::len),
            ..Self::default()
        };
        let lines: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
        let mut exchanges = Vec::new();
        for raw in shape.log.entries {
            // The value is a part of the text.
            let at = (raw.get().as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
            let line = lines.partition_point(|end| *end < at) + 1;
            match exchange(line, raw.get()) {
                Some(exchange) => exchanges.push(exchange),
                None => archive.unreadable += 1,
            }
        }
        exchanges.sort_by_key(|exchange| exchange.start);
        archive.fold(&exchanges, &shape.log.pages);
        Ok(archive)
    }

    fn fold(&mut self, exchanges: &[Exchange], pages: &Value) {
        let mut redirected: Option<Url> = None;
        let mut opened: HashSet<&str> = HashSet::new();
        let loads = loads(pages);
        for exchange in exchanges {
            let ok = (200..400).contains(&exchange.status);
            let page = exchange.page.as_deref();
            // Further documents of a page are its frames.
            let is_frame = page.is_some_and(|page| opened.contains(page));
            if exchange.kind == Kind::Document && !is_frame {
                let hop = redirected.take().is_some_and(|url| url == exchange.url);
                let to = exchange.redirect.as_deref().filter(|to| !to.is_empty());
                redirected = to.and_then(|to| exchange.url.join(to).ok());
                if redirected.is_none() {
                    // The page is known once its last hop is.
                    opened.extend(page);
                }
                if !ok {
                    self.failed += 1;
                }
                if !hop {
                    let load = page.and_then(|page| loads.get(page).copied());
                    self.pages.push(Page {
                        line: exchange.line,
                        method: exchange.method.clone(),
                        url: exchange.url.clone(),
                        start: exchange.start,
                        end: exchange.end,
                        requests: Vec::new(),
                        loaded: match load {
                            Some(load) => exchange.start.saturating_add(load + AFTER_LOAD),
                            None => exchange.end.saturating_add(WITHOUT_LOAD),
                        },
                    });
                } else if let Some(last) = self.pages.last_mut() {
                    last.end = last.end.max(exchange.end);
                }
                continue;
            }
            let Some(last) = self.pages.last_mut() else {
                continue;
            };
            let loading = exchange.start <= last.loaded;
            if loading {
                last.end = last.end.max(exchange.end);
            }
            if exchange.kind != Kind::Data {
                continue;
            }
            if ok {
                last.requests.push(Request {
                    method: exchange.method.clone(),
                    url: exchange.url.clone(),
                    loading,
                });
            } else {
                self.failed += 1;
            }
        }
    }
}

/// When the `load` event of each page was, ms after its start.
fn loads(pages: &Value) -> HashMap<&str, i64> {
    let pages = pages.as_array().into_iter().flatten();
    let loads = pages.filter_map(|page| {
        let id = page.get("id")?.as_str()?;
        let load = page.get("pageTimings")?.get("onLoad")?.as_f64()?;
        (0.0..1e7).contains(&load).then_some((id, load as i64))
    });
    loads.collect()
}

fn exchange(line: usize, raw: &str) -> Option<Exchange> {
    let entry: Entry = serde_json::from_str(raw).ok()?;
    let start = entry.started_date_time.parse::<Timestamp>().ok()?;
    let url = Url::parse(&entry.request.url).ok()?;
    let took = entry.time.unwrap_or_default().clamp(0.0, 1e9) as i64;
    let start = start.as_millisecond();
    let method: String = entry.request.method.to_ascii_uppercase();
    if method.is_empty()
        || method.len() > 20
        || !method.bytes().all(|byte| byte.is_ascii_uppercase())
    {
        return None;
    }
    let kind = if url.has_host() {
        kind(&entry, &url, &method)
    } else {
        Kind::Static
    };
    Some(Exchange {
        line,
        start,
        end: start.saturating_add(took),
        url,
        method,
        status: entry.response.status.clamp(0.0, 999.0) as u16,
        kind,
        page: entry.pageref,
        redirect: entry.response.redirect_url,
    })
}

fn kind(entry: &Entry, url: &Url, method: &str) -> Kind {
    let mime = entry.response.content.mime_type.as_deref();
    let mime = mime.unwrap_or_default().to_ascii_lowercase();
    if method == "OPTIONS" || !matches!(url.scheme(), "http" | "https") {
        return Kind::Static;
    }
    match entry.resource_type.as_deref() {
        Some("document") => return Kind::Document,
        Some("xhr" | "fetch") => return Kind::Data,
        // Others of the browsers' own words are files, or never end.
        Some(known) if known != "other" => return Kind::Static,
        _ => {}
    }
    let redirects = entry
        .response
        .redirect_url
        .as_deref()
        .is_some_and(|to| !to.is_empty());
    if mime.starts_with("text/html") || mime.contains("xhtml") || (redirects && mime.is_empty()) {
        return Kind::Document;
    }
    let is_data = ["json", "xml", "graphql", "x-protobuf", "grpc"]
        .iter()
        .any(|word| mime.contains(word))
        && !mime.contains("svg")
        || mime.starts_with("text/plain")
        || method != "GET";
    if is_data { Kind::Data } else { Kind::Static }
}
