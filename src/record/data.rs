//! Typed values that stand in feeds become templates: one row of each feed is the person who
//! recorded, and what was typed of that row is another row's at the next replay.

use std::collections::{BTreeMap, HashMap};

use crate::browser::capture::Element;
use crate::feed::Feed;

/// So many rows of a feed are looked at.
const ROWS: usize = 20_000;

/// A value of fewer letters, or a number, may be in a row by chance.
const SHORT: usize = 4;

/// Words for the same thing.
const ALIKE: [(&str, &str); 10] = [
    ("mail", "email"),
    ("surname", "lastname"),
    ("familyname", "lastname"),
    ("givenname", "firstname"),
    ("forename", "firstname"),
    ("postcode", "zip"),
    ("postalcode", "zip"),
    ("zipcode", "zip"),
    ("telephone", "phone"),
    ("tel", "phone"),
];

/// Feeds, and where each value stands in them.
#[derive(Default)]
pub(super) struct Data {
    feeds: Vec<Feed>,
    places: HashMap<String, Vec<Cell>>,
}

/// Feed, row, column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    feed: usize,
    row: usize,
    column: usize,
}

/// A value of a field, as it was typed or chosen.
pub(super) struct Told<'a> {
    /// Of which deed.
    pub(super) id: u64,
    /// The value; of a choice its value or its words.
    pub(super) text: &'a str,
    /// By what the field is known.
    pub(super) names: Vec<String>,
    /// It is a secret.
    pub(super) secret: bool,
    /// It was chosen from a list.
    pub(super) chosen: bool,
}

/// What of a recording stands in feeds.
#[derive(Default)]
pub(super) struct Matched {
    /// Template by deed.
    pub(super) templates: BTreeMap<u64, String>,
    /// Row of each feed that was the person's, with the column's names.
    rows: Vec<(usize, usize)>,
}

impl Data {
    pub(super) fn new(feeds: Vec<Feed>) -> Self {
        let mut places: HashMap<String, Vec<Cell>> = HashMap::new();
        for (feed, of) in feeds.iter().enumerate() {
            for (row, values) in of.rows.iter().take(ROWS).enumerate() {
                for (column, value) in values.iter().enumerate().take(of.columns.len()) {
                    let key = key(value);
                    if !key.is_empty() {
                        places
                            .entry(key)
                            .or_default()
                            .push(Cell { feed, row, column });
                    }
                }
            }
        }
        Self { feeds, places }
    }

