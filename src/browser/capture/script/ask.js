// What Rust asks of the page.
(() => {
  "use strict";
  const { rehearsal } = globalThis;
  const { capture, alternativesOf, decide, isVisible, squash } = rehearsal;

  /** Per selector that was told with this handle, whether it still finds the element alone; null
   * when the element is gone. */
  rehearsal.recheck = (handle) => {
    const known = capture.known(handle);
    if (!known || !known.element.isConnected) return null;
    return known.alternatives.map(({ chain }) => rehearsal.findsAlone(chain, known.element));
  };

  /** What can be read of the one element that the alternatives (chains of parts) agree on. */
  rehearsal.readOf = (alternatives) => {
    const { element } = decide(alternatives);
    return element ? rehearsal.read(element) : null;
  };

  /** A `Reading`. */
  rehearsal.read = (element) => {
    const field = capture.fieldOf(element);
    const valued = element.matches("input,textarea,select") && !["checkbox", "radio", "file"].includes(element.type);
    const box = element.matches("input[type=checkbox],input[type=radio]") ? element.checked : null;
    const aria = element.getAttribute("aria-checked");
    return {
      text: capture.scrubbed(squash(element.innerText ?? element.textContent ?? "")),
      value: valued && !field?.secret ? element.value : null,
      checked: box ?? (aria === null ? null : aria === "true"),
      visible: isVisible(element),
    };
  };

  /** The `Element` that a person would name for a node. */
  rehearsal.describe = (node) => {
    const path = [];
    for (let each = node; each; each = each.parentNode ?? each.host) path.push(each);
    const hit = path.find((each) => each instanceof Element);
    return capture.describe(capture.named(path), hit);
  };

  /** Selectors of the element that holds a frame. */
  rehearsal.frameSelectors = (element) => alternativesOf(element, 5).map(({ text }) => text);

  rehearsal.fileOf = capture.fileOf;
})();
