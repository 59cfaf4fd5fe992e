// Choices that sites make of plain elements: check boxes, switches, lists; and those of HTML when
// what is pressed is not the field itself.
(() => {
  "use strict";
  const rehearsal = (globalThis.rehearsal ??= {});
  const { squash, describe, isVisible, now, sleep } = rehearsal;

  const TOGGLES =
    "[role=checkbox],[role=switch],[role=radio],[role=menuitemcheckbox],[role=menuitemradio],[aria-pressed]";
  const PICKERS = "[role=listbox],[role=combobox],[aria-haspopup=listbox]";

  /** The kind of a field that HTML does not know, or nothing. */
  rehearsal.ariaKind = (element) => {
    if (element.matches(TOGGLES)) return "toggle";
    if (element.matches(PICKERS) && !element.isContentEditable) return "picker";
    return null;
  };

  rehearsal.isOn = (element) =>
    ("checked" in element ? element.checked
      : (element.getAttribute("aria-checked") ?? element.getAttribute("aria-pressed")) === "true");

  /** The radio button of the same group that has this value, or the one itself. */
  rehearsal.radioOf = (element, wanted) => {
    if (element.type !== "radio" || element.value === wanted || !element.name) return element;
    const scope = element.form ?? element.getRootNode();
    const group = [...scope.querySelectorAll("input[type=radio]")].filter((each) =>
      each.name === element.name && each.form === element.form && each.value === wanted);
    return group.length === 1 ? group[0] : element;
  };

  /** What a person presses for it: itself, or its label when it is not to be seen. */
  rehearsal.pressable = (element) =>
    (isVisible(element) ? element : [...(element.labels ?? [])].find(isVisible) ?? element);

  /** For an element that is not to be seen: the label that stands for it, if there is one. */
  rehearsal.proxyOf = (element) =>
    (element.matches("input[type=checkbox],input[type=radio]") ? rehearsal.pressable(element) : element);

  function optionsOf(owner) {
    const ids = ["aria-controls", "aria-owns"]
      .flatMap((name) => (owner.getAttribute(name) ?? "").split(/\s+/)).filter(Boolean);
    const named = ids.map((id) => owner.getRootNode().getElementById?.(id) ?? document.getElementById(id)).filter(Boolean);
    const isList = owner.matches("[role=listbox]");
    const lists = isList ? [owner, ...named] : named.length ? named
      : [...document.querySelectorAll("[role=listbox]")].filter(isVisible);
    return [...new Set(lists.flatMap((list) => [...list.querySelectorAll("[role=option]")]))].filter(isVisible);
  }

  const textOf = (option) => squash(option.innerText || option.getAttribute("aria-label") || "");
  const isSelected = (option) =>
    option.getAttribute("aria-selected") === "true" || option.getAttribute("aria-checked") === "true";

  /** Looks for the option with this value or text, which is then held for a press. */
  rehearsal.option = async ({ owner, wanted, timeoutMs }) => {
    const deadline = now() + timeoutMs;
    for (;;) {
      const options = optionsOf(owner());
      const by = (read) => options.filter((option) => read(option) === squash(wanted));
      const valued = by((option) => option.getAttribute("data-value") ?? option.getAttribute("value"));
      const fitting = valued.length ? valued : by(textOf);
      const open = owner().getAttribute("aria-expanded") !== "false" && options.length > 0;
      if (fitting.length === 1) {
        rehearsal.held = () => fitting[0];
        return { found: true, open, selected: isSelected(fitting[0]), options: [] };
      }
      if (now() >= deadline) {
        return { found: false, open, selected: false, among: fitting.length, options: options.slice(0, 8).map(textOf), more: options.length > 8 };
      }
      await sleep(50);
    }
  };

  /** Whether the list shows that the option was chosen. */
  rehearsal.picked = async ({ owner, wanted, timeoutMs }) => {
    const deadline = now() + timeoutMs;
    for (;;) {
      const element = owner();
      const shown = squash("value" in element && element.value ? element.value : element.innerText ?? "");
      const option = optionsOf(element).find((each) => textOf(each) === squash(wanted) || each === rehearsal.held?.());
      const same = shown === squash(wanted) || (option && isSelected(option)) ||
        (!element.matches("[role=listbox]") && shown.includes(squash(wanted)));
      if (same || now() >= deadline) return { same: Boolean(same), held: shown.slice(0, 80) };
      await sleep(50);
    }
  };

  rehearsal.describeHeld = () => describe(rehearsal.held?.());
})();