    /// `customers.email` of all columns.
    pub(super) fn references(&self) -> impl Iterator<Item = String> + '_ {
        self.feeds.iter().flat_map(|feed| {
            let columns = feed.columns.iter();
            columns.map(|column| format!("{}.{column}", feed.name))
        })
    }

    /// Whether there is such a feed, and whether it has such a column.
    pub(super) fn has(&self, feed: &str, column: &str) -> Option<bool> {
        let feed = self.feeds.iter().find(|each| &*each.name == feed)?;
        Some(feed.column(column).is_some())
    }

    /// Whether a template refers to a column of secrets.
    pub(super) fn is_secret(&self, template: &str) -> bool {
        self.feeds.iter().any(|feed| {
            let columns = feed.columns.iter().zip(&feed.secret);
            let mut secret = columns.filter(|(_, secret)| **secret);
            secret.any(|(column, _)| template.contains(&format!("{{{{{}.{column}}}}}", feed.name)))
        })
    }

    fn value(&self, cell: Cell) -> &str {
        let row = self
            .feeds
            .get(cell.feed)
            .and_then(|feed| feed.rows.get(cell.row));
        row.and_then(|row| row.get(cell.column))
            .map_or("", |value| value)
    }

    fn column(&self, cell: Cell) -> &str {
        let feed = self.feeds.get(cell.feed);
        let column = feed.and_then(|feed| feed.columns.get(cell.column));
        column.map_or("", |column| column)
    }

    fn holds_secrets(&self, cell: Cell) -> bool {
        let feed = self.feeds.get(cell.feed);
        feed.and_then(|feed| feed.secret.get(cell.column))
            .copied()
            .unwrap_or(false)
    }

    fn template(&self, cell: Cell) -> String {
        let feed = self.feeds.get(cell.feed).map_or("", |feed| &*feed.name);
        format!("{{{{{feed}.{}}}}}", self.column(cell))
    }

    /// Where a value stands: exactly, else with other capitals or spaces around it.
    fn cells(&self, text: &str) -> Vec<Cell> {
        let all = self.places.get(&key(text)).map_or(&[][..], Vec::as_slice);
        let exact: Vec<Cell> = all
            .iter()
            .copied()
            .filter(|cell| self.value(*cell) == text)
            .collect();
        if exact.is_empty() {
            all.to_vec()
        } else {
            exact
        }
    }

    /// Matches what was typed with the feeds.
    pub(super) fn matched(&self, told: &[Told<'_>]) -> Matched {
        let mut matched = Matched::default();
        if self.feeds.is_empty() {
            return matched;
        }
        for feed in 0..self.feeds.len() {
            if let Some(row) = self.row(feed, told) {
                matched.rows.push((feed, row));
            }
        }
        let anchors: Vec<(u64, usize)> = told
            .iter()
            .filter(|told| is_strong(told.text))
            .flat_map(|told| {
                self.cells(told.text)
                    .into_iter()
                    .map(|cell| (told.id, cell))
            })
            .filter(|(_, cell)| matched.rows.contains(&(cell.feed, cell.row)))
            .map(|(id, cell)| (id, cell.feed))
            .collect();
        for told in told {
            let cells = self.cells(told.text).into_iter();
            let mut cells: Vec<Cell> = cells
                .filter(|cell| matched.rows.contains(&(cell.feed, cell.row)))
                .collect();
            cells.sort_by_key(|cell| {
                let resembles = resembles(self.column(*cell), &told.names);
                (!resembles, self.holds_secrets(*cell) != told.secret, *cell)
            });
            let template = match cells.first() {
                Some(cell) => {
                    let resembles = resembles(self.column(*cell), &told.names);
                    let another = anchors
                        .iter()
                        .any(|(id, feed)| *id != told.id && *feed == cell.feed);
                    let tiny = told.text.chars().count() < 3 && is_number(told.text);
                    let sure =
                        resembles || (!told.chosen && (is_strong(told.text) || (another && !tiny)));
                    sure.then(|| self.template(*cell))
                }
                None if told.secret || told.chosen => None,
                None => self.composed(told.text, &matched.rows),
            };
            if let Some(template) = template {
                matched.templates.insert(told.id, template);
            }
        }
        matched
    }

    /// The row that explains most of what was typed.
    fn row(&self, feed: usize, told: &[Told<'_>]) -> Option<usize> {
        // By row: points, and whether something in it is no chance.
        let mut rows: HashMap<usize, (u32, bool)> = HashMap::new();
        for told in told {
            let cells = self.cells(told.text);
            let cells = cells.iter().filter(|cell| cell.feed == feed);
            let mut best: HashMap<usize, (u32, bool)> = HashMap::new();
            for cell in cells {
                let resembles = resembles(self.column(*cell), &told.names);
                let strong = is_strong(told.text) && !told.chosen;
                let exact = self.value(*cell) == told.text;
                let points =
                    if strong { 6 } else { 1 } + if resembles { 4 } else { 0 } + u32::from(exact);
                // Many rows may have the same password.
                let anchor = !told.secret && (strong || resembles);
                let row = best.entry(cell.row).or_default();
                *row = (*row).max((points, anchor));
            }
            let alone = best.len() == 1;
            for (row, (points, anchor)) in best {
                let sum = rows.entry(row).or_default();
                sum.0 += points;
                sum.1 |= anchor || (alone && is_strong(told.text));
            }
        }
        let best = rows.into_iter().filter(|(_, (_, anchor))| *anchor);
        best.max_by_key(|(row, (points, _))| (*points, std::cmp::Reverse(*row)))
            .map(|(row, _)| row)
    }

    /// A text that is made of several values of the rows, with nothing but signs between them.
    fn composed(&self, text: &str, rows: &[(usize, usize)]) -> Option<String> {
        for (feed, row) in rows {
            let columns = self.feeds.get(*feed).map_or(0, |feed| feed.columns.len());
            let mut cells: Vec<Cell> = (0..columns)
                .map(|column| Cell {
                    feed: *feed,
                    row: *row,
                    column,
                })
                .filter(|cell| !self.holds_secrets(*cell))
                .filter(|cell| self.value(*cell).chars().count() > 1)
                .collect();
            cells.sort_by_key(|cell| std::cmp::Reverse(self.value(*cell).len()));
            let (mut out, mut rest, mut parts) = (String::new(), text, 0);
            while let Some(next) = rest.chars().next() {
                let fits = cells
                    .iter()
                    .find(|cell| rest.starts_with(self.value(**cell)));
                if let Some(cell) = fits {
                    out.push_str(&self.template(*cell));
                    rest = &rest[self.value(*cell).len()..];
                    parts += 1;
                } else if next.is_alphanumeric() || next == '{' {
                    parts = 0;
                    break;
                } else {
                    out.push(next);
                    rest = &rest[next.len_utf8()..];
                }
            }
            if parts > 1 {
                return Some(out);
            }
        }
        None
    }

    /// Values of the person's rows that tell people apart, with their templates: those that a page
    /// may show again. The longest first.
    pub(super) fn of_rows<'a>(&'a self, matched: &Matched) -> Vec<(&'a str, String)> {
        let mut out = Vec::new();
        for (feed, row) in &matched.rows {
            let columns = self.feeds.get(*feed).map_or(0, |feed| feed.columns.len());
            for column in 0..columns {
                let cell = Cell {
                    feed: *feed,
                    row: *row,
                    column,
                };
                let value = self.value(cell);
                if (is_strong(value) || is_name(value)) && !self.holds_secrets(cell) {
                    out.push((value, self.template(cell)));
                }
            }
        }
        out.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        out
    }
}

