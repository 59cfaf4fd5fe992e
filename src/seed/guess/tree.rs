//! Tables whose rows are a tree that the application reads from numbers in several rows, so that
//! rows at random would break it. Pure.

use super::{Guess, guess};
use crate::seed::schema::TableSchema;

/// How a tree is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tree<'a> {
    /// A row's place is a path of four letters for each step (treebeard).
    Path,
    /// A row spans its descendants: the columns of its first and last number, of its tree, of its
    /// depth.
    Nested {
        left: &'a str,
        right: &'a str,
        tree: Option<&'a str>,
        depth: Option<&'a str>,
    },
}

impl<'a> Tree<'a> {
    pub(super) fn of(table: &'a TableSchema) -> Option<Self> {
        let find = |names: &[&str]| {
            let mut columns = table.columns.keys().map(String::as_str);
            columns.find(|column| names.contains(column))
        };
        if let (Some(_), Some(_), Some(_)) =
            (find(&["path"]), find(&["depth"]), find(&["numchild"]))
        {
            return Some(Self::Path);
        }
        let left = find(&["lft", "_lft", "tree_left"])?;
        let right = find(&["rght", "rgt", "_rgt", "tree_right"])?;
        Some(Self::Nested {
            left,
            right,
            tree: find(&["tree_id"]),
            depth: find(&["level", "depth", "lvl"]),
        })
    }

    /// Whether rows without parents and children are a tree each.
    pub(super) const fn can_begin(self) -> bool {
        match self {
            Self::Path => true,
            Self::Nested { tree, .. } => tree.is_some(),
        }
    }

    /// Its columns, for people.
    pub(super) fn columns(self) -> String {
        match self {
            Self::Path => "`path`, `depth`, `numchild`".to_owned(),
            Self::Nested { left, right, .. } => format!("`{left}`, `{right}`"),
        }
    }

    /// What a column of a row holds that has neither parent nor children.
    pub(super) fn column(self, name: &str) -> Option<Guess> {
        let why = "a tree: these are its roots";
        let number = |number: u8| guess(format!("{{ gen = \"constant\", value = {number} }}"), why);
        Some(match self {
            Self::Path => match name {
                "path" => guess("{ gen = \"template\", text = \"{row:04}\" }", why),
                "depth" => number(1),
                "numchild" => number(0),
                _ => return None,
            },
            Self::Nested {
                left,
                right,
                tree,
                depth,
            } => match name {
                _ if name == left => number(1),
                _ if name == right => number(2),
                _ if Some(name) == tree => guess("\"sequence\"", why),
                _ if Some(name) == depth => number(0),
                _ => return None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::table;
    use super::Tree;

    #[test]
    fn trees_are_known_by_their_columns() {
        let path = table(&["path text", "depth integer", "numchild integer"]);
        assert_eq!(Tree::of(&path), Some(Tree::Path));
        let nested = table(&[
            "lft integer",
            "rght integer",
            "tree_id integer",
            "level integer",
        ]);
        let tree = Tree::of(&nested).expect("a tree");
        assert!(tree.can_begin());
        let told: Vec<_> = ["lft", "rght", "tree_id", "level"]
            .iter()
            .map(|name| tree.column(name).expect("of the tree").0)
            .collect();
        assert_eq!(told[2], "\"sequence\"");
        assert_eq!(told[1], "{ gen = \"constant\", value = 2 }");
        assert!(tree.column("title").is_none());
        // Without trees of their own, roots would have to be numbered together.
        let one = table(&["lft integer", "rgt integer"]);
        assert!(!Tree::of(&one).expect("a tree").can_begin());
        assert_eq!(Tree::of(&table(&["path text", "depth integer"])), None);
    }
}
