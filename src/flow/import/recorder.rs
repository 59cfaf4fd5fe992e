//! Recorder JSON, which is the format of flows: nothing to carry over.

use crate::flow::Flow;

use super::{ImportError, Imported};

pub(super) fn import(file: &str, text: &str) -> Result<Vec<Imported>, ImportError> {
    let flow = Flow::parse(file, text)?;
    Ok(vec![Imported {
        flow,
        notes: Vec::new(),
    }])
}
