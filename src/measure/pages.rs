//! Pages and their vitals, per URL template.

use std::sync::Arc;

use super::distribution::Distribution;
use super::summary::PageRow;
use super::table::{OTHER, Table};
use crate::sample::PageSample;
use crate::workload::Vital;

/// Each page has seven distributions, so fewer of them have a row of their own.
const LIMIT: usize = 200;

/// Statistics of page views after the warm-up.
#[derive(Debug)]
pub(super) struct Pages {
    table: Table<Arc<str>, Row>,
}

/// Views of one page.
#[derive(Debug)]
pub(super) struct Row {
    views: u64,
    ttfb_ms: Distribution,
    dom_ms: Distribution,
    pub(super) load_ms: Distribution,
    fcp_ms: Distribution,
    lcp_ms: Distribution,
    inp_ms: Distribution,
    cls: Distribution,
}

impl Pages {
    pub(super) fn new() -> Self {
        Self {
            table: Table::new(LIMIT),
        }
    }

    pub(super) fn fold(&mut self, sample: &PageSample) {
        let row = self.table.row(sample.url.clone(), Row::new);
        row.views += 1;
        for (distribution, value) in [
            (&mut row.ttfb_ms, sample.ttfb_ms),
            (&mut row.dom_ms, sample.dom_ms),
            (&mut row.load_ms, sample.load_ms),
            (&mut row.fcp_ms, sample.fcp_ms),
            (&mut row.lcp_ms, sample.lcp_ms),
            (&mut row.inp_ms, sample.inp_ms),
            (&mut row.cls, sample.cls),
        ] {
            if let Some(value) = value {
                distribution.record(value);
            }
        }
    }

    /// Rows with their URL template; the shared row has none.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Option<&Arc<str>>, &Row)> {
        self.table.iter()
    }

    /// Rows, most viewed first.
    pub(super) fn rows(&self) -> Vec<PageRow> {
        let mut rows: Vec<_> = self
            .table
            .iter()
            .map(|(url, row)| PageRow {
                url: url.map_or(OTHER.to_owned(), ToString::to_string),
                views: row.views,
                ttfb_ms: row.ttfb_ms.statistics(),
                dom_ms: row.dom_ms.statistics(),
                load_ms: row.load_ms.statistics(),
                fcp_ms: row.fcp_ms.statistics(),
                lcp_ms: row.lcp_ms.statistics(),
                inp_ms: row.inp_ms.statistics(),
                cls: row.cls.statistics(),
            })
            .collect();
        rows.sort_by(|a, b| b.views.cmp(&a.views).then_with(|| a.url.cmp(&b.url)));
        rows
    }
}

impl Row {
    fn new() -> Self {
        Self {
            views: 0,
            ttfb_ms: Distribution::milliseconds(),
            dom_ms: Distribution::milliseconds(),
            load_ms: Distribution::milliseconds(),
            fcp_ms: Distribution::milliseconds(),
            lcp_ms: Distribution::milliseconds(),
            inp_ms: Distribution::milliseconds(),
            cls: Distribution::scores(),
        }
    }

    pub(super) fn vital(&self, vital: Vital) -> &Distribution {
        match vital {
            Vital::Ttfb => &self.ttfb_ms,
            Vital::Fcp => &self.fcp_ms,
            Vital::Lcp => &self.lcp_ms,
            Vital::Inp => &self.inp_ms,
            Vital::Cls => &self.cls,
        }
    }
}
