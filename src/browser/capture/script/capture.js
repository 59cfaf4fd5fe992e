// What the person does in this document, told as it is done. Listens and never acts.
(() => {
  "use strict";
  const rehearsal = (globalThis.rehearsal ??= {});
  const { selectorsOf, fingerprint, resolve, meant, retarget, isVisible, textOf, squash, findsAlone } = rehearsal;

  let gestures = 0;
  // Of this document only: another one never answers for it.
  let handles = Math.floor(Math.random() * 2 ** 40) * 1024;
  const kept = new Map();
  const files = new Map();

  function describe(found) {
    const element = retarget(found);
    const handle = (handles += 1);
    const selectors = selectorsOf(element);
    kept.set(handle, { element: new WeakRef(element), selectors });
    return { handle, selectors: selectors.map((each) => [each]), fingerprint: fingerprint(element) };
  }

  const tell = (event, began = performance.now(), ended = began) => {
    gestures += 1;
    const now = performance.now();
    const report = { number: gestures, beganAgoMs: now - began, endedAgoMs: now - ended, event };
    globalThis.rehearsalTell(JSON.stringify(report));
    return gestures;
  };

  const BUTTONS = ["primary", "auxiliary", "secondary", "back", "forward"];
  let pressed = null;

  function down(event) {
    const element = event.isTrusted && event.composedPath()[0];
    pressed = element instanceof Element ? { element: describe(element), box: retarget(element).getBoundingClientRect(), at: performance.now() } : null;
  }

  function click(event) {
    if (!event.isTrusted || !pressed || event.pointerType === "") return;
    const { element, box, at } = pressed;
    const offset = [event.clientX - box.x, event.clientY - box.y];
    const modifiers = ["alt", "ctrl", "meta", "shift"].filter((name) => event[`${name}Key`]);
    const names = { alt: "Alt", ctrl: "Control", meta: "Meta", shift: "Shift" };
    tell({
      type: "click", element, offset, at: [offset[0] / (box.width || 1), offset[1] / (box.height || 1)],
      button: BUTTONS[event.button], clicks: event.detail, modifiers: modifiers.map((name) => names[name]), device: event.pointerType,
    }, at, performance.now());
  }

  function change(event) {
    const field = event.composedPath()[0];
    if (!event.isTrusted) return;
    if (field instanceof HTMLSelectElement) {
      const chosen = [...field.selectedOptions];
      const value = { kind: "options", values: chosen.map((each) => each.value), labels: chosen.map((each) => each.label) };
      tell(changed(field, value));
    } else if (field instanceof HTMLInputElement && field.type === "file") {
      const all = [...field.files];
      const number = tell({ type: "files", element: describe(field), files: all.map((each) => each.name) });
      files.set(number, all);
    } else if (field instanceof HTMLInputElement && ["checkbox", "radio"].includes(field.type)) {
      tell(changed(field, { kind: "checked", checked: field.checked }));
    } else if (field.matches?.("input,textarea")) {
      tell(changed(field, { kind: "text", text: field.value }));
    }
  }

  const changed = (field, value) => ({
    type: "change", element: describe(field), value, strokes: 0, rich: [], live: false, pasted: false, finalValue: true,
  });

  const LISTENERS = { pointerdown: down, click, auxclick: click, change };
  rehearsal.listen = () => {
    for (const [type, listener] of Object.entries(LISTENERS)) {
      window.addEventListener(type, listener, { capture: true, passive: true });
    }
  };
  rehearsal.listen();

  const parts = (selector) => ({ kind: "css", value: selector });
  rehearsal.recheck = (handle) => {
    const known = kept.get(handle);
    const element = known?.element.deref();
    if (!known) return null;
    return known.selectors.map((text) => {
      const kind = /^(aria|text|xpath|pierce)\//.exec(text)?.[1];
      if (!element?.isConnected) return false;
      if (kind === "pierce" || kind === "xpath" || kind === "text") {
        return findsAlone([{ kind, value: text.slice(kind.length + 1) }], element);
      }
      return kind ? true : findsAlone([parts(text)], element);
    });
  };

  rehearsal.readOf = (alternatives) => {
    for (const chain of alternatives) {
      const found = resolve(chain).found;
      const seen = found.length > 1 ? found.filter(isVisible) : found;
      if (new Set(seen.map(meant)).size === 1) return read(seen[0]);
    }
    return null;
  };

  const read = (element) => ({
    text: squash(textOf(element)), visible: isVisible(element),
    value: "value" in element && element.type !== "password" ? String(element.value) : null,
    checked: typeof element.checked === "boolean" && element.matches("[type=checkbox],[type=radio]") ? element.checked : null,
  });
  rehearsal.read = read;
  rehearsal.describe = describe;
  rehearsal.frameSelectors = (element) => selectorsOf(element);
  rehearsal.fileOf = (number, index) => files.get(number)?.[index] ?? null;
})();
