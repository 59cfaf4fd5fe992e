// Hovering that mattered: what was pressed came into view because the pointer rested on something.
// What can be used and be seen is looked over whenever the pointer rests; what is new then came
// with the thing that the pointer is on.
(() => {
  "use strict";
  const { rehearsal } = globalThis;
  const { capture } = rehearsal;

  const USABLE =
    "a[href],button,summary,input,select,textarea,[role=button],[role=link],[role=menuitem],[role=tab],[role=option]," +
    "[role=menuitemcheckbox],[role=menuitemradio],[role=checkbox],[role=switch],[onclick]";
  const MOST = 1500;
  const REST_MS = 40;
  /** A menu that opens later than this after the pointer came did not open because of it. */
  const OPENS_MS = 1500;
  /** How long after something was done it is looked what is there now. */
  const SETTLED_MS = 250;
  /** Looking over is not repeated so soon while the pointer is on its way. */
  const LOOK_AGAIN_MS = 250;
  const MOST_TRAIL = 12;
  const MOST_HOVERS = 3;
  /** Looking over a page that takes longer than this is done seldom. */
  const DEAR_MS = 10;

  const isSeen = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && rehearsal.boxOf(element) !== null;

  /** What the pointer came to, oldest first. */
  let trail = [];
  /** What was seen when it was looked last, and why it came to be seen. */
  let seen = null;
  let reasons = new WeakMap();
  let timer = 0;
  let dear = 0;
  let acted = -Infinity;
  let looked = -Infinity;
  let place = [];

  function lookOver() {
    const found = new Set();
    let count = 0;
    for (const element of capture.query(USABLE)) {
      if ((count += 1) > MOST) break;
      if (isSeen(element)) found.add(element);
    }
    return found;
  }

  /** Whether a thing can have come because the pointer was on another: it floats over the page, or
   * stands beside it in the same item or row. Other things come by themselves. */
  function belongs(element, opener) {
    const item = opener.closest("li,tr,[role=row],[role=listitem],[role=menuitem],[role=treeitem]") ?? opener.parentElement?.parentElement;
    if (item && !item.matches("body,html,main") && item.contains(element)) return true;
    for (let each = element; each && each !== document.body; each = each.parentElement ?? each.getRootNode().host) {
      if (["absolute", "fixed"].includes(getComputedStyle(each).position)) return true;
    }
    return false;
  }

  /** Until its own scripts have run, what comes into view comes with the page. */
  let built = document.readyState === "complete" || performance.getEntriesByType("navigation")[0]?.domContentLoadedEventEnd > 0;

  /** Attributes what is new to the last thing on the trail that was there before it. */
  function attribute(found) {
    if (!built) return;
    const at = capture.now();
    if (seen) {
      const before = seen;
      const opener = trail.findLast((each) => each.element.isConnected && !(found.has(each.element) && !before.has(each.element)));
      // What came since something was done came of that.
      const by = looked > acted && opener && at - opener.at <= OPENS_MS + REST_MS && opener.at > acted ? opener : null;
      for (const element of found) if (!before.has(element)) reasons.set(element, by && belongs(element, by.element) ? by : null);
    }
    seen = found;
    looked = at;
  }

  function rest() {
    timer = 0;
    const began = capture.now();
    const last = trail.at(-1)?.element;
    if (began >= dear) {
      attribute(lookOver());
      const took = capture.now() - began;
      if (took > DEAR_MS) dear = capture.now() + took * 50;
    }
    // What may be pressed next is described while there is time for it.
    if (last?.isConnected && !last.matches("html,body")) {
      const idle = globalThis.requestIdleCallback ?? setTimeout;
      idle(() => {
        if (!last.isConnected || trail.at(-1)?.element !== last) return;
        capture.describe(last);
        capture.lookAtPage();
      });
    }
  }

  /** The pointer came to another element. */
  capture.over = (event) => {
    // A page that moves under a pointer that rests is no hovering.
    const rests = place[0] === event.clientX && place[1] === event.clientY;
    place = [event.clientX, event.clientY];
    if (rests) return;
    // What came before the pointer did, came by itself or with what it was on until now.
    const began = capture.now();
    if (began > looked + LOOK_AGAIN_MS && began >= dear) attribute(lookOver());
    const element = capture.named(event.composedPath());
    if (trail.at(-1)?.element !== element) {
      const now = event.timeStamp;
      trail.push({ element, at: now, told: null });
      if (trail.length > MOST_TRAIL) trail.shift();
    }
    clearTimeout(timer);
    timer = setTimeout(rest, looked < acted ? 0 : REST_MS);
  };

  /** Something was done: what comes into view from here on came of that. */
  capture.acted = (event) => {
    acted = event.timeStamp;
    if (event.clientX !== undefined) place = [event.clientX, event.clientY];
    clearTimeout(timer);
    timer = setTimeout(rest, SETTLED_MS);
  };

  /** The pointer moved. */
  capture.pointed = (event) => { place = [event.clientX, event.clientY]; };

  /** Gestures of hovering without which the element would not be there to be pressed. */
  capture.hoversFor = (element) => {
    if (seen && !seen.has(element) && element.matches(USABLE) && isSeen(element)) attribute(lookOver());
    const hovers = [];
    let reason = reasons.get(element);
    while (reason && hovers.length < MOST_HOVERS) {
      const opener = reason.element;
      if (!opener.isConnected || opener === element || hovers.some((hover) => hover.opener === opener)) break;
      if (opener.matches("html,body,main")) break;
      // What is gone by now (a veil while a page loads) opened nothing, and could not be pointed at.
      if (!isSeen(opener)) break;
      // Whatever the pointer does, it is on a veil that covers the page: that opens nothing.
      const box = rehearsal.boxOf(opener);
      if (box && box.width * box.height > (innerWidth * innerHeight) / 2) break;
      const gesture = capture.gesture({ timeStamp: reason.at });
      hovers.unshift({ opener, gesture, element: capture.describe(opener) });
      reason = reasons.get(opener);
    }
    return hovers;
  };

  for (const type of ["DOMContentLoaded", "load"]) {
    addEventListener(type, () => {
      built = true;
      clearTimeout(timer);
      timer = setTimeout(rest, REST_MS);
    });
  }

  capture.onSettle((why) => {
    if (why === "leave") clearTimeout(timer);
  });
})();
