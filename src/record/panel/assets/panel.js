// The recorder's toolbar: state, buttons, keys, messages. Shows what the recorder tells and sends
// what the person asks; keeps nothing of the recording itself.
import { button, count, el, picture, said, seconds, write } from "./dom.js";
import { connect } from "./line.js";
import { selectorList } from "./details.js";
import { stepList } from "./steps.js";
import { screen } from "./screen.js";

const GRACE = 4000; // ms in which a stop can be taken back
const SHOWN = 12000; // ms that an error stays

const at = (id) => document.getElementById(id);
let view = null;
let over = null; // what the recorder said at the end
let connected = false;
let browser = null;
let dismissed = ""; // the picked element that was closed

// --- what can be done ---------------------------------------------------------------------------
const send = (type, rest) => {
  if (over !== null || view?.state === "stopped") return;
  if (!line.command(type, rest)) fail("Not connected: this was not done. It can be done again when the line is back.");
};
const expecting = (purpose) => () => (view?.picking === purpose ? send("cancelPick") : send("pick", { purpose }));
const editing = (key) => () => steps.edit(key) || fail("This step has no value: nothing was typed or chosen in it.");
const ticking = (type, key) => () => {
  const step = steps.now();
  if (!step) return;
  if (type === "any" && step.like < 2 && !step.any) fail("This step has no like items to choose from.");
  else send(type, { step: step.id, on: !step[key] });
};

// Name, picture, key, deed, and whether it can be done now.
const TOOLS = [
  { id: "pause", label: "Pause", image: "pause", key: "P", run: () => send(view?.state === "paused" ? "resume" : "pause") },
  { id: "undo", label: "Undo", image: "undo", key: "U", run: () => (stopping ? keepOn() : send("undo")), can: () => view?.canUndo },
  { id: "redo", label: "Redo", image: "redo", key: "R", run: () => send("redo"), can: () => view?.canRedo },
  { id: "look", label: "Pick", title: "Pick an element to see its selectors", image: "pick", key: "E", run: expecting("look"), picks: true },
  { id: "stop", label: "Stop", title: "Stop and save", image: "stop", key: "S", run: () => stop() },
  { id: "visible", label: "Visible", title: "Expect that an element is visible", image: "visible", key: "V", run: expecting("visible"), picks: true },
  { id: "text", label: "Text", title: "Expect an element’s text", image: "text", key: "T", run: expecting("text"), picks: true },
  { id: "value", label: "Value", title: "Expect a field’s value", image: "value", key: "A", run: expecting("value"), picks: true },
  { id: "url", label: "URL", title: "Expect the address where the page is now", image: "address", key: "L", run: () => send("expectUrl"), can: () => view?.steps.length > 0 },
];
const KEYS = [
  ["Steps", [
    ["↑ ↓", "another step"],
    ["Shift ↑ ↓", "several steps"],
    ["Enter", "open or close a step"],
    ["N", "name the step", editing("name")],
    ["G", "group the step, or several", editing("group")],
    ["D", "its value from data", editing("data")],
    ["X", "its value is a secret", editing("secret")],
    ["Y", "any of the like items", ticking("any", "any")],
    ["O", "the step may be absent", ticking("optional", "optional")],
    ["Del", "remove the step"],
    ["Esc", "close, cancel, keep recording"],
  ]],
];

// --- buttons ------------------------------------------------------------------------------------
const tools = new Map();
const toolButton = (tool) => {
  const label = el("span", {}, tool.label);
  const node = el(
    "button",
    { type: "button", class: `tool ${tool.id}`, id: `tool-${tool.id}`, title: `${tool.title ?? tool.label} (${tool.key})`, "aria-label": tool.title ?? tool.label, "aria-keyshortcuts": tool.key },
    picture(tool.image), label, el("kbd", {}, tool.key),
  );
  node.addEventListener("click", () => node.getAttribute("aria-disabled") !== "true" && tool.run());
  tools.set(tool.id, { node, label, tool });
  return node;
};
at("tools").append(
  el("div", { class: "row" }, TOOLS.slice(0, 5).map(toolButton)),
  el("p", { class: "caption", id: "caption" }, "Expect of the page, from here on"),
  el("div", { class: "row expect", role: "group", "aria-labelledby": "caption" }, TOOLS.slice(5).map(toolButton)),
);
const setTools = () => {
  const off = over !== null || !view || view.state === "stopped";
  for (const { node, tool } of tools.values()) {
    const can = !off && (tool.can?.() ?? true);
    node.setAttribute("aria-disabled", String(!can));
    if (tool.picks) node.setAttribute("aria-pressed", String(view?.picking === tool.id));
  }
  const paused = view?.state === "paused";
  const { node, label } = tools.get("pause");
  const words = paused ? "Resume" : "Pause";
  if (label.textContent !== words) {
    node.setAttribute("aria-label", words);
    node.title = `${words} (P)`;
    node.classList.toggle("main", paused);
    label.textContent = words;
    node.firstChild.replaceWith(picture(paused ? "resume" : "pause"));
  }
};

