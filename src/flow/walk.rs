//! The way through a flow: which step comes next, with groups that are repeated or left out.
//! Pure: whether something is visible is asked of the caller.
//!
//! ```text
//!  Walk::advance ─► Step    perform it
//!                ─► Look    look whether something is visible, and answer
//!                ─► End
//! ```
//! Groups are not nested: neighbours with the same name are one group.

use std::time::Duration;

use super::{Action, Flow, Group, Repeat, Step, WaitForElement};

/// How long something that decides about a group is waited for when its step does not say.
const PATIENCE: Duration = Duration::from_secs(1);

/// A way through a flow, for one iteration.
#[derive(Debug)]
pub struct Walk<'a> {
    flow: &'a Flow,
    /// Decides how often a group with `repeat: [1, 5]` is walked.
    draw: u64,
    /// The next step.
    at: usize,
    round: Option<Round<'a>>,
}

/// A group being walked.
#[derive(Debug)]
struct Round<'a> {
    group: Group,
    first: &'a Step,
    start: usize,
    end: usize,
    /// Passes done or begun.
    pass: u32,
    /// Most passes.
    most: u32,
    /// What is asked next, before the pass may begin.
    asking: Question,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// Whether the first step's element is there.
    Optional,
    /// Whether a further pass is wanted.
    Again,
    /// The pass has begun.
    Nothing,
}

/// What comes next.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// This step is to be performed.
    Step {
        /// Its index in the flow.
        index: usize,
        /// How often its group was walked before.
        pass: u32,
    },
    /// Something is to be looked for, and [`Walk::answer`] to be called.
    Look(Box<Look>),
    /// The flow has been walked.
    End,
}

/// A look at the page on which the way depends. No step of the flow: no sample comes of it.
#[derive(Debug, PartialEq)]
pub struct Look {
    /// Index of the step that it belongs to.
    pub index: usize,
    /// Passes when it is there, fails when it is not.
    pub step: Step,
    /// How long it may take.
    pub patience: Duration,
}

impl<'a> Walk<'a> {
    /// A way through the flow. `draw` decides what the flow leaves to chance.
    pub fn new(flow: &'a Flow, draw: u64) -> Self {
        Self {
            flow,
            draw,
            at: 0,
            round: None,
        }
    }

    /// What comes next. After a [`Next::Look`], the same again until it is answered.
    pub fn advance(&mut self) -> Next {
        loop {
            if self.round.is_none() && !self.enter() {
                let Some(_step) = self.flow.steps.get(self.at) else {
                    return Next::End;
                };
                self.at += 1;
                return Next::Step {
                    index: self.at - 1,
                    pass: 0,
                };
            }
            let Some(round) = &mut self.round else {
                continue;
            };
            if let Some(look) = round.look() {
                return Next::Look(Box::new(look));
            }
            if self.at < round.end {
                self.at += 1;
                return Next::Step {
                    index: self.at - 1,
                    pass: round.pass - 1,
                };
            }
            if round.pass < round.most {
                self.at = round.start;
                round.begin_pass();
            } else {
                self.leave();
            }
        }
    }

    /// The answer to a [`Next::Look`].
    pub fn answer(&mut self, visible: bool) {
        let Some(round) = &mut self.round else {
            return;
        };
        if !visible {
            self.leave();
        } else if round.asking == Question::Optional {
            round.asking = round.question();
        } else {
            round.asking = Question::Nothing;
        }
    }

    /// Enters the group that begins here, if one does.
    fn enter(&mut self) -> bool {
        let name = |index: usize| {
            let step: &'a Step = self.flow.steps.get(index)?;
            step.extension.group.as_deref()
        };
        let Some((first, group)) = self.flow.steps.get(self.at).zip(name(self.at)) else {
            return false;
        };
        let groups = &self.flow.extension.groups;
        let mut end = self.at + 1;
        while name(end) == Some(group) {
            end += 1;
        }
        let group = groups.get(group).cloned().unwrap_or_default();
        let most = match &group.repeat {
            None => 1,
            Some(Repeat::Times(times)) => *times,
            Some(Repeat::Between([least, most])) => {
                let span = u64::from(most.saturating_sub(*least)) + 1;
                let drawn = mixed(self.draw, self.at as u64) % span;
                least.saturating_add(u32::try_from(drawn).unwrap_or_default())
            }
            Some(Repeat::While(repeat)) => repeat.at_most,
        };
        let mut round = Round {
            asking: Question::Nothing,
            group,
            first,
            start: self.at,
            end,
            pass: 0,
            most,
        };
        if most == 0 {
            self.at = end;
            return self.enter();
        }
        round.begin_pass();
        if round.group.optional {
            round.asking = Question::Optional;
        }
        self.round = Some(round);
        true
    }

    fn leave(&mut self) {
        if let Some(round) = self.round.take() {
            self.at = round.end;
        }
    }
}

