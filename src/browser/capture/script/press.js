// Presses of the pointer: what was pressed is known from its first event on, before the page can
// change; what the press was is known from its last.
(() => {
  "use strict";
  const { rehearsal } = globalThis;
  const { capture } = rehearsal;

  const BUTTONS = ["primary", "auxiliary", "secondary"];
  /** The value that is chosen in them says all. */
  const CHOSEN = "select,option,input[type=file],input[type=date],input[type=time],input[type=datetime-local]," +
    "input[type=month],input[type=week],input[type=color],input[type=range]";
  /** How long after the button went up the click may come. */
  const CLICK_MS = 60;
  /** A click that is heard so long after a press is another's: of the keyboard, of a screen reader. */
  const LATE_MS = 1000;

  let press = null;
  let keyed = -Infinity;

  /** Whether it is beside what an element shows of itself. */
  function onScrollBar(element, { clientX, clientY }) {
    const root = document.documentElement;
    if (element === root || element === document.body) return clientX >= root.clientWidth || clientY >= root.clientHeight;
    const { clientWidth, clientHeight } = element;
    if (!clientWidth || !clientHeight || getComputedStyle(element).overflow === "visible") return false;
    const box = element.getBoundingClientRect();
    return clientX - box.left - element.clientLeft >= clientWidth || clientY - box.top - element.clientTop >= clientHeight;
  }

  capture.down = (event) => {
    if (!event.isPrimary || event.button > 2) return;
    const path = event.composedPath();
    const hit = path.find((node) => node instanceof Element) ?? document.documentElement;
    const element = capture.named(path);
    // The caret is put elsewhere in the text that is being typed.
    const field = element.localName === "option" ? element.closest("select") : element;
    const caret = field !== null && capture.editing() === field;
    if (caret) capture.moveCaret();
    else capture.settle("press");
    const bar = onScrollBar(hit, event);
    if (bar) capture.maybeScrolls(event);
    const quiet = caret || bar || element.matches(CHOSEN) || element.matches(":disabled");
    press = {
      gesture: capture.gesture(event), event, hit, element, quiet, bar, done: false, up: null,
      told: quiet ? null : capture.describe(element, hit),
      place: capture.placeIn(element, event),
      before: quiet ? null : capture.before(element),
      changes: capture.changed(),
      hovers: quiet ? [] : capture.hoversFor(element),
      selected: getSelection()?.type === "Range",
      way: [[event.clientX, event.clientY]], far: 0,
    };
    if (element.matches(CHOSEN)) capture.describe(element, hit);
  };

  capture.pressNow = () => press;

  /** What a press or a drag needs of the hovers before it. */
  capture.begin = (one) => {
    for (const { gesture, element } of one.hovers) capture.tell(gesture, { type: "hover", element });
  };

  function tellClick(one, clicks, at) {
    one.done = true;
    if (one.quiet) return;
    one.gesture.ended = at;
    capture.begin(one);
    capture.tell(one.gesture, {
      type: "click", element: one.told, ...one.place, button: BUTTONS[one.event.button], clicks: Math.max(clicks, 1),
      modifiers: capture.modifiers(one.event), device: one.event.pointerType || "mouse",
    });
    capture.watch(one.gesture, one.element, one.told, one.before);
    capture.lastClick = one;
  }

  capture.up = (event) => {
    if (!press || event.button !== press.event.button) return;
    const one = press;
    one.up = event;
    capture.trace(one, event);
    setTimeout(() => conclude(one), CLICK_MS);
  };

  /** No click came of it: it was a drag, or its element went away under the pointer. */
  function conclude(one) {
    if (one.done) return;
    if (capture.tellDrag(one)) return;
    one.done = true;
    const reacted = !one.hit.isConnected || capture.changed() > one.changes;
    if (one.event.button === 0 && one.far <= capture.STILL && reacted) tellClick(one, 1, one.up?.timeStamp ?? capture.now());
  }

  const isWithin = (one, event) => {
    const box = one.hit.isConnected ? one.element.getBoundingClientRect() : null;
    return box && event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  };

  capture.clicked = (event) => {
    if (event.type === "contextmenu" && event.button !== 2) return;
    if (!press || press.done) {
      if (!press || event.timeStamp - (press.up ?? press.event).timeStamp > LATE_MS) otherClick(event);
      return;
    }
    if (event.button !== press.event.button) return;
    capture.trace(press, event);
    if (press.far > capture.STILL) {
      if (capture.tellDrag(press)) return;
      // A hand that was not quite still.
      if (!isWithin(press, event) || capture.hasSelected(press)) {
        press.done = true;
        return;
      }
    }
    tellClick(press, event.detail, event.timeStamp);
  };

  /** A click without a press: what a key did is told as the key; the rest is assistive technology. */
  function otherClick(event) {
    if (event.type !== "click" || event.timeStamp - keyed < LATE_MS || event.detail > 0) return;
    const path = event.composedPath();
    const element = capture.named(path);
    if (element.matches(CHOSEN)) return;
    capture.settle("press");
    const gesture = capture.gesture(event);
    const told = capture.describe(element);
    const before = capture.before(element);
    capture.tell(gesture, {
      type: "click", element: told, ...capture.placeIn(element, { clientX: NaN, clientY: NaN }), button: "primary",
      clicks: 1, modifiers: capture.modifiers(event), device: "mouse",
    });
    capture.watch(gesture, element, told, before);
  }

  capture.keyPressed = (event) => { keyed = event.timeStamp; };

  /** Whether the last gesture was this press, which may yet turn out to be something else. */
  capture.forgetPress = () => { if (press) press.done = true; };

  capture.onSettle((why) => {
    if (!press || press.done) return;
    if (why !== "leave") {
      conclude(press);
    } else if (!press.quiet && press.far <= capture.STILL && press.event.button === 0) {
      // The page left at the first event of the press.
      tellClick(press, 1, capture.now());
    }
  });
})();
