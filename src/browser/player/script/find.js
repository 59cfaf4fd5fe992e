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
      case "aria": {
        const near = queryAria(root, part);
        return near.length ? near : openRoots(root).slice(1).flatMap((tree) => queryAria(tree, part));
      }
      default: throw new Error(`unknown selector ${part.kind}`);
    }
  }

  /** Elements that one alternative matches; none when it is not valid. */
  function resolve(chain) {
    let found = chain.length ? [document] : [];
    try {
      for (const [at, part] of chain.entries()) {
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
  const family = (chain) => (["aria", "text"].includes(chain.at(-1)?.kind) ? "seen" : "placed");

  /** Places counted among siblings say nothing of the element itself. */
  const isPositional = (chain) => chain.some((part) =>
    part.kind === "xpath" ? /\[\d+\]|position\(|last\(/.test(part.value)
      : part.kind === "css" || part.kind === "pierce" ? /:nth-|:first-|:last-|:only-/.test(part.value)
        : false);

  /** The one element that the alternatives agree on, or why there is none. */
  function decide(alternatives) {
    const votes = alternatives.map((chain) => {
      const { found, invalid } = resolve(chain);
      const seen = found.length > 1 ? found.filter(isVisible) : found;
      return { chain, found: seen.length ? seen : found, invalid };
    });
    const counts = votes.map((vote) => (vote.invalid ? -1 : vote.found.length));
    const visible = votes.some((vote) => vote.found.length === 1 && isVisible(vote.found[0]));
    let unique = votes.filter((vote) =>
      vote.found.length === 1 && (!visible || isVisible(vote.found[0])));
    if (unique.some((vote) => !isPositional(vote.chain))) {
      unique = unique.filter((vote) => !isPositional(vote.chain));
    }
    if (!unique.length) return { counts, ambiguous: votes.some((vote) => vote.found.length > 1) };
    const targets = new Set(unique.map((vote) => meant(vote.found[0])));
    if (targets.size > 1) {
      return { counts, ambiguous: true, contradicting: [...targets].map(describe) };
    }
    // Both families agreeing, or nothing left to come, needs no second look.
    const families = new Set(unique.map((vote) => family(vote.chain)));
    const certain = families.size === 2 || votes.every((vote) => vote.found.length > 0 || vote.invalid);
    return { counts, element: unique[0].found[0], certain };
  }

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

  /** `div#cart.modal`, as messages name elements. */
  function describe(element) {
    if (!element) return "nothing";
    const id = element.id ? `#${element.id}` : "";
    const classes = [...element.classList].slice(0, 2).map((name) => `.${name}`).join("");
    return `${element.localName}${id}${classes}`;
  }

  Object.assign(rehearsal, { resolve, decide, draw, isVisible, boxOf, retarget, describe });
})();
