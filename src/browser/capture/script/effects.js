// Effects: what came of a gesture. The page is compared with what it was at the gesture's first
// moment, whenever it has been quiet, and the last comparison is told when the next gesture begins.
(() => {
  "use strict";
  const { rehearsal } = globalThis;
  const { capture, isVisible, roleOf, squash } = rehearsal;

  const NOTABLE =
    "dialog,[role=dialog],[role=alertdialog],[popover],[role=alert],[role=status],h1,h2,h3,h4,[role=heading]," +
    "[role=tabpanel],[role=menu],[role=listbox],[role=region],section[aria-label],section[aria-labelledby]";
  const BUTTONS = "button,[role=button],[role=tab]";
  const MOST_NOTABLE = 400;
  const MOST = 3;
  const LONGEST_NAME = 60;
  const QUIET_MS = 300;
  const LONGEST_MS = 5000;
  const DIALOGS = ["dialog", "alertdialog"];
  const RANKS = [DIALOGS, ["alert", "status"], ["heading"], ["tabpanel", "menu", "listbox", "region"], ["button", "tab"]];

  const rankOf = (element) => {
    const role = roleOf(element);
    const rank = RANKS.findIndex((roles) => roles.includes(role));
    return rank < 0 ? RANKS.length : rank;
  };

  const LARGE = "dialog,[role=dialog],[role=alertdialog],[popover],[role=tabpanel],[role=region],section";

  /** Cheap words for a thing, to know it again when it was drawn anew. */
  const signOf = (element) => {
    const label = element.getAttribute("aria-label") ?? element.getAttribute("aria-labelledby");
    const text = element.matches(LARGE) ? element.querySelector("h1,h2,h3,h4")?.textContent : element.textContent;
    return `${element.getAttribute("role") ?? element.localName} ${label ?? ""} ${(text ?? "").slice(0, 60)}`;
  };

  /** Notable things that are seen. Of a page with very many, none: which ones came would not be known. */
  function look() {
    const seen = new Set();
    for (const selector of [NOTABLE, BUTTONS]) {
      const all = capture.query(selector);
      if (all.length > MOST_NOTABLE && selector === BUTTONS) continue;
      for (const element of all.slice(-MOST_NOTABLE)) if (isVisible(element)) seen.add(element);
    }
    return seen;
  }

  function stateOf(element) {
    const flag = (name) => {
      const value = element.getAttribute(name);
      return value === "true" ? true : value === "false" ? false : undefined;
    };
    const details = element.localName === "summary" ? element.closest("details") : null;
    const box = element.matches("input[type=checkbox],input[type=radio]");
    return {
      checked: box ? element.checked : flag("aria-checked"),
      expanded: details ? details.open : flag("aria-expanded"),
      pressed: flag("aria-pressed"),
      selected: flag("aria-selected"),
    };
  }

  /** How long what was looked at stays true of a page that does not change. */
  const FRESH_MS = 3000;
  let looked = null;

  /** Looks at the page, or knows it from a moment ago: that is done while the pointer rests, so that
   * a press need not wait for it. */
  capture.lookAtPage = () => {
    const count = capture.altered();
    if (looked?.count === count && capture.now() - looked.at < FRESH_MS) return looked;
    const seen = look();
    const dialogs = [...seen].filter((each) => rankOf(each) === 0).slice(0, 3);
    looked = {
      count, at: capture.now(), seen,
      signs: new Set([...seen].map(signOf)),
      dialogs: dialogs.map((each) => ({ element: each, told: capture.describe(each) })),
    };
    return looked;
  };

  /** The page at a gesture's first moment. */
  capture.before = (element) => {
    const { seen, signs, dialogs } = capture.lookAtPage();
    return {
      seen, signs, dialogs,
      state: element ? stateOf(element) : {},
      visible: Boolean(element) && isVisible(element),
      row: element ? rehearsal.rowOf(element).key : "",
      name: element ? rehearsal.nameOf(element) : "",
    };
  };

  let open = null;
  let timer = 0;

  /** From here on what comes of a gesture is watched. */
  capture.watch = (gesture, element, told, before) => {
    if (open?.gesture === gesture) return;
    close();
    capture.changed();
    capture.changes.worded.clear();
    capture.changes.gone.length = 0;
    open = { gesture, element, told, before, found: null, at: capture.now(), seen: -1 };
    timer = setTimeout(tick, QUIET_MS);
  };

  function tick() {
    timer = 0;
    if (!open) return;
    if (open.frozen) return;
    const count = capture.altered();
    const quiet = capture.now() - capture.changes.at >= QUIET_MS;
    if (quiet && open.seen !== count) compare(count);
    if (capture.now() - open.at >= LONGEST_MS) close();
    else timer = setTimeout(tick, QUIET_MS);
  }

  function close() {
    clearTimeout(timer);
    if (!open) return;
    const count = capture.altered();
    // The next gesture has begun: what was found a moment ago need not be looked for again.
    if (!open.found) compare(count);
    else if (open.seen !== count && !open.frozen) recheck(open.found);
    const { gesture, found } = open;
    open = null;
    if (!found.appears.length && !found.vanishes.length && !found.state) return;
    capture.tell({ ...gesture, ended: capture.now() }, { type: "effect", of: gesture.number, ...found });
  }
  capture.closeEffect = close;

  /** Something is done of which it is not known yet whether it does anything: what comes from here
   * on may be its effect. */
  capture.freezeEffect = () => {
    if (!open || open.frozen) return;
    if (!open.found) compare(capture.altered());
    open.frozen = true;
    clearTimeout(timer);
  };

  /** It did nothing. */
  capture.thawEffect = () => {
    if (!open?.frozen) return;
    open.frozen = false;
    timer = setTimeout(tick, QUIET_MS);
  };

  /** What assistive technology says of it; of a message its text. */
  function nameOf(element) {
    const name = rehearsal.nameOf(element);
    if (name || rankOf(element) !== 1) return name;
    return squash(element.innerText ?? "");
  }

  /** Whether a name is of the data rather than of the page. */
  function isData(name, { row, name: own }, told) {
    if (/\d/.test(name) || capture.holdsTyped(name) || capture.holdsSecret(name)) return true;
    const [plain, key, pressed] = [name, row, own].map((text) => text.toLowerCase());
    if (key && (plain.includes(key) || key.includes(plain))) return true;
    return Boolean(told?.like && pressed && (plain.includes(pressed) || pressed.includes(plain)));
  }

  function appearing({ before, told }, seen) {
    const fresh = [...seen].filter((element) => !before.seen.has(element) && !before.signs.has(signOf(element)));
    const named = fresh.map((element) => ({ element, name: nameOf(element), rank: rankOf(element) }))
      .filter(({ name, rank }) => name && name.length <= LONGEST_NAME && rank < RANKS.length && !isData(name, before, told));
    named.sort((a, b) => a.rank - b.rank);
    const best = [];
    for (const each of named) {
      // A button says little where something with a title came, and what is in a dialog came with it.
      const dull = each.rank === 4 && best.some(({ rank }) => rank < 4);
      const within = best.some(({ element }) => element.contains(each.element));
      if (!dull && !within && best.length < MOST && !best.some(({ name }) => name === each.name)) best.push(each);
    }
    return best.map(({ element }) => capture.describe(element));
  }

  const SHORTEST_WORDS = 3;

  /** New words, where nothing else tells that something came of it: no named thing, no request (the
   * page was told by a socket, say). Words that only moved, or that the page draws anew, are none. */
  function words({ element: own, told, before, gesture }) {
    const { worded, gone } = capture.changes;
    if (!worded.size || capture.requestsIn(gesture.began, capture.now(), { scripted: true }).length) return [];
    const wordsOf = (each) => squash(each.innerText ?? "");
    const fresh = [...worded].filter((each) => each.isConnected && each !== own && !each.contains(own) && isVisible(each));
    for (const each of fresh) {
      const text = wordsOf(each);
      const short = text.length >= SHORTEST_WORDS && text.length <= LONGEST_NAME;
      // What says that it goes on does not stay.
      if (!short || /(…|\.\.\.)$/.test(text) || isData(text, before, told) || gone.some((node) => squash(node.textContent ?? "").includes(text))) continue;
      const said = capture.describe(each);
      const selectors = said.selectors.filter((one) => JSON.stringify(one).includes(text));
      if (selectors.length) return [{ ...said, selectors }];
    }
    return [];
  }

  const isGone = (element) => !element.isConnected || !isVisible(element);

  /** Of a thing that went, the selectors that find nothing now; null when they do not say so. */
  function gone(told) {
    const known = capture.known(told.handle);
    if (!known) return null;
    const selectors = known.alternatives
      .filter(({ chain }) => !rehearsal.isWeak(chain) && !rehearsal.resolve(chain).found.some(isVisible))
      .map(({ text }) => text).filter((text) => told.selectors.includes(text));
    return selectors.length ? { ...told, selectors } : null;
  }

  function vanishing({ element, told, before }, appears) {
    const went = before.dialogs.filter((each) => isGone(each.element)).map((each) => each.told);
    const itself = element && told && before.visible && !told.like && !before.row && !appears.length && !went.length && isGone(element);
    if (itself && !isData(before.name, { row: "", name: "" }, told)) went.push(told);
    return went.map(gone).filter(Boolean);
  }

  function changedState({ element, before }) {
    if (!element?.isConnected) return null;
    const after = stateOf(element);
    const changed = Object.entries(after).filter(([name, value]) => value !== undefined && value !== before.state[name]);
    return changed.length ? Object.fromEntries(changed) : null;
  }

  /** What came and went again is no effect to wait for. */
  function recheck(found) {
    const stays = ({ handle }) => {
      const known = capture.known(handle);
      return known !== null && !isGone(known.element);
    };
    found.appears = found.appears.filter(stays);
    found.state = changedState(open);
  }

  function compare(count) {
    const appears = appearing(open, look());
    const [vanishes, state] = [vanishing(open, appears), changedState(open)];
    if (!appears.length && !vanishes.length && !state) appears.push(...words(open));
    open.found = { appears, vanishes, state };
    open.seen = count;
  }
})();
