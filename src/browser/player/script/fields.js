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

  /** What the field is. `wanted` tells a checkbox whether it has to be pressed. */
  rehearsal.field = (wanted) => {
    const element = field();
    const kind = kindOf(element);
    const out = { kind, element: describe(element), secret: isSecret(element) };
    if (kind === "toggle") {
      const on = ON.includes(wanted.toLowerCase()) || (element.hasAttribute("value") && wanted === element.value);
      out.press = element.checked !== on;
    }
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
  rehearsal.selectAll = () => {
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
    }
    const root = host.getRootNode();
    return root.activeElement === host;
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

  /** Sets a field that has a picker instead of a keyboard: dates, colours, sliders. */
  rehearsal.setValue = (wanted) => {
    const element = field();
    element.focus({ preventScroll: true });
    const value = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
    value.set.call(element, wanted);
    announce(element, "input", "change");
    const range = element.type === "range" && Number(element.value) === Number(wanted);
    const color = element.type === "color" && element.value === wanted.toLowerCase();
    return { same: element.value === wanted || range || color, held: element.value };
  };

  /** Selects an option by its value, else by its label, once it is there and enabled. */
  rehearsal.choose = async ({ wanted, timeoutMs }) => {
    const deadline = now() + timeoutMs;
    for (;;) {
      const element = field();
      const options = [...element.options];
      const option =
        options.find((candidate) => candidate.value === wanted) ??
        options.find((candidate) => squash(candidate.label) === squash(wanted));
      const disabled = option && (option.disabled || option.closest("optgroup")?.disabled);
      if (option && !disabled) {
        element.focus({ preventScroll: true });
        for (const other of options) if (other !== option && other.selected && element.multiple) other.selected = false;
        option.selected = true;
        announce(element, "input", "change");
        return { same: true };
      }
      if (now() >= deadline) {
        const names = options.slice(0, 8).map((candidate) => candidate.value || squash(candidate.label));
        return { same: false, why: option ? "disabled" : "missing", options: names, more: options.length > 8 };
      }
      await sleep(50);
    }
  };

  rehearsal.checked = () => field().checked;

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