// --- stop, with time to think again -------------------------------------------------------------
let stopping = null;
const stop = () => {
  if (over !== null || view?.state === "stopped") return;
  if (stopping) {
    stopNow();
    return;
  }
  const bar = at("stopping");
  const left = el("b", {}, `${GRACE / 1000} s`);
  const ends = Date.now() + GRACE;
  bar.replaceChildren(
    el("p", {}, "Stops and saves in ", left),
    el("button", { type: "button", class: "main", onclick: keepOn }, "Keep recording ", el("kbd", {}, "Esc")),
    el("button", { type: "button", class: "plain", onclick: stopNow }, "Stop now ", el("kbd", {}, "S")),
  );
  stopping = setInterval(() => {
    const rest = ends - Date.now();
    left.textContent = `${Math.max(1, Math.ceil(rest / 1000))} s`;
    if (rest <= 0) stopNow();
  }, 200);
  bar.querySelector("button").focus();
};
const endGrace = () => {
  clearInterval(stopping);
  stopping = null;
  if (at("stopping").contains(document.activeElement)) tools.get("stop").node.focus();
  at("stopping").replaceChildren();
};
const stopNow = () => {
  endGrace();
  send("stop");
};
const keepOn = () => endGrace();

// --- what is said -------------------------------------------------------------------------------
const fail = (message) => {
  const errors = at("errors");
  const same = [...errors.children].find((one) => one.dataset.message === message);
  same?.remove();
  const one = el("div", { class: "error", "data-message": message }, el("p", { dir: "auto" }, message), button("Dismiss", { class: "quiet", onclick: () => one.remove() }, picture("close")));
  errors.append(one);
  while (errors.children.length > 3) errors.firstChild.remove();
  setTimeout(() => one.remove(), SHOWN);
};
const announce = (words) => write(at("announce"), words);

const PICKING = {
  look: "Press an element in the page to see its selectors.",
  visible: "Press what should be visible in the page.",
  text: "Press the element whose text should stay as it is.",
  value: "Press the field whose value should stay as it is.",
};
let toldBefore = "";
const showTold = () => {
  const { picking = null, picked = null, blocked = [], notes = [] } = view ?? {};
  const parts = JSON.stringify([picking, picked, blocked, notes, over, dismissed]);
  if (parts === toldBefore) return;
  toldBefore = parts;
  const told = [];
  if (over !== null) told.push(el("div", { class: "card ended" }, el("p", { dir: "auto" }, over), el("p", { class: "soft" }, "This page can be closed.")));
  if (picking && over === null) {
    told.push(el("div", { class: "card picking", role: "status" }, el("p", {}, PICKING[picking]), el("button", { type: "button", class: "plain", onclick: () => send("cancelPick") }, "Cancel ", el("kbd", {}, "Esc"))));
  }
  if (picked && JSON.stringify(picked) !== dismissed && !picking && over === null) {
    const close = button("Close", { class: "quiet", onclick: () => forgetPicked() }, picture("close"));
    told.push(el("div", { class: "card picked" }, el("h2", {}, said(picked.label)), close, picked.text && el("p", { class: "soft", dir: "auto" }, picked.text), selectorList(picked.selectors)));
  }
  if (blocked.length > 0) {
    told.push(el("details", { class: "card", open: at("told").querySelector("details")?.open }, el("summary", {}, `${count(blocked.length, "host")} blocked`), el("ul", {}, blocked.map((host) => el("li", {}, said(host))))));
  }
  if (notes.length > 0) told.push(el("ul", { class: "card notes" }, notes.map((note) => el("li", {}, said(note)))));
  at("told").replaceChildren(...told);
};
const forgetPicked = () => {
  dismissed = JSON.stringify(view?.picked ?? null);
  showTold();
  tools.get("look").node.focus();
};

