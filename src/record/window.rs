//! What came of what: each deed has the time from its beginning to the next deed's, and of what
//! happened then that which follows without a long pause is its effect. Polls and what comes of
//! itself are nobody's: they are known by the timer that led to them, and where a page has another
//! way, by when they come.

use std::collections::{BTreeMap, BTreeSet};

use crate::browser::capture::Arrival;
use crate::clock::Micros;
use crate::flow::{DialogKind, Direction};

use super::draft::{Deed, Gesture};
use super::facts::{Asked, Asking, Facts, Moved};

/// A gesture may be told so much later than what it caused.
const SLACK: u64 = 50_000;

/// What follows on its cause or on what that caused begins within so long.
const SOON: u64 = 1_000_000;

/// The same of what is surely meant: what changes something, and addresses.
const MEANT: u64 = 3_000_000;

/// The same after the last deed, when a person waits for it to be done.
const LAST: u64 = 10_000_000;

/// Requests that begin so long after all else had ended are made by the page itself.
const IDLE: u64 = 4_000_000;

/// Beats of a poll are no closer than this.
const BEAT: u64 = 400_000;

/// What a deed caused.
#[derive(Default, Clone)]
pub(super) struct Caused<'a> {
    /// Addresses that were gone to, in order.
    pub(super) moves: Vec<&'a Moved>,
    /// Calls of scripts, in order.
    pub(super) requests: Vec<&'a Asked>,
    /// Dialogs.
    pub(super) dialogs: Vec<&'a Asking>,
    /// Names of files that were downloaded.
    pub(super) downloads: Vec<&'a str>,
    /// Tabs that were opened.
    pub(super) popups: Vec<usize>,
    /// When all of it had come and the page could be used, but not after the next deed began.
    pub(super) ready: Micros,
    /// When the next deed began.
    pub(super) until: Option<Micros>,
    /// Something was sent to the server by which a thing comes into being.
    pub(super) created: bool,
    /// It is the last deed so far.
    pub(super) last: bool,
}

impl<'a> Caused<'a> {
    /// Takes in what a deed caused that is part of this one.
    pub(super) fn take(&mut self, part: &Caused<'a>) {
        self.requests.splice(0..0, part.requests.iter().copied());
        self.dialogs.splice(0..0, part.dialogs.iter().copied());
        self.downloads.extend(&part.downloads);
        self.popups.extend(&part.popups);
    }
}

/// What each of the deeds caused. They are in the order in which they began.
pub(super) fn windows<'a>(deeds: &[Deed], facts: &'a Facts) -> Vec<Caused<'a>> {
    let polls = polls(deeds, facts);
    let mut all: Vec<Caused<'a>> = deeds.iter().map(|_| Caused::default()).collect();
    let owner = |at: Micros| -> Option<usize> {
        let begun = deeds.partition_point(|deed| deed.began.0 <= at.0.saturating_add(SLACK));
        begun.checked_sub(1)
    };
    let mut events: Vec<Vec<Event<'a>>> = deeds.iter().map(|_| Vec::new()).collect();
    let requests = facts.requests.iter();
    let requests = requests.filter(|asked| !asked.is_beat() && !polls.contains(asked.key.as_str()));
    let requests = requests.map(|asked| (asked.at, Event::Asked(asked)));
    let moves = facts.moves.iter();
    let moves = moves.filter(|moved| moved.arrival == Arrival::Page || is_first(moved, facts));
    let moves = moves.map(|moved| (moved.at, Event::Moved(moved)));
    let ready = facts.ready.iter();
    let ready = ready.map(|(at, tab)| (*at, Event::Ready(*at, *tab)));
    for (at, event) in requests.chain(moves).chain(ready) {
        if let Some(index) = owner(at) {
            events[index].push(event);
        }
    }
    // What the person went to is what that deed leads to.
    for moved in &facts.moves {
        if moved.arrival != Arrival::Page
            && let Some(index) = arrival(deeds, moved)
        {
            events[index].push(Event::Moved(moved));
        }
    }
    let count = deeds.len();
    for (index, (deed, mut events)) in deeds.iter().zip(events).enumerate() {
        let end = deeds.get(index + 1).map(|next| next.began);
        events.sort_by_key(Event::at);
        all[index].last = index + 1 == count;
        all[index].until = end;
        follow(deed, events, end, &mut all[index]);
    }
    for asking in &facts.dialogs {
        let index = match asking.kind {
            DialogKind::Beforeunload => leaving(deeds, asking).or_else(|| owner(asking.at)),
            _ => owner(asking.at),
        };
        if let Some(caused) = index.and_then(|index| all.get_mut(index)) {
            caused.dialogs.push(asking);
        }
    }
    for (at, _, name) in &facts.downloads {
        if let Some(caused) = owner(*at).and_then(|index| all.get_mut(index)) {
            caused.downloads.push(name);
        }
    }
    for (at, tab) in &facts.popups {
        if let Some(caused) = owner(*at).and_then(|index| all.get_mut(index)) {
            caused.popups.push(*tab);
        }
    }
    all
}

