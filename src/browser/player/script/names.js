// Accessible names and roles, after the accname specification and Chromium's reading of it.
(() => {
  "use strict";
  const rehearsal = (globalThis.rehearsal ??= {});

  const squash = (text) => text.replace(/\s+/g, " ").trim();

  const INPUT_ROLES = {
    button: "button", submit: "button", reset: "button", image: "button", file: "button",
    checkbox: "checkbox", radio: "radio", number: "spinbutton", range: "slider",
  };

  function inputRole(input) {
    const type = input.type;
    if (INPUT_ROLES[type]) return INPUT_ROLES[type];
    if (input.hasAttribute("list")) return "combobox";
    return type === "search" ? "searchbox" : "textbox";
  }

  const outsideSections = (element) => !element.closest("article,aside,main,nav,section");

  const TAG_ROLES = {
    ARTICLE: "article", ASIDE: "complementary", BUTTON: "button", DATALIST: "listbox",
    DD: "definition", DETAILS: "group", DIALOG: "dialog", DT: "term", FIELDSET: "group",
    FIGURE: "figure", FORM: "form", H1: "heading", H2: "heading", H3: "heading", H4: "heading",
    H5: "heading", H6: "heading", HR: "separator", HTML: "document", LI: "listitem",
    MAIN: "main", MENU: "list", METER: "meter", NAV: "navigation", OL: "list",
    OPTGROUP: "group", OPTION: "option", OUTPUT: "status", P: "paragraph",
    PROGRESS: "progressbar", SEARCH: "search", SUMMARY: "button", TABLE: "table",
    TBODY: "rowgroup", TD: "cell", TEXTAREA: "textbox", TFOOT: "rowgroup", THEAD: "rowgroup",
    TR: "row", UL: "list",
    A: (e) => (e.hasAttribute("href") ? "link" : "generic"),
    AREA: (e) => (e.hasAttribute("href") ? "link" : "generic"),
    FOOTER: (e) => (outsideSections(e) ? "contentinfo" : "generic"),
    HEADER: (e) => (outsideSections(e) ? "banner" : "generic"),
    IMG: (e) => (e.getAttribute("alt") === "" && !e.title ? "presentation" : "img"),
    INPUT: inputRole,
    SECTION: (e) =>
      e.hasAttribute("aria-label") || e.hasAttribute("aria-labelledby") ? "region" : "generic",
    SELECT: (e) => (e.multiple || e.size > 1 ? "listbox" : "combobox"),
    TH: (e) => (e.scope === "row" || e.scope === "rowgroup" ? "rowheader" : "columnheader"),
    svg: "img",
  };

  const SYNONYMS = { image: "img", none: "presentation", gridcell: "cell", directory: "list" };

  const canonicalRole = (role) => SYNONYMS[role] ?? role;

  function roleOf(element) {
    const explicit = (element.getAttribute("role") ?? "").trim().split(/\s+/)[0].toLowerCase();
    if (explicit) return canonicalRole(explicit);
    const implicit = TAG_ROLES[element.tagName];
    return canonicalRole(typeof implicit === "function" ? implicit(element) : (implicit ?? "generic"));
  }

  const NAMED_BY_CONTENT = new Set([
    "button", "cell", "checkbox", "columnheader", "heading", "link", "menuitem",
    "menuitemcheckbox", "menuitemradio", "option", "radio", "row", "rowheader", "switch", "tab",
    "tooltip", "treeitem",
  ]);

  const isHidden = (element, style) =>
    style.display === "none" || element.getAttribute("aria-hidden") === "true";

  function generated(element, pseudo) {
    const content = getComputedStyle(element, pseudo).content;
    const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(content);
    return quoted ? quoted[1].replace(/\\(.)/g, "$1") : "";
  }

  const childrenOf = (node) => {
    if (node.shadowRoot) return node.shadowRoot.childNodes;
    if (node.tagName === "SLOT" && node.assignedNodes().length) return node.assignedNodes();
    return node.childNodes;
  };

  /** Text of what stands inside, as a person would read it aloud. */
  function contentName(element, context) {
    let text = generated(element, "::before");
    for (const node of childrenOf(element)) {
      if (node.nodeType === Node.TEXT_NODE) {
        const typed = context.unfilled && element.isContentEditable;
        if (!typed && getComputedStyle(element).visibility === "visible") text += node.data;
      } else if (node.nodeType === Node.ELEMENT_NODE) {
        const style = getComputedStyle(node);
        if (isHidden(node, style) && !context.referenced) continue;
        const inner = nameOf(node, { ...context, within: true });
        text += style.display === "inline" || style.display === "contents" ? inner : ` ${inner} `;
      }
    }
    return text + generated(element, "::after");
  }

  function controlValue(element) {
    if (element.tagName === "SELECT") {
      return [...element.selectedOptions].map((option) => option.label).join(" ");
    }
    return ["checkbox", "radio", "password", "hidden", "file"].includes(element.type) ? "" : element.value;
  }

  const labelsOf = (element, context) =>
    [...(element.labels ?? [])]
      .map((label) => squash(nameOf(label, { ...context, within: true, labelled: element })))
      .filter(Boolean)
      .join(" ");

  /** The name that HTML itself gives: labels, alternative texts, captions. */
  function nativeName(element, context) {
    switch (element.tagName) {
      case "INPUT":
        if (["submit", "reset", "button"].includes(element.type)) {
          const fallback = { submit: "Submit", reset: "Reset", button: "" }[element.type];
          return labelsOf(element, context) || element.value || fallback;
        }
        if (element.type === "image") return element.alt || element.title || "Submit";
        return labelsOf(element, context) || element.title || element.placeholder;
      case "TEXTAREA":
        return labelsOf(element, context) || element.title || element.placeholder;
      case "SELECT": case "METER": case "OUTPUT": case "PROGRESS": case "BUTTON":
        return labelsOf(element, context);
      case "IMG": case "AREA":
        return element.alt;
      case "FIELDSET": return childName(element, "LEGEND", context);
      case "TABLE": return childName(element, "CAPTION", context);
      case "FIGURE": return childName(element, "FIGCAPTION", context);
      case "svg": return element.querySelector(":scope > title")?.textContent ?? "";
      case "OPTGROUP": case "OPTION": return element.label;
      default: return "";
    }
  }

  function childName(element, tag, context) {
    const child = [...element.children].find((candidate) => candidate.tagName === tag);
    return child ? nameOf(child, { ...context, within: true }) : "";
  }

  function nameOf(element, context = {}) {
    const visited = (context.visited ??= new Set());
    if (visited.has(element)) return "";
    visited.add(element);
    try {
      if (!context.referenced && element.hasAttribute("aria-labelledby")) {
        const names = element
          .getAttribute("aria-labelledby").trim().split(/\s+/)
          .map((id) => element.getRootNode().getElementById?.(id))
          .map((other) => other && (other === element
            ? ownName(element, { ...context, visited: new Set(), referenced: true, within: true })
            : nameOf(other, { ...context, visited, referenced: true, within: true })))
          .filter(Boolean);
        if (names.length) return squash(names.join(" "));
      }
      return ownName(element, context);
    } finally {
      visited.delete(element);
    }
  }

  function ownName(element, context) {
    if (["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE"].includes(element.tagName)) return "";
    const label = squash(element.getAttribute("aria-label") ?? "");
    if (label) return label;
    const isControl = element.matches("input,select,textarea");
    if (context.within && isControl && element !== context.labelled && !element.matches("[type=button],[type=submit],[type=reset],[type=image]")) {
      return context.unfilled ? "" : controlValue(element);
    }
    if (context.within && element === context.labelled) return "";
    const native = squash(nativeName(element, context) ?? "");
    if (native) return native;
    if (!isControl && (context.within || NAMED_BY_CONTENT.has(roleOf(element)))) {
      const text = contentName(element, context);
      if (context.within ? text : squash(text)) return context.within ? text : squash(text);
    }
    return squash(element.getAttribute("title") ?? "") ||
      squash(element.getAttribute("aria-placeholder") ?? "");
  }

  // Icon fonts put private-use characters into names, and spaces around blocks differ.
  const key = (name) => name.normalize().replace(/[\s\p{Co}\u200b-\u200d\ufeff]/gu, "");

  /** What is said of an element beside its name: `aria-describedby`, `aria-description`, else its
   * title, though the name may say the same. */
  function descriptionOf(element) {
    const ids = (element.getAttribute("aria-describedby") ?? "").trim().split(/\s+/).filter(Boolean);
    const others = ids.map((id) => element.getRootNode().getElementById?.(id)).filter(Boolean);
    if (ids.length) {
      return others.map((other) => nameOf(other, { visited: new Set(), referenced: true, within: true })).join(" ");
    }
    return element.getAttribute("aria-description") ?? element.getAttribute("title") ?? "";
  }

  const NAMEABLE =
    "a,area,button,input,select,textarea,option,optgroup,summary,img,svg,fieldset,table,figure," +
    "h1,h2,h3,h4,h5,h6,td,th,tr,meter,output,progress,[role],[aria-label],[aria-labelledby],[title],[aria-placeholder]";

  const LABELLED = "[aria-label],[aria-labelledby],option,optgroup";

  /** Whether an element may have this name, by its own text, which is all in the name of what is
   * named by its content: names are dear, and most elements of a page have other ones. */
  function mayBeNamed(element, wanted) {
    if (!NAMED_BY_CONTENT.has(roleOf(element)) || element.matches(LABELLED) || element.labels?.length) return true;
    for (let node = element.firstChild; node; node = node.nextSibling) {
      if (node.nodeType === Node.TEXT_NODE && !wanted.includes(key(node.data))) return element.shadowRoot !== null;
    }
    return true;
  }

  /** Elements of a tree with this accessible name and role, those hidden from people left out. */
  rehearsal.queryAria = (root, { name, role, description, loose }) => {
    const wantedRole = role === undefined ? undefined : canonicalRole(role);
    const plain = (text) => (loose ? key(text).toLowerCase() : key(text));
    const wantedName = name === undefined ? undefined : plain(name);
    const wantedDescription = description === undefined ? undefined : plain(description);
    const fits = (text, wanted) =>
      wanted === undefined || (loose ? plain(text()).includes(wanted) : plain(text()) === wanted);
    const matches = (element) =>
      (wantedRole === undefined || roleOf(element) === wantedRole) &&
      (loose || wantedName === undefined || mayBeNamed(element, wantedName)) &&
      fits(() => nameOf(element), wantedName) &&
      fits(() => descriptionOf(element), wantedDescription) &&
      !element.closest("[aria-hidden=true]") &&
      element.checkVisibility({ visibilityProperty: true });
    return [...root.querySelectorAll(wantedName === undefined ? "*" : NAMEABLE)].filter(matches);
  };
  rehearsal.nameOf = (element) => squash(nameOf(element));
  /** The name without what people typed into the fields that it is made of. */
  rehearsal.unfilledNameOf = (element) => squash(nameOf(element, { unfilled: true }));
  rehearsal.roleOf = roleOf;
  rehearsal.canonicalRole = canonicalRole;
  rehearsal.squash = squash;
})();