const STATES = { recording: "Recording", paused: "Paused: nothing is recorded", stopped: "Stopped" };
const showState = () => {
  const state = over !== null ? "over" : !connected ? "lost" : (view?.state ?? "lost");
  document.body.dataset.state = state;
  const words = { over: "The recording is over", lost: view ? "Reconnecting…" : "Connecting…" }[state] ?? STATES[state];
  write(at("state"), words);
  document.title = `${words.replace(/[:.].*/, "")} – Rehearsal`;
  if (view) {
    at("meta").replaceChildren(el("bdi", { class: "file", title: view.file }, view.file), el("span", { title: "Of the flow, with the size of the page" }, count(view.count, "step")), el("span", {}, `${seconds(view.thinkMs)} of think time`));
  }
  at("none").replaceChildren(
    ...(over !== null || view?.state === "stopped"
      ? ["No step was recorded."]
      : view?.state === "paused"
        ? ["Paused. Resume, and what you do in the page is recorded."]
        : ["Do in the page what your users do.", el("br"), "Each step appears here as you do it."]),
  );
  setTools();
  showTold();
  browser?.state({ lost: state === "lost" && view !== null, over, picking: view?.picking ?? null });
};

// --- help ---------------------------------------------------------------------------------------
const help = () => {
  const row = ([key, words]) => el("div", {}, el("dt", {}, key.split(" ").map((one) => el("kbd", {}, one))), el("dd", {}, words));
  const groups = [["Recording", TOOLS.map(({ key, title, label }) => [key, (title ?? label).toLowerCase()])], ...KEYS];
  const remote = [["Live browser", [["Ctrl Shift .", "from the page to the recorder, and back"]]]];
  const close = button("Close", { class: "quiet", onclick: () => at("help").close() }, picture("close"));
  at("help").replaceChildren(
    el("h2", { id: "help-title" }, "Keys"), close,
    ...[...groups, ...(browser ? remote : [])].map(([title, rows]) => el("section", {}, el("h3", {}, title), el("dl", {}, rows.map(row)))),
    browser && el("p", { class: "soft" }, "While the live browser has the focus, all keys go to its page, but for those that your own browser or system keeps for itself: Ctrl+T, Ctrl+W, Ctrl+N. On a touch screen, tap to click, swipe to scroll, hold and move to drag."),
  );
  at("help").showModal();
};
at("help-button").addEventListener("click", help);

// --- keys ---------------------------------------------------------------------------------------
const byKey = new Map([...TOOLS.map((tool) => [tool.key, () => tools.get(tool.id).node.click()]), ...KEYS[0][1].filter(([, , run]) => run).map(([key, , run]) => [key, run]), ["?", help]]);
// A letter by its place when the layout has other letters.
const letter = ({ key, code }) => (/^[a-z?]$/i.test(key) ? key.toUpperCase() : /^Key[A-Z]$/.test(code) ? code[3] : key);
document.addEventListener("keydown", (event) => {
  const target = event.target;
  if (at("help").open || target.closest("#browser") || event.isComposing) return;
  if (event.key === "Escape") {
    if (stopping) keepOn();
    else if (view?.picking) send("cancelPick");
    else if (!steps.back() && at("told").querySelector(".picked")) forgetPicked();
    return;
  }
  if (target.matches("input, select, textarea") || event.ctrlKey || event.altKey || event.metaKey) return;
  const inSteps = steps.has(target) || target === document.body;
  const far = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity }[event.key];
  if (inSteps && far !== undefined) steps.move(far, event.shiftKey);
  else if (inSteps && (event.key === "Delete" || event.key === "Backspace")) {
    const step = steps.now();
    if (step) send("remove", { step: step.id });
  } else if (byKey.has(letter(event)) && !event.repeat) byKey.get(letter(event))();
  else return;
  event.preventDefault();
});

// --- start --------------------------------------------------------------------------------------
const steps = stepList({ command: send, announce });
const line = connect({
  hear: (message) => {
    if (message.type === "hello" && message.remote && !browser) {
      browser = screen({ line: () => line, hello: message, fail, toPanel: () => (view?.steps.length ? steps.focus() : tools.get("pause").node.focus()) });
    } else if (message.type === "hello") browser?.again();
    else if (message.type === "view") {
      view = message.view;
      steps.show(view);
    } else if (message.type === "screen") browser?.show(message.shown);
    else if (message.type === "error") fail(message.message);
    else if (message.type === "over") {
      over = message.message;
      if (stopping) endGrace();
    }
    showState();
  },
  draw: (...picture) => browser?.draw(...picture),
  turn: (open) => {
    connected = open;
    showState();
  },
});
showState();
