// The browser that runs elsewhere: its pictures, tabs, address, and what its page waits for.
import { button, el, picture } from "./dom.js";
import { listen } from "./input.js";

const RESIZE_AFTER = 200; // ms without a further change
const SMALLEST = 200; // CSS px

const at = (id) => document.getElementById(id);

export const screen = ({ line, hello, fail, toPanel }) => {
  const [view, canvas, sheet, address] = [at("view"), at("picture"), at("over-view"), at("address")];
  const remote = (type, rest) => line().remote(type, rest) || fail("Not connected: this did not reach the page.");
  let page = { width: 1, height: 1 }; // CSS px that the picture shows
  let drawn = 0;
  let scale = 1;
  let latest = null; // what is waited for
  let picking = null;
  let over = null;
  let lost = false;

  document.body.classList.add("remote");
  at("browser").hidden = false;
  view.classList.add("waiting");
  for (const control of at("bar").querySelectorAll("[data-history]")) {
    const by = Number(control.dataset.history);
    control.append(picture({ "-1": "back", 1: "forward", 0: "reload" }[by]));
    control.addEventListener("click", () => remote("history", { by }));
  }

  // --- pictures ---------------------------------------------------------------------------------
  const fit = () => {
    scale = Math.min(view.clientWidth / page.width, view.clientHeight / page.height);
    if (hello.window) scale = Math.min(scale, 1);
    const [width, height] = [page.width * scale, page.height * scale];
    Object.assign(canvas.style, {
      width: `${width}px`,
      height: `${height}px`,
      left: `${Math.max(0, (view.clientWidth - width) / 2)}px`,
      top: `${hello.window ? Math.max(0, (view.clientHeight - height) / 2) : 0}px`,
    });
    if (sheet.firstChild?.matches(".options")) placeOptions();
  };
  const draw = async (number, width, height, jpeg) => {
    try {
      const bitmap = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
      // Pictures can be ready in another order than they came in.
      if (number > drawn) {
        drawn = number;
        if (canvas.width !== bitmap.width) canvas.width = bitmap.width;
        if (canvas.height !== bitmap.height) canvas.height = bitmap.height;
        canvas.getContext("2d", { alpha: false }).drawImage(bitmap, 0, 0);
        if (page.width !== width || page.height !== height) page = { width, height };
        fit();
        view.classList.remove("waiting");
      }
      bitmap.close();
    } finally {
      line().seen(number);
    }
  };

  // --- size -------------------------------------------------------------------------------------
  let timer = 0;
  const resize = () => {
    if (hello.window || over !== null) return;
    const size = { width: Math.max(SMALLEST, Math.round(view.clientWidth)), height: Math.max(SMALLEST, Math.round(view.clientHeight)) };
    line().remote("resize", size);
  };
  new ResizeObserver(() => {
    fit();
    clearTimeout(timer);
    timer = setTimeout(resize, RESIZE_AFTER);
  }).observe(view);

  // --- input ------------------------------------------------------------------------------------
  const place = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return { x: ((clientX - box.left) / box.width) * page.width, y: ((clientY - box.top) / box.height) * page.height };
  };
  const input = listen({
    canvas,
    keys: at("keys"),
    place,
    send: (type, rest) => !lost && over === null && line().remote(type, rest),
    leave: toPanel,
    // Escape ends picking here too; the page would not know what it was for.
    mine: (event) => picking !== null && event.key === "Escape" && line().command("cancelPick"),
  });
  document.addEventListener("keydown", (event) => {
    if (!input.isWayOut(event) || event.target === at("keys")) return;
    event.preventDefault();
    (sheet.querySelector("button, input, select") ?? at("keys")).focus();
  });

  // --- address and tabs -------------------------------------------------------------------------
  let url = "";
  at("bar").addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = address.value.trim();
    if (!typed) return;
    remote("navigate", { url: typed });
    at("keys").focus();
  });
  address.addEventListener("focus", () => address.select());
  address.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    address.value = url;
    at("keys").focus();
  });
  address.addEventListener("blur", () => (address.value = url));
  const showTabs = (tabs) => {
    const front = tabs.find((tab) => tab.front);
    url = front && front.url !== "about:blank" ? front.url : "";
    if (document.activeElement !== address) address.value = url;
    const focused = document.activeElement?.closest?.(".tab")?.dataset.tab;
    at("tabs").replaceChildren(
      ...tabs.map((tab) => {
        const words = tab.title || tab.url || "New tab";
        const name = el("button", { type: "button", role: "tab", "aria-selected": String(tab.front), title: words, dir: "auto", onclick: () => remote("front", { tab: tab.tab }) }, words);
        name.tabIndex = tab.front ? 0 : -1;
        const close = button(`Close tab ${words}`, { class: "quiet", onclick: () => remote("closeTab", { tab: tab.tab }) }, picture("close"));
        return el("div", { class: `tab${tab.front ? " front" : ""}${tab.loading ? " loading" : ""}`, role: "presentation", "data-tab": tab.tab }, name, close);
      }),
    );
    if (focused !== undefined) at("tabs").querySelector(`[data-tab="${focused}"] [role=tab]`)?.focus();
  };
  at("tabs").addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const all = [...at("tabs").querySelectorAll("[role=tab]")];
    all[(all.indexOf(event.target) + by + all.length) % all.length]?.focus();
  });

  // --- what the page waits for ------------------------------------------------------------------
  const close = () => {
    const had = sheet.contains(document.activeElement);
    sheet.className = "";
    sheet.replaceChildren();
    latest = null;
    if (had) at("keys").focus();
  };
  const put = (node, list = false) => {
    input.release();
    sheet.className = list ? "list" : "";
    sheet.replaceChildren(node);
    (node.querySelector("[data-first]") ?? node.querySelector("button"))?.focus();
  };
  const cancels = (node, cancel) =>
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      cancel();
    });

  const dialog = ({ kind, message, default: preset }) => {
    const leaving = kind === "beforeunload";
    const field = kind === "prompt" && el("input", { value: preset, "aria-label": "Answer", dir: "auto", "data-first": true });
    const answer = (accept) => {
      remote("dialog", { accept, text: accept && field ? field.value : null });
      close();
    };
    const title = leaving ? "Leave the page?" : "The page says";
    const form = el(
      "form",
      { class: "sheet", role: "alertdialog", "aria-labelledby": "sheet-title", "aria-describedby": "sheet-text" },
      el("h2", { id: "sheet-title" }, title),
      el("p", { id: "sheet-text", dir: "auto" }, message || (leaving ? "Changes that you made may not be saved." : "")),
      field,
      el(
        "div",
        { class: "answers" },
        kind !== "alert" && el("button", { type: "button", class: "plain", onclick: () => answer(false) }, leaving ? "Stay" : "Cancel"),
        el("button", { class: "main", "data-first": !field }, leaving ? "Leave" : "OK"),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer(true);
    });
    cancels(form, () => answer(false));
    put(form);
    field && field.select();
  };

  const chooser = ({ multiple, accept }) => {
    const asked = latest;
    const limit = Math.floor(hello.fileLimit / 1024 / 1024);
    const chosen = el("input", { type: "file", multiple, accept: accept || undefined, hidden: true });
    const words = el("p", { class: "soft", role: "status" }, `Up to ${limit} MB each. They are copied to the machine that records, and removed there at the end of the recording.`);
    const choose = el("button", { type: "button", class: "main", "data-first": true, onclick: () => chosen.click() }, multiple ? "Choose files…" : "Choose a file…");
    const cancel = () => {
      line().files([]);
      close();
    };
    const take = async (files) => {
      if (files.length === 0) return;
      const large = files.find((file) => file.size > hello.fileLimit);
      if (large) {
        words.textContent = `${large.name} is larger than ${limit} MB. Choose another file.`;
        return;
      }
      choose.disabled = true;
      const numbers = [];
      for (const file of files.slice(0, multiple ? files.length : 1)) {
        words.textContent = `Sending ${file.name}…`;
        try {
          const answer = await fetch(`files?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
          const text = await answer.text();
          if (!answer.ok) throw new Error(text);
          numbers.push(Number(text));
        } catch (error) {
          words.textContent = `${file.name} could not be sent: ${error.message}`;
          choose.disabled = false;
          return;
        }
      }
      if (latest !== asked) return; // no longer waited for
      line().files(numbers);
      close();
    };
    chosen.addEventListener("change", () => take([...chosen.files]));
    const card = el(
      "div",
      { class: "sheet", role: "dialog", "aria-labelledby": "sheet-title" },
      el("h2", { id: "sheet-title" }, multiple ? "The page asks for files" : "The page asks for a file"),
      accept && el("p", {}, `It wants ${accept.split(",").map((kind) => kind.trim()).join(", ")}`),
      words,
      chosen,
      el("div", { class: "answers" }, el("button", { type: "button", class: "plain", onclick: cancel }, "Cancel"), choose),
    );
    card.addEventListener("dragover", (event) => {
      event.preventDefault();
      card.classList.add("drop");
    });
    card.addEventListener("dragleave", () => card.classList.remove("drop"));
    card.addEventListener("drop", (event) => {
      event.preventDefault();
      card.classList.remove("drop");
      take([...event.dataTransfer.files]);
    });
    cancels(card, cancel);
    put(card);
  };

  const options = ({ options: all, multiple }) => {
    const parts = [];
    let group = null;
    all.forEach((one, index) => {
      const option = el("option", { value: index, disabled: one.disabled, dir: "auto" }, one.label || " ");
      option.selected = one.selected;
      if (one.group && group?.label !== one.group) parts.push((group = el("optgroup", { label: one.group })));
      if (!one.group) group = null;
      if (group) group.append(option);
      else parts.push(option);
    });
    const rows = all.length + parts.filter((part) => part.matches("optgroup")).length;
    const select = el("select", { multiple, size: Math.max(2, Math.min(12, rows)), "data-first": true, "aria-label": "Options" });
    select.append(...parts);
    const answer = (chosen) => {
      remote("choose", { chosen });
      close();
    };
    const done = () => answer([...select.selectedOptions].map((option) => Number(option.value)));
    if (!multiple) {
      select.addEventListener("click", (event) => event.target.closest("option:not(:disabled)") && done());
      select.addEventListener("change", (event) => event.isTrusted || done());
    }
    select.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      done();
    });
    const box = el(
      "div",
      { class: "options", role: "dialog", "aria-label": "Drop-down list" },
      select,
      multiple && el("div", { class: "answers" }, el("button", { type: "button", class: "plain", onclick: () => answer(null) }, "Cancel"), el("button", { type: "button", class: "main", onclick: done }, "Choose")),
    );
    cancels(box, () => answer(null));
    put(box, true);
    sheet.onpointerdown = (event) => event.target === sheet && answer(null);
    placeOptions();
  };
  // Below its field, or above when there is no room.
  const placeOptions = () => {
    const box = sheet.firstChild;
    const [left, top, width, height] = latest.field.map((px) => px * scale);
    const [x, y] = [canvas.offsetLeft + left, canvas.offsetTop + top];
    box.style.minWidth = `${Math.min(width, view.clientWidth - 8)}px`;
    const below = y + height + 2;
    const fits = below + box.offsetHeight <= view.clientHeight;
    box.style.left = `${Math.max(4, Math.min(x, view.clientWidth - box.offsetWidth - 4))}px`;
    box.style.top = `${Math.max(4, fits ? below : Math.min(y - box.offsetHeight - 2, view.clientHeight - box.offsetHeight - 4))}px`;
  };

  const tell = (title, words) => {
    sheet.className = "";
    sheet.replaceChildren(el("div", { class: "sheet", role: "status" }, el("h2", {}, title), el("p", { class: "soft", dir: "auto" }, words)));
  };

  const show = (shown) => {
    if (shown.type === "tabs") showTabs(shown.tabs);
    // A shape by its name; a page's own picture would have to be fetched from its site.
    else if (shown.type === "cursor") canvas.style.cursor = /^[a-z-]+$/.test(shown.cursor) ? shown.cursor : "default";
    else if (shown.type === "closed") close();
    else {
      latest = shown;
      sheet.onpointerdown = null;
      if (shown.type === "dialog") dialog(shown);
      else if (shown.type === "chooser") chooser(shown);
      else if (shown.type === "options") options(shown);
    }
  };

  const state = (now) => {
    picking = now.picking;
    if (now.over !== null && over === null) {
      over = now.over;
      close();
      tell("The recording is over", over);
    } else if (now.lost !== lost) {
      lost = now.lost;
      if (lost) {
        input.forget();
        tell("Connection lost", "Trying again… If the recorder was ended in its terminal, the recording is saved and this page can be closed.");
      } else close(); // what is waited for is told anew
    }
  };
  return { draw, show, state, again: () => { drawn = 0; resize(); } };
};
