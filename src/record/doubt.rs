//! What is doubtful about steps, in words: a selector that counts, a value that may be taken, a
//! press of which nothing is known to come.

use crate::browser::capture::{FieldValue, PageEvent};

use super::compose::{Piece, secret_name};
use super::draft::Gesture;
use super::pattern::holds_word;
use super::selectors::is_fragile;
use super::window::Caused;

/// Fewer letters say too little to be taken.
const UNIQUE: usize = 3;

/// Adds its doubts to each piece.
pub(super) fn doubts(pieces: &mut [Piece<'_>], caused: &[&Caused<'_>], of_rows: &[(&str, String)]) {
    for at in 0..pieces.len() {
        let mut found = Vec::new();
        let piece = &pieces[at];
        let selectors = piece.steps.iter().find_map(|step| step.action.selectors());
        if let Some(selectors) = selectors {
            if is_fragile(selectors) {
                found.push("it is known by its place only, which changes with the page".to_owned());
            }
            let row = of_rows.iter().find(|(value, _)| {
                selectors.0.iter().all(|selector| {
                    let mut parts = selector.chain.iter();
                    parts.any(|part| holds_word(part, value))
                })
            });
            if let Some((_, template)) = row {
                found.push(format!(
                    "it is known only by a value of `{template}`, which is another one for \
                     another user"
                ));
            }
        }
        if let Some(lost) = lost(piece) {
            found.push(lost);
        }
        if let Some(caused) = caused.get(at)
            && at + 1 < pieces.len()
            && causes_nothing(piece, caused)
        {
            found.push("nothing is known to come of it: a replay goes on at once".to_owned());
        }
        if let Some(PageEvent::Files { files, .. }) = piece.deed.event()
            && files.iter().any(|file| !file.is_absolute())
        {
            found
                .push("where its file is cannot be known: write its path into the flow".to_owned());
        }
        if let Gesture::Open(url) = &piece.deed.gesture
            && super::action::without_credentials(url) != *url
        {
            found.push("the user and password of its address were left out".to_owned());
        }
        pieces[at].doubts = found;
    }
    for (field, doubt) in taken(pieces, caused) {
        pieces[field].doubts.push(doubt);
    }
}

/// Selectors that the element has lost by itself.
fn lost(piece: &Piece<'_>) -> Option<String> {
    let found = piece.deed.found.as_ref()?;
    let gone = !found.is_empty() && found.iter().all(|held| !held);
    let stayed = piece.deed.said.iter().any(|said| said.state.is_some())
        || matches!(piece.deed.event(), Some(PageEvent::Change { .. }));
    let vanished = piece.deed.said.iter().any(|said| !said.vanishes.is_empty());
    (gone && stayed && !vanished)
        .then(|| "none of its selectors finds it any more, though it is still there".to_owned())
}

/// Whether a press has no effect that anybody saw.
fn causes_nothing(piece: &Piece<'_>, caused: &Caused<'_>) -> bool {
    let deed = piece.deed;
    let presses =
        matches!(deed.event(), Some(PageEvent::Click { .. })) && deed.field_kind().is_empty();
    let said = deed
        .said
        .iter()
        .any(|said| said.state.is_some() || !said.appears.is_empty() || !said.vanishes.is_empty());
    presses
        && !said
        && caused.moves.is_empty()
        && caused.requests.is_empty()
        && caused.dialogs.is_empty()
        && caused.downloads.is_empty()
        && caused.popups.is_empty()
}

/// Texts that were sent to make something, and may be taken when they are sent again.
fn taken(pieces: &[Piece<'_>], caused: &[&Caused<'_>]) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut form: Vec<usize> = Vec::new();
    for (at, caused) in caused.iter().enumerate().take(pieces.len()) {
        form.push(at);
        if caused.created {
            // Who logs in says who they are; who signs up chooses.
            let secrets = form.iter().filter(|field| pieces[**field].secret).count();
            let new = form.iter().any(|field| {
                let element = pieces[*field].deed.element();
                let field = element.and_then(|element| element.field.as_ref());
                field.is_some_and(|field| field.autocomplete.contains("new-password"))
            });
            if secrets != 1 || new {
                for field in &form {
                    if let Some(text) = text_of(&pieces[*field]) {
                        let doubt = format!(
                            "“{text}” may be taken at the next replay: make it data, such as \
                             `{{{{iteration.unique}}}}`"
                        );
                        out.push((*field, doubt));
                    }
                }
            }
        }
        if caused.created || !caused.moves.is_empty() {
            form.clear();
        }
    }
    out
}

/// A text of a person's own, cut short.
fn text_of(piece: &Piece<'_>) -> Option<String> {
    let Some(PageEvent::Change {
        value: FieldValue::Text { text },
        ..
    }) = piece.deed.event()
    else {
        return None;
    };
    let own = matches!(
        piece.deed.field_kind(),
        "text" | "email" | "url" | "textarea" | "rich" | "tel"
    );
    let says = text
        .0
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .count()
        >= UNIQUE;
    let known = !piece.template.is_empty() || piece.secret || secret_name(piece.deed).is_some();
    if !own || !says || known {
        return None;
    }
    let line = text.0.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(match line.char_indices().nth(30) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    })
}
