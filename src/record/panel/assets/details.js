// What is shown of a step that is open, and what can be changed of it.
import { bare, button, el, picture, rebuild, said } from "./dom.js";

const TYPED = ["change", "paste", "rehearsal.paste", "selectMany", "rehearsal.selectMany"];

// Fills `body`. Says whether what had the focus there is gone.
export const details = (body, step, { view, command }) => {
  const send = (type, rest) => !("rebuilding" in body.dataset) && command(type, { step: step.id, ...rest });
  const over = view.state === "stopped";

  const field = (label, key, value, change, more = {}) => {
    const input = el("input", { value, "data-key": key, disabled: over, dir: "auto", ...more });
    input.addEventListener("change", () => input.value.trim() !== value && change(input));
    // Escape leaves it as it was.
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      if (event.key === "Escape") input.value = value;
      // Else the key would press the row that gets the focus.
      event.preventDefault();
      event.stopPropagation();
      body.previousElementSibling.focus();
    });
    return el("label", { class: "field" }, el("span", {}, label), input);
  };
  const box = (label, key, on, change) => {
    const input = el("input", { type: "checkbox", "data-key": key, disabled: over });
    input.checked = on;
    input.addEventListener("change", () => change(input.checked));
    return el("label", { class: "box" }, input, el("span", {}, label));
  };
  const listed = (title, items) => items.length > 0 && el("div", { class: "listed" }, el("h3", {}, title), el("ul", {}, items));

  const value = () => {
    if (!step.value && !step.template && !TYPED.includes(step.kind)) return [];
    const template = bare(step.template);
    const secret = template.startsWith("secret.") ? template.slice("secret.".length) : "";
    return [dataMenu(template, step, view, over, send), secretField(secret)];
  };
  const secretField = (secret) =>
    field("Secret", "secret", secret, (input) => {
      const name = input.value.toUpperCase().replace(/[^A-Z0-9]+/g, "_").replace(/^[_0-9]+|_+$/g, "");
      if (name) send("secret", { name });
      else if (secret) send("data", { template: "" });
      else input.value = "";
    }, { placeholder: "a name, as PASSWORD", title: "Keeps the value out of the file: it is read from the environment at replay" });

  return rebuild(body, [
    ...step.doubts.map((doubt) => el("p", { class: "doubt" }, picture("doubt"), said(doubt))),
    field("Name", "name", step.name, (input) => send("name", { name: input.value.trim() }), { placeholder: "for reports" }),
    field("Group", "group", step.group, (input) => command("group", { from: step.id, to: step.id, name: input.value.trim() }), { placeholder: "Shift+↑↓ for several steps" }),
    ...value(),
    (step.like > 1 || step.any) && box(`Any of these ${step.like}`, "any", step.any, (on) => send("any", { on })),
    box("May be absent", "optional", step.optional, (on) => send("optional", { on })),
    listed("Then", step.effects.map((words) => el("li", {}, said(words)))),
    listed(
      "Expects",
      step.expects.map((words, index) =>
        el("li", {}, said(words.replace(/^expects /, "")), button(`No longer: ${words}`, { class: "quiet", "data-key": `unexpect-${index}`, disabled: over, onclick: () => send("unexpect", { index }) }, picture("close"))),
      ),
    ),
    selectorList(step.selectors),
    el("div", { class: "last" }, el("button", { type: "button", class: "plain", "data-key": "remove", disabled: over, onclick: () => send("remove", {}) }, "Remove step", " ", el("kbd", {}, "Del"))),
  ].filter(Boolean));
};

// What a value can be: as typed, or a template of a feed. Grouped by feed.
const dataMenu = (template, step, view, over, send) => {
  const options = new Map([["", [["", step.value && !template ? `as typed: ${step.value}` : "as typed"]]]]);
  const known = view.data.map(bare);
  if (template && !known.includes(template)) options.get("").push([template, template]);
  for (const name of known) {
    const feed = name.includes(".") ? name.slice(0, name.indexOf(".")) : "other";
    options.set(feed, [...(options.get(feed) ?? []), [name, name]]);
  }
  const choice = ([value, words]) => {
    const option = el("option", { value }, words);
    option.selected = value === template;
    return option;
  };
  const parts = [...options].flatMap(([feed, choices]) => (feed ? [el("optgroup", { label: feed }, choices.map(choice))] : choices.map(choice)));
  const select = el("select", { "data-key": "data", disabled: over }, parts);
  select.addEventListener("change", () => send("data", { template: select.value && `{{${select.value}}}` }));
  return el("label", { class: "field" }, el("span", {}, "Value"), select);
};

// Selectors with a way to take each along.
export const selectorList = (selectors) =>
  selectors.length > 0 &&
  el(
    "div",
    { class: "listed" },
    el("h3", {}, "Selectors, best first"),
    el("ul", {}, selectors.map((selector, index) => {
      const copy = button(`Copy ${selector}`, { class: "quiet", "data-key": `copy-${index}` }, picture("copy"));
      copy.addEventListener("click", async () => {
        // Refused where the browser lets no page write the clipboard: the text can be selected.
        const done = await navigator.clipboard?.writeText(selector).then(() => true, () => false);
        if (!done) return;
        copy.replaceChildren(picture("check"));
        setTimeout(() => copy.replaceChildren(picture("copy")), 1200);
      });
      return el("li", {}, el("code", { dir: "ltr" }, selector), copy);
    })),
  );