/// A value as it is looked for.
fn key(value: &str) -> String {
    value.trim().to_lowercase()
}

fn is_number(text: &str) -> bool {
    let text = text.trim();
    text.chars().any(|letter| letter.is_ascii_digit())
        && text
            .chars()
            .all(|letter| letter.is_ascii_digit() || ".,-+ ".contains(letter))
}

/// A value that no row has by chance.
fn is_strong(text: &str) -> bool {
    let letters = text.trim().chars().count();
    letters >= SHORT && (!is_number(text) || letters >= 8)
}

/// A short word with a capital: `Ann`, but neither `en` nor `DE`.
fn is_name(text: &str) -> bool {
    let mut letters = text.trim().chars();
    let capital = letters.next().is_some_and(char::is_uppercase);
    let (rest, lower) = letters.fold((0, true), |(count, lower), letter| {
        (count + 1, lower && letter.is_lowercase())
    });
    capital && lower && rest >= 1
}

/// By what a field is known: its name, its attributes, what it takes.
pub(super) fn names(element: &Element) -> Vec<String> {
    let print = &element.fingerprint;
    let attributes = ["id", "name", "placeholder", "aria-label", "autocomplete"];
    let mut names = vec![print.name.clone()];
    names.extend(
        attributes
            .iter()
            .filter_map(|attribute| print.attributes.get(*attribute).cloned()),
    );
    names.extend(element.field.iter().map(|field| field.autocomplete.clone()));
    names.retain(|name| !name.is_empty());
    names
}

