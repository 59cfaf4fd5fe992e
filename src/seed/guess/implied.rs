//! References that a schema implies by its names alone, as many do whose application checks them
//! itself (Rails without `foreign_key: true`, `WordPress`, Sequelize without constraints): `user_id`
//! of a table without a foreign key leads to `users`. Numbers made up there would lead nowhere, and
//! every page that follows them would be empty or fail. Pure.

use super::{standing, words};
use crate::seed::schema::{ColumnType, ForeignKey, Schema, TableSchema, is_framework_table};

/// What people are to a row.
const ROLES: &[&str] = &[
    "user",
    "author",
    "owner",
    "creator",
    "editor",
    "updater",
    "assignee",
    "assigner",
    "sender",
    "recipient",
    "receiver",
    "reviewer",
    "approver",
    "uploader",
    "publisher",
    "reporter",
    "requester",
    "manager",
    "buyer",
    "seller",
    "follower",
    "followee",
    "followed",
    "friend",
    "inviter",
    "invitee",
    "moderator",
];
/// What is done to a row, by somebody.
const DEEDS: &[&str] = &[
    "created", "updated", "modified", "deleted", "approved", "assigned", "uploaded", "invited",
];
/// Words whose plural is another word.
const IRREGULAR: &[(&str, &str)] = &[
    ("person", "people"),
    ("child", "children"),
    ("man", "men"),
    ("woman", "women"),
    ("medium", "media"),
    ("datum", "data"),
    ("index", "indices"),
];

/// Adds the references that names imply.
pub(in crate::seed) fn add(schema: &mut Schema) {
    let names = Names::of(schema);
    let mut found = Vec::new();
    for (name, table) in &schema.tables {
        for (column, described) in &table.columns {
            let mut known = table.foreign_keys.iter();
            let own = table.primary_key[..] == [column.clone()];
            if own || described.generated || known.any(|key| key.columns.contains(column)) {
                continue;
            }
            let words = words(column);
            if names_any_table(table, &words) {
                continue;
            }
            let Some(to) = names.target(name, &words) else {
                continue;
            };
            let target = &schema.tables[to];
            let [key] = &target.primary_key[..] else {
                continue;
            };
            if same_class(&described.kind, &target.columns[key].kind) {
                found.push((
                    name.clone(),
                    ForeignKey {
                        columns: vec![column.clone()],
                        table: to.to_owned(),
                        target: vec![key.clone()],
                        // Nobody checks it.
                        deferrable: true,
                        implied: true,
                    },
                ));
            }
        }
    }
    for (table, key) in found {
        schema.tables[&table].foreign_keys.push(key);
    }
}

/// Whether a column can hold the key of the other kind.
fn same_class(one: &ColumnType, other: &ColumnType) -> bool {
    let class = |kind: &ColumnType| match kind {
        ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt => 1,
        ColumnType::Uuid => 2,
        ColumnType::Text(_) => 3,
        _ => 0,
    };
    class(one) > 0 && class(one) == class(other)
}

/// Tables by the words of their names.
struct Names<'a> {
    /// Name, schema, words.
    tables: Vec<(&'a str, &'a str, Vec<String>)>,
    people: Option<&'a str>,
}

impl<'a> Names<'a> {
    fn of(schema: &'a Schema) -> Self {
        let usable = |name: &str, table: &TableSchema| {
            !is_framework_table(name) && table.unfillable.is_none()
        };
        let tables: Vec<_> = schema
            .tables
            .iter()
            .filter(|(name, table)| usable(name, table))
            .map(|(name, _)| {
                let (home, bare) = name.rsplit_once('.').unwrap_or(("", name));
                (name.as_str(), home, words(bare))
            })
            .collect();
        let log_in = |name: &str| standing::is_people(&schema.tables[name]);
        let users = |words: &[String]| words.last().is_some_and(|last| is_of("user", last));
        let people = tables
            .iter()
            .filter(|(name, _, words)| log_in(name) || users(words))
            .max_by_key(|(name, _, words)| (users(words), log_in(name)))
            .map(|(name, ..)| *name);
        Self { tables, people }
    }

    /// The table that a column of a table leads to, by the words of its name.
    fn target(&self, table: &str, words: &[String]) -> Option<&'a str> {
        let (last, stem) = words.split_last()?;
        if stem.is_empty() {
            // `userid`, as older applications write it; `author` alone may be a name.
            let stem = last.strip_suffix("id").filter(|stem| stem.len() > 2)?;
            return self.called(table, &[stem.to_owned()]);
        }
        if !matches!(last.as_str(), "id" | "uuid") {
            // `post_author`, `created_by`.
            return self.people.filter(|_| is_somebody(words));
        }
        if stem == ["parent"] {
            let mut names = self.tables.iter().map(|(name, ..)| *name);
            return names.find(|name| *name == table);
        }
        // `billing_address_id` leads to `billing_addresses`, else to `addresses`.
        let called = (0..stem.len()).find_map(|from| self.called(table, &stem[from..]));
        called.or_else(|| self.people.filter(|_| is_somebody(stem)))
    }

    /// The one table that is called so, in singular or plural, with or without the words that the
    /// name of the table that refers begins with.
    fn called(&self, from: &str, stem: &[String]) -> Option<&'a str> {
        let (home, bare) = from.rsplit_once('.').unwrap_or(("", from));
        let (from, (last, before)) = (words(bare), stem.split_last()?);
        (0..=from.len()).find_map(|prefix| {
            let start = [&from[..prefix], before].concat();
            let fits = |words: &[String]| {
                let (noun, others) = words.split_last()?;
                Some(others == start && is_of(last, noun))
            };
            let tables = self.tables.iter();
            let mut found: Vec<_> = tables
                .filter(|(_, _, words)| fits(words) == Some(true))
                .collect();
            if found.len() > 1 {
                found.retain(|(_, other, _)| *other == home);
            }
            match found[..] {
                [(name, ..)] => Some(*name),
                _ => None,
            }
        })
    }
}

