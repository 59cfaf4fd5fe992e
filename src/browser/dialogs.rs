//! Dialogs of a user's pages (`alert`, `confirm`, `prompt`, `beforeunload`): which ones a step
//! expects, how each is answered, and what was answered.
//!
//! A page stands still while a dialog is open, so each is answered at once. Where the step says
//! nothing, an alert is closed and leaving a page confirmed, as a person would; the others are
//! dismissed, since nobody can know the answer.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::flow::{Dialog, DialogKind};

/// Longest part of a dialog's message that is repeated in ours.
const SHOWN: usize = 200;

/// Most dialogs that are remembered of one step: a page may open them in a loop.
const REMEMBERED: usize = 20;

/// Dialogs of one user. A step begins with [`Dialogs::begin`].
#[derive(Debug, Default)]
pub(crate) struct Dialogs {
    book: Mutex<Book>,
    opened: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Book {
    /// What the current step still expects, in order.
    expected: VecDeque<Dialog>,
    /// What was answered since the current step began, oldest first.
    answered: Vec<Answered>,
    /// The first dialog that was another one than expected.
    mistake: Option<String>,
}

/// A dialog that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answered {
    kind: DialogKind,
    message: String,
    accepted: bool,
    /// No step asked for it.
    unasked: bool,
}

/// How a dialog is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// OK, or leave the page.
    pub(crate) accept: bool,
    /// What is typed into a prompt.
    pub(crate) text: Option<String>,
}

impl Dialogs {
    /// A step begins that expects these. Dialogs that opened since the last step acted (by a
    /// timer, say) count when they were answered as this step would have answered them.
    pub(crate) fn begin(&self, expected: &[Dialog]) {
        let mut book = self.book();
        let earlier = std::mem::take(&mut book.answered);
        *book = Book {
            expected: expected.iter().cloned().collect(),
            ..Book::default()
        };
        for dialog in earlier.into_iter().filter(|dialog| dialog.unasked) {
            let is_it = book.expected.front().is_some_and(|expected| {
                fits(expected, dialog.kind, &dialog.message)
                    && expected.accept == dialog.accepted
                    && expected.text.is_none()
            });
            if is_it {
                book.expected.pop_front();
            }
        }
    }

    /// The step has ended. What opens from now on is nobody's, until a step claims it.
    pub(crate) fn end(&self) {
        let mut book = self.book();
        *book = Book::default();
    }

    /// A dialog opened: how it is answered. `kind` is Chromium's word; `default` is what a prompt
    /// begins with.
    pub(crate) fn open(&self, kind: &str, message: &str, default: &str) -> Answer {
        let kind = match kind {
            "alert" => DialogKind::Alert,
            "confirm" => DialogKind::Confirm,
            "prompt" => DialogKind::Prompt,
            _ => DialogKind::Beforeunload,
        };
        let mut book = self.book();
        let wanted = book.expected.front().cloned();
        let (answer, unasked) = match wanted {
            Some(wanted) if fits(&wanted, kind, message) => {
                book.expected.pop_front();
                (by(&wanted, default), false)
            }
            wanted => {
                if let Some(wanted) = wanted
                    && book.mistake.is_none()
                {
                    book.mistake = Some(format!(
                        "expected {}, and {} opened",
                        expected(&wanted),
                        named(kind, message)
                    ));
                }
                (by_default(kind), true)
            }
        };
        let answered = Answered {
            kind,
            message: message.to_owned(),
            accepted: answer.accept,
            unasked,
        };
        tracing::info!(message, "{} dialog {}", word(kind), verb(answer.accept));
        if book.answered.len() < REMEMBERED {
            book.answered.push(answered);
        }
        drop(book);
        self.opened.send_modify(|count| *count += 1);
        answer
    }

    /// Waits until all dialogs that the step expects have been answered.
    ///
    /// # Errors
    /// Which one did not open, or what opened instead.
    pub(crate) async fn all_answered(&self, within: Duration) -> Result<(), String> {
        let mut opened = self.opened.subscribe();
        let done = opened.wait_for(|_| {
            let book = self.book();
            book.mistake.is_some() || book.expected.is_empty()
        });
        let _late = tokio::time::timeout(within, done).await.is_err();
        let book = self.book();
        if let Some(mistake) = &book.mistake {
            return Err(mistake.clone());
        }
        match book.expected.front() {
            None => Ok(()),
            Some(missing) => Err(format!("expected {}, none opened", expected(missing))),
        }
    }

    /// What was answered during the step without being asked for, for the text of its failure:
    /// ``; a confirm dialog was dismissed: `Really?` ``.
    pub(crate) fn unasked(&self) -> String {
        const SEVERAL: usize = 3;
        let book = self.book();
        let unasked = book.answered.iter().filter(|dialog| dialog.unasked);
        let told = unasked.take(SEVERAL).map(|dialog| format!("; {dialog}"));
        told.collect()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Answered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, verb) = (word(self.kind), verb(self.accepted));
        write!(out, "{} {kind} dialog was {verb}", article(self.kind))?;
        if self.message.is_empty() {
            return Ok(());
        }
        write!(out, ": `{}`", shortened(&self.message))
    }
}

