//! What trial replays of a fresh recording found out → changes of its flow. Pure: who replays
//! tells what happened as [`Trial`]s, and decides by another trial whether a change was one for
//! the better.
//!
//! Nothing is changed that would make a flow pass without doing what the person did: what a step
//! sent to the server, and where it led, is never given up where the server refused something.

use crate::flow::{Action, Effect, EffectPart, Flow, ResponsePattern, Selectors, Step};

/// A replay of the whole flow, or of its beginning.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trial {
    /// On a machine and a line slower than this one.
    pub slow: bool,
    /// Steps in the order in which they were done; the last one may have failed.
    pub steps: Vec<TrialStep>,
}

/// How a step of a trial went.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrialStep {
    /// Its place in the flow, from 0.
    pub index: usize,
    /// It may be absent, and was.
    pub skipped: bool,
    /// Its selectors, by index, that did not find its element, and it alone.
    pub disagreed: Vec<usize>,
    /// Parts of its recorded effect that did not come.
    pub missing: Vec<EffectPart>,
    /// Selectors that would have found it, when it was found by what it looks like.
    pub healed: Option<Selectors>,
    /// Requests that change something and that the server refused, in words.
    pub refused: Vec<String>,
    /// Why it failed, if it did.
    pub stumble: Option<Stumble>,
}

/// Why a step of a trial failed, as far as it matters for mending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stumble {
    /// Its element was not there.
    Absent,
    /// Its element was there and could not be used in time, or the page did not come in time.
    Late,
    /// It was done, and nothing of its recorded effect came.
    NoEffect,
    /// Anything else: no change of the flow would help.
    Other,
}

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which step, from 0.
    pub step: usize,
    /// What was changed and why, in words for people.
    pub text: String,
    /// Only a slow trial can tell whether it helps.
    pub slow: bool,
}

/// Shortest deadline of a step that was late on a slow machine, ms.
const PATIENT_MS: u64 = 30_000;

/// Longest deadline that is given by itself, ms.
const MOST_PATIENT_MS: u64 = 120_000;

/// Longest deadline that the native field can hold, ms.
const NATIVE_MS: u64 = 30_000;

/// Words by which notices are dismissed that one visitor sees and another does not.
const NOTICE: [&str; 22] = [
    "cookie",
    "consent",
    "accept",
    "agree",
    "allow all",
    "got it",
    "dismiss",
    "no thanks",
    "no, thanks",
    "not now",
    "maybe later",
    "skip",
    "close",
    "reject",
    "newsletter",
    "akzeptieren",
    "zustimmen",
    "ablehnen",
    "accepter",
    "refuser",
    "aceptar",
    "aceitar",
];

/// Mends the flow by what the trials found out. Returns what was changed, in the order of steps.
pub fn repair(flow: &mut Flow, trials: &[Trial]) -> Vec<Change> {
    let mut changes = Vec::new();
    for index in 0..flow.steps.len() {
        let told = Told::of(index, trials);
        let elsewhere = released(flow, index, &told);
        changes.extend(elsewhere.map(|text| Change {
            step: index,
            text,
            slow: false,
        }));
        let step = &mut flow.steps[index];
        let mut add = |text: Option<String>, slow: bool| {
            changes.extend(text.map(|text| Change {
                step: index,
                text,
                slow,
            }));
        };
        add(selectors(step, &told), false);
        add(effect(step, &told), false);
        add(absent(step, &told), false);
        if told.was_late() {
            add(awaited(flow, index, &told), true);
            add(patience(flow, index), true);
        }
    }
    changes
}

/// Why a step failed that no change of selectors or waits can mend, if its values may be the
/// cause: something that the site takes only once was typed as it was recorded.
pub fn hint(flow: &Flow, failed: usize, refused: bool) -> Option<String> {
    if !refused {
        return None;
    }
    let earlier = flow.steps.iter().enumerate().take(failed + 1).rev();
    let mut typed = earlier.filter(|(_, step)| {
        let fixed = step.extension.value.is_none() && step.extension.keys.is_none();
        matches!(&step.action, Action::Change { value, .. } if fixed && !value.is_empty())
    });
    let (index, step) = typed.next()?;
    Some(format!(
        "the server refused it: if the site takes the value of step {} \"{}\" only once, make it \
         differ each time, with the template `{{{{iteration.unique}}}}`",
        index + 1,
        step.label()
    ))
}

/// All that trials tell of one step.
struct Told<'a> {
    /// Where it was reached, each with whether that trial was slow.
    reached: Vec<(bool, &'a TrialStep)>,
}

impl<'a> Told<'a> {
    fn of(index: usize, trials: &'a [Trial]) -> Self {
        let steps = trials
            .iter()
            .flat_map(|trial| trial.steps.iter().map(|step| (trial.slow, step)));
        Self {
            reached: steps.filter(|(_, step)| step.index == index).collect(),
        }
    }

