//! The step's element: waiting for it in the page, finding it again when its selectors are stale,
//! and what is told of it.

use std::sync::PoisonError;
use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::Healed;
use crate::browser::remedies::Ailment;
use crate::browser::stage::Stage;
use crate::clock::Micros;
use crate::flow::{Choose, Fingerprint, Selector, SelectorPart, Selectors};
use crate::sample::Healing;

use super::attempt::{Attempt, Demand};
use super::reason::{Amended, Readiness};
use super::stop::Stop;

/// How long a selector that matches may stand alone against others that do not match yet.
const GRACE_MS: u64 = 600;

/// How long an element is looked for in a frame that selectors found.
const FRAMED: Duration = Duration::from_secs(2);

/// How often it is looked whether what the page has asked for is there.
const IN_FLIGHT: Duration = Duration::from_millis(50);

/// How often the pointer goes back to what it was moved over before.
const MOST_HOVERS: usize = 2;

/// Most selectors that a mended step gets.
const MOST_SELECTORS: usize = 8;

/// What an attempt has seen of its element.
#[derive(Debug, Clone, Default)]
pub(super) struct Sighting {
    /// What it looks like, if it was asked for.
    pub(super) element: Option<Box<Fingerprint>>,
    /// It was found by that.
    pub(super) healed: Option<Box<Healed>>,
    lesson: Option<Lesson>,
    disagreed: Vec<usize>,
}

/// What other users of the run may learn from it.
#[derive(Debug, Clone)]
struct Lesson {
    of: Ailment,
    /// Alternatives that matched nothing, and how many there are.
    missing: Vec<usize>,
    alternatives: usize,
}

impl Sighting {
    /// The flow's alternatives, by index, that did not find it, and it alone.
    pub(super) fn disagreed(&self) -> Vec<usize> {
        self.disagreed.clone()
    }

    /// The step has passed: what was learned of its selectors, the others now know too.
    pub(super) fn teach(&self, stage: &Stage) {
        let Some(lesson) = &self.lesson else {
            return;
        };
        let remedies = stage.remedies();
        match &self.healed {
            Some(healed) => remedies.healed(&lesson.of, healed.selectors.clone()),
            None => remedies.missed(&lesson.of, &lesson.missing, lesson.alternatives),
        }
    }
}