/// The address at which a tab of its own began, whatever it came by.
fn is_first(moved: &Moved, facts: &Facts) -> bool {
    let popup = facts.popups.iter().any(|(_, tab)| *tab == moved.tab);
    let earlier = |other: &&Moved| other.tab == moved.tab && other.there < moved.there;
    popup && facts.moves.iter().find(earlier).is_none()
}

/// Something that may be an effect.
enum Event<'a> {
    Asked(&'a Asked),
    Moved(&'a Moved),
    /// When, and which tab.
    Ready(Micros, usize),
}

impl Event<'_> {
    fn at(&self) -> Micros {
        match self {
            Self::Asked(asked) => asked.at,
            Self::Moved(moved) => moved.at,
            Self::Ready(at, _) => *at,
        }
    }
}

/// Follows the chain of effects from a deed until it breaks.
fn follow<'a>(deed: &Deed, events: Vec<Event<'a>>, end: Option<Micros>, caused: &mut Caused<'a>) {
    let mut busy = deed.ended.max(deed.began);
    busy = end.map_or(busy, |end| busy.min(end));
    let mut ready = busy;
    // What a page says was over before the person went on; else it was not waited for.
    let in_time = |at: Micros| end.is_none_or(|end| at <= end);
    for event in events {
        let at = event.at();
        let quiet = at.0.saturating_sub(busy.0);
        match event {
            Event::Asked(asked) => {
                let limit = match (asked.does(), caused.last) {
                    (true, true) => LAST,
                    (true, false) => MEANT,
                    (false, _) => SOON,
                };
                if quiet > limit {
                    continue;
                }
                caused.created |= is_creation(asked);
                if !asked.document {
                    caused.requests.push(asked);
                }
                busy = busy.max(at);
                if let Some((done, _)) = asked.answered {
                    busy = busy.max(done);
                    if in_time(done) {
                        ready = ready.max(done);
                    }
                }
            }
            Event::Moved(moved) => {
                if quiet > MEANT {
                    continue;
                }
                caused.moves.push(moved);
                busy = busy.max(moved.there);
                if in_time(moved.there) {
                    ready = ready.max(moved.there);
                }
            }
            Event::Ready(at, tab) => {
                // However long the document took to become usable that the deed led to.
                let mut moves = caused.moves.iter();
                let own = moves.any(|moved| moved.tab == tab && !moved.same_document);
                if (own || quiet <= LAST) && in_time(at) {
                    busy = busy.max(at);
                    ready = ready.max(at);
                }
            }
        }
    }
    caused.ready = end.map_or(ready, |end| ready.min(end));
}

