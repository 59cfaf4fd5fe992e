// Drags: by the browser (HTML) and by scripts (pointer). Marking text is none.
(() => {
  "use strict";
  const { rehearsal } = globalThis;
  const { capture } = rehearsal;

  /** Farther than a hand trembles, CSS px. */
  capture.STILL = 6;
  const MOST_POINTS = 200;
  const MOST_TOLD = 8;
  /** How far from the straight line a way must go to be told, CSS px. */
  const BENT = 12;

  let native = null;

  /** The pointer moved while a button is down. */
  capture.trace = (press, { clientX, clientY }) => {
    const [x, y] = press.way[0];
    press.far = Math.max(press.far, Math.hypot(clientX - x, clientY - y));
    press.last = [clientX, clientY];
    if (press.way.length < MOST_POINTS) press.way.push([clientX, clientY]);
  };

  capture.moved = (event) => {
    const press = capture.pressNow();
    if (!press || press.done || !event.buttons) return;
    capture.trace(press, event);
    if (press.bar) capture.maybeScrolls(event);
  };

  /** Whether text was marked by it. */
  capture.hasSelected = (press) =>
    (getSelection()?.type === "Range" && !press.selected) || press.element.matches("input,textarea") ||
    Boolean(capture.editorOf(press.element));

  const GRIPS = /^(?:grab|grabbing|move|all-scroll|crosshair|[a-z]+-resize)$/;
  const BUTTONLIKE = "button,a,label,summary,option,[role=button],[role=link],[role=option],[role=menuitem],[role=tab]";

  function isDragged(press) {
    if (press.far <= capture.STILL || press.quiet || press.event.button !== 0) return false;
    const { element, hit } = press;
    if (element.matches("input:not([type=button]),textarea,select") || capture.editorOf(element)) return false;
    const grip = element.matches("[role=slider],[role=separator],[role=scrollbar],canvas") ||
      GRIPS.test(getComputedStyle(hit).cursor) || hit.closest("[draggable=true],[aria-grabbed],[aria-roledescription]");
    if (grip) return true;
    if (capture.hasSelected(press)) return false;
    const box = element.getBoundingClientRect();
    const [x, y] = press.last;
    const inside = x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
    if (element.matches(BUTTONLIKE) && inside) return false;
    return press.event.defaultPrevented || press.mouse?.defaultPrevented || (press.told.area && capture.changed() > press.changes) ||
      capture.changed() > press.changes + 2;
  }

  const MARKED =
    "[draggable=true],li,tr,td,th,ul,ol,section,article,main,canvas,svg,button,a,input,[role=listitem],[role=option],[role=row]," +
    "[role=gridcell],[role=region],[role=list],[role=listbox],[role=button],[role=group],[aria-label],[aria-dropeffect]";

  const isMarked = (element) =>
    element.matches(MARKED) || rehearsal.TEST_IDS.some((name) => element.hasAttribute(name)) ||
    (element.id !== "" && !rehearsal.isVolatile(element.id));

  /** What a person would say it was dropped on; null when that is what it came from. */
  function targetAt(path, source) {
    const elements = path.filter((node) => node instanceof Element);
    const target = elements.find((element, at) => at < 6 && isMarked(element)) ?? elements[0];
    if (!target || target === source || target.contains(source) || source.contains(target)) return null;
    return target.matches("body,html") ? null : target;
  }

  /** What lies under the pointer, what it carries left out. */
  function below(x, y, press) {
    const carried = (element) => element === press.element || press.element.contains(element) ||
      press.hit.contains(element) || getComputedStyle(element).pointerEvents === "none";
    const top = document.elementsFromPoint(x, y).filter((element) => !carried(element));
    // A copy that follows the pointer is no target: it says the same as what was grabbed.
    const text = rehearsal.squash(press.element.textContent);
    const first = top.find((element) => !(text && element !== press.element && rehearsal.squash(element.textContent) === text));
    return first ? ancestors(first) : [];
  }

  function ancestors(element) {
    const path = [];
    for (let each = element; each; each = each.parentElement ?? each.getRootNode().host) path.push(each);
    return path;
  }

  function wayOf(press) {
    const [from, to] = [press.way[0], press.last];
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
    const off = ([x, y]) => Math.abs((to[0] - from[0]) * (from[1] - y) - (from[0] - x) * (to[1] - from[1])) / length;
    if (!press.way.some((point) => off(point) > BENT)) return [];
    const step = Math.max(1, Math.floor(press.way.length / (MOST_TOLD + 1)));
    return press.way.filter((_, at) => at > 0 && at % step === 0).slice(0, MOST_TOLD)
      .map(([x, y]) => [Math.round(x - from[0]), Math.round(y - from[1])]);
  }

  function tell(press, source, told, at, to) {
    const [x, y] = press.way[0];
    press.done = true;
    press.gesture.ended = press.up?.timeStamp ?? capture.now();
    capture.begin(press);
    capture.tell(press.gesture, {
      type: "drag", element: told, at, to: to?.told ?? null, toAt: to?.at ?? [0.5, 0.5],
      by: [Math.round(press.last[0] - x), Math.round(press.last[1] - y)], path: wayOf(press),
      device: press.event.pointerType || "mouse",
    });
    capture.watch(press.gesture, source, told, press.before);
    return true;
  }

  const described = (target, x, y) =>
    target && { told: capture.describe(target), at: capture.placeIn(target, { clientX: x, clientY: y }).at };

  /** Tells a press as a drag, if it was one that a script made. */
  capture.tellDrag = (press) => {
    if (native || !isDragged(press)) return false;
    const [x, y] = press.last;
    const target = targetAt(below(x, y, press), press.element);
    return tell(press, press.element, press.told, press.place.at, described(target, x, y));
  };

  // The browser's own drags: between start and drop no pointer events come.

  capture.dragStarted = (event) => {
    const press = capture.pressNow();
    const source = event.composedPath()[0];
    if (!press || press.done || !(source instanceof Element)) {
      // Marked text is dragged, or something of another window.
      if (press) press.done = true;
      native = null;
      return;
    }
    const [clientX, clientY] = press.way[0];
    native = {
      press, source, told: capture.describe(source), at: capture.placeIn(source, { clientX, clientY }).at, to: null, dropped: false,
    };
  };

  capture.draggedOver = (event) => {
    if (native) capture.trace(native.press, event);
  };

  capture.dropped = (event) => {
    if (!native) {
      capture.filesDropped(event);
      return;
    }
    capture.trace(native.press, event);
    native.dropped = true;
    native.to = described(targetAt(event.composedPath(), native.source), event.clientX, event.clientY);
    // The page may change or leave at the drop: it is told before it hears of it.
    finish();
  };

  function finish() {
    const { press, source, told, at, to } = native;
    native = null;
    press.quiet = false;
    press.before ??= capture.before(source);
    tell(press, source, told, at, to);
  }

  capture.dragEnded = (event) => {
    if (!native) return;
    const { press } = native;
    // Dropped in another frame, or on something that reads no `drop`.
    if (event.dataTransfer?.dropEffect !== "none" && press.far > capture.STILL) {
      capture.trace(press, event);
      finish();
    }
    press.done = true;
    native = null;
  };
})();
