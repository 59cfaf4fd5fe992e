// Looking: what is there, and what it says. Nothing is changed.
(() => {
  "use strict";
  const rehearsal = (globalThis.rehearsal ??= {});
  const { resolve, decide, draw, isVisible, describe, squash, now, sleep } = rehearsal;

  const PRIVATE = "input[type=password],[autocomplete^='cc-'],[autocomplete='one-time-code']";

  /** All that the alternatives match, by the first that matches something. */
  const allOf = (alternatives) =>
    alternatives.map((chain) => resolve(chain).found).find((found) => found.length) ?? [];

  /** The step's own element while it is there, else the one that the alternatives agree on. */
  function oneOf({ alternatives, own, choose, number }) {
    if (own && rehearsal.target?.isConnected) return rehearsal.target;
    return (choose ? draw(alternatives, number) : decide(alternatives)).element ?? null;
  }

  const fieldOf = (element) => (element.localName === "label" && element.control) || element;

  function isOn(element) {
    const field = fieldOf(element);
    if (typeof field.checked === "boolean" && field.localName === "input") return field.checked;
    const said = field.getAttribute("aria-checked") ?? field.getAttribute("aria-pressed");
    return said === null ? null : said === "true";
  }

  function isEnabled(element) {
    for (let each = fieldOf(element); each; each = each.assignedSlot ?? each.parentElement ?? each.getRootNode().host) {
      if (each.hasAttribute("inert") || each.getAttribute("aria-disabled") === "true") return false;
      if (each.matches(":disabled")) return false;
    }
    return true;
  }

  const textOf = (element) => squash(element.innerText ?? element.textContent);

  /** What an element is like, for expectations and for reading values. */
  rehearsal.facts = (wanted) => {
    const all = allOf(wanted.alternatives);
    const element = oneOf(wanted);
    const facts = { present: all.length, visible: all.filter(isVisible).length };
    if (!element) return facts;
    const field = fieldOf(element);
    return {
      ...facts,
      seen: isVisible(element),
      element: describe(element),
      secret: field.matches(PRIVATE),
      text: textOf(element),
      raw: squash(element.textContent),
      value: typeof field.value === "string" ? field.value : null,
      checked: isOn(element),
      enabled: isEnabled(element),
      attribute: wanted.attribute ? element.getAttribute(wanted.attribute) : null,
    };
  };

  /** Waits until the alternatives match a visible element, or (`gone`) none. */
  rehearsal.comes = async ({ alternatives, gone, timeoutMs }) => {
    const deadline = now() + timeoutMs;
    for (let pause = 10; ; pause = Math.min(pause + 10, 50)) {
      const there = alternatives.some((chain) => resolve(chain).found.some(isVisible));
      if (there !== gone) return true;
      if (now() >= deadline) return false;
      await sleep(pause);
    }
  };

  const STATES = {
    checked: (element) => isOn(element) === true,
    expanded: (element) => {
      const details = element.closest("summary")?.parentElement ?? element;
      return details.localName === "details" ? details.open : element.getAttribute("aria-expanded") === "true";
    },
    pressed: (element) => element.getAttribute("aria-pressed") === "true",
    selected: (element) => element.selected === true || element.getAttribute("aria-selected") === "true",
    value: (element) => fieldOf(element).value,
  };

  /** Waits until the step's element has taken this state. */
  rehearsal.takes = async ({ state, timeoutMs, ...wanted }) => {
    const deadline = now() + timeoutMs;
    for (let pause = 10; ; pause = Math.min(pause + 10, 50)) {
      const element = oneOf(wanted);
      if (element && Object.entries(state).every(([name, value]) => STATES[name](element) === value)) return true;
      if (now() >= deadline) return false;
      await sleep(pause);
    }
  };

  /** As far as `wanted` goes, at any depth. */
  const fits = (found, wanted) =>
    found === wanted || (found !== null && wanted !== null && typeof found === "object" && typeof wanted === "object" &&
      Object.keys(wanted).every((name) => fits(found[name], wanted[name])));

  const COMPARE = { ">=": (a, b) => a >= b, "==": (a, b) => a === b, "<=": (a, b) => a <= b };

  /** Waits until so many visible elements match, all of them with these attributes and properties;
   * `visible: false` waits until that is not so. */
  rehearsal.waitFor = async ({ alternatives, operator, count, visible, properties, attributes, timeoutMs }) => {
    const deadline = now() + timeoutMs;
    const isLike = (element) =>
      Object.entries(attributes).every(([name, value]) => element.getAttribute(name) === value) &&
      Object.entries(properties).every(([name, value]) => fits(element[name], value));
    for (let pause = 10; ; pause = Math.min(pause + 10, 50)) {
      const all = allOf(alternatives);
      const seen = all.filter(isVisible);
      const matching = seen.filter(isLike).length;
      const met = COMPARE[operator](seen.length, count) && matching === seen.length;
      if (met === visible) return { met: true };
      if (now() >= deadline) return { met: false, matching, present: all.length };
      await sleep(pause);
    }
  };

  rehearsal.title = () => squash(document.title);
})();
