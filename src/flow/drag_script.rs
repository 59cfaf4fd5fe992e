//! A drag in the words of other players: an expression that drags by events that it makes itself,
//! and is true when it is done. Our own player never reads it; it drags by the pointer.
//!
//! Other players ask until it is true, and await it: as long as an element is missing, has no size
//! or is covered, it says no and has done nothing. It does what Chromium does with a mouse: moves
//! with a frame between them, `out` and `over` where the pointer comes to another element, capture,
//! and HTML's drag and drop where the page lets one begin.

use serde_json::{Value, json};

use super::find_script::{expression, known};
use super::{Drag, PointerDevice};

/// What all drags have in common, after what finds the elements.
const SCRIPT: &str = concat!(
    "const spot = (e, [x, y]) => { const r = e.getBoundingClientRect(); return [r.x + r.width * x, r.y + r.height * y]; }; ",
    "const top = (root) => { const e = root.elementFromPoint(...p), inner = e?.shadowRoot; return inner && inner !== root ? top(inner) ?? e : e; }; ",
    "const item = find(from), goal = to && find(to); ",
    "if (!item || (to && !goal)) return false; ",
    "let p = spot(item, at), buttons = 1, held, taken; ",
    "if (!top(document)) { item.scrollIntoView({ block: 'center', inline: 'center' }); p = spot(item, at); } ",
    "if (!item.contains(item.getRootNode().elementFromPoint(...p))) return false; ",
    // Of one that no browser's drag made, neither can be set.
    "const data = Object.defineProperties(new DataTransfer(), { dropEffect: { value: 'none', writable: true }, effectAllowed: { value: 'all', writable: true } }); ",
    "const fire = (kind, type, e) => e.dispatchEvent(new kind(type, { bubbles: true, cancelable: true, composed: true, view: window, ",
    "clientX: p[0], clientY: p[1], buttons, pointerId: 1, pointerType: 'mouse', isPrimary: true, dataTransfer: data })); ",
    "const both = (type, e) => { if (fire(PointerEvent, 'pointer' + type, e)) return fire(MouseEvent, 'mouse' + type, e); }; ",
    // An event that was made lets nobody capture the pointer.
    "const { setPointerCapture, hasPointerCapture } = Element.prototype; ",
    "Object.assign(Element.prototype, { setPointerCapture() { held = this; }, hasPointerCapture() { return held === this; } }); ",
    "const first = top(document); ",
    "let over = first; ",
    "const native = both('down', over) !== false && over.closest('[draggable=true], a[href]:not([draggable=false]), img:not([draggable=false])'); ",
    "const drags = native && fire(DragEvent, 'dragstart', native); ",
    "if (drags) fire(PointerEvent, 'pointercancel', over); ",
    "const move = async (x, y) => { ",
    "p = [x, y]; ",
    "const e = top(document) ?? over; ",
    "if (drags) { if (e !== over) { fire(DragEvent, 'dragenter', e); fire(DragEvent, 'dragleave', over); } ",
    "data.dropEffect = data.effectAllowed === 'move' ? 'move' : 'copy'; taken = !fire(DragEvent, 'dragover', e); } ",
    "else { if (e !== over) { both('out', over); both('over', e); } both('move', held ?? e); } ",
    "over = e; ",
    "await new Promise(requestAnimationFrame); }; ",
    "const [x, y] = p; ",
    "for (const step of path) await move(x + step[0], y + step[1]); ",
    "for (let left = 12; left > 0; left--) { ",
    "const end = goal ? spot(goal, toAt) : [x + by[0], y + by[1]]; ",
    "await move(p[0] + (end[0] - p[0]) / left, p[1] + (end[1] - p[1]) / left); } ",
    "buttons = 0; ",
    "if (!drags) { const last = held ?? over; both('up', last); if (last === (held ?? first)) fire(MouseEvent, 'click', last); } ",
    "else { if (taken) fire(DragEvent, 'drop', over); else data.dropEffect = 'none'; fire(DragEvent, 'dragend', native); } ",
    "Object.assign(Element.prototype, { setPointerCapture, hasPointerCapture }); ",
    "return true; ",
);

/// The middle of a box.
const MIDDLE: [f64; 2] = [0.5, 0.5];

/// The expression of a drag; none where no script can do it: a finger's swipe, or an element that
/// has no CSS, `XPath` or text selector (no script can ask for accessible names).
pub(super) fn of(drag: &Drag) -> Option<String> {
    if drag.device == Some(PointerDevice::Touch) {
        return None;
    }
    let from = known(&drag.selectors)?;
    let to = match &drag.to {
        Some(to) => known(to)?,
        None => Value::Null,
    };
    let to_at = match &drag.to {
        Some(_) => pair(drag.to_at.unwrap_or(MIDDLE)),
        None => Value::Null,
    };
    let values = [
        ("from", from),
        ("to", to),
        ("at", pair(drag.at.unwrap_or(MIDDLE))),
        ("toAt", to_at),
        ("by", drag.by.map_or(Value::Null, pair)),
        ("path", drag.path.iter().copied().map(pair).collect()),
    ];
    Some(expression(&values, SCRIPT))
}

/// Whole numbers without a fraction.
fn pair(pair: [f64; 2]) -> Value {
    let side = |side: f64| {
        if side.fract() == 0.0 && side.abs() < 9e15 {
            json!(side as i64)
        } else {
            json!(side)
        }
    };
    pair.into_iter().map(side).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::find_script::tests::selectors;

    fn drag(list: &[&[&str]]) -> Drag {
        Drag {
            selectors: selectors(list),
            at: None,
            to: None,
            to_at: None,
            by: Some([40.0, -1.5]),
            path: vec![[10.0, 0.0]],
            device: None,
        }
    }

    #[test]
    fn it_looks_for_what_a_script_can_find_in_the_steps_order() {
        let all: [&[&str]; 5] = [
            &["aria/Card"],
            &["xpath///li[1]"],
            &["shop-card", "#a\"b"],
            &["pierce/#a"],
            &["css/.card"],
        ];
        let script = of(&drag(&all)).unwrap();
        let values = r##"(async () => { const from = [["//li[1]"],["shop-card","#a\"b"],[".card"]], to = null, at = [0.5,0.5], toAt = null, by = [40,-1.5], path = [[10,0]]; "##;
        assert!(script.starts_with(values), "{script}");
        assert!(script.ends_with(&format!("{SCRIPT}}})()")), "{script}");
    }

    #[test]
    fn what_no_script_can_do_has_no_expression() {
        assert_eq!(of(&drag(&[&["aria/Card"], &["pierce/#card"]])), None);
        let script = of(&drag(&[&["text/My \"card\""]])).unwrap();
        assert!(
            script.contains(r#"(normalize-space(), 'My \"card\"')"#),
            "{script}"
        );
        let mut swipe = drag(&[&["#card"]]);
        swipe.device = Some(PointerDevice::Touch);
        assert_eq!(of(&swipe), None);
        let mut onto = drag(&[&["#card"]]);
        onto.to = Some(selectors(&[&["aria/Lane"]]));
        assert_eq!(of(&onto), None);
    }
}
