// Finding: what each alternative of a step's selectors matches, and which element they agree on.
(() => {
  "use strict";
  const rehearsal = (globalThis.rehearsal ??= {});
  const { squash, queryAria } = rehearsal;

  /** The tree itself and every open shadow tree in it. */
  function openRoots(root) {
    const roots = [root];
    for (const each of roots) {
      if (each.shadowRoot) roots.push(each.shadowRoot);
      for (const element of each.querySelectorAll("*")) {
        if (element.shadowRoot) roots.push(element.shadowRoot);
      }
    }
    return roots;
  }

  const UNREAD = "script,style,noscript,template,head";

  function readText(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType === Node.ELEMENT_NODE && node.matches(UNREAD)) return "";
    return [...node.childNodes].map(readText).join("");
  }

  /** Deepest elements of one tree whose text contains the wanted one. */
  function textInTree(root, contains) {
    const found = [];
    const search = (element) => {
      if (element.matches?.(UNREAD) || !contains(element.textContent)) return false;
      let deeper = false;
      for (const child of element.children) deeper = search(child) || deeper;
      if (deeper) return true;
      if (!(element instanceof Element) || !contains(readText(element))) return false;
      found.push(element);
      return true;
    };
    for (const child of root.children) search(child);
    const valued = "textarea,input:not([type=checkbox],[type=radio],[type=hidden],[type=password],[type=image],[type=file])";
    for (const field of root.querySelectorAll(valued)) {
      if (contains(field.value) && !found.includes(field)) found.push(field);
    }
    return found;
  }

  function queryText(root, text) {
    const search = (contains) => openRoots(root).flatMap((tree) => textInTree(tree, contains));
    const exact = search((content) => content.includes(text));
    if (exact.length) return exact;
    const wanted = squash(text);
    return search((content) => squash(content).includes(wanted));
  }

  function queryXPath(root, expression) {
    const found = document.evaluate(expression, root, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE);
    return Array.from({ length: found.snapshotLength }, (_, at) => found.snapshotItem(at))
      .filter((node) => node instanceof Element);
  }

  function query(root, part) {
    switch (part.kind) {
      case "css": return [...root.querySelectorAll(part.value)];
      case "pierce": return openRoots(root).flatMap((tree) => [...tree.querySelectorAll(part.value)]);
      case "text": return queryText(root, part.value);
      case "xpath": return queryXPath(root, part.value);
      case "aria": return outermost(openRoots(root).flatMap((tree) => queryAria(tree, part)));
      default: throw new Error(`unknown selector ${part.kind}`);
    }
  }

  const hostsOf = function* (element) {
    for (let root = element.getRootNode(); root.host; root = root.host.getRootNode()) yield root.host;
  };

  /** A custom element and the control in its shadow tree often have the same name, and are one
   * thing to a person. A field is what takes a value, so it goes before its host. */
  function outermost(found) {
    if (found.length < 2) return found;
    const all = new Set(found);
    const inner = (element) => [...hostsOf(element)].filter((host) => all.has(host));
    for (const element of found) {
      const hosts = inner(element);
      if (!hosts.length) continue;
      if (element.matches("input,select,textarea")) hosts.forEach((host) => all.delete(host));
      else all.delete(element);
    }
    return [...all];
  }

  /** Elements that one alternative matches; none when it is not valid. */
  function resolve(chain) {
    let found = chain.length ? [document] : [];
    try {
      for (const [at, part] of chain.entries()) {
        if (part.kind === "only") {
          found = rehearsal.only(found, part, query);
          continue;
        }
        const roots = at === 0 ? found : found.map((element) => element.shadowRoot ?? element);
        found = [...new Set(roots.flatMap((root) => query(root, part)))];
      }
      return { found, invalid: false };
    } catch {
      return { found: [], invalid: true };
    }
  }

  /** Whether a person can see a box of it. Opacity is not looked at: a click goes there all the same. */
  function isVisible(element) {
    if (!isBoxless(element) && !element.checkVisibility({ visibilityProperty: true })) return false;
    return boxOf(element) !== null;
  }

  /** Its box in the viewport; of the first descendant that has one when it has none itself. */
  function boxOf(element) {
    if (element.localName === "area") return areaBox(element);
    const own = element.getBoundingClientRect();
    if (own.width > 0 && own.height > 0) return own;
    for (const child of element.querySelectorAll("*")) {
      const box = child.getBoundingClientRect();
      if (box.width > 0 && box.height > 0 && child.checkVisibility({ visibilityProperty: true })) return box;
    }
    return isBoxless(element) && element.parentElement?.checkVisibility({ visibilityProperty: true }) ? textBox(element) : null;
  }

  /** Parts of a page that have no box of their own and are seen all the same. */
  const isBoxless = (element) =>
    element.localName === "area" ||
    (element.isConnected && getComputedStyle(element).display === "contents");

  function textBox(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    const box = range.getBoundingClientRect();
    return box.width > 0 && box.height > 0 ? box : null;
  }

  /** The box of a part of an image map, in the viewport. */
  function areaBox(area) {
    const map = area.closest("map");
    const images = [...area.getRootNode().querySelectorAll("img[usemap]")];
    const image = images.find((each) => each.getAttribute("usemap") === `#${map?.name}`);
    if (!image || !image.checkVisibility({ visibilityProperty: true })) return null;
    const origin = image.getBoundingClientRect();
    const left = origin.left + image.clientLeft, top = origin.top + image.clientTop;
    const c = area.coords.split(",").map(Number);
    switch (area.shape) {
      case "circle": return new DOMRect(left + c[0] - c[2], top + c[1] - c[2], 2 * c[2], 2 * c[2]);
      case "default": return origin;
      default: {
        const across = c.filter((_, at) => at % 2 === 0), down = c.filter((_, at) => at % 2 === 1);
        const [x, y] = [Math.min(...across), Math.min(...down)];
        return new DOMRect(left + x, top + y, Math.max(...across) - x, Math.max(...down) - y);
      }
    }
  }

  const INTERACTIVE =
    "a[href],button,label,summary,select,textarea,input,[role=button],[role=link],[role=menuitem]," +
    "[role=tab],[role=option],[role=checkbox],[role=radio],[role=switch]";

  /** The thing a person would say was clicked: the link around an icon, the button around a word. */
  const retarget = (element) => element.closest(INTERACTIVE) ?? element;

  /** A label means its field, as far as agreeing goes. */
  const meant = (element) => {
    const target = retarget(element);
    return (target.localName === "label" && target.control) || target;
  };

  /** Names and texts are what people see; CSS and XPath are where it stands. */
  const family = (chain) => (["aria", "text"].includes(chain.findLast((part) => part.kind !== "only")?.kind) ? "seen" : "placed");

  /** Places counted among siblings say nothing of the element itself. */
  const isPositional = (part) =>
    part.kind === "xpath" ? /\[\d+\]|position\(|last\(/.test(part.value)
      : part.kind === "css" || part.kind === "pierce" ? /:nth-|:first-|:last-|:only-/.test(part.value)
        : part.kind === "only" && part.by === "nth";

  /** Counters of libraries (`mui-106`, `ember123`, `radix-:r1:`), which start anew on each page. */
  const COUNTED = new RegExp(
    "^(?:mui|ember|radix|headlessui|react-aria|react-select|downshift|rc|yui|ext-gen|ext-comp|gwt-uid|select2|" +
    "ui-id|cdk|mat|el-id|chakra|mantine|reach|tippy|dijit|uid)(?:[-_:].*\\d|\\d+$)|:r[0-9a-z]*:|«r[0-9a-z]*»|_r_[0-9a-z]+_", "i");
  /** Hashes of style sheets and bundlers (`css-1x2y`, `sc-bdVaJa`, `Button__2kLm9`), and GUIDs. */
  const HASHED = [
    /^(?:css|emotion|tss|svelte|astro|jsx|jss)-?[a-z0-9]*\d/i, /^css-[a-z0-9]{6,}$/i, /^sc-[a-z]{5,}/i,
    /^_?ng(?:content|host)-/, /[0-9a-f]{8}-[0-9a-f]{4}-/i, /(?:__|--)[a-zA-Z+]*\d[a-zA-Z0-9+]*[a-zA-Z][a-zA-Z0-9+]*$/,
    /(?:__|--)(?:[a-z]+[A-Z]+){2,}[a-z]*$/, /^_.+_[a-z0-9]{5,}_\d+$/,
  ];

  /** The same marks stand on many elements. */
  const judged = new Map();
  const MOST_JUDGED = 5000;

  /** Whether an id, a class or another mark looks as if a program made it up for this page load or
   * this build. It may name another element next time. */
  function isVolatile(mark) {
    let passing = judged.get(mark);
    if (passing === undefined) {
      if (judged.size >= MOST_JUDGED) judged.clear();
      judged.set(mark, (passing = isMadeUp(mark)));
    }
    return passing;
  }

  function isMadeUp(mark) {
    if (COUNTED.test(mark) || HASHED.some((pattern) => pattern.test(mark))) return true;
    return mark.split(/[-_:.]/).some((word) => {
      const changes = word.match(/\d(?=\D)|\D(?=\d)/g)?.length ?? 0;
      return (word.length >= 5 && changes >= (/[a-z]{4}/i.test(word) ? 5 : 3)) ||
        (/^[0-9a-f]{7,}$/i.test(word) && /\d/.test(word) && /[a-f]/i.test(word));
    });
  }

  const unescape = (text) => text.replace(/\\([0-9a-f]{1,6})\s?|\\(.)/gi, (_, code, plain) =>
    plain ?? String.fromCodePoint(parseInt(code, 16)));

  /** Ids, classes and values of attributes that a part of a selector names. */
  function marksOf(part) {
    if (part.kind === "xpath") {
      return [...part.value.matchAll(/@[\w-]+\s*(?:=|,)\s*(?:"([^"]*)"|'([^']*)')/g)].map((found) => found[1] ?? found[2]);
    }
    if (part.kind !== "css" && part.kind !== "pierce") return [];
    const marks = [];
    const attribute = /\[\s*[\w-]+\s*(?:[~|^$*]?=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\]\s]+)))?[^\]]*\]/g;
    const rest = part.value.replace(attribute, (_, double, single, plain) => {
      const value = double ?? single ?? plain;
      if (value) marks.push(unescape(value));
      return "";
    });
    for (const [, mark] of rest.matchAll(/[#.]((?:\\[0-9a-f]{1,6}\s?|\\.|[\w-]|[^\x00-\x7f])+)/gi)) marks.push(unescape(mark));
    return marks;
  }

  /** Whether an alternative only says where an element stands, or by what passing name it went. */
  const isWeak = (chain) => {
    if (chain.some(isPositional)) return true;
    if (family(chain) === "seen") return false;
    return !chain.flatMap(marksOf).some((mark) => !isVolatile(mark));
  };

  /** Whether it counts on a number (`#row-3`) where others on the page are numbered alike. */
  function isNumbered(chain) {
    const marks = chain.flatMap(marksOf).filter((mark) => /\d/.test(mark) && !isVolatile(mark));
    if (!marks.length) return false;
    const plain = (mark) => mark.replace(/\d+/g, "#");
    const wanted = new Set(marks.map(plain));
    const others = [...document.querySelectorAll("[id]")].filter((element) => wanted.has(plain(element.id)));
    return others.length > 1;
  }

  /** What people see (its name for assistive technology, its text) is one element, though a
   * numbered id stands on another: rows came in another order. Who else contradicts? */
  function agreedOn(votes, unique) {
    const seen = votes.filter((vote) => family(vote.chain) === "seen" && !vote.invalid);
    const [first] = seen;
    if (!first || new Set(seen.map((vote) => vote.chain.at(-1).kind)).size < 2) return undefined;
    if (seen.some((vote) => !unique.includes(vote) || meant(vote.found[0]) !== meant(first.found[0]))) return undefined;
    const element = meant(first.found[0]);
    const against = votes.filter((vote) => vote.found.length && !vote.found.some((each) => meant(each) === element));
    return against.every((vote) => isWeak(vote.chain) || isNumbered(vote.chain)) ? element : undefined;
  }

  /** What each alternative matches: the visible ones, when there are several. */
  const ballot = (alternatives) => alternatives.map((chain) => {
    const { found, invalid } = resolve(chain);
    const seen = found.length > 1 ? found.filter(isVisible) : found;
    return { chain, found: seen.length ? seen : found, invalid };
  });

  /** The one element that the alternatives agree on, or why there is none. `trusts` says how far an
   * element is like the recorded one (0 to 1, or nothing when nobody knows); `stale` tells which
   * alternatives matched nothing when others of the run did this step. */
  function decide(alternatives, { stale = [], trusts = () => undefined } = {}) {
    const votes = ballot(alternatives);
    const counts = votes.map((vote) => (vote.invalid ? -1 : vote.found.length));
    const of = (vote) => [...new Set(vote.found.map(meant))];
    const visible = votes.some((vote) => vote.found.length === 1 && isVisible(vote.found[0]));
    const unique = votes.filter((vote) =>
      of(vote).length === 1 && (!visible || vote.found.some(isVisible)));
    const several = votes.some((vote) => vote.found.length > 1);
    if (!unique.length) return { counts, votes, ambiguous: several };
    const strong = unique.filter((vote) => !isWeak(vote.chain));
    const counted = strong.length ? strong : unique;
    const targets = new Set(counted.map((vote) => meant(vote.found[0])));
    const [target] = targets;
    const supports = (vote) => of(vote).includes(target);
    // One that matches several, and not this one, names another thing too.
    for (const vote of votes) {
      if (vote.found.length > 1 && !isWeak(vote.chain) && !supports(vote)) targets.add(of(vote)[0]);
    }
    if (targets.size > 1) {
      return { counts, votes, ambiguous: true, contradicting: [...targets].map(describe), agreed: agreedOn(votes, unique) };
    }
    const { found: [element] } = counted[0];
    const seen = votes.filter((vote) => family(vote.chain) === "seen" && !vote.invalid);
    const unseen = seen.length > 0 && !seen.some(supports);
    const alone = seen.some((vote) => of(vote).length === 1 && supports(vote));
    let likeness;
    // An id that stands on another thing now: people saw another name.
    if (unseen && trusts.refuses?.(element)) return { counts, votes, doubted: element };
    if (!strong.length || (!alone && strong.every((vote) => isNumbered(vote.chain)))) {
      // A place, a number or a passing name alone is not enough where people saw another name.
      likeness = trusts(element);
      const doubted = likeness === undefined ? unseen : likeness < TRUSTED;
      if (doubted) return { counts, votes, doubted: element };
    }
    // Both families agreeing, or nothing left to come, needs no second look.
    const families = new Set(votes.filter((vote) => !isWeak(vote.chain) && supports(vote)).map((vote) => family(vote.chain)));
    const missing = votes.map((vote, at) => at).filter((at) => votes[at].found.length === 0 && !votes[at].invalid);
    const awaited = missing.filter((at) => !(stale[at] && rehearsal.quietMs() >= QUIET_ENOUGH_MS));
    const certain = families.size === 2 || !awaited.length ||
      (likeness ?? trusts(element) ?? 0) >= CERTAIN;
    return { counts, votes, element, certain, missing };
  }

  /** Likeness to the recorded element with which a place or a passing name is believed. */
  const TRUSTED = 0.65;
  /** Likeness with which it needs no other witness. */
  const CERTAIN = 0.85;
  /** How long the page must have kept still before an alternative that is known to be stale is not waited for. */
  const QUIET_ENOUGH_MS = 50;

  /** One of several like items, by the number drawn for this iteration. */
  function draw(alternatives, number) {
    const counts = [];
    for (const chain of alternatives) {
      const { found, invalid } = resolve(chain);
      const seen = found.filter(isVisible);
      counts.push(invalid ? -1 : seen.length);
      if (seen.length) return { counts, element: seen[number % seen.length], among: seen.length };
    }
    return { counts };
  }

  /** The one frame element that the alternatives agree on is kept for the asker. */
  rehearsal.findFrame = (alternatives) => {
    const { element, ambiguous } = decide(alternatives);
    rehearsal.framed = element?.matches("iframe,frame,object,embed") ? element : null;
    return { found: Boolean(rehearsal.framed), several: Boolean(ambiguous) };
  };

  /** `div#cart.modal`, as messages name elements. */
  function describe(element) {
    if (!element) return "nothing";
    const id = element.id ? `#${element.id}` : "";
    const classes = [...element.classList].slice(0, 2).map((name) => `.${name}`).join("");
    return `${element.localName}${id}${classes}`;
  }

  Object.assign(rehearsal, {
    readText, resolve, decide, draw, isVisible, boxOf, retarget, describe, openRoots, meant, ballot, isWeak, isVolatile, marksOf,
  });
})();
