// Runs in the page's own world, before its scripts: answers to our isolated world who listens to
// presses. Only the command line API can tell, only of listeners of its own world, and it is there
// only while this is installed. Asked by an event on an element, which no one else sees; an answer
// of yes prevents its default. Leaves no name behind.
(() => {
  "use strict";
  if (typeof getEventListeners !== "function") return;
  const listenersOf = getEventListeners;
  const HEARS = ["click", "mousedown", "mouseup", "pointerdown", "pointerup", "touchstart", "touchend"];
  const isWhole = (target) =>
    target === window || target === document || target === document.documentElement || target === document.body;

  /** Sees all presses before anybody can handle or stop them: there to count them. */
  const isWatch = (target, listener) => target === window && listener.useCapture;

  function hearsAt(target, isMeant = () => true) {
    const found = listenersOf(target);
    const types = target.localName === "form" ? [...HEARS, "submit"] : HEARS;
    return types.some((type) => found[type]?.some(isMeant));
  }

  const ANSWERS = {
    // Whether questions are answered here at all.
    there: () => true,
    // Somebody listens to an element on the way.
    own: (path) => path.some((target) => !isWhole(target) && hearsAt(target)),
    // Somebody listens to the whole page, as routers and frameworks that delegate do.
    whole: (path) => path.some((target) => isWhole(target) && hearsAt(target, (each) => !isWatch(target, each))),
    // Somebody watches what goes on in the whole page.
    watch: (path) => path.some((target) => isWhole(target) && hearsAt(target, (each) => isWatch(target, each))),
  };
  for (const [question, answer] of Object.entries(ANSWERS)) {
    window.addEventListener(`rehearsal:${question}`, (event) => {
      event.stopImmediatePropagation();
      if (answer(event.composedPath())) event.preventDefault();
    }, { capture: true });
  }
})();
