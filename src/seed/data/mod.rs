//! What generators write with: countries (people, places, numbers, companies) and languages
//! (prose, products, jobs) as text files that people who speak the language can correct, and the
//! codes of countries. Data only, read once. Changing any of it changes what a seed number gives:
//! raise `DATA_VERSION` with it.

mod language;
mod locale;
mod pattern;
mod region;
mod sheet;

pub(super) use language::Language;
pub(super) use locale::Locale;
pub(super) use pattern::Pattern;
pub(super) use region::{City, Name, Region, Surname};

/// Version of generators and word lists, part of the data fingerprint.
pub(super) const DATA_VERSION: u32 = 2;
