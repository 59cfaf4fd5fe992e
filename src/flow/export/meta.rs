//! What of ours travels in a portable file: a custom step at its end, which other tools keep and
//! pass over. Each native step is known by a fingerprint, so that our data comes back to it also
//! when the file was edited in DevTools.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::{Action, Flow, FlowExtension, OWN_PREFIX, Selectors, Step, StepExtension};
use super::recorder::native_selectors;

/// Name of the custom step at the end, behind [`OWN_PREFIX`].
pub(in crate::flow) const META: &str = "meta";
/// Name of a custom step that holds a whole step of ours, behind [`OWN_PREFIX`].
pub(in crate::flow) const WHOLE_STEP: &str = "step";

/// Parameters of `rehearsal.meta`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::flow) struct Meta {
    /// Version of this form.
    pub(in crate::flow) version: u32,
    /// The flow's own data.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(in crate::flow) flow: FlowExtension,
    /// The steps' data, by fingerprint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::flow) steps: BTreeMap<String, StepExtension>,
    /// All selectors of steps some of whose alternatives are of forms that only we know.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::flow) selectors: BTreeMap<String, Selectors>,
    /// Fingerprints of steps that stand for something of ours, and go when that comes back.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(in crate::flow) generated: BTreeSet<String>,
}

fn is_default(extension: &FlowExtension) -> bool {
    *extension == FlowExtension::default()
}

/// Fingerprints of steps in a row.
#[derive(Debug, Default)]
pub(super) struct Fingerprints {
    seen: BTreeMap<String, usize>,
}

impl Fingerprints {
    /// Fingerprint of the next step: of its type, its first two selectors (or what it has in
    /// their place), and how many like it came before.
    pub(super) fn next(&mut self, step: &Step) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update(text.as_bytes());
            hash.update([0]);
        };
        add(step.action.name());
        match &step.action {
            Action::KeyDown { key } | Action::KeyUp { key } => add(key),
            Action::WaitForExpression { expression } => add(expression),
            Action::CustomStep { name, .. } => add(name),
            Action::Own(own) => add(own.name()),
            _ => {}
        }
        let selectors = step.action.selectors();
        for selector in selectors.iter().flat_map(|selectors| &selectors.0).take(2) {
            for part in &selector.chain {
                add(part.strip_prefix("css/").unwrap_or(part));
            }
            add("");
        }
        let digest = hash.finalize();
        let number = digest[..6]
            .iter()
            .fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        let short = format!("{number:012x}");
        let ordinal = self.seen.entry(short.clone()).or_default();
        let fingerprint = format!("{short}.{ordinal}");
        *ordinal += 1;
        fingerprint
    }
}

/// Gives a flow that was read from a portable file its own data back. Whole steps were read by
/// the parser; a flow without `rehearsal.meta` stays as it is.
pub(in crate::flow) fn restore(flow: &mut Flow) {
    let name = format!("{OWN_PREFIX}{META}");
    let mut found = None;
    for step in &flow.steps {
        if let Action::CustomStep {
            name: own,
            parameters: Some(parameters),
        } = &step.action
            && *own == name
        {
            found = serde_json::from_value::<Meta>(parameters.clone()).ok();
        }
    }
    let Some(mut meta) = found else {
        for step in &mut flow.steps {
            step.other.shift_remove(FROM_WHOLE);
        }
        return;
    };
    let mut fingerprints = Fingerprints::default();
    flow.steps.retain_mut(|step| {
        if matches!(&step.action, Action::CustomStep { name: own, .. } if *own == name) {
            return false;
        }
        // A whole step has a fingerprint in the file as the custom step that it was.
        if step.other.shift_remove(FROM_WHOLE).is_some() {
            return true;
        }
        let fingerprint = fingerprints.next(step);
        if meta.generated.contains(&fingerprint) {
            return false;
        }
        if step.extension == StepExtension::default()
            && let Some(extension) = meta.steps.remove(&fingerprint)
        {
            step.extension = extension;
            step.take_own();
        }
        if let Some(all) = meta.selectors.remove(&fingerprint)
            && let Some(own) = step.action.selectors_mut()
            && *own == native_selectors(&all)
        {
            *own = all;
        }
        true
    });
    if is_default(&flow.extension) {
        flow.extension = meta.flow;
    }
}

/// Marks a step that stood whole in the file, until [`restore`] is done with it.
pub(in crate::flow) const FROM_WHOLE: &str = "\0rehearsal.step";
