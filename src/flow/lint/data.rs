//! Whether what is typed may be the same for every user, and may stand in a file.

use super::Rule;
use crate::flow::{Action, OwnStep, SelectorPart, Selectors, Step};

pub(super) fn check(step: &Step) -> Vec<(Rule, String)> {
    let value = match &step.action {
        Action::Change { value, .. } => value,
        Action::Own(OwnStep::Paste(paste)) => &paste.text,
        Action::Navigate { url } => return address(step, url),
        _ => return Vec::new(),
    };
    let empty = value.trim_matches(['-', '*', '•', ' ']).is_empty();
    if step.extension.value.is_some() || empty {
        return Vec::new();
    }
    let names = names(step);
    let field = step
        .action
        .selectors()
        .map_or_else(String::new, Selectors::label);
    let finding = if is_secret(&names) || is_card(value) {
        Some((
            Rule::ClearSecret,
            format!("what is typed into `{field}` stands in the file"),
        ))
    } else {
        shared(value, &names).map(|kind| {
            (
                Rule::SharedValue,
                format!("every user types the same {kind} into `{field}`"),
            )
        })
    };
    finding.into_iter().collect()
}

/// A session or a token in an address.
fn address(step: &Step, url: &str) -> Vec<(Rule, String)> {
    const TOKENS: [&str; 6] = ["token=", "session=", "sid=", "sessionid=", "auth=", "jwt="];
    let lower = url.to_ascii_lowercase();
    let query = lower.split_once('?').map_or("", |(_, query)| query);
    let holds = step.extension.value.is_none() && TOKENS.iter().any(|token| query.contains(token));
    let message = "its address holds a token of the recording".to_owned();
    holds
        .then_some((Rule::SharedValue, message))
        .into_iter()
        .collect()
}

/// Names that the selectors give the field, in small letters.
fn names(step: &Step) -> Vec<String> {
    let selectors = step.action.selectors().map(|selectors| &selectors.0);
    let parts = selectors
        .into_iter()
        .flatten()
        .flat_map(crate::flow::Selector::parts);
    parts
        .filter_map(|part| match part {
            SelectorPart::Css { value }
            | SelectorPart::Pierce { value }
            | SelectorPart::Text { value }
            | SelectorPart::XPath { value } => Some(value.to_lowercase()),
            SelectorPart::Aria { name, .. } => name.map(|name| name.to_lowercase()),
            SelectorPart::Only { .. } => None,
        })
        .collect()
}

fn is_secret(names: &[String]) -> bool {
    const WORDS: [&str; 14] = [
        "password",
        "passwort",
        "passwd",
        "passcode",
        "mot de passe",
        "contraseña",
        "senha",
        "wachtwoord",
        "one-time",
        "otp",
        "cvc",
        "cvv",
        "card number",
        "secret",
    ];
    names
        .iter()
        .any(|name| WORDS.iter().any(|word| name.contains(word)))
}

/// What kind of value it is that people do not share.
fn shared(value: &str, names: &[String]) -> Option<&'static str> {
    let named = |words: &[&str]| {
        names
            .iter()
            .any(|name| words.iter().any(|word| name.contains(word)))
    };
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let is_email = value.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && !value.contains(char::is_whitespace)
    });
    if is_email {
        return Some("e-mail address");
    }
    let phone = value
        .chars()
        .all(|character| character.is_ascii_digit() || "+-() /.".contains(character));
    if phone && digits >= 7 && named(&["phone", "tel", "mobile", "mobil"]) {
        return Some("telephone number");
    }
    if is_date(value) {
        return Some("date, which will lie in the past (`{{date.today+7d}}` moves)");
    }
    if named(&[
        "username",
        "user name",
        "user_name",
        "benutzername",
        "login",
    ]) {
        return Some("user name");
    }
    if named(&["slug", "sku", "reference", "order number"]) {
        return Some("name that may be taken");
    }
    None
}

/// `2026-11-21`.
fn is_date(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    matches!(parts.as_slice(), [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2)
        && value
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// Thirteen to nineteen digits with the right check digit (ISO/IEC 7812-1, Luhn).
fn is_card(value: &str) -> bool {
    let digits: Vec<u32> = value
        .chars()
        .filter(|character| !" -".contains(*character))
        .map_while(|character| character.to_digit(10))
        .collect();
    let plain = value
        .chars()
        .filter(|character| !" -".contains(*character))
        .count();
    if digits.len() != plain || !(13..=19).contains(&digits.len()) {
        return false;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => *digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_have_a_check_digit() {
        assert!(is_card("4242 4242 4242 4242"));
        assert!(!is_card("4242 4242 4242 4241"));
        assert!(!is_card("12345"));
        assert!(!is_card("4242-4242-4242-424x"));
    }

    #[test]
    fn people_do_not_share_addresses_numbers_and_dates() {
        let phone = ["input[name=\"phone\"]".to_owned()];
        assert_eq!(shared("ann@example.com", &[]), Some("e-mail address"));
        assert_eq!(shared("+44 20 7946 0958", &phone), Some("telephone number"));
        assert!(shared("2026-11-21", &[]).is_some_and(|kind| kind.starts_with("date")));
        assert_eq!(shared("A blue lamp", &[]), None);
        assert_eq!(shared("20 7946", &[]), None);
    }
}
