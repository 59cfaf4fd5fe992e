//! Word lists: names, places, products and prose. Names come from the `fake` crate where it has
//! the locale; places are our own small gazetteer, because city, postcode and country must agree.
//! Data only. Changing any list changes what a seed number gives: raise `DATA_VERSION` with it.

mod europe;
mod locale;
mod prose;
mod shop;
mod world;

pub(super) use locale::{City, Locale};
pub(super) use prose::{FILLERS, OBJECTS, OPENERS, SUBJECTS, VERBS, WORDS};
pub(super) use shop::{COMPANY_HEADS, COMPANY_TAILS, MATERIALS, NOUNS, STYLES};

/// Version of generators and word lists, part of the data fingerprint.
pub(super) const DATA_VERSION: u32 = 1;
