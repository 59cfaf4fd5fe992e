//! Real servers and files that tests start for themselves.

pub(crate) mod postgres;
