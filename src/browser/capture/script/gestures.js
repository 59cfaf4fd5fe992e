// Listening: on the window, in the capture phase, before anything of the page; passively, so that
// nothing changes by it. Only what a person did counts.
(() => {
  "use strict";
  const { rehearsal } = globalThis;
  const { capture } = rehearsal;

  // What came of a gesture is told after its last word.
  capture.onSettle(capture.closeEffect);

  const trusted = (handle) => (event) => {
    if (!event.isTrusted) return;
    try {
      handle(event);
    } catch (error) {
      // Nothing of ours may reach the page; its console would be the page's too.
      capture.broken = String(error?.stack ?? error);
    }
  };

  const HEARD = {
    pointerdown: [capture.down, capture.acted],
    pointermove: [capture.moved, capture.pointed],
    pointerover: [capture.over],
    pointerup: [capture.up],
    // A finger that scrolls presses nothing.
    pointercancel: [(event) => { if (event.pointerType === "touch") capture.forgetPress(); }],
    mousedown: [(event) => { const press = capture.pressNow(); if (press && !press.done) press.mouse = event; }],
    click: [capture.clicked],
    auxclick: [(event) => { if (event.button === 1) capture.clicked(event); }],
    contextmenu: [capture.clicked],
    keydown: [capture.scrollKey, capture.keyDown, capture.acted],
    beforeinput: [capture.richInput],
    compositionend: [capture.composed],
    input: [capture.input],
    change: [capture.chosen],
    focusout: [capture.left],
    paste: [capture.pasted],
    dragstart: [capture.dragStarted],
    dragover: [capture.draggedOver],
    drop: [capture.dropped],
    dragend: [capture.dragEnded],
    wheel: [capture.maybeScrolls],
    touchmove: [capture.maybeScrolls],
    scroll: [capture.scrolled],
    pagehide: [() => capture.settle("leave")],
  };
  const handlers = Object.entries(HEARD).flatMap(([type, all]) => all.map((handle) => [type, trusted(handle)]));
  handlers.push(["click", (event) => { if (!event.isTrusted) capture.chooserOpened(event); }]);

  /** Adding a listener twice is adding it once; `document.open` takes all of them away. */
  capture.listen = () => {
    for (const [type, handle] of handlers) addEventListener(type, handle, { capture: true, passive: true });
  };
  rehearsal.listen = capture.listen;
  capture.listen();
})();