/// Whether a row of any table may be meant: `subject_id` beside `subject_type`.
fn names_any_table(table: &TableSchema, column: &[String]) -> bool {
    let [stem @ .., last] = column else {
        return false;
    };
    if last != "id" || stem.is_empty() {
        return false;
    }
    let kind = [stem, &["type".to_owned()]].concat();
    table.columns.keys().any(|other| words(other) == kind)
}

/// Whether words name what people are to a row, or what they did to it.
fn is_somebody(words: &[String]) -> bool {
    match words {
        [.., deed, by] if by == "by" => DEEDS.contains(&deed.as_str()),
        [.., role] => ROLES.contains(&role.as_str()),
        [] => false,
    }
}

/// Whether a word is another one, or its plural.
fn is_of(singular: &str, word: &str) -> bool {
    let Some(ending) = word.strip_prefix(singular) else {
        let plural = |end: &str, plural: &str| {
            let stem = singular.strip_suffix(end);
            stem.is_some_and(|stem| word.strip_prefix(stem) == Some(plural))
        };
        return plural("y", "ies") || plural("is", "es") || IRREGULAR.contains(&(singular, word));
    };
    matches!(ending, "" | "s" | "es")
}

#[cfg(test)]
mod tests {
    use super::super::fixture::table;
    use super::*;

    fn keyed(columns: &[&str]) -> TableSchema {
        let mut table = table(columns);
        let key = columns[0].split(' ').next().unwrap_or_default();
        table.primary_key = vec![key.to_owned()];
        table
    }

    /// Where the columns of the last table lead, of those that lead somewhere.
    fn implied(tables: &[(&str, &[&str])]) -> Vec<String> {
        let mut schema = Schema::default();
        for (name, columns) in tables {
            schema.tables.insert((*name).to_owned(), keyed(columns));
        }
        add(&mut schema);
        let (_, last) = schema.tables.last().expect("a table");
        let keys = last.foreign_keys.iter();
        keys.map(|key| format!("{} {}.{}", key.columns[0], key.table, key.target[0]))
            .collect()
    }

    #[test]
    fn names_of_rails_lead_to_their_tables() {
        let found = implied(&[
            (
                "users",
                &["id integer", "email text", "encrypted_password text"],
            ),
            ("categories", &["id integer"]),
            ("addresses", &["id integer"]),
            ("people", &["id integer"]),
            (
                "posts",
                &[
                    "id integer",
                    "user_id integer",
                    "category_id integer",
                    "billing_address_id integer",
                    "person_id integer",
                    "parent_id integer",
                    "author_id integer",
                    "created_by integer",
                    "stripe_id text",
                    "user_uuid text",
                    "external_id integer",
                    "likes integer",
                    "subject_type text",
                    "subject_id integer",
                ],
            ),
        ]);
        assert_eq!(
            found,
            [
                "user_id users.id",
                "category_id categories.id",
                "billing_address_id addresses.id",
                "person_id people.id",
                "parent_id posts.id",
                "author_id users.id",
                "created_by users.id"
            ]
        );
    }

    #[test]
    fn other_ways_to_write_names_are_known() {
        let found = implied(&[
            (
                "wp_users",
                &["ID integer", "user_login text", "user_pass text"],
            ),
            ("wp_posts", &["ID integer", "post_author integer"]),
            ("posts", &["id integer"]),
            (
                "wp_comments",
                &[
                    "comment_ID integer",
                    "comment_post_ID integer",
                    "userId integer",
                    "postid integer",
                ],
            ),
        ]);
        assert_eq!(
            found,
            [
                "comment_post_ID posts.id",
                "userId wp_users.ID",
                "postid posts.id"
            ]
        );
    }

    #[test]
    fn what_the_database_knows_is_left_as_it_is() {
        let mut schema = Schema::default();
        for name in ["users", "accounts"] {
            schema
                .tables
                .insert(name.to_owned(), keyed(&["id integer"]));
        }
        let mut posts = keyed(&["id integer", "user_id integer"]);
        let key = ForeignKey {
            columns: vec!["user_id".to_owned()],
            table: "accounts".to_owned(),
            target: vec!["id".to_owned()],
            deferrable: false,
            implied: false,
        };
        posts.foreign_keys.push(key.clone());
        schema.tables.insert("posts".to_owned(), posts);
        add(&mut schema);
        assert_eq!(schema.tables["posts"].foreign_keys, [key]);
    }
}
