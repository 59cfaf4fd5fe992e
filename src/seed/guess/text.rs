//! Guesses for text, from the column's name.

use super::feed::{is_password, password_column};
use super::{Guess, Guesser, guess, has_any, text_value};
use crate::seed::pattern::Pattern;
use crate::seed::schema::Rule;

/// Why a text is any text.
pub(super) const UNKNOWN: &str = "nothing is known about it";

/// Last words of names of tables of what is sold.
const GOODS: &[&str] = &["product", "item", "article", "goods", "variant"];

/// Texts that some generators give, by which it is seen whether they satisfy a pattern.
const EXAMPLES: &[(&str, &[&str])] = &[
    (
        "\"email\"",
        &["anna.miller17@example.com", "x.obrien2045@example.org"],
    ),
    ("\"username\"", &["annam17", "xo2045"]),
    ("\"country_code\"", &["DE", "US"]),
    ("\"color\"", &["#3fa1c0", "#000000"]),
    ("\"ipv4\"", &["192.0.2.7", "203.0.113.254"]),
    ("\"first_name\"", &["Anna", "Jean-Luc", "José"]),
    ("\"phone\"", &["+1 212-555-0143", "+49 89 99998 041"]),
    ("\"postcode\"", &["10115", "SW1A 1AA"]),
    ("\"city\"", &["Berlin", "São Paulo", "New York"]),
];

/// Whether what a generator gives satisfies a pattern, as far as examples tell.
fn satisfied(generator: &str, regex: &str) -> bool {
    let examples = EXAMPLES.iter().find(|(name, _)| *name == generator);
    match (examples, regex::Regex::new(regex)) {
        (Some((_, texts)), Ok(regex)) => texts.iter().all(|text| regex.is_match(text)),
        _ => false,
    }
}

/// Codes and parts of addresses that have a generator of their own.
fn coded(name: &str, limit: Option<u32>) -> Option<Guess> {
    const NAMES: &[(&str, u32, &str, &str)] = &[
        (
            "iban",
            34,
            "{ gen = \"iban\", country = \"DE\" }",
            "an account of an invented bank",
        ),
        ("isbn", 13, "\"isbn\"", "a book that does not exist"),
        ("barcode", 13, "\"ean13\"", "for use inside of a shop"),
        ("ean", 13, "\"ean13\"", "for use inside of a shop"),
        ("upc", 13, "\"ean13\"", "for use inside of a shop"),
        ("gtin", 13, "\"ean13\"", "for use inside of a shop"),
        ("card_number", 16, "\"card\"", "published for tests"),
        ("vat", 20, "\"vat_number\"", "its check digits are right"),
        ("user_agent", 200, "\"user_agent\"", "a browser"),
        ("useragent", 200, "\"user_agent\"", "a browser"),
        ("mac_address", 17, "\"mac\"", "given locally"),
        ("mime", 73, "\"mime_type\"", "agrees with `file_name`"),
        (
            "content_type",
            73,
            "\"mime_type\"",
            "agrees with `file_name`",
        ),
        ("file_name", 40, "\"file_name\"", "a file"),
        ("filename", 40, "\"file_name\"", "a file"),
        ("time_zone", 32, "\"time_zone\"", "the city's"),
        ("timezone", 32, "\"time_zone\"", "the city's"),
        ("locale", 5, "\"locale\"", "the row's"),
        ("currency", 3, "\"currency\"", "the country's"),
        ("gender", 6, "\"gender\"", "agrees with the name"),
        ("job", 60, "\"job\"", "a job"),
        ("occupation", 60, "\"job\"", "a job"),
        ("domain", 40, "\"domain\"", "an example"),
    ];
    let words: Vec<&str> = name.split('_').collect();
    let found = NAMES.iter().find(|(known, length, ..)| {
        let named =
            name == *known || words.contains(known) || (known.len() > 6 && name.contains(known));
        named && limit.is_none_or(|limit| limit >= *length)
    });
    found.map(|(_, _, generator, why)| guess(*generator, why))
}

/// Text of a pattern, if it is one that can be made.
fn of_pattern(regex: &str, unique: bool, why: &'static str) -> Guess {
    if Pattern::parse(regex).is_err() {
        return guess(
            "{ gen = \"words\", min = 1, max = 1 }",
            "its check has a pattern that cannot be made: replace this",
        );
    }
    let unique = if unique { ", unique = true" } else { "" };
    let regex = text_value(regex);
    guess(
        format!("{{ gen = \"pattern\", regex = {regex}{unique} }}"),
        why,
    )
}