/// A form was sent, or a call was answered by "created" or "see there".
fn is_creation(asked: &Asked) -> bool {
    let status = asked.answered.and_then(|(_, status)| status);
    asked.method == "POST"
        && match status {
            Some(201 | 302 | 303) => true,
            Some(status) => asked.document && status < 400,
            None => asked.document,
        }
}

/// The deed by which the person went to an address.
fn arrival(deeds: &[Deed], moved: &Moved) -> Option<usize> {
    let fits = |deed: &Deed| match (&deed.gesture, moved.arrival) {
        (Gesture::Open(_), Arrival::Typed)
        | (Gesture::Go(Direction::Reload, _), Arrival::Reload) => true,
        (Gesture::Go(direction, _), Arrival::History(_)) => *direction != Direction::Reload,
        _ => false,
    };
    let by_then = |deed: &Deed| deed.tab == moved.tab && deed.began <= moved.there;
    deeds.iter().rposition(|deed| by_then(deed) && fits(deed))
}

/// The deed by which the person left a page that asked whether to.
fn leaving(deeds: &[Deed], asking: &Asking) -> Option<usize> {
    let answered = asking.answer.as_ref().map_or(asking.at, |(at, ..)| *at);
    let next = deeds.iter().position(|deed| deed.began >= asking.at)?;
    let deed = &deeds[next];
    let leaves = matches!(
        deed.gesture,
        Gesture::Open(_) | Gesture::Go(..) | Gesture::Close
    );
    let soon = deed.began.0.saturating_sub(answered.0) <= LAST;
    (leaves && deed.tab == asking.tab && soon).then_some(next)
}

/// Keys of requests that a page makes by itself: when nobody has done anything for long, or in a
/// steady beat.
fn polls<'a>(deeds: &[Deed], facts: &'a Facts) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut times: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    // When something ended, and of which key, in the order of time.
    let mut ends: Vec<(u64, &str)> = Vec::new();
    ends.extend(deeds.iter().map(|deed| (deed.began.0, "")));
    ends.extend(deeds.iter().map(|deed| (deed.ended.0, "")));
    ends.extend(facts.moves.iter().map(|moved| (moved.there.0, "")));
    ends.extend(facts.ready.iter().map(|(at, _)| (at.0, "")));
    for asked in &facts.requests {
        if let Some((at, _)) = asked.answered {
            ends.push((at.0, asked.key.as_str()));
        }
    }
    ends.sort_unstable();
    let mut ends = ends.into_iter().peekable();
    // The last end, and the last one of another key than that.
    let mut last: Option<(u64, &str)> = None;
    let mut other: Option<(u64, &str)> = None;
    let mut requests: Vec<&Asked> = facts.requests.iter().collect();
    requests.sort_by_key(|asked| asked.at);
    for asked in requests.into_iter().filter(|asked| !asked.document) {
        let key = asked.key.as_str();
        times.entry(key).or_default().push(asked.at.0);
        let so_far = |end: &(u64, &str)| end.0 <= asked.at.0.saturating_add(SLACK);
        while let Some(end) = ends.next_if(so_far) {
            if last.is_some_and(|(_, key)| key != end.1) {
                other = last;
            }
            last = Some(end);
        }
        let before = if last.is_some_and(|(_, of)| of == key) {
            other
        } else {
            last
        };
        if before.is_some_and(|(at, _)| asked.at.0.saturating_sub(at) > IDLE) {
            found.insert(key);
        }
    }
    for (key, times) in times {
        if is_steady(&times) {
            found.insert(key);
        }
    }
    found
}

/// At least four beats in a row with equal pauses.
fn is_steady(times: &[u64]) -> bool {
    let pauses: Vec<u64> = times
        .windows(2)
        .map(|pair| pair[1].saturating_sub(pair[0]))
        .collect();
    pauses.windows(3).any(|three| {
        let (least, most) = (three.iter().min(), three.iter().max());
        match (least, most) {
            (Some(least), Some(most)) => *least >= BEAT && most - least <= most / 5,
            _ => false,
        }
    })
}
