//! Selenium IDE, `.side` of versions 1.0 to 3.0: every test is one flow.

mod checks;
mod control;
mod convert;
mod dialogs;
mod keys;
mod locator;
mod pointer;
mod project;
mod variables;

use std::collections::HashMap;

use super::{ImportError, Imported, Note, NotePlace};
use project::Project;

/// What a name may be long; DevTools refuse longer titles.
const MAX_TITLE_CHARS: usize = 300;

pub(super) fn import(file: &str, text: &str) -> Result<Vec<Imported>, ImportError> {
    let project = Project::read(file, text)?;
    let mut all: Vec<Imported> = Vec::new();
    let mut titles = HashMap::new();
    for test in &project.tests {
        let mut title: String = test.name.trim().chars().take(MAX_TITLE_CHARS).collect();
        if title.is_empty() {
            "test".clone_into(&mut title);
        }
        let times = titles.entry(title.clone()).or_insert(0_usize);
        *times += 1;
        if *times > 1 {
            let short: String = title.chars().take(MAX_TITLE_CHARS - 10).collect();
            title = format!("{short} ({times})");
        }
        all.push(convert::flow(&project, test, title));
    }
    if let Some(first) = all.first_mut() {
        if project.suites > 0 {
            first.notes.push(Note::lost(
                NotePlace::File,
                format!(
                    "{} suites: which tests run, and in which order, is said in `rehearsal.toml`",
                    project.suites
                ),
            ));
        }
        if project.plugins > 0 {
            let what = format!("{} plugins: their commands are not known", project.plugins);
            first.notes.push(Note::lost(NotePlace::File, what));
        }
    }
    Ok(all)
}
