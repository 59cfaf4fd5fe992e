//! Requests: what the site was asked, per class and per URL template.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::distribution::Distribution;
use super::summary::{RequestClassRow, RequestRow, Requests as Summary};
use super::table::{OTHER, Table};
use crate::sample::{Delivery, RequestClass, RequestSample};

/// URL templates that have a row of their own; likewise blocked hosts.
const LIMIT: usize = 500;

/// Traffic of the whole run; durations after the warm-up.
#[derive(Debug)]
pub(super) struct Requests {
    table: Table<Key, Row>,
    classes: BTreeMap<usize, Row>,
    blocked: u64,
    blocked_hosts: Table<String, u64>,
    /// Requests after the warm-up, and how many of them failed.
    pub(super) judged: u64,
    pub(super) judged_failed: u64,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    method: Arc<str>,
    url: Arc<str>,
    class: RequestClass,
}

#[derive(Debug)]
struct Row {
    count: u64,
    failed: u64,
    aborted: u64,
    bytes: u64,
    from_cache: u64,
    revalidated: u64,
    statuses: BTreeMap<u16, u64>,
    duration_ms: Distribution,
}

impl Requests {
    pub(super) fn new() -> Self {
        Self {
            table: Table::new(LIMIT),
            classes: BTreeMap::new(),
            blocked: 0,
            blocked_hosts: Table::new(LIMIT),
            judged: 0,
            judged_failed: 0,
        }
    }

    pub(super) fn fold(&mut self, sample: &RequestSample, warmup: bool) {
        if sample.delivery == Delivery::Blocked {
            self.blocked += 1;
            *self.blocked_hosts.row(host(&sample.url), || 0) += 1;
            return;
        }
        if !warmup {
            self.judged += 1;
            self.judged_failed += u64::from(sample.failed());
        }
        let key = Key {
            method: sample.method.clone(),
            url: sample.url.clone(),
            class: sample.class,
        };
        self.table.row(key, Row::new).fold(sample, warmup);
        self.classes
            .entry(position(sample.class))
            .or_insert_with(Row::new)
            .fold(sample, warmup);
    }

    /// Durations of a class, or of all but WebSockets (whose life is no answer time).
    pub(super) fn durations(&self, class: Option<RequestClass>) -> Distribution {
        let mut all = Distribution::milliseconds();
        for (index, row) in &self.classes {
            let of = RequestClass::ALL[*index];
            if class.map_or(of != RequestClass::Websocket, |class| class == of) {
                all.merge(&row.duration_ms);
            }
        }
        all
    }

    pub(super) fn failed(&self) -> u64 {
        self.classes.values().map(|row| row.failed).sum()
    }

    pub(super) fn count(&self) -> u64 {
        self.classes.values().map(|row| row.count).sum()
    }

    pub(super) fn summary(&self) -> Summary {
        let sum = |of: fn(&Row) -> u64| self.classes.values().map(of).sum();
        Summary {
            total: self.count(),
            failed: self.failed(),
            aborted: sum(|row| row.aborted),
            bytes: sum(|row| row.bytes),
            from_cache: sum(|row| row.from_cache),
            revalidated: sum(|row| row.revalidated),
            blocked: self.blocked,
            duration_ms: self.durations(None).statistics(),
            by_class: RequestClass::ALL
                .into_iter()
                .map(|class| {
                    let row = self.classes.get(&position(class));
                    (
                        class.name().to_owned(),
                        row.map_or_else(RequestClassRow::default, Row::class),
                    )
                })
                .collect(),
            by_template: self.templates(),
            blocked_hosts: self
                .blocked_hosts
                .iter()
                .map(|(host, count)| (host.map_or(OTHER.to_owned(), Clone::clone), *count))
                .collect(),
        }
    }

    /// Rows per template, most requested first.
    fn templates(&self) -> Vec<RequestRow> {
        let mut rows: Vec<_> = self
            .table
            .iter()
            .map(|(key, row)| RequestRow {
                method: key.map_or(String::new(), |key| key.method.to_string()),
                url: key.map_or(OTHER.to_owned(), |key| key.url.to_string()),
                class: key.map_or(RequestClass::Other, |key| key.class),
                count: row.count,
                failed: row.failed,
                aborted: row.aborted,
                statuses: row
                    .statuses
                    .iter()
                    .map(|(status, count)| match status {
                        0 => ("none".to_owned(), *count),
                        status => (status.to_string(), *count),
                    })
                    .collect(),
                bytes: row.bytes,
                from_cache: row.from_cache,
                revalidated: row.revalidated,
                duration_ms: row.duration_ms.statistics(),
            })
            .collect();
        rows.sort_by(|a, b| {
            b.count
                .cmp(&a.count)
                .then_with(|| (&a.url, &a.method).cmp(&(&b.url, &b.method)))
        });
        rows
    }
}

impl Row {
    fn new() -> Self {
        Self {
            count: 0,
            failed: 0,
            aborted: 0,
            bytes: 0,
            from_cache: 0,
            revalidated: 0,
            statuses: BTreeMap::new(),
            duration_ms: Distribution::milliseconds(),
        }
    }

    fn fold(&mut self, sample: &RequestSample, warmup: bool) {
        self.count += 1;
        self.failed += u64::from(sample.failed());
        self.aborted += u64::from(sample.error.as_deref() == Some("net::ERR_ABORTED"));
        self.bytes += sample.bytes;
        self.from_cache += u64::from(sample.delivery == Delivery::Cache);
        self.revalidated += u64::from(sample.delivery == Delivery::Revalidated);
        *self.statuses.entry(sample.status.unwrap_or(0)).or_default() += 1;
        if !warmup && sample.delivery != Delivery::Cache {
            self.duration_ms.record(sample.span.latency_ms());
        }
    }

    fn class(&self) -> RequestClassRow {
        RequestClassRow {
            count: self.count,
            failed: self.failed,
            aborted: self.aborted,
            bytes: self.bytes,
            from_cache: self.from_cache,
            revalidated: self.revalidated,
            duration_ms: self.duration_ms.statistics(),
        }
    }
}

/// Position of a class in [`RequestClass::ALL`].
pub(super) fn position(class: RequestClass) -> usize {
    RequestClass::ALL
        .iter()
        .position(|of| *of == class)
        .expect("invariant: ALL holds every class")
}

/// Host of a folded URL of another site (`cdn.example.com/lib/:id`), with or without a scheme.
fn host(url: &str) -> String {
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    url.split(['/', '?', '#']).next().unwrap_or(url).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_blocked_urls() {
        for (url, expected) in [
            ("cdn.example.com/lib/:id?v", "cdn.example.com"),
            ("https://ads.example.com:8443/x", "ads.example.com:8443"),
            ("example.com?x", "example.com"),
        ] {
            assert_eq!(host(url), expected);
        }
    }
}
