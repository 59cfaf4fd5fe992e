//! Dialogs: some commands come before what opens them, some after.

use super::super::super::{Action, Dialog, DialogKind, Step};
use super::convert::Converter;
use super::project::Command;

/// Answers on their way to the step that opens the dialog.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Given before.
    waiting: Vec<Dialog>,
    /// The last step that acted.
    opener: Option<usize>,
    /// Whether the command before was about the dialog that is open.
    talking: bool,
}

impl Answers {
    /// Another command comes.
    pub(super) fn next(&mut self, name: &str) {
        self.talking = self.talking && is_about(name);
    }

    /// A step acts: it opens the dialogs that are waited for.
    pub(super) fn give(&mut self, step: &mut Step, index: usize) {
        let opens = matches!(
            step.action,
            Action::Click(_)
                | Action::DoubleClick(_)
                | Action::Change { .. }
                | Action::Own(_)
                | Action::KeyDown { .. }
        );
        if opens {
            step.extension.dialogs.append(&mut self.waiting);
        }
        self.opener = Some(index);
        self.talking = false;
    }

    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }
}

fn is_about(name: &str) -> bool {
    ["Alert", "Confirmation", "Prompt"]
        .iter()
        .any(|word| name.contains(word))
}

impl Converter<'_> {
    /// Whether the command is about dialogs.
    pub(super) fn dialog(&mut self, name: &str, command: &Command) -> bool {
        let kind = if name.contains("Alert") {
            DialogKind::Alert
        } else if name.contains("Confirmation") {
            DialogKind::Confirm
        } else if name.contains("Prompt") {
            DialogKind::Prompt
        } else {
            return false;
        };
        let mut dialog = Dialog {
            kind,
            accept: true,
            text: None,
            message: None,
        };
        let text = self.fill(&command.target);
        if text.has_template {
            self.lost(format!("`{name}`: dialogs take no variables of the replay"));
        }
        let text = Some(text.sample).filter(|text| !text.is_empty() && text != "-");
        match name {
            "chooseOkOnNextConfirmation" => self.answers.waiting.push(dialog),
            "chooseCancelOnNextConfirmation" | "chooseCancelOnNextPrompt" => {
                dialog.accept = false;
                self.answers.waiting.push(dialog);
            }
            "answerOnNextPrompt" => {
                dialog.text = text;
                self.answers.waiting.push(dialog);
            }
            "acceptAlert" | "acceptConfirmation" | "webdriverChooseOkOnVisibleConfirmation" => {
                self.opened(dialog, |_| {});
            }
            "dismissConfirmation"
            | "dismissPrompt"
            | "webdriverChooseCancelOnVisibleConfirmation"
            | "webdriverChooseCancelOnVisiblePrompt" => {
                dialog.accept = false;
                self.opened(dialog, |open| open.accept = false);
            }
            "answerPrompt" | "webdriverAnswerOnVisiblePrompt" => {
                dialog.text.clone_from(&text);
                self.opened(dialog, |open| open.text = text);
            }
            "assertAlert"
            | "verifyAlert"
            | "waitForAlert"
            | "assertConfirmation"
            | "verifyConfirmation"
            | "waitForConfirmation"
            | "assertPrompt"
            | "verifyPrompt"
            | "waitForPrompt" => {
                dialog.message.clone_from(&text);
                self.opened(dialog, |open| open.message = text);
            }
            _ => return false,
        }
        true
    }

    /// The dialog that the last step opened: known already, or a new one.
    fn opened(&mut self, new: Dialog, change: impl FnOnce(&mut Dialog)) {
        let opener = self.answers.opener;
        let Some(step) = opener.and_then(|index| self.steps.get_mut(index)) else {
            return self.lost("a dialog that no step before it opens");
        };
        let dialogs = &mut step.extension.dialogs;
        let talking = self.answers.talking;
        // One that was announced, or was asked about by the command before.
        let known = dialogs.iter_mut().rev().find(|known| {
            known.kind == new.kind && (talking || known.message.is_none() && new.message.is_some())
        });
        match known {
            Some(known) => change(known),
            None => dialogs.push(new),
        }
        self.answers.talking = true;
    }
}
