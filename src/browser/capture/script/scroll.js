// Scrolling, when it had an effect: something was loaded or came into being because of it.
(() => {
  "use strict";
  const { capture } = globalThis.rehearsal;

  /** A scroll so long after the person's last move is the page's own. */
  const MEANT_MS = 700;
  /** How long after it came to rest what it caused may come. */
  const CAUSED_MS = 700;
  const LEAST = 20;

  let meant = -Infinity;
  let by = null;
  let running = null;

  /** The person may be scrolling: by wheel, keys, finger, or bar. */
  capture.maybeScrolls = (event) => {
    meant = event.timeStamp;
    by = event;
  };

  const SCROLLING_KEYS = ["PageDown", "PageUp", "End", "Home", "ArrowDown", "ArrowUp", " "];
  capture.scrollKey = (event) => {
    if (SCROLLING_KEYS.includes(event.key)) capture.maybeScrolls(event);
  };

  const whole = (target) => target === document || target === document.documentElement || target === document.body;
  const placeOf = (scroller) => (scroller ? [scroller.scrollLeft, scroller.scrollTop] : [scrollX, scrollY]);

  capture.scrolled = (event) => {
    const target = event.composedPath()[0];
    const scroller = whole(target) ? null : target;
    const at = event.timeStamp;
    if (running && running.scroller === scroller && (at - meant < MEANT_MS || at - running.gesture.ended < MEANT_MS)) {
      running.gesture.ended = at;
      rest();
      return;
    }
    // What the page took for itself (a key in a list, a wheel that zooms) scrolled by its own doing.
    if (at - meant > MEANT_MS || by?.defaultPrevented) return;
    // An editor scrolls along with what is typed, a page with what is dragged.
    if (scroller?.matches("input,textarea,select")) return;
    settle();
    running = { scroller, gesture: capture.gesture(event), from: placeOf(scroller), nodes: capture.nodesAdded(), timer: 0, told: null };
    if (scroller) running.told = capture.describe(scroller);
    rest();
  };

  function rest() {
    clearTimeout(running.timer);
    running.timer = setTimeout(settle, CAUSED_MS);
  }

  function settle() {
    const one = running;
    if (!one) return;
    running = null;
    clearTimeout(one.timer);
    const [x, y] = placeOf(one.scroller);
    const { began, ended } = one.gesture;
    const caused = capture.nodesAdded() > one.nodes || capture.requestsIn(began, ended + CAUSED_MS, { scripted: false }).length > 0;
    if (!caused || Math.hypot(x - one.from[0], y - one.from[1]) < LEAST) return;
    capture.closeEffect();
    capture.tell(one.gesture, { type: "scroll", element: one.told, x: Math.round(x), y: Math.round(y) });
  }
  capture.onSettle(settle);
})();
