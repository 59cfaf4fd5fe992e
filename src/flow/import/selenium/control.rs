//! Loops and branches: groups of steps where they map.

use super::super::super::{Group, Repeat};
use super::convert::Converter;
use super::project::Command;

/// Deeper ones are not followed.
const MAX_DEPTH: usize = 64;
/// More passes are no person's.
const MAX_TIMES: u32 = 10_000;

/// Blocks that are open.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    open: Vec<Block>,
    count: usize,
}

#[derive(Debug)]
struct Block {
    /// Group of its steps; nothing when they are walked as they stand.
    group: Option<String>,
    /// Whether its steps are left out, as those of an `else` are.
    skipped: bool,
    optional: bool,
    first_step: usize,
}

const CONTROL: [&str; 9] = [
    "if", "elseIf", "else", "times", "while", "forEach", "do", "repeatIf", "end",
];

impl Blocks {
    /// Whether the command is read: one of control, or not in a branch that is left out.
    pub(super) fn is_open(&self, name: &str) -> bool {
        CONTROL.contains(&name) || !self.open.iter().any(|block| block.skipped)
    }

    /// Group of a step: of the innermost block that has one.
    pub(super) fn group(&self) -> Option<String> {
        self.open.iter().rev().find_map(|block| block.group.clone())
    }
}

impl Converter<'_> {
    /// Whether the command is one of control.
    pub(super) fn control(&mut self, name: &str, command: &Command) -> bool {
        match name {
            "if" => self.begin(
                "if",
                true,
                None,
                "`if`: its steps are walked when the element of the first one is there, since \
                 flows evaluate no conditions",
            ),
            "times" => {
                let times = self.variables.fill(&command.target).sample;
                match times.trim().parse::<u32>() {
                    Ok(times) if times <= MAX_TIMES => {
                        self.begin("times", false, Some(Repeat::Times(times)), "");
                    }
                    _ => self.begin(
                        "times",
                        false,
                        None,
                        "`times`: walked once, it has no number",
                    ),
                }
            }
            "while" => self.begin(
                "while",
                false,
                None,
                "`while`: walked once; `x-rehearsal.groups` can repeat while an element is visible",
            ),
            "do" => self.begin("do", false, None, "`do`: walked once"),
            "forEach" => self.begin(
                "forEach",
                false,
                None,
                "`forEach`: walked once; a feed gives each iteration a row of its own",
            ),
            "else" | "elseIf" => {
                self.lost(format!("`{name}` and the commands in it"));
                self.close_group();
                if let Some(block) = self.blocks.open.last_mut() {
                    block.skipped = true;
                    block.group = None;
                }
            }
            "end" | "repeatIf" => {
                self.close_group();
                self.blocks.open.pop();
            }
            _ => return false,
        }
        true
    }

    fn begin(&mut self, name: &str, optional: bool, repeat: Option<Repeat>, note: &str) {
        let skipped = self.blocks.open.iter().any(|block| block.skipped);
        let nested = self.blocks.group().is_some();
        let wanted = !skipped && (optional || repeat.is_some());
        let mut group = None;
        if skipped {
        } else if wanted && nested {
            self.lost(format!(
                "`{name}` within another block: its steps are walked once"
            ));
        } else {
            if !note.is_empty() {
                self.changed(note);
            }
            if wanted {
                self.blocks.count += 1;
                let named = format!("{name} {}", self.blocks.count);
                let settings = Group { repeat, optional };
                self.extension.groups.insert(named.clone(), settings);
                group = Some(named);
            }
        }
        if self.blocks.open.len() >= MAX_DEPTH {
            self.lost("blocks go deeper than is followed");
        }
        self.blocks.open.push(Block {
            group,
            skipped,
            optional,
            first_step: self.steps.len(),
        });
    }

    /// A group needs steps, and an optional one an element that may be absent.
    fn close_group(&mut self) {
        let Some(block) = self.blocks.open.last() else {
            return;
        };
        let Some(name) = block.group.clone() else {
            return;
        };
        let first = self.steps.get(block.first_step);
        let usable = match first {
            None => false,
            Some(step) => !block.optional || step.action.selectors().is_some(),
        };
        if usable {
            return;
        }
        let from = block.first_step;
        self.extension.groups.shift_remove(&name);
        if from < self.steps.len() {
            self.lost("`if`: its first step has no element; its steps are always walked");
        }
        for step in self.steps.iter_mut().skip(from) {
            if step.extension.group.as_deref() == Some(&name) {
                step.extension.group = None;
            }
        }
    }

    /// The end of the test ends all blocks.
    pub(super) fn end_blocks(&mut self) {
        while !self.blocks.open.is_empty() {
            self.close_group();
            self.blocks.open.pop();
        }
    }
}