    /// Where it was done: its element was found and acted on.
    fn done(&self) -> Vec<&'a TrialStep> {
        let done = |step: &&TrialStep| {
            !step.skipped && matches!(step.stumble, None | Some(Stumble::NoEffect))
        };
        let steps = self.reached.iter().map(|(_, step)| *step);
        steps.filter(done).collect()
    }

    /// It failed in each trial that reached it, for this reason.
    fn always(&self, stumble: Stumble) -> bool {
        let so = |(_, step): &(bool, &TrialStep)| step.stumble == Some(stumble);
        !self.reached.is_empty() && self.reached.iter().all(so)
    }

    /// It failed where the machine was slow, and nowhere else.
    fn was_late(&self) -> bool {
        let late = |step: &TrialStep| {
            matches!(
                step.stumble,
                Some(Stumble::Absent | Stumble::Late | Stumble::NoEffect)
            )
        };
        let passed = |step: &TrialStep| step.stumble.is_none() && !step.skipped;
        self.reached.iter().any(|(slow, step)| *slow && late(step))
            && self
                .reached
                .iter()
                .any(|(slow, step)| !slow && passed(step))
            && self
                .reached
                .iter()
                .all(|(slow, step)| *slow || step.stumble.is_none())
    }

    fn refused(&self) -> bool {
        self.reached
            .iter()
            .any(|(_, step)| !step.refused.is_empty())
    }
}

/// Selectors that did not hold are put last, or dropped where the others suffice.
fn selectors(step: &mut Step, told: &Told<'_>) -> Option<String> {
    let done = told.done();
    let any = step.extension.choose.is_some();
    let own = step.action.selectors_mut().filter(|_| !any)?;
    if let Some(healed) = done.iter().rev().find_map(|step| step.healed.clone()) {
        if healed == *own {
            return None;
        }
        let text = format!(
            "found by what it looks like: {} instead of {}",
            healed.listed(),
            own.listed()
        );
        *own = healed;
        return Some(text);
    }
    let missed: Vec<usize> = (0..own.0.len())
        .map(|at| {
            let missed = done.iter().filter(|step| step.disagreed.contains(&at));
            missed.count()
        })
        .collect();
    let steady = missed.iter().filter(|count| **count == 0).count();
    // With none left to trust, nothing is known that is better.
    if steady == 0 || steady == own.0.len() {
        return None;
    }
    let drops = |count: usize| count > 0 && (count == done.len() || steady >= 2);
    let pick = |wanted: &dyn Fn(usize) -> bool| {
        let all = own.0.iter().zip(&missed);
        let picked = all.filter(|(_, count)| wanted(**count));
        Selectors(picked.map(|(selector, _)| selector.clone()).collect())
    };
    let dropped = pick(&drops);
    let demoted = pick(&|count| count > 0 && !drops(count));
    let mut kept = pick(&|count| count == 0);
    kept.0.extend(demoted.0.iter().cloned());
    let mut told = Vec::new();
    if !dropped.0.is_empty() {
        told.push(format!(
            "dropped {}, which did not find it again",
            dropped.listed()
        ));
    }
    let moved = !demoted.0.is_empty() && kept != *own;
    if moved {
        told.push(format!(
            "put {} last, which did not always find it",
            demoted.listed()
        ));
    }
    *own = kept;
    (!told.is_empty()).then(|| told.join("; "))
}

/// Parts of the effect that did not come again are no longer waited for, as long as something is
/// left that tells that the step was done.
fn effect(step: &mut Step, told: &Told<'_>) -> Option<String> {
    let done = told.done();
    let effect = step.extension.effect.as_ref()?;
    if done.is_empty() {
        return None;
    }
    let misses = |part: &EffectPart| {
        let missed = done.iter().filter(|step| step.missing.contains(part));
        missed.count()
    };
    let parts = effect.parts();
    let steady = parts.iter().any(|part| misses(part) == 0);
    let came = parts.iter().any(|part| misses(part) < done.len());
    // What is left of a deed when all else is gone must not be what shows that it was done.
    let acts = step.acts();
    let alone = !came && acts && parts.iter().any(|part| is_proof(effect, *part));
    let goes = |part: &&EffectPart| {
        let missed = misses(part);
        let firm = is_proof(effect, **part) && told.refused();
        // Nothing fails by what a page does by itself after a field was filled.
        let kept = !came && is_afterwards(effect, **part);
        !firm
            && !alone
            && !kept
            && if steady && acts {
                missed > 0
            } else {
                missed == done.len()
            }
    };
    let gone: Vec<EffectPart> = parts.iter().filter(goes).copied().collect();
    if gone.is_empty() {
        return None;
    }
    let named: Vec<String> = gone.iter().filter_map(|part| name(effect, *part)).collect();
    let text = format!("no longer waits for {}", named.join(", "));
    step.extension.effect = effect.without(&gone);
    Some(if step.extension.effect.is_some() {
        format!("{text}, which did not come again")
    } else {
        format!("{text}: nothing of what it caused came again")
    })
}

