//! Not yet: see the table of formats in [`super::import`].

use super::{ImportError, Imported};

pub(super) fn import(file: &str, text: &str) -> Result<Vec<Imported>, ImportError> {
    Err(ImportError::new(
        file,
        text,
        0..0,
        "this format cannot be read yet",
    ))
}
