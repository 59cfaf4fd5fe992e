//! Requests as HAR 1.2 (<http://www.softwareishard.com/blog/har-12-spec/>): its pages are our
//! steps. Without bodies, and without credentials.

use serde_json::{Value, json};
use url::Url;

use super::mask::{BLANK, Mask, is_credential};
use super::{LastAction, wall};
use crate::browser::network::{Kept, Record};
use crate::browser::stage::Stage;
use crate::clock::Micros;
use crate::sample::{Delivery, RequestSample};

/// Requests of the user that began at `since` or later, by the steps in which they began.
pub(super) fn log(stage: &Stage, since: Micros, actions: &[LastAction]) -> Value {
    let mask = stage.witness().mask();
    let now = stage.clock().now();
    let mut kept = stage.network().kept(since, now);
    kept.sort_by_key(|kept| kept.sample.span.started);
    let shown: Vec<&LastAction> = actions
        .iter()
        .filter(|action| ended(action) >= since)
        .collect();
    let entries: Vec<Value> = kept
        .iter()
        .map(|kept| entry(stage, kept, &shown, &mask))
        .collect();
    let pages: Vec<Value> = shown
        .iter()
        .map(|action| {
            json!({
                "startedDateTime": wall(stage, action.started),
                "id": page_id(action),
                "title": action.name,
                "pageTimings": {"onContentLoad": -1, "onLoad": -1},
            })
        })
        .collect();
    json!({"log": {
        "version": "1.2",
        "creator": {"name": "Rehearsal", "version": env!("CARGO_PKG_VERSION")},
        "pages": pages,
        "entries": entries,
    }})
}

fn ended(action: &LastAction) -> Micros {
    Micros(action.started.0 + (action.duration_ms * 1_000.0) as u64)
}

fn page_id(action: &LastAction) -> String {
    format!("step-{}-{}", action.step + 1, action.started.0)
}

fn entry(stage: &Stage, kept: &Kept, steps: &[&LastAction], mask: &Mask) -> Value {
    let Kept { record, sample } = kept;
    let began = sample.span.started;
    // What began between two steps is told with the later one.
    let step = steps
        .iter()
        .find(|step| ended(step) >= began)
        .or(steps.last());
    let mut entry = json!({
        "startedDateTime": wall(stage, began),
        "time": sample.span.service_ms(),
        "request": request(record, sample, mask),
        "response": response(record, sample, mask),
        "cache": {},
        "timings": timings(sample),
        "_resourceType": record.kind,
        "_class": sample.class.name(),
        "_initiator": {"type": record.initiator.0, "url": mask.hide_in_url(&record.initiator.1)},
        "_delivery": sample.delivery,
    });
    if let Some(step) = step {
        entry["pageref"] = json!(page_id(step));
    }
    if !record.address.is_empty() {
        entry["serverIPAddress"] = json!(record.address.trim_matches(['[', ']']));
    }
    if let Some(error) = &sample.error {
        entry["_error"] = json!(error);
    }
    entry
}

fn request(record: &Record, sample: &RequestSample, mask: &Mask) -> Value {
    let url = mask.hide_in_url(&record.url);
    let query: Vec<Value> = Url::parse(&url)
        .iter()
        .flat_map(|url| url.query_pairs().into_owned().collect::<Vec<_>>())
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    json!({
        "method": sample.method,
        "url": url,
        "httpVersion": version(&record.protocol),
        "cookies": [],
        "headers": headers(&record.request_headers),
        "queryString": query,
        "headersSize": -1,
        "bodySize": -1,
    })
}

fn response(record: &Record, sample: &RequestSample, mask: &Mask) -> Value {
    let header = record.header_bytes.unwrap_or_default();
    let location = record
        .response_headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("location"));
    let known = record.header_bytes.is_some() && sample.delivery != Delivery::Cache;
    json!({
        "status": sample.status.unwrap_or(0),
        "statusText": record.status_text,
        "httpVersion": version(&record.protocol),
        "cookies": [],
        "headers": headers(&record.response_headers),
        "content": {"size": -1, "mimeType": record.mime},
        "redirectURL": location.map_or_else(String::new, |(_, url)| mask.hide_in_url(url)),
        "headersSize": -1,
        "bodySize": if known { json!(sample.bytes.saturating_sub(header)) } else { json!(-1) },
        "_transferSize": sample.bytes,
    })
}

fn version(protocol: &str) -> String {
    match protocol {
        "" => String::new(),
        "h2" => "HTTP/2".to_owned(),
        "h3" => "HTTP/3".to_owned(),
        other => other.to_ascii_uppercase(),
    }
}

fn headers(headers: &[(String, String)]) -> Vec<Value> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = if is_credential(name) { BLANK } else { value };
            json!({"name": name, "value": value})
        })
        .collect()
}

/// Parts that did not take place are -1; what is required adds up to the time as well as it is
/// known.
fn timings(sample: &RequestSample) -> Value {
    let Some(timing) = &sample.timing else {
        return json!({"blocked": -1, "dns": -1, "connect": -1, "ssl": -1,
            "send": 0, "wait": sample.span.service_ms(), "receive": 0});
    };
    let part = |ms: f64| if ms > 0.0 { json!(ms) } else { json!(-1) };
    json!({
        "blocked": part(timing.queued_ms),
        "dns": part(timing.dns_ms),
        "connect": part(timing.connect_ms),
        "ssl": -1,
        "send": 0,
        "wait": timing.wait_ms,
        "receive": timing.receive_ms,
    })
}
