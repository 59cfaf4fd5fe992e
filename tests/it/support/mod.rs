//! What several topics' tests need.
//! Real servers and files that tests start for themselves.

pub mod postgres;
pub(crate) mod site;
