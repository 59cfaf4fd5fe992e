// Values of fields: one edit from the first key in a field to leaving it, told as it grows.
(() => {
  "use strict";
  const { rehearsal } = globalThis;
  const { capture, squash } = rehearsal;

  /** An edit that goes on is told again after this. */
  const AGAIN_MS = 120;
  /** How long after the last key a request counts as caused by it. */
  const CAUSED_MS = 1200;
  const TOGGLES = ["checkbox", "radio", "file", "submit", "button", "reset", "image", "hidden"];
  const BY_VALUE = ["date", "time", "datetime-local", "month", "week", "color", "range"];

  /** The field that takes what is typed at an element: `text`, `value` (has a picker), `select` or
   * `rich`; null when it takes nothing. */
  capture.editable = (target) => {
    if (!(target instanceof Element)) return null;
    if (target.localName === "select") return { element: target, kind: "select" };
    if (target.localName === "textarea") return target.readOnly || target.disabled ? null : { element: target, kind: "text" };
    if (target.localName === "input") {
      if (TOGGLES.includes(target.type) || target.disabled) return null;
      if (BY_VALUE.includes(target.type)) return { element: target, kind: "value" };
      return target.readOnly ? null : { element: target, kind: "text" };
    }
    const editor = capture.editorOf(target);
    return editor ? { element: editor, kind: "rich" } : null;
  };

  let edit = null;

  capture.editing = () => edit?.element ?? null;
  capture.currentEdit = () => edit;

  function valueOf({ element, kind }) {
    if (kind === "rich") return element.innerText.replace(/\n$/, "");
    return element.value;
  }

  /** An edit of a field begins, unless it is under way. */
  capture.beginEdit = ({ element, kind }, event) => {
    if (edit && edit.element === element) return edit;
    capture.settle("type");
    // Nothing is typed yet at a key; a value may have changed already when there was none.
    edit = {
      gesture: capture.gesture(event), element, kind, told: capture.describe(element), before: capture.before(element),
      value: kind === "select" ? null : valueOf({ element, kind }), strokes: 0, changed: false, pasted: false, live: false,
      timer: 0, said: null, strokesOf: [],
    };
    capture.changes.added.length = 0;
    if (kind === "rich") capture.beginRich(edit);
    return edit;
  };

  /** A key that types or deletes. */
  capture.typed = (editable, event) => {
    const one = capture.beginEdit(editable, event);
    one.strokes += 1;
    one.gesture.ended = event.timeStamp;
    return one;
  };

  capture.moveCaret = () => {
    if (edit?.kind === "rich") edit.disordered = true;
  };

  // What says that it is typed for a list, which answers to each key.

  const LISTS = "[role=listbox],[role=menu],[role=grid],[role=tree],[role=dialog]";

  function popsUp(one) {
    const { element } = one;
    if (element.getAttribute("aria-expanded") === "true") return true;
    const owned = ["aria-controls", "aria-owns"].flatMap((name) => (element.getAttribute(name) ?? "").split(/\s+/)).filter(Boolean)
      .map((id) => element.getRootNode().getElementById?.(id));
    if (owned.some((list) => list && capture.isVisible(list) && list.childElementCount)) return true;
    if ([...document.querySelectorAll(LISTS)].some((list) => !one.before.seen.has(list) && capture.isVisible(list) && !list.contains(element))) {
      return true;
    }
    return capture.changes.added.some((added) => isBelow(added, element));
  }

  /** Whether something that came floats at the field. */
  function isBelow(added, element) {
    if (!added.isConnected || added.contains(element) || element.contains(added) || !capture.isVisible(added)) return false;
    const [box, field] = [added.getBoundingClientRect(), element.getBoundingClientRect()];
    const beside = Math.abs(box.top - field.bottom) < 80 && box.left < field.right && box.right > field.left;
    if (!beside) return false;
    for (let each = added, up = 0; each && up < 4 && !each.contains(element); each = each.parentElement, up += 1) {
      if (["absolute", "fixed"].includes(getComputedStyle(each).position)) return true;
    }
    return false;
  }

  function isLive(one) {
    if (one.live || one.kind === "select" || one.kind === "value" || !one.strokes) return one.live;
    const last = one.gesture.ended + CAUSED_MS;
    return popsUp(one) || capture.requestsIn(one.gesture.began, last, { scripted: true }).length > 0;
  }

  function fieldValue(one) {
    if (one.kind !== "select") return { kind: "text", text: one.value };
    const options = [...one.element.selectedOptions];
    return { kind: "options", values: options.map(({ value }) => value), labels: options.map(({ label }) => squash(label)) };
  }

  function tell(one, finished) {
    clearTimeout(one.timer);
    one.timer = 0;
    if (!one.changed) return;
    one.live = isLive(one);
    const event = {
      type: "change", element: one.told, value: fieldValue(one), strokes: one.strokes,
      rich: one.kind === "rich" ? capture.richStrokes(one) : [], live: one.live, pasted: one.pasted && !one.text,
      finalValue: finished,
    };
    const said = JSON.stringify(event);
    if (said === one.said) return;
    one.said = said;
    if (one.kind !== "select") capture.rememberValue(one.element, one.value);
    capture.tell(one.gesture, event);
    capture.watch(one.gesture, one.element, one.told, one.before);
  }

  /** What the field holds now, as long as it is there. A page may have emptied it in answer. */
  capture.readEdit = (one) => {
    if (one.element.isConnected && one.kind !== "select") one.value = valueOf(one);
  };

  /** Tells what was typed so far at once. */
  capture.flushEdit = () => {
    if (!edit) return;
    capture.readEdit(edit);
    tell(edit, false);
  };

  function later(one) {
    if (one.timer) return;
    one.timer = setTimeout(() => {
      one.timer = 0;
      if (edit !== one) return;
      capture.readEdit(one);
      tell(one, false);
    }, AGAIN_MS);
  }

  const PASTES = ["insertFromPaste", "insertFromDrop", "insertReplacementText", "insertFromPasteAsQuotation", "insertFromYank"];

  /** A field has another value. */
  capture.input = (event) => {
    const editable = capture.editable(event.composedPath()[0]);
    if (!editable) return;
    const one = capture.beginEdit(editable, event);
    one.changed = true;
    one.gesture.ended = event.timeStamp;
    // A field that fills itself, as a browser does with what it has kept; not the arrows beside a number.
    const filled = event.inputType === undefined && one.strokes === 0 && one.kind === "text" && one.element.type !== "number";
    if (PASTES.includes(event.inputType) || filled) one.pasted = true;
    else if (event.inputType?.startsWith("insert")) one.text = true;
    capture.readEdit(one);
    if (one.kind === "select") tell(one, false);
    else later(one);
  };

  /** Told of a rich editor that takes keys without saying so. */
  capture.touchEdit = (one) => {
    one.changed = true;
    later(one);
  };

  /** The edit is over. `value` is what it came to, when the page may have taken it away. */
  capture.finishEdit = ({ read = true, value } = {}) => {
    const one = edit;
    if (!one) return;
    if (one.kind === "rich") capture.endRich(one);
    // The editor turned out to have sent it: that is told.
    if (edit !== one) return;
    edit = null;
    if (value !== undefined) one.value = value;
    else if (read) capture.readEdit(one);
    tell(one, true);
  };

  capture.onSettle((why) => capture.finishEdit({ read: why !== "leave" }));

  /** The focus leaves a field. */
  capture.left = (event) => {
    if (!edit) return;
    const from = event.composedPath()[0];
    if (from === edit.element || (edit.kind === "rich" && edit.element.contains(from))) {
      // Editors give the focus to their tool bars and take it back.
      const stays = edit.kind === "rich" && event.relatedTarget && edit.element.contains(event.relatedTarget);
      if (!stays) capture.finishEdit();
    }
  };
})();
