// The guard of a press, in place before the page's own scripts: the first real event tells whether
// the press is on the element that it was aimed at. If it is not, that event and those that follow
// are kept from the page, so that nothing wrong is clicked. So it is with a drag: what the browser
// begins to drag is the grabbed element, and what it drops it on the one that was aimed at.
// Does nothing unless it is armed.
(() => {
  "use strict";
  const rehearsal = (globalThis.rehearsal ??= {});
  if (rehearsal.guard) return;
  const guard = (rehearsal.guard = { armed: null, drag: null });

  const DOWN = ["pointerdown", "mousedown", "touchstart"];
  const AFTER = ["pointerup", "mouseup", "touchend", "click", "auxclick", "dblclick", "contextmenu"];

  function observe(event) {
    const armed = guard.armed;
    if (!armed || !event.isTrusted) return;
    if (armed.reached === null && DOWN.includes(event.type)) {
      const hit = event.composedPath()[0];
      armed.reached = hit instanceof Element && armed.accepts(hit);
      if (!armed.reached) armed.by = hit instanceof Element ? armed.describe(hit) : "document";
      else if (armed.isElsewhere(event)) Object.assign(armed, { reached: false, by: "another place of it" });
    }
    if (armed.reached && AFTER.includes(event.type)) {
      // Pressed on the element and released on another, because the page moved in between.
      const hit = event.composedPath()[0];
      if (hit instanceof Element && !armed.accepts(hit) && armed.isAway(event)) {
        armed.reached = false;
        armed.by = armed.describe(hit);
      }
    }
    if (armed.reached === false) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }
  /** The page may have moved between the press and the drag's start, or before its drop. */
  function observeDrag(event) {
    const { drag } = guard;
    if (!drag || !event.isTrusted) return;
    const hit = event.composedPath()[0];
    const element = hit instanceof Element ? hit : hit?.parentElement;
    if (event.type === "dragstart" && !drag.begun) {
      if (element && drag.holds(element)) drag.begun = true;
      else drag.lost = element ? drag.describe(element) : "document";
    }
    if (event.type === "drop" && drag.isAstray?.(element, event)) drag.missed = element ? drag.describe(element) : "document";
    // The pointer that let go of nothing is no click either.
    if (drag.lost || (event.type === "drop" && drag.missed)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }
  const DRAG = ["dragstart", "drop", "click"];

  /** Adding a listener twice is adding it once; `document.open` takes all of them away. */
  guard.listen = () => {
    for (const type of [...DOWN, ...AFTER]) {
      window.addEventListener(type, observe, { capture: true, passive: false });
    }
    for (const type of DRAG) window.addEventListener(type, observeDrag, { capture: true });
  };
  guard.listen();

  // What is pasted has to be on the clipboard first; the page must not notice how it came there.
  let copied = null;
  for (const type of ["beforecopy", "copy"]) {
    window.addEventListener(type, (event) => {
      if (!copied) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      for (const [format, text] of Object.entries(copied)) event.clipboardData?.setData(format, text);
    }, { capture: true });
  }

  /** Puts texts on the clipboard, by format; whether that could be done. */
  rehearsal.copy = (texts) => {
    copied = texts;
    try {
      return document.execCommand("copy");
    } finally {
      copied = null;
    }
  };

  /** Ends the guard: whether the press reached the element; nothing when none was armed. */
  rehearsal.disarm = () => {
    const armed = guard.armed;
    guard.armed = null;
    return armed && { reached: armed.reached, by: armed.by };
  };
})();
