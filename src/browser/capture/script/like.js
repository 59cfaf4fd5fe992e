// Like items: products in a grid, rows of a table, results of a search. Selectors that find all of
// them and nothing else were tried here.
(() => {
  "use strict";
  const { rehearsal } = globalThis;
  const { capture, isVolatile, isWeak, TEST_IDS } = rehearsal;

  const FEWEST = 3;
  const MOST = 2000;
  /** Items of these differ in what they do, not in what they are about. */
  const CONTROLS =
    "nav,header,footer,[role=navigation],[role=menu],[role=menubar],[role=tablist],[role=toolbar],[role=radiogroup],fieldset";
  const ITEMS = "li,tr,[role=row],[role=listitem],[role=option],article,section,div,a,label,button,td";

  const firm = (value) => value && !isVolatile(value) && !/\d/.test(value);
  const testOf = (element) => {
    const name = TEST_IDS.find((each) => firm(element.getAttribute(each)));
    return name ? `[${name}="${CSS.escape(element.getAttribute(name))}"]` : "";
  };

  /** Tag, test id and classes of a kind of thing: what is the same for all of it. */
  const kindOf = (element) => CSS.escape(element.localName) + testOf(element);
  const classesOf = (element) => [...element.classList].filter(firm).slice(0, 2).map((name) => `.${CSS.escape(name)}`).join("");

  const likeSiblings = (item) => {
    const kind = kindOf(item);
    const classes = classesOf(item);
    const same = (each) => each.localName === item.localName &&
      (each.className === item.className || classesOf(each) === classes) && kindOf(each) === kind;
    return [...(item.parentElement?.children ?? [])].filter(same);
  };

  /** The way from an item down to an element in it, as a selector. */
  function pathIn(item, element) {
    const path = [];
    for (let each = element; each !== item; each = each.parentElement) {
      if (!each) return null;
      path.unshift(kindOf(each) + classesOf(each));
    }
    return path;
  }

  function* around(element) {
    for (let each = element, up = 0; each?.parentElement && up < 6; each = each.parentElement, up += 1) yield each;
  }

  /** Selectors that may find all: by a test id, by the nearest mark around the list, by kind alone. */
  function* guesses(element, item, path) {
    if (testOf(element)) yield testOf(element);
    const list = item.parentElement;
    const own = path.length ? path.at(-1) : "";
    const each = kindOf(item) + classesOf(item);
    const inner = own ? `${each} ${own}` : each;
    const whole = [each, ...path].join(" > ");
    const mark = (root) => (firm(root.id) ? `#${CSS.escape(root.id)}` : testOf(root) || classesOf(root));
    for (const way of [inner, whole]) {
      if (item.classList.length || testOf(item)) yield way;
      for (let root = list, up = 0; root && root !== document.body && up < 3; root = root.parentElement, up += 1) {
        if (mark(root)) yield `${mark(root)} ${root === list ? "> " : ""}${way}`;
      }
      yield `${CSS.escape(list.localName)} > ${way}`;
    }
  }

  /** The items, and in each the thing that is like the element. */
  function allLike(element, item, path) {
    const query = path.length ? `:scope > ${path.join(" > ")}` : "";
    const text = path.length && element.matches("button,[role=button]") ? rehearsal.squash(element.textContent) : null;
    const all = [];
    for (const each of likeSiblings(item)) {
      let found = query ? [...each.querySelectorAll(query)] : [each];
      if (text !== null && found.length > 1) found = found.filter((other) => rehearsal.squash(other.textContent) === text);
      if (found.length > 1) return [];
      all.push(...found);
    }
    return all;
  }

  /** As a `Like`; null when it is no such item. */
  capture.likeOf = (element) => {
    if (element.getRootNode() !== document || element.closest(CONTROLS) || element.matches("option,input,select,textarea")) return null;
    for (const item of around(element)) {
      if (item.matches("body,main,form")) return null;
      if (!item.matches(ITEMS)) continue;
      const siblings = likeSiblings(item);
      if (siblings.length < FEWEST || siblings.length > MOST) continue;
      const path = pathIn(item, element);
      const wanted = new Set(allLike(element, item, path));
      if (wanted.size < FEWEST || !wanted.has(element)) continue;
      // Things that all say the same, or nothing, are no items to choose from.
      const texts = new Set(siblings.slice(0, 50).map((each) => rehearsal.squash(each.textContent)));
      if (texts.size < FEWEST) continue;
      const selectors = [];
      for (const value of guesses(element, item, path)) {
        const found = [...document.querySelectorAll(value)];
        const same = found.length === wanted.size && found.every((each) => wanted.has(each));
        if (same && !selectors.includes(value) && !isWeak([{ kind: "css", value }])) selectors.push(value);
        if (selectors.length === 2) break;
      }
      if (selectors.length) return { selectors, count: wanted.size };
    }
    return null;
  };
})();