fn fits(expected: &Dialog, kind: DialogKind, message: &str) -> bool {
    let part = expected.message.as_deref().unwrap_or_default();
    expected.kind == kind && message.contains(part)
}

fn by(wanted: &Dialog, default: &str) -> Answer {
    let typed = wanted.text.clone().unwrap_or_else(|| default.to_owned());
    let is_prompt = wanted.kind == DialogKind::Prompt;
    Answer {
        accept: wanted.accept,
        text: (is_prompt && wanted.accept).then_some(typed),
    }
}

fn by_default(kind: DialogKind) -> Answer {
    Answer {
        accept: matches!(kind, DialogKind::Alert | DialogKind::Beforeunload),
        text: None,
    }
}

fn word(kind: DialogKind) -> &'static str {
    match kind {
        DialogKind::Alert => "alert",
        DialogKind::Confirm => "confirm",
        DialogKind::Prompt => "prompt",
        DialogKind::Beforeunload => "beforeunload",
    }
}

fn article(kind: DialogKind) -> &'static str {
    if kind == DialogKind::Alert { "an" } else { "a" }
}

fn verb(accepted: bool) -> &'static str {
    if accepted { "accepted" } else { "dismissed" }
}

/// `a confirm dialog that says "Really?"`.
fn expected(dialog: &Dialog) -> String {
    let kind = word(dialog.kind);
    let said = dialog.message.as_deref();
    let said = said.map_or_else(String::new, |text| format!(" that says `{text}`"));
    format!("{} {kind} dialog{said}", article(dialog.kind))
}

fn named(kind: DialogKind, message: &str) -> String {
    let said = if message.is_empty() {
        String::new()
    } else {
        format!(" that says `{}`", shortened(message))
    };
    format!("{} {} dialog{said}", article(kind), word(kind))
}

fn shortened(message: &str) -> String {
    let one_line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    if one_line.chars().count() <= SHOWN {
        return one_line;
    }
    let start: String = one_line.chars().take(SHOWN).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialog(kind: DialogKind, accept: bool) -> Dialog {
        Dialog {
            kind,
            accept,
            text: None,
            message: None,
        }
    }

    const NO_WAIT: Duration = Duration::ZERO;

    #[tokio::test]
    async fn dialogs_are_answered_in_order_and_then_by_habit() {
        let dialogs = Dialogs::default();
        let prompt = Dialog {
            text: Some("Ann".to_owned()),
            ..dialog(DialogKind::Prompt, true)
        };
        dialogs.begin(&[dialog(DialogKind::Confirm, true), prompt]);
        assert!(dialogs.open("confirm", "Sure?", "").accept);
        let missing = dialogs.all_answered(NO_WAIT).await.unwrap_err();
        assert_eq!(missing, "expected a prompt dialog, none opened");
        assert_eq!(
            dialogs.open("prompt", "Name?", "you").text.as_deref(),
            Some("Ann")
        );
        assert_eq!(dialogs.all_answered(NO_WAIT).await, Ok(()));
        assert!(!dialogs.open("confirm", "Once more?", "").accept);
        assert_eq!(
            dialogs.unasked(),
            "; a confirm dialog was dismissed: `Once more?`"
        );
    }

    #[tokio::test]
    async fn another_dialog_than_expected_is_a_mistake() {
        let dialogs = Dialogs::default();
        let wanted = Dialog {
            message: Some("Delete".to_owned()),
            ..dialog(DialogKind::Confirm, true)
        };
        dialogs.begin(&[wanted]);
        assert!(!dialogs.open("confirm", "Pay 100 €?", "").accept);
        assert_eq!(
            dialogs.all_answered(NO_WAIT).await.unwrap_err(),
            "expected a confirm dialog that says `Delete`, and a confirm dialog that says \
             `Pay 100 €?` opened"
        );
    }

    #[tokio::test]
    async fn a_dialog_between_two_steps_counts_when_its_answer_was_the_wanted_one() {
        let dialogs = Dialogs::default();
        dialogs.begin(&[]);
        dialogs.end();
        dialogs.open("alert", "Saved", "");
        dialogs.begin(&[dialog(DialogKind::Alert, true)]);
        assert_eq!(dialogs.all_answered(NO_WAIT).await, Ok(()));
        dialogs.end();
        dialogs.open("confirm", "Leave?", "");
        dialogs.begin(&[dialog(DialogKind::Confirm, true)]);
        assert!(dialogs.all_answered(NO_WAIT).await.is_err());
    }
}