impl Guesser<'_> {
    pub(super) fn text(&self, name: &str, limit: Option<u32>, unique: bool) -> Guess {
        let length = self
            .table
            .rules(name)
            .filter_map(|rule| match rule {
                Rule::Length { min, max } => Some((min.unwrap_or(1), max.unwrap_or(u64::MAX))),
                _ => None,
            })
            .reduce(|one, other| (one.0.max(other.0), one.1.min(other.1)));
        if let Some((min, max)) = length.filter(|(_, max)| *max <= 3) {
            return if (min..=max).contains(&2) && !unique {
                guess("\"country_code\"", "two letters")
            } else {
                of_pattern(
                    &format!("^[a-z]{{{max}}}$"),
                    unique,
                    "the length of its check",
                )
            };
        }
        let Guess(generator, why) = self.plain_text(&name.to_lowercase(), limit);
        for rule in self.table.rules(name) {
            let regex = match rule {
                Rule::Pattern(regex) => regex.clone(),
                Rule::Case { upper: true } => "^[A-Z]{4,8}$".to_owned(),
                Rule::Case { upper: false } => "^[a-z0-9@.#_-]{4,80}$".to_owned(),
                _ => continue,
            };
            if !satisfied(&generator, &regex) {
                return match rule {
                    Rule::Case { upper: false } => {
                        of_pattern("^[a-z]{4,8}$", unique, "small letters")
                    }
                    _ => of_pattern(&regex, unique, "by its check"),
                };
            }
        }
        if let Some((min, max)) = length.filter(|(min, max)| *min > 2 || *max < 60) {
            let max = max.min(min + 12).min(limit.map_or(u64::MAX, u64::from));
            return of_pattern(
                &format!("^[a-z]{{{min},{max}}}$"),
                unique,
                "the length of its check",
            );
        }
        if !unique
            || [
                "email",
                "username",
                "product_name",
                "iban",
                "isbn",
                "ean13",
                "vat_number",
                "mac",
            ]
            .iter()
            .any(|name| generator.contains(&format!("\"{name}\"")))
            || (generator.contains("{row") && limit.is_none_or(|limit| limit >= 24))
        {
            return Guess(generator, why);
        }
        // The number of the row makes any text unique, where it still fits.
        if let Some(limit) = limit.filter(|limit| *limit < 24) {
            let digits = limit.min(8);
            let text = if limit < 4 {
                return of_pattern(&format!("^[A-Z0-9]{{{limit}}}$"), true, "unique");
            } else {
                format!("{{row:0{digits}}}")
            };
            return guess(
                format!("{{ gen = \"template\", text = \"{text}\" }}"),
                "unique",
            );
        }
        if limit.is_some_and(|limit| limit < 80) && !generator.contains("first_name") {
            return guess(
                "{ gen = \"words\", min = 1, max = 1, unique = true }",
                "unique, and short enough for its column",
            );
        }
        if let Some(inside) = generator.strip_suffix(" }") {
            return Guess(format!("{inside}, unique = true }}"), why);
        }
        Guess(format!("{{ gen = {generator}, unique = true }}"), why)
    }

    /// `product` of `catalogue_product`.
    fn last_word(&self) -> &str {
        super::last_word(self.name)
    }

    /// A column's name without that of its table, where all columns begin so: `content` of
    /// `post_content`.
    fn own_part<'n>(&self, name: &'n str) -> &'n str {
        let word = self.last_word().to_lowercase();
        let word = word.strip_suffix('s').unwrap_or(&word);
        let own = |name: &str| {
            let rest = name
                .get(..word.len())
                .filter(|start| start.eq_ignore_ascii_case(word));
            rest.is_some() && name[word.len()..].starts_with('_')
        };
        let most = self.table.columns.keys().filter(|name| own(name)).count() * 2;
        if own(name) && most > self.table.columns.len() {
            &name[word.len() + 1..]
        } else {
            name
        }
    }

    pub(super) fn plain_text(&self, name: &str, limit: Option<u32>) -> Guess {
        let name = self.own_part(name);
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let short = limit.is_some_and(|limit| limit < 60);
        let person = [
            "user", "customer", "person", "people", "employee", "author", "member", "contact",
            "patient", "student", "artist", "actor", "staff",
        ];
        let about_people = person
            .iter()
            .any(|word| self.name.to_lowercase().contains(word));
        if is_password(name) || has(&["encrypted"]) {
            return self.password();
        }
        if has(&["email", "e_mail"]) && limit.is_some_and(|limit| limit < 64) {
            let text = "{ gen = \"template\", text = \"u{row}@example.com\" }";
            guess(text, "short enough for its column")
        } else if has(&["email", "e_mail"]) {
            guess("\"email\"", "made from the row's names, unique")
        } else if has(&["first_name", "firstname", "given_name"]) {
            guess("\"first_name\"", "a name")
        } else if has(&["last_name", "lastname", "surname", "family_name"]) {
            guess("\"last_name\"", "a name")
        } else if has(&["username", "user_name", "nickname", "nicename", "handle"])
            || name == "login"
            || (has(&["login"]) && about_people)
        {
            if limit.is_some_and(|limit| limit < 24) {
                guess(
                    "{ gen = \"template\", text = \"u{row}\" }",
                    "short enough for its column",
                )
            } else {
                guess("\"username\"", "made from the row's names, unique")
            }
        } else if has(&["full_name", "fullname", "display_name"])
            || (name == "name" && about_people)
            || (name == "author"
                && self
                    .table
                    .columns
                    .keys()
                    .any(|name| has_any(name, &["email"])))
        {
            guess("\"full_name\"", "a name")
        } else if (has(&["title"]) || name == "name") && has_any(self.last_word(), GOODS) {
            guess("\"product_name\"", "a product")
        } else if has(&["phone", "mobile", "fax"]) {
            guess("\"phone\"", "a number that nobody has")
        } else if name == "ip" || has(&["ip_address", "ipaddress", "_ip"]) {
            guess("\"ipv4\"", "an address for documentation")
        } else if has(&["mac_address"]) {
            guess("\"mac\"", "given locally")
        } else if has(&["street", "address", "line1"]) {
            guess("\"street\"", "agrees with city and postcode")
        } else if has(&["city", "town"]) {
            guess("\"city\"", "agrees with postcode and country")
        } else if has(&["postcode", "postal", "zip"]) {
            guess("\"postcode\"", "agrees with the city")
        } else if has(&["country"]) && (limit == Some(2) || has(&["code", "iso"])) {
            guess("\"country_code\"", "agrees with the city")
        } else if has(&["country"]) {
            guess("\"country\"", "agrees with the city")
        } else if has(&["region", "province"])
            || (has(&["state"]) && !has(&["status"]) && self.is_address())
        {
            guess("\"region\"", "agrees with the city")
        } else if has(&[
            "company",
            "organisation",
            "organization",
            "brand",
            "vendor",
            "supplier",
        ]) {
            guess("\"company\"", "a company")
        } else if has(&["slug"]) {
            self.slug()
        } else if let Some(found) = coded(name, limit) {
            found
        } else if has(&["sku", "barcode", "reference", "number", "code"]) {
            let prefix: String = name
                .chars()
                .filter(char::is_ascii_alphabetic)
                .take(3)
                .collect();
            guess(
                format!(
                    "{{ gen = \"template\", text = \"{}{{row:06}}\" }}",
                    prefix.to_uppercase()
                ),
                "a running number",
            )
        } else if has(&[
            "token",
            "secret",
            "hash",
            "digest",
            "session",
            "checksum",
            "uuid",
            "guid",
            "access_key",
            "api_key",
            "apikey",
        ]) {
            let length = limit.unwrap_or(32).min(32);
            guess(
                format!("{{ gen = \"token\", length = {length} }}"),
                "an opaque text",
            )
        } else if has(&["colour", "color"]) {
            guess("\"color\"", "a colour")
        } else if has(&["url", "website", "link"]) {
            guess(
                "{ gen = \"template\", text = \"https://www.example.com/{row}\" }",
                "an address",
            )
        } else if has(&[
            "description",
            "body",
            "content",
            "text",
            "comment",
            "message",
            "bio",
            "notes",
            "summary",
        ]) && !short
        {
            let max = limit.map_or(1_200, |limit| limit.min(1_200));
            guess(
                format!("{{ gen = \"text\", min = {}, max = {max} }}", 40.min(max)),
                "sentences",
            )
        } else if has(&["title", "subject", "headline", "label", "name"]) {
            guess("{ gen = \"words\", min = 1, max = 4 }", "a few words")
        } else {
            guess("{ gen = \"words\", min = 1, max = 3 }", UNKNOWN)
        }
    }

    fn password(&self) -> Guess {
        let django = self.table.columns.contains_key("is_superuser")
            || self.table.columns.contains_key("date_joined");
        let rails = self.table.columns.contains_key("encrypted_password")
            || self.table.columns.contains_key("password_digest");
        let laravel = self.table.columns.contains_key("remember_token");
        let column = password_column(self.table);
        let like = column.and_then(|column| self.world.observed.password(self.name, column));
        if let Some(like) = like {
            return like;
        }
        if laravel {
            guess(
                "{ gen = \"password_hash\", scheme = \"php-bcrypt\", cost = 12 }",
                "as Laravel stores it",
            )
        } else if django {
            guess(
                "{ gen = \"password_hash\", scheme = \"django-pbkdf2-sha256\" }",
                "as Django stores it; set `iterations` to your version's",
            )
        } else if rails {
            guess(
                "{ gen = \"password_hash\", scheme = \"bcrypt\", cost = 12 }",
                "as Rails stores it",
            )
        } else {
            guess(
                "{ gen = \"password_hash\", scheme = \"argon2id\" }",
                "set the scheme of your application: argon2id, bcrypt, php-bcrypt, django-pbkdf2-sha256, werkzeug-scrypt",
            )
        }
    }

    pub(super) fn slug(&self) -> Guess {
        let source = ["name", "title"]
            .into_iter()
            .find(|name| self.table.columns.contains_key(*name));
        match source {
            Some(source) => guess(
                format!("{{ gen = \"slug\", of = \"{source}\" }}"),
                "as in addresses",
            ),
            None => guess(
                "{ gen = \"template\", text = \"item-{row}\" }",
                "as in addresses",
            ),
        }
    }
}
