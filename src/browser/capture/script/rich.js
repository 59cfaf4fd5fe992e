// Rich-text editors: which text and which keys made what stands there.
(() => {
  "use strict";
  const { capture } = globalThis.rehearsal;

  /** How long an editor may take to show what a key did. */
  const SHOWS_MS = 80;

  capture.beginRich = (edit) => {
    const text = edit.value.trim();
    const caret = getSelection();
    edit.start = text;
    edit.strokesOf = [];
    edit.disordered = false;
    // Text that was there stays before what is typed only when the caret is behind it.
    edit.atEnd = text === "" || isAtEnd(edit.element, caret);
    edit.replaced = text !== "" && caret?.type === "Range" && caret.toString().trim() === text;
  };

  function isAtEnd(element, caret) {
    if (!caret?.isCollapsed || !caret.focusNode || !element.contains(caret.focusNode)) return false;
    const rest = document.createRange();
    rest.selectNodeContents(element);
    rest.setStart(caret.focusNode, caret.focusOffset);
    return rest.toString().trim() === "";
  }

  function addText(edit, text) {
    if (!text) return;
    const last = edit.strokesOf.at(-1);
    if (last && "text" in last) last.text += text;
    else edit.strokesOf.push({ text });
    edit.unheard = null;
  }

  function addKey(edit, press) {
    hear(edit);
    edit.strokesOf.push({ press });
  }

  /** A key of which the editor told nothing: it handles keys itself. */
  function hear(edit) {
    if (!edit.unheard) return;
    addText(edit, edit.unheard);
    capture.touchEdit(edit);
  }

  /** Keys that put the focus or the window elsewhere are not the editor's. */
  const LEAVING = ["Escape", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12"];
  const MOVING = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
  const SENDING = ["ControlOrMeta+Enter", "ControlOrMeta+S"];

  /** A key in an editor. Whether it belongs to what is typed. */
  capture.richKey = (event, editable, keys, chord) => {
    if (LEAVING.includes(event.key) || SENDING.includes(keys)) return false;
    const open = capture.editing() === editable.element;
    if (MOVING.includes(event.key)) {
      if (open) addKey(capture.currentEdit(), keys);
      return true;
    }
    if (event.key === "Tab") {
      const before = open ? capture.currentEdit() : null;
      setTimeout(() => {
        if (event.defaultPrevented && before && capture.currentEdit() === before) addKey(before, keys);
      });
      return true;
    }
    const edit = capture.typed(editable, event);
    hear(edit);
    if (!chord && event.key.length === 1) {
      edit.unheard = event.key;
    } else if (event.key === "Backspace" && !chord && takeBack(edit)) {
      edit.unheard = null;
    } else {
      if (event.key === "Enter" && !chord && keys === "Enter") watchEnter(edit, event);
      addKey(edit, keys);
      capture.touchEdit(edit);
    }
    return true;
  };

  /** A letter that was typed and deleted at once was never there. */
  function takeBack(edit) {
    const last = edit.strokesOf.at(-1);
    if (!last?.text || /\s$/.test(last.text) || last.text.length < 2 || getSelection()?.type === "Range") return false;
    last.text = [...last.text].slice(0, -1).join("");
    return true;
  }

  /** Enter sends in a chat and breaks the line elsewhere: an editor that is empty then has sent. */
  function watchEnter(edit, event) {
    capture.readEdit(edit);
    const value = edit.value;
    const strokes = edit.strokesOf.length;
    const decide = () => {
      edit.enter = null;
      const empty = !edit.element.isConnected || edit.element.innerText.trim() === "";
      if (!empty || value.trim() === "" || capture.currentEdit() !== edit) return;
      edit.strokesOf.length = strokes;
      capture.finishEdit({ value });
      capture.tellKey(event, edit.element, "Enter");
    };
    edit.enter = decide;
    setTimeout(() => { if (edit.enter === decide) decide(); }, SHOWS_MS);
  }

  capture.endRich = (edit) => {
    hear(edit);
    const { enter } = edit;
    edit.enter = null;
    enter?.();
  };

  /** What an editor or an input method puts in. */
  capture.richInput = (event) => {
    const editable = capture.editable(event.composedPath()[0]);
    if (editable?.kind !== "rich") return;
    const edit = capture.beginEdit(editable, event);
    const { inputType, data } = event;
    if (inputType === "insertText") {
      addText(edit, data);
      edit.changed = true;
      later(edit);
    } else if (inputType === "insertFromPaste") {
      edit.pasted = true;
      addText(edit, event.dataTransfer?.getData("text/plain") ?? "");
      edit.changed = true;
      later(edit);
    } else if (["insertReplacementText", "insertFromDrop", "historyUndo", "historyRedo"].includes(inputType)) {
      edit.disordered = true;
    } else if (inputType?.startsWith("insertComposition") || inputType?.startsWith("delete")) {
      edit.unheard = null;
    }
  };

  const later = (edit) => capture.touchEdit(edit);

  capture.composed = (event) => {
    const editable = capture.editable(event.composedPath()[0]);
    if (!editable) return;
    const edit = capture.typed(editable, event);
    if (editable.kind !== "rich") return;
    addText(edit, event.data);
    capture.touchEdit(edit);
  };

  /** What a flow needs to type it again; nothing when the text says it all. */
  capture.richStrokes = (edit) => {
    if (edit.disordered || edit.unheard) return [];
    const strokes = edit.strokesOf.filter((stroke) => stroke.press || stroke.text);
    if (edit.start !== "" && !edit.replaced) {
      const first = strokes[0]?.press;
      if (!edit.atEnd && first !== "ControlOrMeta+A") return [];
      if (edit.atEnd && first !== "ControlOrMeta+A") {
        const typed = strokes[0]?.text === undefined ? "" : strokes.shift().text;
        strokes.unshift({ text: edit.start + typed });
      }
    }
    return strokes.some((stroke) => stroke.press) ? strokes : [];
  };
})();
