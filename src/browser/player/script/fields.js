// Fields: what kind a field is, what it holds, and setting those that no keyboard sets.
(() => {
  "use strict";
  const rehearsal = (globalThis.rehearsal ??= {});
  const { squash, describe, now, sleep } = rehearsal;

  const SET_BY_VALUE = ["date", "time", "datetime-local", "month", "week", "color", "range"];
  const ON = ["on", "true", "checked", "1", "yes"];

  /** The field behind what the selectors found: a label's control, else the element itself. */
  function field() {
    const target = rehearsal.target;
    return target.localName === "label" && target.control ? target.control : target;
  }

  function kindOf(element) {
    const native = element.matches("input,textarea,select");
    const made = native ? null : rehearsal.ariaKind(element);
    if (made) return made;
    if (element.localName === "select") return "select";
    if (element.localName === "textarea") return "text";
    if (element.localName === "input") {
      if (["checkbox", "radio"].includes(element.type)) return "toggle";
      if (element.type === "file") return "file";
      if (SET_BY_VALUE.includes(element.type)) return "value";
      return ["submit", "button", "reset", "image"].includes(element.type) ? "none" : "text";
    }
    if (element.isContentEditable) return "rich";
    return "none";
  }

  const isSecret = (element) => element.type === "password" || /^(cc-|one-time-code)/.test(element.autocomplete ?? "");

  const isWantedOn = (element, wanted) =>
    ON.includes(wanted.toLowerCase()) || (element.hasAttribute("value") && wanted === element.getAttribute("value"));

  /** The box or button that is pressed for this value is held for the press. */
  rehearsal.holdToggle = (wanted) => {
    const element = rehearsal.radioOf(field(), wanted);
    const pressable = rehearsal.pressable(element);
    rehearsal.held = () => pressable;
    rehearsal.toggle = () => (element.isConnected ? element : rehearsal.radioOf(field(), wanted));
    return null;
  };

  /** Whether it is as wanted; a page may need a moment. */
  rehearsal.toggled = async ({ wanted, timeoutMs }) => {
    const deadline = now() + timeoutMs;
    for (;;) {
      const element = rehearsal.toggle();
      if (rehearsal.isOn(element) === isWantedOn(element, wanted)) return true;
      if (now() >= deadline) return false;
      await sleep(20);
    }
  };

  /** The field itself, whatever else is aimed at meanwhile. */
  rehearsal.keepField = () => {
    const kept = field();
    rehearsal.fieldNow = () => kept;
    return null;
  };

  rehearsal.holdField = () => {
    rehearsal.held = rehearsal.fieldNow;
    return null;
  };

  /** Whether the element is a file field (or a label of one), which is kept. */
  rehearsal.fileField = () => {
    const element = field();
    const file = element.localName === "input" && element.type === "file";
    rehearsal.fileInput = file ? element : null;
    return { file, several: file && (element.multiple || element.webkitdirectory), element: describe(element) };
  };

  /** What the field is. `wanted` tells a checkbox whether it has to be pressed. */
  rehearsal.field = (wanted) => {
    const element = rehearsal.radioOf(field(), wanted);
    const kind = kindOf(element);
    const out = { kind, element: describe(element), secret: isSecret(element) };
    if (kind === "toggle") out.press = rehearsal.isOn(element) !== isWantedOn(element, wanted);
    if (kind === "text") {
      out.multiline = element.localName === "textarea";
      out.empty = element.value === "";
    }
    if (kind === "rich") {
      out.multiline = true;
      out.empty = element.innerText.trim() === "";
    }
    return out;
  };

  /** Focuses the field and selects what it holds, so that typing replaces it. */
  rehearsal.selectAll = async () => {
    const element = field();
    const host = element.isContentEditable
      ? element.closest("[contenteditable]:not([contenteditable=false])") ?? element : element;
    host.focus({ preventScroll: true });
    if (kindOf(element) === "text") {
      element.select();
    } else {
      const range = document.createRange();
      range.selectNodeContents(element);
      const selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      // Editors take the selection over when they are told of it.
      await rehearsal.frame();
    }
    const root = host.getRootNode();
    return root.activeElement === host || host.contains(root.activeElement);
  };

  const announce = (element, ...types) => {
    for (const type of types) element.dispatchEvent(new Event(type, { bubbles: true, composed: true }));
  };

  /** The events that an emptied field would have fired. */
  rehearsal.announceEmptied = ({ input }) => announce(field(), ...(input ? ["input", "change"] : ["change"]));

  const onlyWords = (text) => text.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();

  /** Whether the field now holds what was typed; masks may have put punctuation in between. */
  rehearsal.holds = (wanted) => {
    const element = field();
    const rich = kindOf(element) === "rich";
    const held = rich ? element.innerText : element.value;
    const same = rich
      ? squash(held) === squash(wanted)
      : held === wanted.replace(/\r\n?/g, "\n") || (onlyWords(wanted) !== "" && onlyWords(held) === onlyWords(wanted));
    return { same, held: isSecret(element) ? undefined : held.slice(0, 80) };
  };

  /** The same, for an editor that shows what was typed some time later. */
  rehearsal.echoed = async ({ wanted, timeoutMs }) => {
    const deadline = now() + timeoutMs;
    for (;;) {
      await rehearsal.frame();
      const taken = rehearsal.holds(wanted);
      if (taken.same || now() >= deadline) return taken;
      await sleep(20);
    }
  };

  const carriers = (element) =>
    [...(element.closest("form")?.querySelectorAll("input[type=hidden],textarea") ?? [])];

  /** An editor hands its text to a hidden field of its form some time after the last key; whoever
   * saves before that saves nothing. Waits until it has, if there is such a field. */
  rehearsal.handedOver = async ({ wanted, timeoutMs }) => {
    const last = onlyWords(wanted.trim().split("\n").at(-1));
    const fields = carriers(field());
    const deadline = now() + timeoutMs;
    while (fields.length && last && now() < deadline) {
      if (fields.some((carrier) => onlyWords(carrier.value).includes(last))) return true;
      await sleep(20);
    }
    return false;
  };

  /** How each kind is written. */
  const FORMATS = {
    date: "a date such as 2026-12-31", time: "a time such as 14:30", month: "a month such as 2026-12",
    week: "a week such as 2026-W52", "datetime-local": "a date and time such as 2026-12-31T14:30",
    color: "a colour such as #1a2b3c", range: "a number",
  };

  /** Whether a browser would keep it. */
  function isWellFormed(type, wanted) {
    const probe = document.createElement("input");
    probe.type = type;
    probe.value = wanted;
    if (type === "color") return probe.value === wanted.toLowerCase();
    return type === "range" ? wanted.trim() !== "" && Number.isFinite(Number(wanted)) : probe.value !== "" || wanted === "";
  }

  /** Sets a field that has a picker instead of a keyboard: dates, colours, sliders. */
  rehearsal.setValue = (wanted) => {
    const element = field();
    if (!isWellFormed(element.type, wanted)) return { same: false, why: `takes ${FORMATS[element.type]}` };
    element.focus({ preventScroll: true });
    const value = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
    value.set.call(element, wanted);
    announce(element, "input", "change");
    const range = element.type === "range" && Number(element.value) === Number(wanted);
    const color = element.type === "color" && element.value === wanted.toLowerCase();
    return { same: element.value === wanted || range || color, held: element.value };
  };

  /** Selects options by their values, else by their labels, once all are there and enabled. */
  rehearsal.choose = async ({ wanted, timeoutMs }) => {
    const deadline = now() + timeoutMs;
    for (;;) {
      const element = field();
      const options = [...element.options];
      const optionFor = (name) =>
        options.find((candidate) => candidate.value === name) ??
        options.find((candidate) => squash(candidate.label) === squash(name));
      const isDisabled = (option) => option.disabled || option.closest("optgroup")?.disabled;
      const chosen = wanted.map(optionFor);
      const bad = chosen.findIndex((option) => !option || isDisabled(option));
      if (wanted.length > 1 && !element.multiple) {
        const names = options.slice(0, 8).map((candidate) => candidate.value || squash(candidate.label));
        return { same: false, why: "one too many: one can be chosen", held: wanted[1], options: names, more: options.length > 8 };
      }
      if (bad < 0) {
        element.focus({ preventScroll: true });
        for (const option of options) if (element.multiple) option.selected = chosen.includes(option);
        for (const option of chosen) option.selected = true;
        announce(element, "input", "change");
        return { same: chosen.every((option) => option.selected) };
      }
      if (now() >= deadline) {
        const names = options.slice(0, 8).map((candidate) => candidate.value || squash(candidate.label));
        return { same: false, why: chosen[bad] ? "disabled" : "missing", held: wanted[bad], options: names, more: options.length > 8 };
      }
      await sleep(50);
    }
  };

  /** Scrolls the element, or the window, to a position; says where it ended. */
  rehearsal.scroll = ({ element, x, y }) => {
    const scroller = element ? rehearsal.target : document.scrollingElement ?? document.documentElement;
    if (x === null && y === null) {
      rehearsal.target?.scrollIntoView?.({ block: "center", behavior: "instant" });
    } else {
      scroller.scrollTo({ left: x ?? scroller.scrollLeft, top: y ?? scroller.scrollTop, behavior: "instant" });
    }
    return { x: scroller.scrollLeft, y: scroller.scrollTop };
  };
})();
