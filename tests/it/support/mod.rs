//! What several topics' tests need: real servers, a site, the program itself.

pub(crate) mod certificates;
pub(crate) mod flows;
pub(crate) mod mysql;
pub(crate) mod postgres;
pub(crate) mod program;
pub(crate) mod site;
