//! Does what the person asks of the recorder.

use crate::browser::capture::{Element, FrameAddress, Reading};
use crate::flow::Expectation;
use crate::flow::template::Template;

use super::compose::{of_field, secret_word};
use super::draft::{Edits, Gesture, Value};
use super::{Ask, Command, Picked, Purpose, Recorder, State, story};

/// Longer texts are expected in part.
const TEXT: usize = 120;

/// So many digits in a row are a number that is another one each time.
const NUMBER: usize = 4;

impl Recorder {
    /// Does what the person asks.
    ///
    /// # Errors
    /// Why it cannot be done, in words for the person.
    pub fn command(&mut self, command: Command) -> Result<Vec<Ask>, String> {
        match command {
            Command::Undo => {
                if !self.history.undo() {
                    return Err("there is nothing to take back".to_owned());
                }
            }
            Command::Redo => {
                if !self.history.redo() {
                    return Err("there is nothing to do again".to_owned());
                }
            }
            Command::Pause => self.pause(),
            Command::Resume => self.resume(),
            Command::Name { step, name } => {
                self.edit(step, |edits| name.trim().clone_into(&mut edits.name))?;
            }
            Command::Remove { step } => {
                self.known(step)?;
                self.history
                    .change(|plan| plan.retain(|entry| entry.id != step));
            }
            Command::Group { from, to, name } => self.group(from, to, &name)?,
            Command::Pick { purpose } => {
                self.picking = Some(purpose);
                self.begin_gap();
                return Ok(vec![Ask::Pick(true)]);
            }
            Command::CancelPick => {
                self.picking = None;
                self.end_gap();
                return Ok(vec![Ask::Pick(false)]);
            }
            Command::ExpectUrl => self.expect_url()?,
            Command::Unexpect { step, index } => {
                let mut there = false;
                self.edit(step, |edits| {
                    there = index < edits.expects.len();
                    if there {
                        edits.expects.remove(index);
                    }
                })?;
                if !there {
                    return Err("the step has no such expectation".to_owned());
                }
            }
            Command::Secret { step, name } => self.secret(step, &name)?,
            Command::Data { step, template } => self.template(step, &template)?,
            Command::Any { step, on } => {
                let deed = self.deeds.iter().find(|deed| deed.id == step);
                let element = deed.and_then(|deed| deed.element());
                let like = element.and_then(|element| element.like.as_ref());
                if on && like.is_none_or(|like| like.selectors.0.is_empty()) {
                    return Err("nothing like it was there to choose from".to_owned());
                }
                self.edit(step, |edits| edits.any = on)?;
            }
            Command::Optional { step, on } => {
                let deed = self.deeds.iter().find(|deed| deed.id == step);
                if on && deed.is_some_and(|deed| deed.element().is_none()) {
                    return Err("the step has no element that could be absent".to_owned());
                }
                self.edit(step, |edits| edits.optional = on)?;
            }
            Command::Stop => {
                self.state = State::Stopped;
                let mut asks = vec![Ask::Stop];
                if self.picking.take().is_some() {
                    asks.insert(0, Ask::Pick(false));
                }
                return Ok(asks);
            }
        }
        Ok(Vec::new())
    }

    /// An element was picked.
    pub(super) fn picked(
        &mut self,
        tab: usize,
        frame: &FrameAddress,
        element: &Element,
        reading: &Reading,
    ) -> Vec<Ask> {
        let Some(purpose) = self.picking.take() else {
            return vec![Ask::Pick(false)];
        };
        self.end_gap();
        let selectors = element.selectors.0.iter();
        self.picked = Some(Picked {
            label: story::label(element),
            selectors: selectors.map(|one| one.chain.join(" >>> ")).collect(),
            text: reading.text.clone(),
        });
        match expectation(purpose, element, reading) {
            Ok(Some(expectation)) => self.expect(tab, frame, element, expectation),
            Ok(None) => {}
            Err(why) => self.note(why),
        }
        vec![Ask::Pick(false)]
    }

