//! The arrows between rooms: `use crate::` and `crate::` paths in `src/` against the table of
//! `ARCHITECTURE.md`.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Table = BTreeMap<String, BTreeSet<String>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Rooms and what each may import. `main.rs` and `cli` may import all.
fn table(text: &str) -> Table {
    let rows = text
        .lines()
        .skip_while(|line| !line.starts_with("| room |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let mut table = Table::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [rooms, _, imports] = cells.as_slice() else {
            panic!("a row of the table has three cells: {row}");
        };
        for room in quoted(rooms) {
            if *imports != "all" {
                table.insert(room, quoted(imports).collect());
            }
        }
    }
    table
}

/// Names in backticks, without `.rs` and `/`.
fn quoted(cell: &str) -> impl Iterator<Item = String> + '_ {
    let inside = cell.split('`').skip(1).step_by(2);
    inside.map(|name| {
        name.trim_end_matches('/')
            .trim_end_matches(".rs")
            .to_owned()
    })
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

/// Rooms that a file's code names: `crate::room`, also inside `use crate::{a, b::c}`.
fn imports(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            None => found.extend(first_name(after)),
            Some(group) => found.extend(group_names(group)),
        }
    }
    found
}

fn first_name(text: &str) -> Option<String> {
    let text = text.trim_start();
    let name: String = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}

/// First names at the top level of `a::b, c::{d, e}}`.
fn group_names(group: &str) -> Vec<String> {
    let mut depth = 0_i32;
    let mut names = Vec::new();
    let mut start = 0;
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.extend(first_name(&group[start..at]));
                return names;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.extend(first_name(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

fn room_of(path: &Path) -> String {
    let relative = path.strip_prefix(root().join("src")).unwrap();
    let first = relative.components().next().unwrap().as_os_str();
    first.to_string_lossy().trim_end_matches(".rs").to_owned()
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    let table = table(&fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap());
    assert!(table.len() >= 10, "the table was found: {table:?}");
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let mut wrong = Vec::new();
    for path in files {
        let room = room_of(&path);
        if ["main", "lib", "cli"].contains(&room.as_str()) {
            continue;
        }
        let Some(allowed) = table.get(&room) else {
            wrong.push(format!(
                "room `{room}` is not in the table of ARCHITECTURE.md"
            ));
            continue;
        };
        for import in imports(&fs::read_to_string(&path).unwrap()) {
            if import != room && !allowed.contains(&import) {
                wrong.push(format!("{} imports `{import}`", path.display()));
            }
        }
    }
    wrong.dedup();
    assert!(
        wrong.is_empty(),
        "against the table of ARCHITECTURE.md:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn imports_are_found_in_all_their_forms() {
    let code = "use crate::clock::Micros;\nuse crate::{feed::Feed, flow::{Flow, Step}, sample};\n\
                fn f() -> crate::seed::Plan { } // crate::report\n";
    let found: Vec<String> = imports(code).into_iter().collect();
    assert_eq!(found, ["clock", "feed", "flow", "sample", "seed"]);
}

#[test]
fn the_table_is_read() {
    let text = "| room | owns | imports |\n|---|---|---|\n| `clock.rs` | x | – |\n\
                | `flow/` | y | `feed`, `clock` |\n| `main.rs`, `cli/` | z | all |\n\nrest";
    let table = table(text);
    assert_eq!(table["flow"].len(), 2);
    assert!(table["clock"].is_empty());
    assert!(!table.contains_key("cli"));
}
