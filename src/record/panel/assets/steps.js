// The list of steps: one row each, the chosen one open with its details. Follows the newest row
// unless the person scrolled up.
import { bare, button, count, el, picture, pictureOf, said, seconds, write } from "./dom.js";
import { details } from "./details.js";

const NEAR = 30; // px from the end that still count as the end

export const stepList = ({ command, announce }) => {
  const list = document.getElementById("list");
  const items = document.getElementById("steps");
  const none = document.getElementById("none");
  const newer = document.getElementById("newer");
  const range = document.getElementById("range");
  const rows = new Map();
  let view = { steps: [] };
  let chosen = null; // id of the step that keys are for; the newest when none
  let open = null; // id of the step whose details are shown
  let anchor = null; // other end of a range of steps
  let following = true;
  let missed = 0;

  const place = (id) => view.steps.findIndex((step) => step.id === id);
  const now = () => view.steps[place(chosen)] ?? view.steps.at(-1);
  const rowOf = (id) => rows.get(id);
  const ends = () => {
    const [one, other] = [place(anchor), place(chosen)].sort((a, b) => a - b);
    return anchor === null || one < 0 ? null : [one, other];
  };

  list.addEventListener("scroll", () => {
    following = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
    if (following) missed = 0;
    showNewer();
  });
  const showNewer = () => {
    newer.hidden = following || missed === 0;
    write(newer, `↓ ${count(missed, "new step")}`);
  };
  const follow = () => {
    following = true;
    missed = 0;
    list.scrollTop = list.scrollHeight;
    showNewer();
  };
  // What comes above or below the list takes from it.
  new ResizeObserver(() => following && follow()).observe(list);
  newer.addEventListener("click", () => {
    follow();
    choose(view.steps.at(-1)?.id, { focus: true });
  });

  const mark = () => {
    const between = ends();
    view.steps.forEach((step, index) => {
      const row = rowOf(step.id);
      const isChosen = step.id === now()?.id;
      row.head.tabIndex = isChosen ? 0 : -1;
      row.item.classList.toggle("chosen", step.id === chosen);
      row.item.classList.toggle("ranged", between !== null && index >= between[0] && index <= between[1]);
    });
    showRange(between);
  };
  const choose = (id, { focus = false, extend = false } = {}) => {
    if (id === undefined || !rowOf(id)) return;
    anchor = extend ? (anchor ?? now()?.id ?? id) : null;
    chosen = id;
    mark();
    const { head, item } = rowOf(id);
    if (focus) head.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
  };
  const toggle = (id, force) => {
    const show = force ?? open !== id;
    const before = open;
    open = show ? id : null;
    for (const one of [before, id]) if (one !== null && rowOf(one)) rowOf(one).update(true);
    if (!show) return;
    if (id !== view.steps.at(-1)?.id) following = false;
    rowOf(id).item.scrollIntoView({ block: "nearest" });
  };

  const showRange = (between) => {
    const show = between !== null && between[0] !== between[1];
    if (!show) {
      range.hidden = true;
      range.replaceChildren();
      return;
    }
    const [from, to] = between.map((index) => view.steps[index].id);
    range.dataset.from = from;
    range.dataset.to = to;
    const words = `Steps ${between[0] + 1} to ${between[1] + 1}`;
    if (range.hidden) {
      const field = el("input", { "aria-label": "Name of the group", placeholder: "Name of the group", "data-key": "range" });
      range.replaceChildren(el("label", {}, words), field, el("button", { class: "main" }, "Group"), button("No range", { class: "quiet", onclick: dropRange }, picture("close")));
      range.hidden = false;
    }
    write(range.querySelector("label"), words);
  };
  const dropRange = () => {
    anchor = null;
    mark();
    rowOf(now()?.id)?.head.focus({ preventScroll: true });
  };
  range.addEventListener("submit", (event) => {
    event.preventDefault();
    const { from, to } = range.dataset;
    command("group", { from: Number(from), to: Number(to), name: range.querySelector("input").value.trim() });
    dropRange();
  });
  range.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    dropRange();
  });

  const row = (id) => {
    const head = el("button", { type: "button", class: "head" });
    const body = el("div", { class: "details", role: "group" });
    const item = el("li", { class: "step", "data-step": id }, head, body);
    let last = "";
    head.addEventListener("click", (event) => {
      if (event.shiftKey) choose(id, { focus: true, extend: true });
      else {
        choose(id, { focus: true });
        toggle(id);
      }
    });
    const update = (force = false) => {
      const index = place(id);
      const step = view.steps[index];
      if (!step) return;
      const isOpen = open === id;
      const state = JSON.stringify([index, step, isOpen && view.data, isOpen, view.state]);
      if (!force && state === last) return;
      last = state;
      head.replaceChildren(...summary(step, index));
      head.setAttribute("aria-expanded", String(isOpen));
      item.classList.toggle("open", isOpen);
      body.hidden = !isOpen;
      body.setAttribute("aria-label", `Step ${step.number}`);
      if (!isOpen) body.replaceChildren();
      else if (details(body, step, { view, command })) head.focus({ preventScroll: true });
    };
    return { item, head, update };
  };

  const show = (next) => {
    const fresh = next.steps.filter((step) => !rows.has(step.id));
    const first = view.steps.length === 0;
    // The row that takes the place of a removed one that had the focus.
    const focused = items.contains(document.activeElement) ? Number(document.activeElement.closest("[data-step]")?.dataset.step) : null;
    const at = focused === null ? -1 : place(focused);
    view = next;
    for (const [id, { item }] of rows) {
      if (place(id) >= 0) continue;
      item.remove();
      rows.delete(id);
      if (chosen === id) chosen = null;
      if (open === id) open = null;
      if (anchor === id) anchor = null;
    }
    let before = null; // the node that the next one follows
    let group = "";
    for (const old of items.querySelectorAll(".group")) old.remove();
    for (const step of view.steps) {
      if (!rows.has(step.id)) rows.set(step.id, row(step.id));
      if (step.group !== group && step.group) before = put(groupHead(step.group), before);
      group = step.group;
      const { item, update } = rowOf(step.id);
      item.classList.toggle("in-group", Boolean(group));
      before = put(item, before);
      update();
    }
    none.hidden = view.steps.length > 0;
    if (focused !== null && place(focused) < 0) choose(view.steps[Math.min(at, view.steps.length - 1)]?.id, { focus: true });
    mark();
    if (!first && fresh.length > 0) announce(`Step ${fresh.at(-1).number}: ${fresh.at(-1).text}`);
    if (following) follow();
    else if (!first) {
      missed += fresh.length;
      showNewer();
    }
  };
  // Moves a node only when it is elsewhere: a moved node loses the focus.
  const put = (node, before) => {
    const wanted = before ? before.nextSibling : items.firstChild;
    if (wanted !== node) items.insertBefore(node, wanted);
    return node;
  };

  // Opens a step's details with the focus on one of its fields. Says whether there is such a field.
  const edit = (key) => {
    const step = now();
    if (!step) return true;
    if (key === "group" && ends()) {
      range.querySelector("input")?.focus();
      return true;
    }
    choose(step.id);
    toggle(step.id, true);
    const field = rowOf(step.id).item.querySelector(`[data-key="${key}"]`);
    (field ?? rowOf(step.id).head).focus();
    field?.scrollIntoView({ block: "nearest" });
    field?.select?.();
    return field !== null;
  };
  const move = (by, extend) => {
    const index = place(now()?.id);
    const to = Math.min(Math.max(index + by, 0), view.steps.length - 1);
    choose(view.steps[to]?.id, { focus: true, extend });
  };

  return {
    show,
    edit,
    now,
    move,
    // Closes what is open; says whether something was.
    back: () => {
      if (ends()) dropRange();
      else if (open !== null) {
        const id = open;
        toggle(id, false);
        choose(id, { focus: true });
      } else return false;
      return true;
    },
    focus: () => rowOf(now()?.id)?.head.focus(),
    has: (node) => items.contains(node),
  };
};

const groupHead = (name) => el("li", { class: "group" }, el("span", { class: "unseen" }, "Group "), said(name));

// What a row says.
const summary = (step, index) => {
  const chip = (words, kind = "", mark = null) => el("span", { class: `chip ${kind}` }, mark && picture(mark), said(words));
  const chips = [
    step.template ? chip(bare(step.template), "data") : step.value && !step.text.includes(step.value) && chip(step.value, "value"),
    step.any && chip(`any of ${step.like}`, "data"),
    step.optional && chip("may be absent", "data"),
    ...step.expects.map((words) => chip(words.replace(/^expects /, ""), "good", "check")),
    step.doubts.length > 0 && chip(count(step.doubts.length, "doubt"), "middling", "doubt"),
  ].filter(Boolean);
  return [
    el("span", { class: "number" }, String(step.number)),
    pictureOf(step.kind),
    el(
      "span",
      { class: "what" },
      step.name && el("b", {}, said(step.name)),
      el("span", { class: step.name ? "soft" : "" }, said(step.text)),
      chips.length > 0 && el("span", { class: "chips" }, chips),
    ),
    step.thinkMs > 0 && el("span", { class: "think", title: "Think time before it" }, seconds(step.thinkMs)),
  ].filter(Boolean);
};