    /// Expects something after the last step; after a look at it, where that was done in another
    /// frame.
    fn expect(
        &mut self,
        tab: usize,
        frame: &FrameAddress,
        element: &Element,
        expectation: Expectation,
    ) {
        let last = self.last_step();
        let deed = last.and_then(|id| self.deeds.iter().find(|deed| deed.id == id));
        let here = deed.is_some_and(|deed| {
            deed.tab == tab
                && deed.frame.indexes == frame.indexes
                && !matches!(deed.gesture, Gesture::Close | Gesture::Size(_))
        });
        if let Some(id) = last.filter(|_| here) {
            let _known = self.edit(id, |edits| edits.expects.push(expectation));
            return;
        }
        let look = Gesture::Look(Box::new(element.clone()));
        let look = self.deed(tab, frame, look);
        let id = look.id;
        self.put(look, false);
        // Taken back together with the look.
        self.history
            .amend(id, |edits| edits.expects.push(expectation));
    }

    fn expect_url(&mut self) -> Result<(), String> {
        let last = self.last_step().ok_or("there is no step yet")?;
        let deed = self.deeds.iter().find(|deed| deed.id == last);
        let tab = deed.map_or(0, |deed| deed.tab);
        let url = self.facts.url(tab).to_owned();
        if !url.starts_with("http") {
            return Err("the tab is at no address that could be expected".to_owned());
        }
        let expectation = Expectation {
            url: Some(url),
            ..Expectation::default()
        };
        self.edit(last, |edits| edits.expects.push(expectation))
    }

    /// The last step that the person sees.
    fn last_step(&self) -> Option<u64> {
        let composed = self.composed();
        let pieces = composed.pieces.iter().rev();
        let mut shown = pieces.filter(|piece| !matches!(piece.deed.gesture, Gesture::Size(_)));
        shown.next().map(|piece| piece.deed.id)
    }

    /// The step exists.
    fn known(&self, step: u64) -> Result<(), String> {
        match self.history.place(step) {
            Some(_) => Ok(()),
            None => Err("there is no such step any more".to_owned()),
        }
    }

    fn edit(&mut self, step: u64, edit: impl FnOnce(&mut Edits)) -> Result<(), String> {
        self.known(step)?;
        self.history.change(|plan| {
            let mut entries = plan.iter_mut();
            if let Some(entry) = entries.find(|entry| entry.id == step) {
                edit(&mut std::sync::Arc::make_mut(entry).edits);
            }
        });
        Ok(())
    }

    fn group(&mut self, from: u64, to: u64, name: &str) -> Result<(), String> {
        let missing = || "there is no such step any more".to_owned();
        let first = self.history.place(from).ok_or_else(missing)?;
        let last = self.history.place(to).ok_or_else(missing)?;
        let (first, last) = (first.min(last), first.max(last));
        // What is part of a step, and is not seen, belongs to no group.
        let composed = self.composed();
        let seen: Vec<u64> = composed.pieces.iter().map(|piece| piece.deed.id).collect();
        self.history.change(|plan| {
            for entry in &mut plan[first..=last] {
                if seen.contains(&entry.id) {
                    let entry = std::sync::Arc::make_mut(entry);
                    name.trim().clone_into(&mut entry.edits.group);
                }
            }
        });
        Ok(())
    }

    /// The value of a step is a secret.
    fn secret(&mut self, step: u64, name: &str) -> Result<(), String> {
        self.known(step)?;
        let deed = self.deeds.iter().find(|deed| deed.id == step);
        let typed = deed.and_then(|deed| deed.typed());
        if typed.is_none_or(|typed| typed.0.is_empty()) {
            return Err("the step types nothing that could be a secret".to_owned());
        }
        let name = secret_word(name);
        self.edit(step, |edits| edits.value = Value::Secret(name))
    }

    /// The value of a step is a template, or none.
    fn template(&mut self, step: u64, template: &str) -> Result<(), String> {
        self.known(step)?;
        let deed = self.deeds.iter().find(|deed| deed.id == step);
        let Some(deed) = deed.filter(|deed| has_value(&deed.gesture)) else {
            return Err("the step has no value that could be data".to_owned());
        };
        let template = template.trim();
        if template.is_empty() {
            if deed.element().and_then(of_field).is_some() {
                return Err("a secret cannot stand in the file".to_owned());
            }
            return self.edit(step, |edits| edits.value = Value::Fixed);
        }
        let whole = if template.contains("{{") {
            template.to_owned()
        } else {
            format!("{{{{{template}}}}}")
        };
        Template::parse(&whole).map_err(|error| error.to_string())?;
        for reference in whole.split("{{").skip(1) {
            let reference = reference.split("}}").next().unwrap_or_default().trim();
            let (feed, column) = reference.split_once('.').unwrap_or_default();
            if ["secret", "date"].contains(&feed) {
                continue;
            }
            if feed == crate::flow::ITERATION {
                if !crate::flow::ITERATION_COLUMNS.contains(&column) {
                    let all = crate::flow::ITERATION_COLUMNS.join("`, `");
                    return Err(format!("`{feed}` has no column `{column}`, but `{all}`"));
                }
                continue;
            }
            match self.data.has(feed, column) {
                Some(true) => {}
                Some(false) => return Err(format!("feed `{feed}` has no column `{column}`")),
                None => return Err(format!("there is no feed `{feed}`: give it with `--feed`")),
            }
        }
        self.edit(step, |edits| edits.value = Value::Template(whole))
    }

