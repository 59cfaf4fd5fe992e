// Whether a press had any effect: who could hear it when it came, and what changed after it.
(() => {
  "use strict";
  const rehearsal = (globalThis.rehearsal ??= {});
  const { now, sleep, parentOf } = rehearsal;

  /** Asks the page's own world (listeners.js) about the way to an element. */
  const ask = (element, question) =>
    !element.dispatchEvent(new Event(`rehearsal:${question}`, { bubbles: true, composed: true, cancelable: true }));

  /** Elements that act on a press by themselves. */
  const NATIVE =
    "a[href]:not([href='#'],[href^='javascript:' i]),area[href],input,select,textarea,option,label,summary," +
    "audio[controls],video[controls],iframe,object,embed,[contenteditable]:not([contenteditable=false])," +
    "[popovertarget],[commandfor],[interestfor]";

  const actsByItself = (element) =>
    element.matches(NATIVE) || (element.localName === "button" && element.type !== "button" && element.form !== null);

  /** Of libraries that keep an early press and play it again when they are ready. */
  const isKept = (element) => element.getAttributeNames().some((name) => /^(jsaction|on:|on-|q:)/.test(name));

  /** Who would hear a press on an element: listeners of its own or around it, those on the whole
   * page, and those that only watch it. Unknown counts as heard. */
  function hearing(element) {
    if (!element.isConnected || !ask(element, "there")) return { own: true, whole: true, watch: true, native: true, kept: true };
    const elements = [];
    for (let each = element; each; each = parentOf(each)) elements.push(each);
    return {
      own: ask(element, "own"),
      whole: ask(element, "whole"),
      watch: ask(element, "watch"),
      native: elements.some(actsByItself),
      kept: elements.some(isKept),
    };
  }

  /** Who could hear a press on the element now, if it is there, and how old its document is. */
  rehearsal.hearing = ({ alternatives, choose, number }) => {
    const { element } = choose ? rehearsal.draw(alternatives, number) : rehearsal.decide(alternatives);
    return { ...(element ? hearing(element) : {}), ageMs: now() };
  };

  /** Waits until the element (or what stands in its place) hears presses. `quietMs`: gives up
   * when the page has loaded and nothing changed in it for so long. */
  rehearsal.hears = async ({ alternatives, timeoutMs, quietMs }) => {
    const began = now();
    let changed = began;
    const observer = new MutationObserver(() => { changed = now(); });
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    try {
      for (;;) {
        const element = rehearsal.target?.isConnected ? rehearsal.target : rehearsal.decide(alternatives).element;
        if (element && hearing(element).own) return { heard: true, waitedMs: now() - began };
        const quiet = document.readyState === "complete" && now() - changed >= (quietMs ?? Infinity);
        if (quiet || now() - began >= timeoutMs) return { heard: false, waitedMs: now() - began };
        await sleep(25);
      }
    } finally {
      observer.disconnect();
    }
  };

  const stateOf = () => {
    const active = document.activeElement;
    return {
      href: location.href,
      active,
      value: active?.value,
      checked: document.querySelectorAll(":checked").length,
      open: document.querySelectorAll("[open],:popover-open").length,
      scroll: `${scrollX},${scrollY}`,
    };
  };

  function roots(root) {
    const found = [root];
    for (const each of found) {
      for (const element of each.querySelectorAll("*")) if (element.shadowRoot) found.push(element.shadowRoot);
    }
    return found;
  }

  const KINDS = ["own", "whole", "watch", "native", "kept"];
  let watched = null;

  /** Listeners that come late may leave a mark of it in an attribute; that draws nothing anew. */
  function count(mine, records) {
    mine.changes += records.length;
    mine.redrawn ||= records.some(({ type }) => type !== "attributes");
  }

  function observe(event) {
    if (!watched || !event.isTrusted) return;
    const target = event.composedPath()[0];
    const heard = hearing(target instanceof Element ? target : document.documentElement);
    if (event.type === "click") {
      watched.click = true;
      // Pressing moves the focus by itself; what counts comes after.
      watched.before = stateOf();
      watched.observer.takeRecords();
      watched.changes = 0;
      watched.redrawn = false;
    }
    for (const kind of KINDS) watched[kind] = watched[kind] || heard[kind];
  }
  for (const type of ["pointerdown", "click"]) window.addEventListener(type, observe, { capture: true, passive: true });

  /** From here on what a press does is watched. */
  rehearsal.watch = () => {
    watched?.observer.disconnect();
    const mine = { click: false, changes: 0, redrawn: false, before: null };
    for (const kind of KINDS) mine[kind] = false;
    mine.observer = new MutationObserver((records) => count(mine, records));
    const options = { subtree: true, childList: true, attributes: true, characterData: true };
    for (const root of roots(document)) mine.observer.observe(root, options);
    watched = mine;
    return null;
  };

  /** Who heard the press, and whether anything changed since. */
  rehearsal.watched = () => {
    if (!watched) return null;
    const { click, own, whole, watch, native, kept, before } = watched;
    count(watched, watched.observer.takeRecords());
    const after = stateOf();
    const same = before !== null && Object.keys(after).every((key) => before[key] === after[key]);
    return { click, own, whole, watch, native, kept, changed: watched.changes > 0 || !same, redrawn: watched.redrawn, ageMs: now() };
  };

  /** Nothing is watched any more. */
  rehearsal.unwatch = () => {
    watched?.observer.disconnect();
    watched = null;
    return null;
  };

  /** What the step's element is called, for those who must not press it twice. */
  rehearsal.called = () => {
    const element = rehearsal.target;
    if (!element) return "";
    const named = rehearsal.retarget(element);
    const words = [named.textContent, named.value, named.title, named.id, named.getAttribute("aria-label"), named.getAttribute("name")];
    return words.filter(Boolean).join(" ").slice(0, 300);
  };

})();
