// What actions need to know of the page besides the element: ways for the pointer, drags and where
// they end, the wheel, the clipboard, the kind of machine.
(() => {
  "use strict";
  const rehearsal = (globalThis.rehearsal ??= {});
  const { decide, isVisible, boxOf, describe, within, reaches, deepest, parentOf, frame } = rehearsal;

  const inside = ({ x, y }) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;

  /** Elements at a point from the topmost, those in open shadow trees instead of their hosts. */
  function stack(x, y) {
    const top = deepest(x, y);
    return [top, ...document.elementsFromPoint(x, y).filter((each) => each !== top)].filter(Boolean);
  }

  function between(from, to, spacing, most) {
    const distance = Math.hypot(to.x - from.x, to.y - from.y);
    const count = Math.min(Math.ceil(distance / spacing), most);
    return Array.from({ length: count }, (_, at) => ({
      x: from.x + ((to.x - from.x) * (at + 1)) / count,
      y: from.y + ((to.y - from.y) * (at + 1)) / count,
    }));
  }

  /** Points on the way to a target in a menu that is open because the pointer is over it: they
   * keep it open. None when it does not matter. */
  rehearsal.route = ({ from, to }) => {
    let open = rehearsal.target, floats = false;
    while (open && !open.matches(":hover")) {
      floats ||= ["absolute", "fixed"].includes(getComputedStyle(open).position);
      open = parentOf(open);
    }
    if (!open || !floats || open === document.documentElement || open === document.body) return [];
    const ways = [[to], [{ x: to.x, y: from.y }, to], [{ x: from.x, y: to.y }, to]];
    const misses = (way) => {
      let last = from, count = 0;
      for (const corner of way) {
        for (const point of between(last, corner, 4, 200)) {
          if (!within(deepest(point.x, point.y), open)) count += 1;
        }
        last = corner;
      }
      return count;
    };
    const counted = ways.map((way) => ({ way, missed: misses(way) }));
    const best = counted.reduce((a, b) => (b.missed < a.missed ? b : a)).way;
    let last = from;
    const points = best.flatMap((corner) => {
      const part = between(last, corner, 24, 4);
      last = corner;
      return part;
    });
    return points.slice(0, -1);
  };

  // Drags.

  let drag = null;

  /** From now on what the page makes of a drag is noted. */
  rehearsal.watchDrag = () => {
    drag?.stop.abort();
    const grabbed = rehearsal.target;
    const holds = (each) => within(each, grabbed) || within(grabbed, each);
    rehearsal.guard.drag = { holds, begun: false, lost: null, missed: null, describe };
    const seen = (drag = { start: null, dropped: false, effect: null, stop: new AbortController() });
    const options = { capture: true, signal: seen.stop.signal };
    addEventListener("dragstart", (event) => { if (event.isTrusted) seen.start = event; }, options);
    addEventListener("drop", (event) => { if (event.isTrusted) seen.dropped = true; }, options);
    addEventListener("dragend", (event) => { if (event.isTrusted) seen.effect = event.dataTransfer?.dropEffect; }, options);
    return null;
  };

  /** After a frame in which the page could follow: whether the browser drags by itself now. */
  rehearsal.dragging = async () => {
    await frame();
    const native = Boolean(drag?.start && !drag.start.defaultPrevented);
    const { lost = null, missed = null } = rehearsal.guard.drag ?? {};
    return { native, dropped: Boolean(drag?.dropped), effect: drag?.effect ?? null, lost, missed };
  };

  rehearsal.endDrag = () => {
    drag?.stop.abort();
    drag = null;
    rehearsal.guard.drag = null;
    return null;
  };

  const outside = (element) => {
    const around = [];
    for (let each = element; each && each !== document.body && each !== document.documentElement; each = parentOf(each)) around.push(each);
    return around;
  };

  /** Tells by how much an element has moved along with what is around it. Lists that make room for
   * what is dragged move their items and stand still themselves: that is not meant here. */
  function drift(element) {
    const places = new Map(outside(element).map((each) => [each, boxOf(each)]).filter(([, box]) => box));
    return () => {
      const moved = [...places].map(([each, before]) => {
        const box = each.isConnected ? boxOf(each) : null;
        return box && { x: box.x - before.x, y: box.y - before.y };
      });
      const [own, ...others] = moved;
      if (!own) return 0;
      const along = (other) => other && Math.hypot(other.x - own.x, other.y - own.y) <= 1;
      return !others.length || others.some(along) ? Math.hypot(own.x, own.y) : 0;
    };
  }

  /** Whether where it is dropped has moved since it was aimed at. */
  rehearsal.dropMoved = () => Boolean(rehearsal.guard.drag?.drift?.() > 2);

  const pointIn = (element, at) => {
    const box = boxOf(element);
    return { x: box.x + box.width * (at?.[0] ?? 0.5), y: box.y + box.height * (at?.[1] ?? 0.5) };
  };

  /** Where in the viewport the drop goes: the target is visible, still and not covered there by
   * anything but what the pointer carries. */
  rehearsal.dropPoint = async ({ alternatives, at, pointer }) => {
    const { element, counts, ambiguous, contradicting } = decide(alternatives);
    const missing = (cause, why) => ({
      ready: false, engineMs: 0, cause, why, counts, contradicting, element: element && describe(element),
    });
    if (!element) return missing(ambiguous ? "ambiguous" : "notFound");
    if (!isVisible(element)) return missing("notActionable", "not visible");
    let point = pointIn(element, at);
    if (!inside(point)) {
      element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
      point = pointIn(element, at);
    }
    if (!inside(point)) {
      window.scrollBy({ left: point.x - innerWidth / 2, top: point.y - innerHeight / 2, behavior: "instant" });
    }
    point = pointIn(element, at);
    await frame();
    if (!element.isConnected || !boxOf(element)) return missing("notActionable", "moving");
    const next = pointIn(element, at);
    if (next.x !== point.x || next.y !== point.y) return missing("notActionable", "moving");
    if (!inside(point)) return missing("notActionable", "outside the viewport");
    const carried = (each) => {
      const box = each.getBoundingClientRect();
      return within(each, rehearsal.target) ||
        (pointer.x >= box.left && pointer.x < box.right && pointer.y >= box.top && pointer.y < box.bottom);
    };
    for (const each of stack(point.x, point.y)) {
      if (reaches(each, element)) {
        const { drag: aimed } = rehearsal.guard;
        if (aimed) {
          aimed.drift = drift(element);
          aimed.isAstray = (hit) => aimed.drift() > 2 && (at || !hit || !reaches(hit, element));
        }
        return { ready: true, engineMs: 0, point };
      }
      if (!carried(each)) return missing("covered", describe(each));
    }
    return missing("covered", "something");
  };

  /** Whether the press (of which the guard is still armed) reached the element so far. */
  rehearsal.pressed = () => {
    const { armed } = rehearsal.guard;
    return armed && { reached: armed.reached, by: armed.by };
  };

  // The wheel.

  const scrolls = (element) => {
    if (element === document.scrollingElement) return true;
    const { overflowX, overflowY } = getComputedStyle(element);
    const can = (overflow) => ["auto", "scroll", "overlay"].includes(overflow);
    return (can(overflowY) && element.scrollHeight > element.clientHeight) ||
      (can(overflowX) && element.scrollWidth > element.clientWidth);
  };

  const scrollerOf = (element) => {
    let each = element;
    while (each && !scrolls(each)) each = parentOf(each);
    return each ?? document.scrollingElement ?? document.documentElement;
  };

  /** How far it is scrolled once it stands still, and a point at which the wheel turns it. */
  rehearsal.wheel = async ({ element }) => {
    const root = document.scrollingElement ?? document.documentElement;
    const scroller = element ? scrollerOf(rehearsal.target) : root;
    let still = 0, last = [-1, -1];
    for (let round = 0; round < 60 && still < 3; round += 1) {
      still = last[0] === scroller.scrollLeft && last[1] === scroller.scrollTop ? still + 1 : 0;
      last = [scroller.scrollLeft, scroller.scrollTop];
      await frame();
    }
    const whole = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    const box = scroller === root ? whole : scroller.getBoundingClientRect();
    const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
    const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
    let point = null;
    const fractions = [0.5, 0.3, 0.7, 0.1, 0.9, 0.02, 0.98];
    for (const down of fractions) {
      for (const across of fractions) {
        const x = left + (right - left) * across, y = top + (bottom - top) * down;
        const hit = inside({ x, y }) && deepest(x, y);
        if (!point && hit && !hit.matches("iframe,frame,object,embed") && scrollerOf(hit) === scroller) point = { x, y };
      }
    }
    return {
      x: scroller.scrollLeft, y: scroller.scrollTop, point,
      endX: scroller.scrollWidth - scroller.clientWidth, endY: scroller.scrollHeight - scroller.clientHeight,
      width: Math.max(right - left, 1), height: Math.max(bottom - top, 1), element: describe(scroller),
    };
  };

  // The keyboard and the clipboard.

  /** Whether shortcuts are made with the Command key, as far as the page can tell. */
  rehearsal.isMac = () => /Mac|iPhone|iPad/.test(navigator.platform || navigator.userAgent);

  /** Gives the target the focus; where it had none before, the caret goes to the end. */
  rehearsal.focus = () => {
    const target = rehearsal.target;
    const element = target.localName === "label" && target.control ? target.control : target;
    const host = element.isContentEditable
      ? element.closest("[contenteditable]:not([contenteditable=false])") ?? element : element;
    const root = host.getRootNode();
    if (root.activeElement === host || (root.activeElement && within(root.activeElement, element))) return true;
    host.focus({ preventScroll: true });
    if (host.isContentEditable) {
      const selection = getSelection();
      selection.selectAllChildren(element);
      selection.collapseToEnd();
    } else if ("selectionEnd" in host && host.selectionEnd !== null) {
      host.setSelectionRange(host.value.length, host.value.length);
    }
    return root.activeElement === host || within(root.activeElement, host);
  };

  let paste = null;

  /** From now on what the page makes of a paste is noted. */
  rehearsal.watchPaste = () => {
    paste?.stop.abort();
    const seen = (paste = { event: null, inserted: false, stop: new AbortController() });
    const options = { capture: true, signal: seen.stop.signal };
    addEventListener("paste", (event) => { if (event.isTrusted) seen.event = event; }, options);
    addEventListener("input", (event) => { if (event.isTrusted) seen.inserted = true; }, options);
    return null;
  };

  /** What became of the paste; the element that has the focus, for messages. */
  rehearsal.pasted = async () => {
    await frame();
    const seen = paste;
    paste?.stop.abort();
    paste = null;
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return {
      arrived: Boolean(seen?.event),
      taken: Boolean(seen?.event?.defaultPrevented || seen?.inserted),
      element: describe(active),
    };
  };
})();
