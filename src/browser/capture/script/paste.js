// What comes from elsewhere: pastes that no field takes, and files.
(() => {
  "use strict";
  const { rehearsal } = globalThis;
  const { capture } = rehearsal;

  /** How long the page has to answer a paste. */
  const ANSWER_MS = 150;
  const MOST_KEPT = 20;

  let pending = null;

  capture.pasted = (event) => {
    const target = event.composedPath()[0];
    if (capture.editable(target)) return;
    const data = event.clipboardData;
    const text = data?.getData("text/plain") ?? "";
    const html = data?.getData("text/html") || null;
    if (!text && !html) return;
    capture.settle("key");
    const element = capture.focused();
    pending = {
      event, gesture: capture.gesture(event), element, told: element && capture.describe(element), text, html,
      before: capture.before(element), changes: capture.altered(), timer: setTimeout(settle, ANSWER_MS),
    };
  };

  function settle() {
    const one = pending;
    if (!one) return;
    pending = null;
    clearTimeout(one.timer);
    if (!one.event.defaultPrevented && capture.altered() === one.changes) return;
    capture.tell(one.gesture, { type: "paste", element: one.told, text: one.text, html: one.html });
    capture.watch(one.gesture, one.element, one.told, one.before);
  }
  capture.onSettle(settle);

  // Files. A page knows their names; where they are is asked of the browser by `fileOf`.

  const given = new Map();

  function tellFiles(gesture, element, told, files, before) {
    capture.tell(gesture, { type: "files", element: told, files: files.map(({ name }) => name) });
    given.set(gesture.number, files);
    if (given.size > MOST_KEPT) given.delete(given.keys().next().value);
    capture.watch(gesture, element, told, before);
  }

  /** A file of a gesture that gave some. */
  capture.fileOf = (number, index) => given.get(number)?.[index] ?? null;

  let opener = null;

  /** A script opened the chooser of a file field, in answer to a press: what was pressed is what a
   * person would name. */
  capture.chooserOpened = (event) => {
    const field = event.composedPath()[0];
    if (event.isTrusted || !(field instanceof Element) || !field.matches("input[type=file]")) return;
    const press = capture.lastClick;
    opener = press && event.timeStamp - press.gesture.ended < 1000 ? { field, press } : null;
  };

  /** A file field got files. With the number of a click it takes that click's place: the click only
   * opened the chooser. */
  capture.chosen = (event) => {
    const field = event.composedPath()[0];
    if (!(field instanceof Element) || !field.matches("input[type=file]") || !field.files.length) return;
    const files = [...field.files];
    if (opener?.field === field && opener.press === capture.lastClick) {
      const { gesture, told, element, before } = opener.press;
      opener = null;
      capture.closeEffect();
      tellFiles(gesture, element, told, files, before);
      return;
    }
    capture.settle("press");
    tellFiles(capture.gesture(event), field, capture.describe(field), files, capture.before(field));
  };

  /** Files from elsewhere were dropped on the page. */
  capture.filesDropped = (event) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!files.length) return;
    capture.settle("press");
    const element = capture.named(event.composedPath());
    tellFiles(capture.gesture(event), element, capture.describe(element), files, capture.before(element));
  };
})();
