//! Values that must not stand in a flow: what was typed into fields that look like passwords.

use url::Url;

use crate::flow::{Action, Expectation, OwnStep, Selectors, Step};

use super::{Imported, Note, NotePlace};

/// What stands in a file in the place of a secret.
const PLACEHOLDER: &str = "-";

/// Words by which a field is known, in lower case, and the name of its secret. A word counts when
/// it stands alone or is part of an identifier (`user_password`); those of up to four letters must
/// stand alone (`pin`, but no `shipping`).
const WORDS: [(&str, &str); 29] = [
    ("password", "PASSWORD"),
    ("passwort", "PASSWORD"),
    ("passwd", "PASSWORD"),
    ("passphrase", "PASSWORD"),
    ("passcode", "PASSWORD"),
    ("kennwort", "PASSWORD"),
    ("mot de passe", "PASSWORD"),
    ("contraseña", "PASSWORD"),
    ("pwd", "PASSWORD"),
    ("pass", "PASSWORD"),
    ("pin", "PIN"),
    ("pin code", "PIN"),
    ("card number", "CARD_NUMBER"),
    ("cardnumber", "CARD_NUMBER"),
    ("cc number", "CARD_NUMBER"),
    ("ccnumber", "CARD_NUMBER"),
    ("kartennummer", "CARD_NUMBER"),
    ("cvc", "CVC"),
    ("cvv", "CVC"),
    ("cvv2", "CVC"),
    ("cc csc", "CVC"),
    ("security code", "CVC"),
    ("one time code", "ONE_TIME_CODE"),
    ("one time password", "ONE_TIME_CODE"),
    ("onetimecode", "ONE_TIME_CODE"),
    ("verification code", "ONE_TIME_CODE"),
    ("otp", "ONE_TIME_CODE"),
    ("api key", "API_KEY"),
    ("secret", "SECRET"),
];

/// Replaces what was typed into fields that look like passwords, and notes it.
pub(super) fn hide(imported: &mut Imported) {
    for (index, step) in imported.flow.steps.iter_mut().enumerate() {
        if hide_expected(step) {
            imported.notes.push(Note::lost(
                NotePlace::Step(index),
                "the value that a field of secrets was expected to have",
            ));
        }
        if hide_credentials(step) {
            imported.notes.push(Note::lost(
                NotePlace::Step(index),
                "the user and password in the address that is opened",
            ));
        }
        // A template is no value.
        if step.extension.value.is_some() {
            continue;
        }
        let Some(name) = step.action.selectors().and_then(secret_of) else {
            continue;
        };
        if !replace(step) {
            continue;
        }
        step.extension.value = Some(format!("{{{{secret.{name}}}}}"));
        imported.notes.push(Note::changed(
            NotePlace::Step(index),
            format!(
                "the recorded value of what looks like a secret was left out: set \
                 REHEARSAL_SECRET_{name}, or write another template into `x-rehearsal.value`"
            ),
        ));
    }
}

/// Puts the placeholder into the step; whether it typed a value at all.
fn replace(step: &mut Step) -> bool {
    let value = match &mut step.action {
        Action::Change { value, .. } => value,
        Action::Own(OwnStep::Paste(paste)) => {
            paste.html = None;
            &mut paste.text
        }
        _ => return false,
    };
    if value.is_empty() || value == PLACEHOLDER || is_toggle(value) {
        return false;
    }
    PLACEHOLDER.clone_into(value);
    step.extension.values = None;
    step.extension.keys = None;
    if let Some(effect) = &mut step.extension.effect
        && let Some(state) = &mut effect.state
    {
        state.value = None;
    }
    true
}

/// Takes away values that fields of secrets were expected to have.
fn hide_expected(step: &mut Step) -> bool {
    let own = step.action.selectors().and_then(secret_of).is_some();
    let mut hidden = false;
    for expectation in &mut step.extension.expect {
        let secret = expectation
            .selectors
            .as_ref()
            .map_or(own, |of| secret_of(of).is_some());
        if secret
            && expectation
                .value
                .as_deref()
                .is_some_and(|value| !value.is_empty())
        {
            expectation.value = None;
            hidden = true;
        }
    }
    // One that expects nothing any more would hold whatever happens.
    step.extension
        .expect
        .retain(|expectation| *expectation != Expectation::default());
    hidden
}

/// `http://ann:secret@host/` is `http://host/`.
fn hide_credentials(step: &mut Step) -> bool {
    let Action::Navigate { url } = &mut step.action else {
        return false;
    };
    let Ok(mut parsed) = Url::parse(url) else {
        return false;
    };
    if parsed.password().is_none() || parsed.set_password(None).is_err() {
        return false;
    }
    let _kept = parsed.set_username("");
    *url = parsed.into();
    true
}

/// "Show password" is a box to tick.
fn is_toggle(value: &str) -> bool {
    matches!(value, "true" | "false" | "on" | "off")
}

/// Name of the secret that a field with these selectors takes, if it looks like one.
pub(super) fn secret_of(selectors: &Selectors) -> Option<&'static str> {
    let parts = selectors.0.iter().flat_map(|selector| &selector.chain);
    parts.map(String::as_str).find_map(secret_in)
}

/// The same of any text that names a field: a label, an identifier, a selector.
pub(crate) fn secret_in(text: &str) -> Option<&'static str> {
    let words = words_of(text);
    WORDS.iter().find_map(|(word, name)| {
        let alone = format!(" {word} ");
        let found = words.contains(&alone) || (word.len() > 4 && words.contains(word));
        found.then_some(*name)
    })
}

/// The text in lower case, as words with one space around each: `userPassword_2` is
/// ` user password 2 `.
fn words_of(text: &str) -> String {
    let mut out = String::from(" ");
    let mut lower = false;
    for character in text.chars() {
        if !character.is_alphanumeric() {
            if !out.ends_with(' ') {
                out.push(' ');
            }
            lower = false;
            continue;
        }
        if lower && character.is_uppercase() {
            out.push(' ');
        }
        lower = character.is_lowercase();
        out.extend(character.to_lowercase());
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_secrets_are_known_by_their_names() {
        for (text, name) in [
            ("aria/Password:", "PASSWORD"),
            ("#user_password", "PASSWORD"),
            ("[name=\"userPassword\"]", "PASSWORD"),
            ("aria/Neues Passwort wiederholen", "PASSWORD"),
            ("input[type=password]", "PASSWORD"),
            ("aria/Card number[role=\"textbox\"]", "CARD_NUMBER"),
            ("[autocomplete=\"cc-number\"]", "CARD_NUMBER"),
            ("#cvc", "CVC"),
            ("aria/PIN", "PIN"),
            ("[autocomplete=one-time-code]", "ONE_TIME_CODE"),
        ] {
            assert_eq!(secret_in(text), Some(name), "{text}");
        }
        for text in [
            "aria/Shipping address",
            "#spinner",
            "aria/Passenger",
            "#compass",
            "",
            "aria/Opinion",
        ] {
            assert_eq!(secret_in(text), None, "{text}");
        }
    }
}
