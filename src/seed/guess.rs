//! Writes a plan for a schema it has never seen: a guess per column from its name and type, each
//! with a comment that says why. The author edits; nothing is hidden. Pure.

use std::fmt::Write as _;

use super::error::SeedError;
use super::fit::{Field, Layout};
use super::order;
use super::schema::{
    ColumnSchema, ColumnType, ForeignKey, Rule, Schema, TableSchema, is_framework_table,
};

/// Rows of tables that nothing hints at.
const ROWS: u64 = 1_000;
/// Rows of tables that list something: categories, roles, countries.
const FEW_ROWS: u64 = 20;

/// Writes a plan. `today` is the end of all time ranges, as `2026-03-01`.
pub(super) fn plan(schema: &Schema, url: &str, today: &str) -> Result<String, SeedError> {
    let tables = planned(schema);
    let mut out = String::new();
    line(
        &mut out,
        &format!(
            "# Plan for {url}, guessed from names and types: read it, and change what is wrong."
        ),
    );
    line(
        &mut out,
        "# Generators and their options are in the manual; `rehearsal seed run` checks the plan first.",
    );
    line(&mut out, "version = 1\nseed = 1\nlocales = { en_US = 1 }");
    let left_out: Vec<&str> = schema
        .tables
        .keys()
        .map(String::as_str)
        .filter(|name| !tables.contains(name))
        .collect();
    if !left_out.is_empty() {
        line(
            &mut out,
            "# Left alone, as a framework's own or hanging on one of those. Put those that may be emptied",
        );
        line(&mut out, "# together with the plan's tables into `empty`.");
        line(&mut out, &format!("# empty = {left_out:?}"));
    }
    for name in filling_order(schema, &tables)? {
        let guesser = Guesser {
            schema,
            tables: &tables,
            name,
            table: &schema.tables[name],
            today,
        };
        guesser.write(&mut out);
    }
    write_feed(schema, &tables, &mut out);
    Ok(out)
}

/// Tables to fill: none of a framework's own, and none whose rows must refer to one of those.
fn planned(schema: &Schema) -> Vec<&str> {
    let mut tables: Vec<&str> = schema
        .tables
        .keys()
        .map(String::as_str)
        .filter(|name| !is_framework_table(name))
        .collect();
    loop {
        let before = tables.len();
        let known = tables.clone();
        tables.retain(|name| {
            let table = &schema.tables[*name];
            table.foreign_keys.iter().all(|key| {
                known.contains(&key.table.as_str())
                    || key
                        .columns
                        .iter()
                        .any(|column| table.columns[column].nullable)
            })
        });
        if tables.len() == before {
            return tables;
        }
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// Tables that are referred to come first, as a reader expects them.
fn filling_order<'a>(schema: &Schema, tables: &[&'a str]) -> Result<Vec<&'a str>, SeedError> {
    let layouts: Vec<Layout> = tables
        .iter()
        .enumerate()
        .map(|(index, name)| Layout {
            table: index,
            name: (*name).to_owned(),
            sql_name: String::new(),
            rows: 0,
            fields: schema.tables[*name]
                .columns
                .iter()
                .map(|(name, column)| Field {
                    column: 0,
                    name: name.clone(),
                    kind: column.kind.clone(),
                    declared: String::new(),
                })
                .collect(),
            late: Vec::new(),
            primary_key: Vec::new(),
        })
        .collect();
    let order = order::order(schema, &layouts)?;
    Ok(order
        .tables
        .into_iter()
        .map(|index| tables[index])
        .collect())
}

struct Guesser<'a> {
    schema: &'a Schema,
    tables: &'a [&'a str],
    name: &'a str,
    table: &'a TableSchema,
    today: &'a str,
}

