// Selectors for an element, in the language of flows: each was tried here and finds it alone.
(() => {
  "use strict";
  const rehearsal = (globalThis.rehearsal ??= {});
  const { resolve, meant, roleOf, nameOf, unfilledNameOf, isVisible, isVolatile, rowOf, textOf, squash, TEST_IDS } = rehearsal;

  const MOST = 5;
  const LONGEST_TEXT = 60;

  const quoted = (value) => `"${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;

  /** CSS in the tree of the element; in shadow trees by `pierce/`, which searches them all. */
  const css = (element, value) => (element.getRootNode() === document
    ? { text: value, part: { kind: "css", value } }
    : { text: `pierce/${value}`, part: { kind: "pierce", value } });

  /** A number that stands at the end of a name (`Cart (3)`) is another one next time. */
  const COUNTED = /^(\D{2,}?)[\s:(\u2013-]*\d+[\s)]*$/;

  const sharesWords = (element, words) => [...element.getRootNode().querySelectorAll(CSS.escape(element.localName))]
    .some((other) => other !== element && other.textContent.includes(words));

  function* aria(element) {
    const [name, role] = [nameOf(element), roleOf(element)];
    if (!name || name.length > LONGEST_TEXT || role === "generic" || role === "presentation") return;
    // What a person typed into a field in it is part of its name, and passes.
    if (name !== unfilledNameOf(element)) return;
    const uncounted = COUNTED.exec(name)?.[1].trim();
    if (uncounted && !sharesWords(element, uncounted)) {
      const text = `aria/[name*=${quoted(uncounted)}][role=${quoted(role)}]`;
      yield { text, part: { kind: "aria", name: uncounted, role, loose: true } };
    }
    const plainly = !/[[\]"'\\]/.test(name) && name === squash(name);
    const text = plainly ? `aria/${name}[role=${quoted(role)}]` : `aria/[name=${quoted(name)}][role=${quoted(role)}]`;
    yield { text, part: { kind: "aria", name, role } };
  }

  function byText(element) {
    const text = squash(textOf(element));
    if (!text || text.length > LONGEST_TEXT || element.matches("input,select,textarea")) return null;
    return { text: `text/${text}`, part: { kind: "text", value: text } };
  }

  const firm = (value) => value && value.length <= 100 && !isVolatile(value);

  function* byMarks(element) {
    for (const name of TEST_IDS) {
      const value = element.getAttribute(name);
      if (firm(value)) yield css(element, `[${name}=${quoted(value)}]`);
    }
  }

  function* byAttributes(element) {
    const tag = element.localName;
    for (const name of ["placeholder", "name", "aria-label", "title", "alt"]) {
      const value = element.getAttribute(name);
      if (firm(value)) yield css(element, `${tag}[${name}=${quoted(value)}]`);
    }
  }

  function* byId(element) {
    if (firm(element.id)) yield css(element, `#${CSS.escape(element.id)}`);
  }

  /** Where a link leads, as long as that is a place and no record. */
  function* byAddress(element) {
    const address = element.localName === "a" && element.getAttribute("href");
    if (address && firm(address) && !/[\d?#]|^(?:javascript|data|blob):/i.test(address)) yield css(element, `a[href=${quoted(address)}]`);
  }

  function* byPlace(element) {
    const tag = element.localName;
    const classes = [...element.classList].filter(firm).map((name) => `.${CSS.escape(name)}`);
    for (const name of classes) yield css(element, `${tag}${name}`);
    for (let each = element.parentElement; each && each !== document.body; each = each.parentElement) {
      const test = TEST_IDS.find((name) => firm(each.getAttribute(name)));
      const mark = firm(each.id) ? `#${CSS.escape(each.id)}` : test && `[${test}=${quoted(each.getAttribute(test))}]`;
      if (!mark) continue;
      yield css(element, `${mark} ${tag}${classes[0] ?? ""}`);
      const type = element.getAttribute("type");
      if (type) yield css(element, `${mark} ${tag}[type=${quoted(type)}]`);
      return;
    }
    const form = element.closest("form,dialog,nav,main");
    const type = element.getAttribute("type");
    if (form && type) yield css(element, `${form.localName} ${tag}[type=${quoted(type)}]`);
  }

  const literal = (text) => (text.includes('"') ? (text.includes("'") ? null : `'${text}'`) : `"${text}"`);

  /** In its row: the row that holds this text, and in it the element with that text. */
  function byRow(element) {
    const { row, key: tell } = rowOf(element);
    const key = row && literal(tell);
    const own = literal(squash(element.textContent));
    if (!key || !own || key.length <= 2 || own.length <= 2 || element.getRootNode() !== document) return null;
    // What several rows say tells none of them.
    const says = (other) => [...other.querySelectorAll("*")].some((each) => squash(each.textContent) === tell);
    if ([...row.parentNode.children].some((other) => other !== row && other.textContent.includes(tell) && says(other))) return null;
    const value = `//${row.localName}[.//*[normalize-space()=${key}]]//${element.localName}[normalize-space()=${own}]`;
    return { text: `xpath/${value}`, part: { kind: "xpath", value } };
  }

  const SECTIONS = "section,article,aside,fieldset,dialog,form,[role=region],[role=group],[role=dialog]";
  const TITLES = "self::h1 or self::h2 or self::h3 or self::h4 or self::legend";

  /** In its section: the one with this title, and in it the element with that text. */
  function bySection(element) {
    const section = element.closest(SECTIONS);
    const title = section && literal(squash(section.querySelector("h1,h2,h3,h4,legend")?.textContent ?? ""));
    const own = literal(squash(element.textContent));
    if (!title || !own || title.length <= 2 || own.length <= 2 || own.length > LONGEST_TEXT || element.getRootNode() !== document) return null;
    const value = `//${section.localName}[.//*[${TITLES}][normalize-space()=${title}]]//${element.localName}[normalize-space()=${own}]`;
    return { text: `xpath/${value}`, part: { kind: "xpath", value } };
  }

  /** Counted from the nearest mark in one tree. */
  function counted(element, own = false) {
    const path = [];
    for (let each = element; each && each !== document.documentElement; each = each.parentElement) {
      if ((own || each !== element) && firm(each.id)) {
        path.unshift(`#${CSS.escape(each.id)}`);
        break;
      }
      const like = [...(each.parentNode?.children ?? [])].filter((other) => other.localName === each.localName);
      path.unshift(like.length > 1 ? `${each.localName}:nth-of-type(${like.indexOf(each) + 1})` : each.localName);
    }
    return path.join(" > ");
  }

  /** The same from tree to tree, as a chain: what is left when nothing else tells it apart. */
  function byCounting(element) {
    const path = [];
    for (let each = element; each; each = each.getRootNode().host) path.unshift(counted(each, each !== element));
    const chain = path.map((value) => ({ kind: "css", value }));
    return { text: path.length === 1 ? path[0] : path, chain };
  }

  /** Whether an alternative finds the element, and nothing else that can be seen. */
  function findsAlone(chain, element) {
    const { found } = resolve(chain);
    const own = meant(element);
    if (found.length < 2) return found.length === 1 && meant(found[0]) === own;
    let seen = false;
    for (const each of found) {
      const other = meant(each) !== own;
      if ((other || !seen) && isVisible(each)) {
        if (other) return false;
        seen = true;
      }
    }
    return seen;
  }

  /** Whether players that take the first match, seen or not, get this element, too. They ask the accessibility tree
   * for names, where nothing hidden stands. */
  function isFirst(chain, element) {
    if (chain.at(-1).kind === "aria") return true;
    const [first] = resolve(chain).found;
    return meant(first) === meant(element) && (first === element || hasRoom(first));
  }

  /** Words for screen readers alone have a box of one pixel: a pointer never gets to them, though to what they name. */
  function hasRoom(element) {
    const { width, height } = element.getBoundingClientRect();
    return width > 1 && height > 1;
  }

  /** Whether another element that can be seen says the same: then neither name nor text tells it apart. */
  function hasTwin(element) {
    const text = element.textContent;
    if (!text.trim()) return false;
    const alike = element.getRootNode().querySelectorAll(CSS.escape(element.localName));
    return [...alike].some((other) => other !== element && other.textContent === text && isVisible(other) &&
      meant(other) !== meant(element) && !other.contains(element) && !element.contains(other) &&
      ["aria-label", "aria-labelledby", "title", "role"].every((name) => other.getAttribute(name) === element.getAttribute(name)));
  }

  /** Alternatives that find the element alone, best first: each as in a flow (`text`) and in parts
   * (`chain`). */
  rehearsal.alternativesOf = (element, most) => {
    const alone = (chain) => findsAlone(chain, element);
    const first = (chain) => alone(chain) && isFirst(chain, element);
    const made = usableOf(element, most, first);
    if (made.length) return made;
    const unsure = usableOf(element, most, alone);
    const last = byCounting(element);
    return unsure.length || !alone(last.chain) ? unsure : [last];
  };

  /** Those that are usable, by their text. */
  function usableOf(element, most, usable) {
    const made = new Map();
    const twin = hasTwin(element);
    const kinds = [
      byMarks(element), twin && !element.labels?.length ? [] : aria(element), byAttributes(element), [byRow(element)], byId(element),
      twin ? [] : [byText(element)], byAddress(element), byPlace(element),
    ];
    for (const kind of kinds) {
      // One of a kind: five that break together are worth no more than one.
      for (const each of made.size < most ? kind : []) {
        if (!each || made.has(each.text) || !usable([each.part])) continue;
        made.set(each.text, { text: each.text, chain: [each.part] });
        break;
      }
    }
    if (made.size < 3) {
      const titled = bySection(element);
      if (titled && usable([titled.part])) made.set(titled.text, { text: titled.text, chain: [titled.part] });
    }
    return [...made.values()];
  }

  /** At most five selectors that find the element alone, best first. */
  rehearsal.selectorsOf = (element) => rehearsal.alternativesOf(element, MOST).map(({ text }) => text);
  rehearsal.findsAlone = findsAlone;
})();
