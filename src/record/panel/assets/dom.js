// Small helpers: elements, pictures, words. Texts of the recorded page only ever become text nodes.
const SVG = "http://www.w3.org/2000/svg";

// Strokes in a box of 16.
const PICTURES = {
  pause: "M5.5 3v10M10.5 3v10",
  resume: "M5 3l8 5-8 5z",
  undo: "M6 3L3 6l3 3M3 6h6a4 4 0 0 1 0 8H6",
  redo: "M10 3l3 3-3 3M13 6H7a4 4 0 0 0 0 8h3",
  stop: "M4 4h8v8H4z",
  pick: "M8 1.5v3M8 11.5v3M1.5 8h3M11.5 8h3M8 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  visible: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z",
  text: "M3 4V3h10v1M8 3v10M6 13h4",
  value: "M2 4.5h12v7H2zM4.5 7v2",
  address: "M6.5 9.5l3-3M7 4.5L8.5 3a2.8 2.8 0 0 1 4.5 4L11.5 8.5M9 11.5L7.5 13a2.8 2.8 0 0 1-4.5-4L4.5 7.5",
  click: "M4 2l8.5 6.5-4 .6 2.3 4-1.6.9-2.3-4L4 12.5z",
  type: "M1.5 4h13v8h-13zM4 6.5h.1M7 6.5h.1M10 6.5h.1M12 6.5h.1M5 9.5h6",
  go: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM1.5 8h13M8 1.5c-4.5 4-4.5 9 0 13M8 1.5c4.5 4 4.5 9 0 13",
  scroll: "M8 2v12M5 5l3-3 3 3M5 11l3 3 3-3",
  hover: "M4 2l8.5 6.5-4 .6L4 12.5z",
  drag: "M8 1.5v13M1.5 8h13M6 3.5l2-2 2 2M6 12.5l2 2 2-2M3.5 6l-2 2 2 2M12.5 6l2 2-2 2",
  file: "M4 1.5h5l3 3v10H4zM9 1.5v3h3",
  wait: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.5V8l2.5 1.5",
  close: "M4 4l8 8M12 4l-8 8",
  size: "M2 3.5h12v9H2zM5 15h6",
  own: "M8 2l2 4 4 .5-3 3 .8 4.5L8 12l-3.8 2L5 9.5l-3-3L6 6z",
  back: "M13 8H3M7 4L3 8l4 4",
  forward: "M3 8h10M9 4l4 4-4 4",
  reload: "M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3",
  copy: "M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3",
  doubt: "M8 2l6.5 11.5h-13zM8 6.5v3M8 11.5v.1",
  check: "M3 8.5l3.5 3.5L13 4.5",
};

export const picture = (name) => {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PICTURES[name] ?? PICTURES.own);
  svg.append(path);
  return svg;
};

// A kind of step, or the name of an own step, to its picture.
export const pictureOf = (kind) => {
  const name = kind.replace(/^rehearsal\./, "");
  const known = {
    click: "click", doubleClick: "click", change: "type", keyDown: "type", keyUp: "type", press: "type", paste: "type",
    navigate: "go", history: "go", scroll: "scroll", wheel: "scroll", hover: "hover", drag: "drag", upload: "file",
    download: "file", waitForElement: "wait", waitForExpression: "wait", close: "close", setViewport: "size", selectMany: "value",
  };
  return picture(known[name] ?? "own");
};

// el("button", {class: "quiet", onclick}, "text", child, false && "left out")
export const el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false && child !== ""));
  return node;
};

export const button = (label, attributes, ...children) => el("button", { type: "button", "aria-label": label, title: label, ...attributes }, ...children);

// Text of the recorded page, in its own direction.
export const said = (text) => el("bdi", {}, text);

// Only when it differs: writing what is there would end a selection.
export const write = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

export const seconds = (ms) => {
  const tenths = Math.round(ms / 100) / 10;
  if (tenths < 10) return `${tenths.toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
};

export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

// A template without its braces.
export const bare = (template) => template.replace(/^\{\{\s*|\s*\}\}$/g, "");

// Rebuilds a part of the page; what has the focus there keeps it, with what was typed. Things that
// take the focus say which they are by data-key.
export const rebuild = (part, children) => {
  const active = part.contains(document.activeElement) ? document.activeElement : null;
  const key = active?.dataset.key;
  const typed = active?.matches("input:not([type=checkbox])") && active.value !== active.defaultValue ? active.value : null;
  const range = typed !== null ? [active.selectionStart, active.selectionEnd] : null;
  part.dataset.rebuilding = "";
  part.replaceChildren(...children);
  delete part.dataset.rebuilding;
  if (!key) return active !== null;
  const again = part.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!again) return true;
  if (typed !== null) again.value = typed;
  again.focus({ preventScroll: true });
  if (range) again.setSelectionRange(...range);
  return false;
};