    fn pause(&mut self) {
        if self.state == State::Recording {
            self.state = State::Paused;
            self.begin_gap();
        }
    }

    fn resume(&mut self) {
        if self.state == State::Paused {
            self.state = State::Recording;
            self.end_gap();
        }
    }

    /// From now on the person is busy with the recorder.
    fn begin_gap(&mut self) {
        self.gap = Some((self.gap.map_or(self.at, |(from, _)| from), false));
    }

    /// No longer; when exactly, the next happening says.
    fn end_gap(&mut self) {
        if self.state == State::Recording
            && let Some((_, done)) = &mut self.gap
        {
            *done = true;
        }
    }
}

/// Whether a step has a value that a template can stand for.
fn has_value(gesture: &Gesture) -> bool {
    use crate::browser::capture::{FieldValue, PageEvent};
    match gesture {
        Gesture::Open(_) | Gesture::Page(PageEvent::Paste { .. }) => true,
        Gesture::Page(PageEvent::Change { value, .. }) => {
            !matches!(value, FieldValue::Checked { .. })
        }
        _ => false,
    }
}

/// What is expected of an element that was picked; nothing when it is only looked at.
fn expectation(
    purpose: Purpose,
    element: &Element,
    reading: &Reading,
) -> Result<Option<Expectation>, String> {
    let of = Expectation {
        selectors: Some(element.selectors.clone()),
        ..Expectation::default()
    };
    match purpose {
        Purpose::Look => Ok(None),
        Purpose::Visible => Ok(Some(Expectation {
            visible: Some(true),
            ..of
        })),
        Purpose::Text => text(of, &reading.text).map(Some),
        Purpose::Value => {
            if let Some(checked) = reading.checked {
                return Ok(Some(Expectation {
                    checked: Some(checked),
                    ..of
                }));
            }
            if of_field(element).is_some() {
                return Err("the value of a secret cannot be expected".to_owned());
            }
            match &reading.value {
                Some(value) if !value.0.contains("{{") => Ok(Some(Expectation {
                    value: Some(value.0.clone()),
                    ..of
                })),
                _ => Err("it has no value that could be expected".to_owned()),
            }
        }
    }
}

/// A text that is expected: all of it; its beginning when it is long; a pattern where it holds a
/// number that is another one each time.
fn text(of: Expectation, text: &str) -> Result<Expectation, String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return Err("it has no text that could be expected".to_owned());
    }
    if let Some(pattern) = numbered(&text).filter(|_| text.chars().count() <= TEXT) {
        return Ok(Expectation {
            matches: Some(pattern),
            ..of
        });
    }
    Ok(match text.char_indices().nth(TEXT) {
        Some((at, _)) => {
            // Up to the end of a word.
            let cut = text[..at].rfind(' ').unwrap_or(at);
            Expectation {
                contains: Some(text[..cut].to_owned()),
                ..of
            }
        }
        None => Expectation {
            text: Some(text),
            ..of
        },
    })
}

/// `Order 10432 placed` is `^Order \d+ placed$`. Texts that would be read as a template, too.
fn numbered(text: &str) -> Option<String> {
    let (mut out, mut found) = (String::from("^"), text.contains("{{"));
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits >= NUMBER {
            out.push_str(r"\d+");
            found = true;
            rest = &rest[digits..];
        } else {
            let length = digits.max(first.len_utf8());
            out.push_str(&regex::escape(&rest[..length]));
            rest = &rest[length..];
        }
    }
    out.push('$');
    found.then_some(out)
}