impl Attempt<'_> {
    /// Waits until the step's element meets the demand. The script keeps it as its target.
    pub(super) async fn ready(
        &self,
        selectors: &Selectors,
        demand: Demand,
    ) -> Result<Readiness, Stop> {
        // A step may have further elements (where a drag ends); the fingerprint is of its own.
        let own = self.step.action.selectors() == Some(selectors);
        let mut argument = json!({
            "alternatives": parts(selectors),
            "choose": self.step.extension.choose == Some(Choose::Any),
            "draw": self.draw(),
            "enabled": demand.enabled,
            "editable": demand.editable,
            "aim": demand.aim,
            "offset": demand.offset,
            "at": demand.at,
            "hidden": demand.hidden,
            "held": demand.held,
            "graceMs": GRACE_MS,
        });
        if own {
            self.remember(&mut argument, selectors);
        }
        let hovered = super::pointer::hovered(self);
        argument["hovered"] = json!(hovered.last().map(parts));
        let mut hovers = 0;
        loop {
            // Frames may come before the one that is meant: they are looked for anew now and then.
            let framed = !self.step.extension.frames.is_empty();
            let slice = if framed {
                FRAMED.as_millis() as u64
            } else {
                u64::MAX
            };
            argument["timeoutMs"] = json!(self.slice_ms().min(slice));
            if argument["heal"].is_object() {
                argument["heal"]["lateMs"] = json!(self.until_late().as_millis() as u64);
            }
            let readiness: Readiness = self
                .call("(step) => rehearsal.ready(step)", argument.clone())
                .await?;
            if readiness.ready {
                if own {
                    self.saw(&readiness, selectors);
                }
                return Ok(readiness);
            }
            if readiness.unhovered && !self.left().is_zero() {
                hovers += 1;
                if hovers == MOST_HOVERS {
                    argument["hovered"] = Value::Null;
                }
                super::pointer::hover_again(self, &hovered).await?;
                continue;
            }
            if self.left().is_zero() {
                return Err(Stop::Failed(readiness.failure(selectors, self.waited())));
            }
            if framed && readiness.finds_nothing() {
                return Err(Stop::Again(readiness.failure(selectors, self.waited())));
            }
            if readiness.proposed {
                // The page keeps still. What it has asked for may still change it.
                let settled = self.page.in_flight(Micros(0)).is_empty();
                argument["heal"]["accept"] = json!(settled);
                if !settled {
                    tokio::time::sleep(IN_FLIGHT).await;
                }
            }
        }
    }

    /// Adds what the flow and the run know of the step's own element.
    fn remember(&self, argument: &mut Value, selectors: &Selectors) {
        let replay = self.stage.replay();
        let remedy = self.stage.remedies().of(&self.ailment(selectors));
        argument["learn"] = json!(replay.learn);
        argument["stale"] = json!(remedy.stale());
        if !replay.heal {
            return;
        }
        let extension = &self.step.extension;
        argument["print"] = json!(extension.element);
        // What may be absent is not looked for elsewhere, and of a list each is right.
        if !extension.optional && extension.choose.is_none() {
            argument["heal"] = json!({
                "print": extension.element,
                "known": remedy.selectors.as_ref().map(parts),
                "token": self.started.0,
                "accept": false,
            });
        }
    }

    /// Time left until half of the step's deadline is over.
    fn until_late(&self) -> Duration {
        let half = self.started.0 + self.deadline.0.saturating_sub(self.started.0) / 2;
        Duration::from_micros(half.saturating_sub(self.stage.clock().now().0))
    }

    /// Notes what the page told of the element.
    fn saw(&self, readiness: &Readiness, selectors: &Selectors) {
        let mut sighting = self.sighting();
        if sighting.lesson.is_some() {
            return;
        }
        let mended = readiness.healed.as_ref().zip(readiness.print.as_deref());
        sighting.healed = mended.map(|(amended, element)| {
            let selectors_now = amend(selectors, amended);
            Box::new(Healed {
                note: Healing {
                    from: selectors.listed(),
                    to: Selectors(selectors_now.0.iter().take(1).cloned().collect()).listed(),
                    score: (amended.score * 100.0).round() / 100.0,
                },
                selectors: selectors_now,
                element: element.clone(),
            })
        });
        sighting.disagreed = readiness.disagreed.clone().unwrap_or_default();
        sighting.lesson = Some(Lesson {
            of: self.ailment(selectors),
            missing: readiness.missing.clone().unwrap_or_default(),
            alternatives: selectors.0.len(),
        });
        if self.stage.replay().learn {
            sighting.element.clone_from(&readiness.print);
        }
    }

    /// What was seen of the step's element.
    pub(super) fn seen(&self) -> Sighting {
        self.sighting().clone()
    }

    fn sighting(&self) -> std::sync::MutexGuard<'_, Sighting> {
        self.sighting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The step, on this kind of page.
    fn ailment(&self, selectors: &Selectors) -> Ailment {
        Ailment {
            flow: self.stage.network().origin().flow,
            step: self.index,
            page: self.template.clone(),
            selectors: selectors.listed(),
        }
    }

    /// The iteration's number, mixed with the step's index so that two steps draw apart.
    /// Fits a JavaScript number.
    pub(super) fn draw(&self) -> u64 {
        let step = u64::from(self.index).wrapping_add(1);
        let mixed = self.step.extension.rendered.draw ^ step.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed ^ (mixed >> 27)) >> 12
    }
}

fn parts(selectors: &Selectors) -> Vec<Vec<SelectorPart>> {
    selectors.0.iter().map(Selector::parts).collect()
}

/// The flow's selectors that still find it and new ones, best first.
fn amend(old: &Selectors, amended: &Amended) -> Selectors {
    let kept = |indexes: &[usize]| -> Vec<Selector> {
        let kept = indexes.iter().filter_map(|at| old.0.get(*at));
        kept.cloned().collect()
    };
    let made = amended.made.iter().map(|text| Selector {
        chain: vec![text.clone()],
        bare: false,
    });
    let mut all: Vec<Selector> = Vec::new();
    for selector in kept(&amended.strong)
        .into_iter()
        .chain(made)
        .chain(kept(&amended.weak))
    {
        if !all.iter().any(|known| known.chain == selector.chain) {
            all.push(selector);
        }
    }
    all.truncate(MOST_SELECTORS);
    if all.is_empty() {
        return old.clone();
    }
    Selectors(all)
}
