//! What an element looked like, beside its selectors.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an element looked like when it was recorded. Every part may be absent; none holds a
/// value that a person typed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Fingerprint {
    /// Local name of the tag.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tag: String,
    /// ARIA role, explicit or of the tag.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// Accessible name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Text, white space squashed, at most 80 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Attributes that tell elements apart: `id`, test ids, `name`, `type`, `placeholder`,
    /// `title`, `alt`, `aria-label`, `for`, `href` (path without query).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Up to four ancestors from the nearest, in brief: `form#login`, `li.item`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ancestors: Vec<String>,
    /// Name of the nearest heading, landmark, dialog or form around it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub section: String,
    /// Text by which its row in a list or table is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub row: String,
    /// Place among its siblings with the same tag, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// Middle of its box in the page, CSS px.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<[f64; 2]>,
    /// Width and height of its box, CSS px.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[f64; 2]>,
}