/// A guess: the generator as the plan writes it, and why.
struct Guess(String, &'static str);

fn guess(generator: impl Into<String>, why: &'static str) -> Guess {
    Guess(generator.into(), why)
}

impl Guesser<'_> {
    fn write(&self, out: &mut String) {
        let parent = self.parent();
        line(out, &format!("\n[tables.{}]", key(self.name)));
        match &parent {
            Some(parent) => line(
                out,
                &format!(
                    "per_parent = {{ table = \"{}\", {} }}  # {}",
                    parent.table,
                    self.counts(parent),
                    "how many each parent has"
                ),
            ),
            None if self.is_list() => line(
                out,
                &format!("rows = {FEW_ROWS}  # looks like a list\nfixed = true"),
            ),
            None => line(out, &format!("rows = {ROWS}")),
        }
        for check in &self.table.unread_checks {
            let check = check.replace('\n', " ");
            line(
                out,
                &format!("# Not understood, so take care of it: CHECK ({check})"),
            );
        }
        line(out, &format!("[tables.{}.columns]", key(self.name)));
        for (name, column) in &self.table.columns {
            match self.column(name, column, parent.as_ref()) {
                Some(Guess(generator, why)) => {
                    line(
                        out,
                        &format!("{} = {generator}  # {}: {why}", key(name), column.declared),
                    );
                }
                None => line(
                    out,
                    &format!("# {name} ({}) is left to the database", column.declared),
                ),
            }
        }
    }

    /// A table that others only refer to, with few columns, is a list.
    fn is_list(&self) -> bool {
        const WORDS: &[&str] = &[
            "categor",
            "role",
            "status",
            "type",
            "countr",
            "currenc",
            "tag",
            "topic",
            "group",
            "language",
            "genre",
            "brand",
            "department",
            "unit",
            "channel",
            "media",
        ];
        let name = self.name.to_lowercase();
        self.table.foreign_keys.is_empty() && WORDS.iter().any(|word| name.contains(word))
    }

    /// The table whose rows this one's rows belong to: of a unique set, else the first reference
    /// that must be there.
    fn parent(&self) -> Option<ForeignKey> {
        let usable = |reference: &&ForeignKey| {
            reference.columns.len() == 1
                && reference.table != self.name
                && self.tables.contains(&reference.table.as_str())
                && !self.table.columns[&reference.columns[0]].nullable
        };
        let in_unique_set = |reference: &&ForeignKey| {
            let sets = self.table.uniques.iter();
            sets.into_iter()
                .any(|set| set.contains(&reference.columns[0]))
        };
        let references = || self.table.foreign_keys.iter().filter(usable);
        // A second reference to the same table would make a circle of `per_parent`, as would a
        // parent that waits for this table.
        let safe = |reference: &&ForeignKey| !self.waits_for(&reference.table, &mut Vec::new());
        let found = references().filter(safe).find(in_unique_set);
        found.or_else(|| references().find(safe)).cloned()
    }

    /// Whether a table's rows hang, by references that must be there, on this table's.
    fn waits_for(&self, table: &str, seen: &mut Vec<String>) -> bool {
        if table == self.name {
            return true;
        }
        if seen.iter().any(|name| name == table) {
            return false;
        }
        seen.push(table.to_owned());
        let Some(found) = self.schema.tables.get(table) else {
            return false;
        };
        let keys = found.foreign_keys.iter();
        keys.into_iter()
            .any(|key| key.table != table && self.waits_for(&key.table, seen))
    }

    fn counts(&self, parent: &ForeignKey) -> &'static str {
        if self.table.is_unique(&parent.columns[0]) {
            "count = 1"
        } else if self.pairs(&parent.columns[0]) {
            "min = 0, max = 5"
        } else {
            "mean = 3.0, min = 0, max = 30"
        }
    }

    /// Whether a column is part of a larger unique set.
    fn pairs(&self, column: &str) -> bool {
        let sets = self.table.uniques.iter();
        sets.into_iter()
            .any(|set| set.len() > 1 && set.iter().any(|name| name == column))
    }

    fn column(
        &self,
        name: &str,
        column: &ColumnSchema,
        parent: Option<&ForeignKey>,
    ) -> Option<Guess> {
        if column.generated {
            return None;
        }
        if let Some(reference) = self.table.reference(name) {
            return self.reference(name, column, reference, parent);
        }
        let unique = self.table.is_unique(name);
        if column.kind == ColumnType::Other {
            return None;
        }
        if let Some(Rule::In(values)) = self
            .table
            .rules(name)
            .find(|rule| matches!(rule, Rule::In(_)))
        {
            return Some(guess(one_of(values, &column.kind), "values of its check"));
        }
        let whole = matches!(
            column.kind,
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt
        );
        if self.table.primary_key == [name] && whole {
            return Some(guess("\"sequence\"", "the key"));
        }
        let parent_is_set = parent.is_some_and(|parent| self.same_set(&parent.columns[0], name));
        if whole && parent_is_set {
            return Some(guess("\"position\"", "unique within its parent"));
        }
        Some(match &column.kind {
            _ if whole && unique => guess("\"sequence\"", "unique"),
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt => self.number(name),
            ColumnType::Float4 | ColumnType::Float8 | ColumnType::Numeric => {
                let (min, max) = self.bounds(name, 0.0, 500.0);
                guess(
                    format!("{{ gen = \"decimal\", min = {min:?}, max = {max:?}, scale = 2 }}"),
                    "a number",
                )
            }
            ColumnType::Boolean => boolean(name),
            ColumnType::TimestampTz
            | ColumnType::Timestamp
            | ColumnType::Date
            | ColumnType::Time => self.moment(name, column, parent),
            ColumnType::Uuid => guess("\"uuid\"", "an identifier"),
            ColumnType::Json | ColumnType::JsonBinary => guess(
                "{ gen = \"constant\", value = \"{}\" }",
                "an empty document",
            ),
            ColumnType::Enum(labels) => guess(one_of(labels, &column.kind), "values of its type"),
            ColumnType::Bytes => guess("{ gen = \"token\", length = 16 }", "bytes"),
            ColumnType::Text(limit) => self.text(name, *limit, unique),
            ColumnType::Other => return None,
        })
    }

    fn same_set(&self, one: &str, other: &str) -> bool {
        let has = |set: &Vec<String>, name: &str| set.iter().any(|column| column == name);
        self.table
            .uniques
            .iter()
            .any(|set| has(set, one) && has(set, other))
    }

    fn reference(
        &self,
        name: &str,
        column: &ColumnSchema,
        reference: &ForeignKey,
        parent: Option<&ForeignKey>,
    ) -> Option<Guess> {
        let target = &reference.table;
        if !self.tables.contains(&target.as_str()) {
            return None;
        }
        let key = reference.target.first().map_or("id", String::as_str);
        let key = if key == "id" {
            String::new()
        } else {
            format!(", column = \"{key}\"")
        };
        if parent.is_some_and(|parent| parent.columns[0] == name) {
            let generator = match key.strip_prefix(", ") {
                Some(key) => format!("{{ gen = \"parent\", {key} }}"),
                None => "\"parent\"".to_owned(),
            };
            return Some(guess(generator, "the row it belongs to"));
        }
        if target == self.name {
            if !column.nullable {
                return Some(guess(
                    format!("{{ gen = \"ref\", table = \"{target}\"{key} }}"),
                    "another row of this table",
                ));
            }
            return Some(guess(
                format!(
                    "{{ gen = \"ref\", table = \"{target}\"{key}, earlier = true, nulls = 0.2 }}"
                ),
                "a tree: rows hang below earlier ones",
            ));
        }
        let options = if self.table.is_unique(name) {
            ", unique = true"
        } else if parent.is_some_and(|parent| self.same_set(&parent.columns[0], name)) {
            ", distinct = true"
        } else {
            ", popularity = \"zipf\""
        };
        let nulls = if column.nullable { ", nulls = 0.1" } else { "" };
        Some(guess(
            format!("{{ gen = \"ref\", table = \"{target}\"{key}{options}{nulls} }}"),
            "refers to it",
        ))
    }

    /// Bounds of a column's checks, within what is usual.
    fn bounds(&self, name: &str, mut min: f64, mut max: f64) -> (f64, f64) {
        for rule in self.table.rules(name) {
            match rule {
                Rule::Min { bound, strict } => {
                    min = min.max(bound + f64::from(u8::from(*strict)));
                    max = max.max(min + 100.0);
                }
                Rule::Max { bound, strict } => max = bound - f64::from(u8::from(*strict)),
                Rule::In(_) | Rule::Length { .. } => {}
            }
        }
        (min.min(max), max)
    }

    fn number(&self, name: &str) -> Guess {
        let lower = name.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let (usual, shape, why) = if has(&["cents", "price", "amount", "total", "cost"]) {
            (
                (100.0, 50_000.0),
                ", shape = \"log\"",
                "money: many small, few large",
            )
        } else if has(&["year"]) {
            ((1990.0, 2025.0), "", "a year")
        } else if has(&["age"]) {
            ((18.0, 90.0), "", "an age")
        } else if has(&["quantity", "qty"]) {
            ((1.0, 5.0), "", "a quantity")
        } else if has(&["rating", "stars", "score"]) {
            ((1.0, 5.0), "", "a rating")
        } else {
            ((0.0, 100.0), "", "a number")
        };
        let (min, max) = self.bounds(name, usual.0, usual.1);
        guess(
            format!("{{ gen = \"integer\", min = {min:.0}, max = {max:.0}{shape} }}"),
            why,
        )
    }

    fn moment(&self, name: &str, column: &ColumnSchema, parent: Option<&ForeignKey>) -> Guess {
        let lower = name.to_lowercase();
        let range = format!("from = \"2024-01-01\", to = \"{}\"", self.today);
        let created = |table: &TableSchema| {
            let names = [
                "created_at",
                "created",
                "date_joined",
                "inserted_at",
                "created_on",
            ];
            names.into_iter().find(|name| {
                table.columns.get(*name).is_some_and(|column| {
                    !column.nullable
                        && matches!(column.kind, ColumnType::TimestampTz | ColumnType::Timestamp)
                })
            })
        };
        if lower.contains("birth") || lower == "dob" {
            return guess(
                "{ gen = \"timestamp\", from = \"1945-01-01\", to = \"2006-12-31\" }",
                "a birthday",
            );
        }
        let nulls = if column.nullable { ", nulls = 0.2" } else { "" };
        if let Some(first) = created(self.table).filter(|first| *first != name) {
            return guess(
                format!("{{ gen = \"timestamp\", {range}, after = \"{first}\"{nulls} }}"),
                "not before it was created",
            );
        }
        if let Some(parent) = parent
            && let Some(first) = created(&self.schema.tables[&parent.table])
        {
            return guess(
                format!(
                    "{{ gen = \"timestamp\", {range}, after = \"{}.{first}\"{nulls} }}",
                    parent.columns[0]
                ),
                "not before its parent",
            );
        }
        guess(
            format!("{{ gen = \"timestamp\", {range}, growth = 2{nulls} }}"),
            "a growing site",
        )
    }

    fn text(&self, name: &str, limit: Option<u32>, unique: bool) -> Guess {
        let length = self.table.rules(name).find_map(|rule| match rule {
            Rule::Length { min, max } => Some((min.unwrap_or(1), max.unwrap_or(u64::MAX))),
            _ => None,
        });
        if let Some((min, max)) = length.filter(|(_, max)| *max <= 3) {
            return if (min..=max).contains(&2) {
                guess("\"country_code\"", "two letters")
            } else {
                guess(
                    format!("{{ gen = \"token\", length = {max} }}"),
                    "the length of its check",
                )
            };
        }
        let Guess(generator, why) = self.plain_text(&name.to_lowercase(), limit);
        if !unique
            || ["\"email\"", "\"username\"", "\"product_name\""].contains(&generator.as_str())
        {
            return Guess(generator, why);
        }
        // The number of the row makes any text unique, where it still fits.
        if let Some(limit) = limit.filter(|limit| *limit < 24) {
            let digits = limit.min(8);
            return guess(
                format!("{{ gen = \"template\", text = \"{{row:0{digits}}}\" }}"),
                "unique",
            );
        }
        if let Some(inside) = generator.strip_suffix(" }") {
            return Guess(format!("{inside}, unique = true }}"), why);
        }
        Guess(format!("{{ gen = {generator}, unique = true }}"), why)
    }

    fn plain_text(&self, name: &str, limit: Option<u32>) -> Guess {
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let short = limit.is_some_and(|limit| limit < 60);
        let person = [
            "user", "customer", "person", "people", "employee", "author", "member", "contact",
            "patient", "student", "artist", "actor", "staff",
        ];
        let about_people = person
            .iter()
            .any(|word| self.name.to_lowercase().contains(word));
        if has(&["password", "passwd", "pwd", "encrypted"]) {
            return self.password();
        }
        if has(&["email", "e_mail"]) {
            guess("\"email\"", "made from the row's names, unique")
        } else if has(&["first_name", "firstname", "given_name"]) {
            guess("\"first_name\"", "a name")
        } else if has(&["last_name", "lastname", "surname", "family_name"]) {
            guess("\"last_name\"", "a name")
        } else if has(&["username", "user_name", "login", "nickname", "handle"]) {
            guess("\"username\"", "made from the row's names, unique")
        } else if has(&["full_name", "fullname", "display_name"])
            || (name == "name" && about_people)
        {
            guess("\"full_name\"", "a name")
        } else if has(&["phone", "mobile", "fax"]) {
            guess("\"phone\"", "a number that nobody has")
        } else if has(&["street", "address"]) {
            guess("\"street\"", "agrees with city and postcode")
        } else if has(&["city", "town"]) {
            guess("\"city\"", "agrees with postcode and country")
        } else if has(&["postcode", "postal", "zip"]) {
            guess("\"postcode\"", "agrees with the city")
        } else if has(&["country"]) && (limit == Some(2) || has(&["code", "iso"])) {
            guess("\"country_code\"", "agrees with the city")
        } else if has(&["country"]) {
            guess("\"country\"", "agrees with the city")
        } else if has(&["state", "region", "province"]) && !has(&["status"]) {
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
        } else if has(&["token", "secret", "hash", "digest", "session", "checksum"]) {
            let length = limit.unwrap_or(32).min(32);
            guess(
                format!("{{ gen = \"token\", length = {length} }}"),
                "an opaque text",
            )
        } else if has(&["colour", "color"]) {
            guess("\"color\"", "a colour")
        } else if name == "ip" || has(&["ip_address", "_ip"]) {
            guess("\"ipv4\"", "an address for documentation")
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
        } else if has(&["name"]) && has_any(self.name, &["product", "item", "article"]) {
            guess("\"product_name\"", "a product")
        } else if has(&["title", "subject", "headline", "label", "name"]) {
            guess("{ gen = \"words\", min = 1, max = 4 }", "a few words")
        } else {
            guess(
                "{ gen = \"words\", min = 1, max = 3 }",
                "nothing is known about it",
            )
        }
    }

    fn password(&self) -> Guess {
        let django = self.table.columns.contains_key("is_superuser")
            || self.table.columns.contains_key("date_joined");
        let rails = self.table.columns.contains_key("encrypted_password")
            || self.table.columns.contains_key("password_digest");
        if django {
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
                "set the scheme of your application: argon2id, bcrypt, django-pbkdf2-sha256, werkzeug-scrypt",
            )
        }
    }

    fn slug(&self) -> Guess {
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

fn has_any(name: &str, words: &[&str]) -> bool {
    let name = name.to_lowercase();
    words.iter().any(|word| name.contains(word))
}

fn boolean(name: &str) -> Guess {
    let lower = name.to_lowercase();
    let share = if has_any(
        &lower,
        &[
            "superuser",
            "staff",
            "admin",
            "deleted",
            "banned",
            "blocked",
            "archived",
        ],
    ) {
        return guess("{ gen = \"boolean\", share = 0.0 }", "rarely true");
    } else if has_any(
        &lower,
        &[
            "active",
            "enabled",
            "confirmed",
            "verified",
            "published",
            "visible",
        ],
    ) {
        "1.0"
    } else {
        "0.5"
    };
    guess(
        format!("{{ gen = \"boolean\", share = {share} }}"),
        "true for this share",
    )
}

fn one_of(values: &[String], kind: &ColumnType) -> String {
    let text = matches!(kind, ColumnType::Text(_) | ColumnType::Enum(_));
    let values: Vec<String> = values
        .iter()
        .map(|value| {
            if text {
                format!("{value:?}")
            } else {
                value.clone()
            }
        })
        .collect();
    format!("{{ gen = \"one_of\", values = [{}] }}", values.join(", "))
}

/// A key of TOML, quoted where it must be.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        format!("{name:?}")
    }
}

/// A feed of those who can log in.
fn write_feed(schema: &Schema, tables: &[&str], out: &mut String) {
    for name in tables {
        let columns = &schema.tables[*name].columns;
        let find = |words: &[&str]| {
            columns
                .keys()
                .find(|column| has_any(column, words))
                .map(String::as_str)
        };
        let login = find(&["email", "username", "login"]);
        let password = find(&["password", "passwd", "pwd"]);
        if let (Some(login), Some(password)) = (login, password) {
            let bare = name.rsplit('.').next().unwrap_or(name);
            let written = writeln!(
                out,
                "\n# Who virtual users are: {{{{{bare}.{login}}}}} and {{{{{bare}.password}}}} in flows.\n\
                 [feeds.{}]\ntable = \"{name}\"\ncolumns = [\"{login}\", {{ name = \"password\", of = \"{password}\" }}]",
                key(bare)
            );
            written.expect("invariant: writing to a string");
            return;
        }
    }
}
