//! What several topics' tests need.

pub(crate) mod site;
