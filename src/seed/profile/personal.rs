//! Which columns may be about a person, by their names: of those no value and no distribution of
//! values is ever taken along. Pure.

/// Parts of names that are enough anywhere.
const PARTS: &[&str] = &[
    "email",
    "mail",
    "name",
    "phone",
    "mobile",
    "address",
    "street",
    "city",
    "town",
    "village",
    "postcode",
    "postal",
    "token",
    "secret",
    "hash",
    "password",
    "passwd",
    "passwort",
    "digest",
    "salt",
    "iban",
    "passport",
    "birth",
    "born",
    "login",
    "nick",
    "handle",
    "signature",
    "licen",
    "latitude",
    "longitude",
    "coordinate",
    "location",
    "note",
    "comment",
    "biograph",
    "session",
    "cookie",
    "salary",
    "income",
    "wage",
    "tax",
    "social",
    "identity",
    "insurance",
    "diagnos",
    "medical",
    "religion",
    "ethnic",
    "account",
    "credit",
    "message",
    "agent",
];
/// Words that must stand alone: as a part they are in others (`zip` in `gzip`, `ip` in `trip`).
const WORDS: &[&str] = &[
    "ip", "zip", "ssn", "dob", "pin", "pwd", "fax", "tel", "lat", "lng", "lon", "geo", "bic",
    "vat", "card", "cvv", "cvc", "key", "otp", "bio", "url", "uri", "body", "text",
];

/// Whether a column's name says that its values may be a person's, or secret.
pub(in crate::seed) fn is_personal(name: &str) -> bool {
    let mut spaced = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            spaced.push(' ');
        }
        spaced.extend(letter.to_lowercase());
        before = letter;
    }
    PARTS.iter().any(|part| spaced.contains(part))
        || spaced
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| WORDS.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit())))
}

#[cfg(test)]
mod tests {
    use super::is_personal;

    #[test]
    fn columns_about_people_are_known_by_their_names() {
        for name in [
            "email",
            "userEmail",
            "first_name",
            "phone2",
            "ip",
            "last_ip",
            "ZipCode",
            "zip_code",
            "api_token",
            "password_hash",
            "date_of_birth",
            "card_number",
            "homeAddress",
            "city",
        ] {
            assert!(is_personal(name), "{name}");
        }
        for name in [
            "status",
            "trip_id",
            "gzip_level",
            "price_cents",
            "kind",
            "rating",
            "locale",
        ] {
            assert!(!is_personal(name), "{name}");
        }
    }
}
