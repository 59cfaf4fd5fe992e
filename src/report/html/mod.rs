//! `report.html`: one file, made of HTML, CSS and inline SVG, that asks the network for nothing.
//! It is complete without JavaScript; the script only adds values under the pointer.

mod charts;
mod details;
mod layout;
mod page_table;
mod plot;
mod tables;
pub(super) mod write;

use super::info::RunInfo;
use crate::measure::Summary;

/// A summary as a page.
pub fn html(summary: &Summary, info: &RunInfo) -> String {
    layout::page(summary, info)
}