/// Whether one of the names says what the column's does.
fn resembles(column: &str, names: &[String]) -> bool {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(|letter| letter.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let same = |word: String| -> String {
        let found = ALIKE.iter().find(|(other, _)| *other == word);
        found.map_or(word, |(_, word)| (*word).to_owned())
    };
    let column = same(plain(column));
    if column.len() < 3 {
        return names.iter().any(|name| plain(name) == column);
    }
    names.iter().any(|name| {
        let name = same(plain(name));
        name.contains(&column) || (name.len() > 3 && column.contains(&name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> Data {
        let customers = "first_name,last_name,email,password,city,floor\n\
            Ann,Lee,ann@example.com,Rehearsal1,Bern,2\n\
            Bob,Ray,bob@example.com,Rehearsal1,Bern,3\n\
            Ann,Ray,ann.ray@example.com,Rehearsal1,Rome,2\n";
        Data::new(vec![Feed::from_csv("customers", customers).unwrap()])
    }

    fn matched(values: &[(&str, &str, bool)]) -> Vec<Option<String>> {
        let told: Vec<Told<'_>> = values
            .iter()
            .zip(0..)
            .map(|((name, text, secret), id)| Told {
                id,
                text,
                names: vec![(*name).to_owned()],
                secret: *secret,
                chosen: false,
            })
            .collect();
        let found = data().matched(&told);
        told.iter()
            .map(|told| found.templates.get(&told.id).cloned())
            .collect()
    }

    #[test]
    fn one_row_explains_what_was_typed() {
        let found = matched(&[
            ("E-mail", "ann.ray@example.com", false),
            ("Password", "Rehearsal1", true),
            ("First name", "Ann", false),
            ("Last name", "Ray", false),
            ("Comment", "Thank you", false),
        ]);
        let expect = ["email", "password", "first_name", "last_name"];
        for (found, column) in found.iter().zip(expect) {
            assert_eq!(
                found.as_deref(),
                Some(&*format!("{{{{customers.{column}}}}}"))
            );
        }
        assert_eq!(found[4], None);
    }

    #[test]
    fn a_shared_password_alone_says_nothing_of_a_row() {
        assert_eq!(matched(&[("Password", "Rehearsal1", true)]), [None]);
    }

    #[test]
    fn short_values_need_a_reason() {
        assert_eq!(matched(&[("Amount", "2", false)]), [None]);
        assert_eq!(matched(&[("Nickname", "Ann", false)]), [None]);
        let with_mail = matched(&[
            ("E-mail", "bob@example.com", false),
            ("Nickname", "Bob", false),
        ]);
        assert_eq!(with_mail[1].as_deref(), Some("{{customers.first_name}}"));
        let amount = matched(&[("E-mail", "ann@example.com", false), ("Amount", "2", false)]);
        assert_eq!(amount[1], None, "an amount is no floor");
        let floor = matched(&[("E-mail", "ann@example.com", false), ("floor", "2", false)]);
        assert_eq!(floor[1].as_deref(), Some("{{customers.floor}}"));
    }

    #[test]
    fn capitals_and_spaces_matter_only_where_they_decide() {
        let found = matched(&[("E-mail", " ANN@example.com", false)]);
        assert_eq!(found[0].as_deref(), Some("{{customers.email}}"));
    }

    #[test]
    fn names_of_the_row_are_known_where_a_page_shows_them() {
        let told = Told {
            id: 1,
            text: "ann@example.com",
            names: Vec::new(),
            secret: false,
            chosen: false,
        };
        let data = data();
        let matched = data.matched(&[told]);
        let rows = data.of_rows(&matched);
        let values: Vec<&str> = rows.iter().map(|(value, _)| *value).collect();
        assert_eq!(values, ["ann@example.com", "Bern", "Ann", "Lee"]);
    }

    #[test]
    fn a_field_may_hold_several_columns() {
        let found = matched(&[
            ("E-mail", "ann@example.com", false),
            ("Your name", "Ann Lee", false),
            ("Signature", "Lee, Ann", false),
            ("Greeting", "Hello Ann Lee", false),
        ]);
        let name = "{{customers.first_name}} {{customers.last_name}}";
        assert_eq!(found[1].as_deref(), Some(name));
        let turned = "{{customers.last_name}}, {{customers.first_name}}";
        assert_eq!(found[2].as_deref(), Some(turned));
        assert_eq!(found[3], None, "words of the person's own stay");
    }
}