/// What a key causes may come of its release, which is a step of its own.
fn released(flow: &mut Flow, index: usize, told: &Told<'_>) -> Option<String> {
    let [down, up] = flow.steps.get_mut(index..=index + 1)? else {
        return None;
    };
    let (Action::KeyDown { key }, Action::KeyUp { key: same }) = (&down.action, &up.action) else {
        return None;
    };
    let in_vain = |(_, step): &(bool, &TrialStep)| step.stumble == Some(Stumble::NoEffect);
    let moves = key == same && !down.acts() && told.reached.iter().any(in_vain);
    if !moves || up.extension.effect.is_some() {
        return None;
    }
    up.extension.effect = Some(down.extension.effect.take()?);
    Some("what it causes is waited for when the key is let go".to_owned())
}

/// Whether the part shows that the server was told, or that the page went on.
fn is_proof(effect: &Effect, part: EffectPart) -> bool {
    match part {
        EffectPart::Navigation => true,
        EffectPart::Response(at) => effect.responses.get(at).is_some_and(ResponsePattern::does),
        EffectPart::Appears(_) | EffectPart::Vanishes(_) | EffectPart::State => false,
    }
}

/// Whether it is waited for when all has been typed: a page that was used faster than by a person
/// did not do it, and may in the next replay.
fn is_afterwards(effect: &Effect, part: EffectPart) -> bool {
    let EffectPart::Response(at) = part else {
        return false;
    };
    let response = effect.responses.get(at);
    response.is_some_and(|response| response.afterwards)
}

fn name(effect: &Effect, part: EffectPart) -> Option<String> {
    Some(match part {
        EffectPart::Navigation => format!("`{}`", effect.navigation.as_ref()?),
        EffectPart::Response(at) => {
            let response = effect.responses.get(at)?;
            let method = response.method.as_deref().unwrap_or("a request to");
            format!("`{method} {}`", response.url)
        }
        EffectPart::Appears(at) => format!("{} to come", effect.appears.get(at)?.label()),
        EffectPart::Vanishes(at) => format!("{} to go", effect.vanishes.get(at)?.label()),
        EffectPart::State => "a state of its element".to_owned(),
    })
}

/// A notice that the person dismissed and that new visitors do not get may be absent.
fn absent(step: &mut Step, told: &Told<'_>) -> Option<String> {
    let going = |effect: &Effect| effect.navigation.is_some() || !effect.appears.is_empty();
    let leads =
        !step.asserted_events.is_empty() || step.extension.effect.as_ref().is_some_and(going);
    let notice = matches!(step.action, Action::Click(_)) && !leads && is_notice(step);
    if !notice || step.extension.optional || !told.always(Stumble::Absent) {
        return None;
    }
    step.extension.optional = true;
    Some("may be absent: a new visitor does not get this notice".to_owned())
}

fn is_notice(step: &Step) -> bool {
    let mut words = vec![step.label()];
    if let Some(selectors) = step.action.selectors() {
        words.push(selectors.listed());
    }
    if let Some(element) = &step.extension.element {
        words.extend([
            element.name.clone(),
            element.text.clone(),
            element.section.clone(),
        ]);
        words.extend(element.ancestors.iter().cloned());
    }
    let words = words.join(" ").to_lowercase();
    NOTICE.iter().any(|word| words.contains(word))
}

/// What the step needs is waited for as an effect of the one before, in the same frame.
fn awaited(flow: &mut Flow, index: usize, told: &Told<'_>) -> Option<String> {
    let absent = told
        .reached
        .iter()
        .any(|(_, step)| step.stumble == Some(Stumble::Absent));
    let (before, from) = flow.steps.split_at_mut(index);
    let (before, step) = (before.last_mut()?, from.first()?);
    let wanted = step.action.selectors()?.clone();
    let label = step.label();
    let place = |step: &Step| {
        let extension = &step.extension;
        let native = (step.target.clone(), step.frame.clone());
        (native, extension.tab, extension.frames.clone())
    };
    let causes = matches!(
        before.action,
        Action::Navigate { .. }
            | Action::Click(_)
            | Action::DoubleClick(_)
            | Action::Change { .. }
            | Action::Hover { .. }
    );
    let sure = !before.extension.optional && before.extension.choose.is_none();
    if !absent || !causes || !sure || place(before) != place(step) {
        return None;
    }
    // Without an effect of its own it ends when its page is there, which is early enough.
    let effect = before.extension.effect.as_mut()?;
    if effect.appears.contains(&wanted) {
        return None;
    }
    effect.appears.push(wanted);
    Some(format!(
        "the step before it now waits until \"{label}\" can be done"
    ))
}

/// A longer deadline.
fn patience(flow: &mut Flow, index: usize) -> Option<String> {
    let step = flow.steps.get(index)?;
    let now_ms = flow.timeout(step).as_millis() as u64;
    let ms = (now_ms * 2).clamp(PATIENT_MS, MOST_PATIENT_MS);
    if ms <= now_ms {
        return None;
    }
    let step = flow.steps.get_mut(index)?;
    if ms <= NATIVE_MS {
        step.timeout_ms = Some(ms);
        step.extension.timeout_ms = None;
    } else {
        step.extension.timeout_ms = Some(ms);
    }
    Some(format!(
        "late on a slow machine: waits up to {} s instead of {} s",
        ms / 1_000,
        now_ms / 1_000
    ))
}

#[cfg(test)]
#[path = "repair_tests.rs"]
mod tests;