impl Round<'_> {
    fn begin_pass(&mut self) {
        self.pass += 1;
        self.asking = self.question();
    }

    fn question(&self) -> Question {
        match self.group.repeat {
            Some(Repeat::While(_)) => Question::Again,
            _ => Question::Nothing,
        }
    }

    fn look(&self) -> Option<Look> {
        let selectors = match (self.asking, &self.group.repeat) {
            (Question::Optional, _) => self.first.action.selectors()?.clone(),
            (Question::Again, Some(Repeat::While(repeat))) => repeat.visible.clone(),
            _ => return None,
        };
        let mut step = Step::new(Action::WaitForElement(WaitForElement {
            selectors,
            operator: None,
            count: None,
            visible: None,
            properties: None,
            attributes: None,
        }));
        step.target.clone_from(&self.first.target);
        step.frame.clone_from(&self.first.frame);
        step.extension
            .frames
            .clone_from(&self.first.extension.frames);
        step.extension.tab = self.first.extension.tab;
        let own = self.first.extension.timeout_ms.or(self.first.timeout_ms);
        let own = own.filter(|_| self.asking == Question::Optional);
        // An answer of "no" is no failure: nobody keeps pictures of it.
        step.extension.optional = true;
        step.extension.timeout_ms = own;
        Some(Look {
            index: self.start,
            step,
            patience: own.map_or(PATIENCE, Duration::from_millis),
        })
    }
}

/// A number that differs for each pass of a group: what `choose: "any"` takes in it.
pub fn draw_of_pass(draw: u64, pass: u32) -> u64 {
    if pass == 0 {
        draw
    } else {
        mixed(draw, u64::from(pass))
    }
}

/// Two numbers as one (`SplitMix64`'s finish).
fn mixed(a: u64, b: u64) -> u64 {
    let sum = a ^ b.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let sum = (sum ^ (sum >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let sum = (sum ^ (sum >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    sum ^ (sum >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps a, b, b, c; `b` is a group of this kind.
    fn flow(group: &str) -> Flow {
        let step = |id: &str, group: &str| {
            format!(
                r##"{{"type": "click", "selectors": [["#{id}"]], "offsetX": 1, "offsetY": 1,
                "x-rehearsal": {{{group}}}}}"##
            )
        };
        let of = r#""group": "b""#;
        let steps = [step("a", ""), step("b1", of), step("b2", of), step("c", "")].join(", ");
        let text = format!(
            r#"{{"title": "t", "x-rehearsal": {{"groups": {{"b": {group}}}}}, "steps": [{steps}]}}"#
        );
        Flow::parse("t.json", &text).unwrap()
    }

    /// Indexes walked; `answers` to looks, then no.
    fn walked(flow: &Flow, draw: u64, answers: &[bool]) -> (Vec<usize>, usize) {
        let mut walk = Walk::new(flow, draw);
        let mut answers = answers.iter();
        let (mut steps, mut looks) = (Vec::new(), 0);
        loop {
            match walk.advance() {
                Next::Step { index, .. } => steps.push(index),
                Next::Look(look) => {
                    assert!(matches!(walk.advance(), Next::Look(again) if again == look));
                    looks += 1;
                    walk.answer(answers.next().copied().unwrap_or(false));
                }
                Next::End => return (steps, looks),
            }
        }
    }

    #[test]
    fn a_group_is_walked_so_often() {
        assert_eq!(walked(&flow("{}"), 0, &[]), (vec![0, 1, 2, 3], 0));
        let twice = flow(r#"{"repeat": 2}"#);
        assert_eq!(walked(&twice, 0, &[]), (vec![0, 1, 2, 1, 2, 3], 0));
        assert_eq!(walked(&flow(r#"{"repeat": 0}"#), 0, &[]).0, [0, 3]);
    }

    #[test]
    fn how_often_may_be_drawn() {
        let flow = flow(r#"{"repeat": [1, 3]}"#);
        let passes = |draw| (walked(&flow, draw, &[]).0.len() - 2) / 2;
        let all: Vec<usize> = (0..300).map(passes).collect();
        for times in 1..=3 {
            let share = all.iter().filter(|passes| **passes == times).count();
            assert!((70..130).contains(&share), "{times}: {share}");
        }
        assert_eq!(all.iter().max(), Some(&3));
        assert_eq!(passes(7), passes(7));
    }

    #[test]
    fn a_group_is_walked_while_something_is_visible() {
        let more = r##"{"repeat": {"while": [["#more"]], "atMost": 3}}"##;
        let flow = flow(more);
        assert_eq!(walked(&flow, 0, &[false]), (vec![0, 3], 1));
        assert_eq!(walked(&flow, 0, &[true, false]), (vec![0, 1, 2, 3], 2));
        let (steps, looks) = walked(&flow, 0, &[true; 9]);
        assert_eq!((steps.len(), looks), (8, 3));
    }

    #[test]
    fn an_optional_group_is_left_out_when_its_first_element_is_absent() {
        let flow = flow(r#"{"optional": true, "repeat": 2}"#);
        assert_eq!(walked(&flow, 0, &[false]), (vec![0, 3], 1));
        assert_eq!(walked(&flow, 0, &[true]), (vec![0, 1, 2, 1, 2, 3], 1));
        let mut walk = Walk::new(&flow, 0);
        assert_eq!(walk.advance(), Next::Step { index: 0, pass: 0 });
        let Next::Look(look) = walk.advance() else {
            panic!("a look");
        };
        assert_eq!(look.step.action.selectors().unwrap().listed(), "`#b1`");
        assert_eq!((look.index, look.patience), (1, PATIENCE));
        walk.answer(true);
        assert_eq!(walk.advance(), Next::Step { index: 1, pass: 0 });
        assert_eq!(walk.advance(), Next::Step { index: 2, pass: 0 });
        assert_eq!(walk.advance(), Next::Step { index: 1, pass: 1 });
    }

    #[test]
    fn each_pass_draws_anew() {
        assert_eq!(draw_of_pass(9, 0), 9);
        assert_ne!(draw_of_pass(9, 1), draw_of_pass(9, 2));
    }
}
