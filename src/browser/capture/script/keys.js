// Keys and shortcuts that do more than type. Whether some of them did anything is seen a moment
// after they were pressed.
(() => {
  "use strict";
  const { rehearsal } = globalThis;
  const { capture, roleOf } = rehearsal;

  const SILENT = [
    "Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "NumLock", "ScrollLock", "Fn", "FnLock", "Hyper", "Super",
    "Dead", "Process", "Unidentified", "Compose", "OS", "ContextMenu",
  ];
  /** The browser's own: they are the page's only when it keeps the browser from them. */
  const BROWSER = /^(?:ControlOrMeta\+(?:Shift\+)?[LTNWRDPFGHJKUOSEB]|ControlOrMeta\+(?:Shift\+)?[0-9+=_-]|ControlOrMeta\+(?:Shift\+)?(?:Tab|PageUp|PageDown|Delete|[ICMQY])|ControlOrMeta\+[ACXVZ]|Alt\+(?:[A-Z]|ArrowLeft|ArrowRight|Home|F4)|(?:Shift\+|ControlOrMeta\+)?F\d+)$/;
  /** What these do in a field of text stands in its value. */
  const EDITING = ["Backspace", "Delete", "ArrowLeft", "ArrowRight", "Home", "End", "Insert"];
  const EDITING_CHORD = /^ControlOrMeta\+(?:Shift\+)?(?:[ACXVZY]|Backspace|Delete|ArrowLeft|ArrowRight|ArrowUp|ArrowDown|Home|End|Insert)$/;
  /** How long the page has to answer a key. */
  const ANSWER_MS = 150;
  /** The same key again within this is the same gesture. */
  const AGAIN_MS = 400;

  const isMac = /Mac|iPhone|iPad/.test(navigator.platform || navigator.userAgent);

  /** `ControlOrMeta+Shift+K`, as flows name keys, and whether it is a shortcut. */
  function nameOf(event) {
    const types = event.key.length === 1;
    const altGr = event.getModifierState("AltGraph") || (event.ctrlKey && event.altKey && types && !/^[a-z0-9]$/i.test(event.key));
    const option = isMac && event.altKey && !event.ctrlKey && !event.metaKey && types;
    if (altGr || option) return { keys: event.key, chord: false };
    const held = capture.modifiers(event).filter((name) => name !== "Shift");
    const order = ["ControlOrMeta", "Control", "Meta", "Alt"].filter((name) => held.includes(name));
    // Of a letter in a shortcut the case says nothing; of a sign Shift is what made it.
    const letter = types && /\p{L}/u.test(event.key);
    if (event.shiftKey && (!types || event.key === " " || (held.length && letter))) order.push("Shift");
    const key = event.key === " " ? "Space" : types && held.length ? event.key.toUpperCase() : event.key;
    return { keys: [...order, key].join("+"), chord: held.length > 0 };
  }

  let pending = null;

  /** Tells a key now. */
  function tell({ gesture, told, keys, times, element, before }) {
    capture.tell(gesture, { type: "key", element: told, keys, times });
    capture.watch(gesture, element, told, before);
  }

  function keyGesture(event, element, keys) {
    return {
      gesture: capture.gesture(event), event, element, keys, times: 1, told: element ? capture.describe(element) : null,
      before: capture.before(element), changes: capture.altered(), scroll: `${scrollX},${scrollY}`,
    };
  }

  /** A key that certainly does something: told before the page hears of it. */
  capture.tellKey = (event, element, keys) => {
    capture.settle("key");
    tell(keyGesture(event, element, keys));
  };

  /** A key that may do nothing: told when the page has answered it. `strictly`: only when the page
   * took it for itself. */
  function maybe(event, element, keys, { strictly }) {
    const same = pending && pending.keys === keys && pending.element === element && event.timeStamp - pending.gesture.ended < AGAIN_MS;
    if (same) {
      pending.times += 1;
      pending.gesture.ended = event.timeStamp;
      pending.events.push(event);
      wait(AGAIN_MS);
      return;
    }
    const edit = capture.currentEdit();
    let value;
    if (edit && element && edit.element === element) {
      // What was typed before stays one edit if the key turns out to have done nothing. If it did
      // something, the page may have put another value there.
      settleKey();
      capture.flushEdit();
      ({ value } = edit);
      capture.freezeEffect();
    } else {
      capture.settle("key");
    }
    pending = { ...keyGesture(event, element, keys), events: [event], strictly, value };
    wait(ANSWER_MS);
  }

  function wait(milliseconds) {
    clearTimeout(pending.timer);
    pending.timer = setTimeout(settleKey, milliseconds);
  }

  function settleKey() {
    const one = pending;
    if (!one) return;
    clearTimeout(one.timer);
    pending = null;
    const taken = one.events.some((event) => event.defaultPrevented);
    const answered = !one.strictly && capture.altered() > one.changes && `${scrollX},${scrollY}` === one.scroll;
    if (!taken && !answered) {
      capture.thawEffect();
      return;
    }
    if (capture.editing() === one.element && one.element) capture.finishEdit({ value: one.value });
    capture.closeEffect();
    tell(one);
  }
  capture.settleKey = settleKey;

  const ACTIVATED = "button,summary,a[href],area[href],[role=button],[role=link],[role=menuitem],[role=tab],[role=option]," +
    "[role=menuitemcheckbox],[role=menuitemradio],[role=treeitem],input[type=submit],input[type=button],input[type=reset]," +
    "input[type=image],input[type=file]";
  const TICKED = "input[type=checkbox],input[type=radio],[role=checkbox],[role=radio],[role=switch]";
  const LIST_ROLES = ["listbox", "menu", "menubar", "tablist", "tree", "grid", "radiogroup", "option", "menuitem", "tab", "treeitem",
    "radio", "combobox", "slider", "spinbutton", "toolbar"];

  function inText(event, { element, kind }, keys, chord) {
    const { key } = event;
    const multiline = element.localName === "textarea";
    if (chord && !EDITING_CHORD.test(keys)) {
      if (BROWSER.test(keys)) maybe(event, element, keys, { strictly: true });
      else capture.tellKey(event, element, keys);
      return;
    }
    if (!chord && key.length === 1) {
      capture.typed({ element, kind }, event);
      return;
    }
    if (chord || EDITING.includes(key)) {
      // Moving the caret begins no edit; deleting does.
      if (key === "Backspace" || key === "Delete") capture.typed({ element, kind }, event);
      return;
    }
    if (key === "Enter" && (!multiline || kind === "value")) {
      capture.tellKey(event, element, keys);
    } else if (key === "Enter") {
      enterInTextarea(event, { element, kind }, keys);
    } else if (kind === "value" || (element.type === "number" && key.startsWith("Arrow"))) {
      // Arrows set the value.
      if (key === "Escape") maybe(event, element, keys, { strictly: false });
      else if (key !== "Tab") capture.typed({ element, kind }, event);
    } else if (multiline && (key.startsWith("Arrow") || key.startsWith("Page"))) {
      maybe(event, element, keys, { strictly: true });
    } else {
      maybe(event, element, keys, { strictly: key === "Tab" || key.startsWith("F") });
    }
  }

  /** Enter breaks the line, unless the page takes it to send what was typed. */
  function enterInTextarea(event, editable, keys) {
    if (event.shiftKey) capture.typed(editable, event);
    else maybe(event, editable.element, keys, { strictly: true });
  }

  capture.keyDown = (event) => {
    if (event.isComposing || SILENT.includes(event.key) || event.key === undefined) return;
    capture.keyPressed(event);
    const path = event.composedPath();
    const target = path[0] instanceof Element ? path[0] : document.body;
    const { keys, chord } = nameOf(event);
    const editable = capture.editable(target);
    if (editable?.kind === "rich") {
      if (capture.richKey(event, editable, keys, chord)) return;
      if (chord) capture.tellKey(event, editable.element, keys);
      else maybe(event, editable.element, keys, { strictly: false });
      return;
    }
    if (editable && editable.kind !== "select") {
      inText(event, editable, keys, chord);
      return;
    }
    const focused = target.matches("body,html") ? null : target;
    if (chord) {
      if (BROWSER.test(keys)) maybe(event, focused, keys, { strictly: true });
      else capture.tellKey(event, focused, keys);
      return;
    }
    // Its value tells what the keys chose.
    if (editable) {
      if (event.key === "Escape" || event.key === "Tab") maybe(event, focused, keys, { strictly: true });
      return;
    }
    if (!focused) {
      maybe(event, null, keys, { strictly: ["Tab", "F5"].includes(event.key) || /^F\d/.test(event.key) });
    } else if (["Enter", "Space"].includes(keys) && focused.matches(ACTIVATED) && !event.repeat) {
      const activates = keys === "Enter" || !focused.matches("a,area");
      if (activates && !focused.matches("input[type=file]")) capture.tellKey(event, focused, keys);
    } else if ((keys === "Space" && focused.matches(TICKED)) || (focused.type === "radio" && event.key.startsWith("Arrow"))) {
      capture.tellKey(event, focused, keys);
    } else if (keys === "Enter" && focused.matches("input")) {
      capture.tellKey(event, focused, keys);
    } else {
      const listed = LIST_ROLES.includes(roleOf(focused)) || focused.hasAttribute("aria-activedescendant");
      maybe(event, focused, keys, { strictly: event.key === "Tab" || (!listed && event.key === "Space") });
    }
  };

  capture.onSettle(() => settleKey());
})();
