//! Which reference gives a column its value, and which references of a row must lead to the same
//! owner. Pure.

use super::design::{Design, Differ, World};
use super::has_any;
use crate::seed::schema::{ForeignKey, TableSchema};

/// Words of the names of tables whose rows people add to what is others'.
const BY_OTHERS: &[&str] = &[
    "comment",
    "review",
    "like",
    "vote",
    "repl",
    "answer",
    "rating",
    "favo",
    "bookmark",
    "reaction",
    "mention",
    "view",
    "follow",
    "member",
    "participa",
    "message",
    "bid",
];

fn is_by_others(table: &str) -> bool {
    has_any(super::last_word(table), BY_OTHERS)
}

impl Design {
    /// References that may be empty, and would lead to what belongs to another of those who own
    /// rows: a category of somebody else's.
    pub(super) fn settle_others(&mut self, name: &str, table: &TableSchema, world: World<'_>) {
        let owns = |key: &&ForeignKey| {
            let owner = world.schema.tables.get(&key.table);
            let must = !table.columns[&key.columns[0]].nullable;
            must && key.columns.len() == 1
                && owner.is_some_and(super::standing::is_people)
                // Where the owner is free to follow the other reference, it does.
                && (key.table == name || table.uniques.iter().any(|set| set.contains(&key.columns[0])))
        };
        let owned_by = |table: &TableSchema, owner: &str| {
            let mut keys = table.foreign_keys.iter();
            keys.any(|key| key.table == owner && !table.columns[&key.columns[0]].nullable)
        };
        let people = |key: &&ForeignKey| {
            let owner = world.schema.tables.get(&key.table);
            owner.is_some_and(super::standing::is_people)
                && !table.columns[&key.columns[0]].nullable
        };
        for key in &table.foreign_keys {
            let column = &key.columns[0];
            if key.columns.len() > 1 || !table.columns[column].nullable {
                continue;
            }
            let anothers = if key.table == name {
                !is_by_others(name) && table.foreign_keys.iter().any(|key| people(&key))
            } else {
                table.foreign_keys.iter().filter(owns).any(|owner| {
                    let theirs = world.schema.tables.get(&key.table);
                    theirs.is_some_and(|theirs| owned_by(theirs, &owner.table))
                })
            };
            if anothers {
                let why = "it could be another owner's";
                self.left_out.insert(column.clone(), why);
            }
        }
    }

    /// Two references of which one leads to the other's table: a line's product and the stock record
    /// of that product, an entry's owner and the feed of that owner. Both must come of one row.
    pub(super) fn settle_agreement(&mut self, name: &str, table: &TableSchema, world: World<'_>) {
        let single = |key: &&ForeignKey| key.columns.len() == 1 && key.table != name;
        let unbound = |key: &&ForeignKey| {
            let mut sets = table.uniques.iter();
            single(key)
                && world.is_planned(&key.table)
                && !sets.any(|set| set.contains(&key.columns[0]))
        };
        let must = |table: &TableSchema, key: &ForeignKey| !table.columns[&key.columns[0]].nullable;
        self.settle_others(name, table, world);
        let by_others = is_by_others(name);
        for far in table.foreign_keys.iter().filter(unbound) {
            let owner = world.schema.tables.get(&far.table);
            if by_others && owner.is_some_and(super::standing::is_people) {
                continue;
            }
            if !must(table, far) || self.agrees.contains_key(&far.columns[0]) {
                continue;
            }
            let leads = |near: &&ForeignKey| -> Option<String> {
                let theirs = &world.schema.tables[&near.table];
                let mut keys = theirs.foreign_keys.iter();
                let key = keys.find(|key| {
                    key.columns.len() == 1 && key.table == far.table && must(theirs, key)
                })?;
                Some(format!("{}.{}", near.columns[0], key.columns[0]))
            };
            let near = table.foreign_keys.iter().filter(unbound);
            let near = near.filter(|key| key.table != far.table);
            let mut found = near.filter_map(|key| Some((key, leads(&key)?)));
            let Some((near, path)) = found.next() else {
                continue;
            };
            for (other, _) in found.filter(|(key, _)| !must(table, key)) {
                let why = "it could be another owner's";
                self.left_out.insert(other.columns[0].clone(), why);
            }
            self.agrees.insert(far.columns[0].clone(), path);
            self.never_null.insert(near.columns[0].clone());
            let safe = !super::waits_for(name, &near.table, world.schema, &mut Vec::new());
            if self.parent.as_ref() == Some(far) {
                self.parent = Some(near.clone()).filter(|_| safe);
            } else if self.parent.as_ref().is_some_and(|parent| parent != near) {
                // An entry that the same feed holds twice would be a mistake.
                self.differ
                    .insert(near.columns[0].clone(), Differ::Siblings);
                self.limit_children(world.rows_of(&near.table));
            }
        }
    }

    /// The column of the parent, where rows hang below others of the same parent, as answers to a
    /// comment are of its post.
    fn branch(&self, name: &str, table: &TableSchema, key: &ForeignKey) -> Option<String> {
        let [column] = &key.columns[..] else {
            return None;
        };
        let parent = self.parent.as_ref().filter(|parent| parent.table != name);
        let [parent] = &parent?.columns[..] else {
            return None;
        };
        let free = !table.uniques.iter().any(|set| set.contains(column));
        let hangs = key.table == name && table.columns[column].nullable && free;
        hangs.then(|| parent.clone())
    }

    /// Each column gets its value through one reference: the parent's first, then those of
    /// several columns, which must agree, then the others.
    pub(super) fn settle_references(&mut self, name: &str, table: &TableSchema, world: World<'_>) {
        let mut keys: Vec<&ForeignKey> = table.foreign_keys.iter().collect();
        keys.sort_by_key(|key| {
            let is_parent = self.parent.as_ref() == Some(key);
            (!is_parent, key.columns.len() < 2)
        });
        for key in keys {
            let usable = world.is_planned(&key.table) || world.rows_of(&key.table) > 0;
            let free: Vec<&String> = key
                .columns
                .iter()
                .filter(|column| !self.refers.contains_key(*column))
                .collect();
            let branch = self.branch(name, table, key);
            if let (Some(parent), [only]) = (branch.filter(|_| usable), &free[..]) {
                self.same.insert((*only).clone(), (parent.clone(), parent));
                self.refers.insert((*only).clone(), key.clone());
            } else if usable && free.len() == key.columns.len() {
                for column in &key.columns {
                    self.refers.insert(column.clone(), key.clone());
                }
            } else if let ([only], Some(pair)) = (&free[..], world.shared(name, self, key))
                && usable
            {
                self.same.insert((*only).clone(), pair);
                self.refers.insert((*only).clone(), key.clone());
            } else if key.columns.len() > 1 || !usable {
                // Null in one column is enough to refer to nothing.
                for column in free {
                    if table.columns[column].nullable {
                        self.left_out.insert(
                            column.clone(),
                            if usable {
                                "another reference decides a part of its key"
                            } else {
                                "the table that it refers to is not in the plan and has no rows"
                            },
                        );
                    }
                }
            }
        }
    }
}
