//! A language's prose, products and jobs, read from `languages/*.txt`.
//!
//! Sentences are an opener, a subject, a predicate and an ending. All subjects are singular and
//! all predicates in the present tense without words that agree with a gender, so that every
//! combination is right; in German no opener is followed by the verb. Openers and endings stand one
//! on a line, since commas belong to them.

use super::pattern::Form;
use super::sheet::{Choice, Sheet};

/// The words of a language.
#[derive(Debug)]
pub(in crate::seed) struct Language {
    /// Between words and sentences; empty in Chinese and Japanese.
    pub(in crate::seed) space: &'static str,
    /// Small `i` has a dot, and so has its capital.
    pub(in crate::seed) dotted_capital: bool,
    /// Ends a sentence.
    pub(in crate::seed) stop: &'static str,
    pub(in crate::seed) openers: Vec<&'static str>,
    pub(in crate::seed) subjects: Vec<&'static str>,
    pub(in crate::seed) predicates: Vec<&'static str>,
    pub(in crate::seed) endings: Vec<&'static str>,
    pub(in crate::seed) title_heads: Vec<&'static str>,
    pub(in crate::seed) title_tails: Vec<&'static str>,
    pub(in crate::seed) words: Vec<&'static str>,
    /// As men and women are called in it.
    pub(in crate::seed) jobs: Choice<(&'static str, &'static str)>,
    /// `{n}` the thing, `{m}` its material, `{s}` the series.
    pub(in crate::seed) product: Form,
    pub(in crate::seed) series: Vec<&'static str>,
    /// What is sewn, and of what.
    pub(in crate::seed) soft: Goods,
    /// What is not.
    pub(in crate::seed) hard: Goods,
}

/// Things and the materials that they are made of.
#[derive(Debug)]
pub(in crate::seed) struct Goods {
    pub(in crate::seed) nouns: Vec<&'static str>,
    pub(in crate::seed) materials: Vec<&'static str>,
}

impl Language {
    /// Reads a language's file.
    pub(super) fn read(text: &'static str) -> Self {
        let sheet = Sheet::read(text);
        let space = match sheet.value("language", "space") {
            "none" => "",
            _ => " ",
        };
        let jobs = sheet.items("jobs").into_iter().map(|item| {
            let pair = item.text.split_once('|').unwrap_or((item.text, item.text));
            (pair, item.weight.unwrap_or(1.0))
        });
        let goods = |kind: [&str; 2]| Goods {
            nouns: sheet.words(kind[0]),
            materials: sheet.words(kind[1]),
        };
        Self {
            space,
            dotted_capital: sheet.value("language", "capital of i") == "İ",
            stop: sheet.value("language", "stop"),
            openers: sheet.lines("openers").collect(),
            subjects: sheet.words("subjects"),
            predicates: sheet.lines("predicates").collect(),
            endings: sheet.lines("endings").collect(),
            title_heads: sheet.words("title heads"),
            title_tails: sheet.words("title tails"),
            words: sheet.words("words"),
            jobs: Choice::new(jobs.collect()),
            product: Form::read(sheet.value("language", "product")),
            series: sheet.words("series"),
            soft: goods(["soft things", "soft materials"]),
            hard: goods(["hard things", "hard materials"]),
        }
    }
}
