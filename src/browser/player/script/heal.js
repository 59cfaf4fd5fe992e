// Healing: when the selectors name no one element any more, the one that looks like the recorded
// element, if there is exactly one. Late, so that it never fires on a page that is still coming.
(() => {
  "use strict";
  const rehearsal = (globalThis.rehearsal ??= {});
  const {
    openRoots, retarget, meant, isWeak, isVolatile, isVisible, marksOf, roleOf, compare, decide, rowOf,
    isDestructive, TEST_IDS,
  } = rehearsal;

  /** No element came or went for so long: longer than a stale selector is given, shorter than a
   * person would look for. */
  const QUIET_MS = 800;
  /** On a page that never keeps still, so long must the same element have been the best, ms. */
  const STEADY_MS = 500;
  /** What a candidate needs, and by how much it must be better than the next one. */
  const ON_QUIET_PAGE = { score: 0.75, gap: 0.15 };
  const LATE = { score: 0.65, gap: 0.2 };
  /** The same when only the selectors themselves tell what it looked like. */
  const BY_SELECTORS = { score: 0.85, gap: 0.2 };
  /** What another user of the run found, tried at once. */
  const SHARED = 0.65;
  /** Scoring a large page takes some time: not at each look, and never most of the page's time. */
  const LOOK_AGAIN_MS = 150;
  const REST = 4;
  const MOST_COMPARED = 40;

  const now = () => performance.now();

  // How long the page has kept still: watched from the first time that somebody asks.
  let watched = new WeakSet();
  let changed = 0;
  let scanned = -Infinity;
  let observer = null;

  const UNSEEN = "script,style,link,meta,noscript,template";
  const isElement = (node) => node.nodeType === Node.ELEMENT_NODE && !node.matches(UNSEEN);
  // Text that changes by itself (a clock) is no sign of a page that is still coming.
  const isMaterial = (record) =>
    record.type === "attributes" || [...record.addedNodes, ...record.removedNodes].some(isElement);

  function quietMs() {
    if (!observer) {
      changed = now();
      observer = new MutationObserver((records) => {
        if (records.some(isMaterial)) changed = now();
      });
    }
    if (now() - scanned > LOOK_AGAIN_MS) {
      scanned = now();
      for (const root of openRoots(document)) {
        if (watched.has(root) || root instanceof Element) continue;
        watched.add(root);
        observer.observe(root, {
          childList: true, subtree: true, attributes: true, attributeFilter: ["hidden", "aria-busy", "open", "disabled"],
        });
      }
    }
    if (document.readyState === "loading") return 0;
    if ([...document.querySelectorAll("[aria-busy=true]")].some(isVisible)) return 0;
    return now() - changed;
  }

  /** Nobody asks any more. */
  function settleDown() {
    observer?.disconnect();
    observer = null;
    watched = new WeakSet();
    scanned = -Infinity;
  }

  /** What the selectors themselves say of the element. */
  function describedBy(alternatives) {
    const print = { attributes: {} };
    for (const chain of alternatives) {
      const part = chain.at(-1);
      if (part.kind === "aria") {
        print.name ??= part.name;
        print.role ??= part.role && rehearsal.canonicalRole(part.role);
      }
      if (part.kind === "text") print.text ??= part.value;
      if (part.kind === "css" || part.kind === "pierce") {
        const last = part.value.split(/[\s>+~]+/).at(-1);
        const tag = /^[a-z][\w-]*/i.exec(last)?.[0];
        if (tag) print.tag ??= tag.toLowerCase();
        const id = /#((?:\\.|[\w-])+)/.exec(last)?.[1];
        if (id && !id.includes("\\")) print.attributes.id ??= id;
        for (const name of TEST_IDS) {
          const value = new RegExp(`\\[${name}=["']?([^"'\\]]+)`).exec(last)?.[1];
          if (value) print.attributes[name] ??= value;
        }
      }
    }
    return print;
  }

  const isTestId = (chain) => chain.some((part) => TEST_IDS.some((name) => part.value?.includes(`[${name}=`)));

  /** How much an alternative's word counts. */
  function weightOf(chain) {
    if (isWeak(chain)) return chain.flatMap(marksOf).some(isVolatile) ? 0.05 : 0.3;
    if (isTestId(chain)) return 4;
    return chain.at(-1).kind === "aria" ? 3 : 2;
  }

  const usable = (element) => isVisible(element) || element.matches("input[type=file],input[type=checkbox],input[type=radio]");

  /** Elements that may be the one: what the selectors match, and all with the same tag or role. */
  function candidatesOf(print, votes) {
    const named = votes.flatMap((vote) => vote.found.slice(0, MOST_COMPARED)).map(retarget);
    const alike = [];
    for (const root of openRoots(document)) {
      if (root instanceof Element) continue;
      for (const element of root.querySelectorAll("*")) {
        const same = element.localName === print.tag || (print.role && print.role !== "generic" && roleOf(element) === print.role);
        if (same) alike.push(element);
      }
    }
    const rest = alike.filter(usable);
    if (rest.length > MOST_COMPARED) {
      const word = (print.name || print.text || "").toLowerCase();
      const marks = Object.values(print.attributes ?? {});
      const rank = (element) => {
        const said = `${element.textContent.slice(0, 200)} ${element.getAttribute("aria-label") ?? ""} ${element.title ?? ""} ${element.value ?? ""}`;
        const marked = marks.filter((mark) => [...element.attributes].some((attribute) => attribute.value === mark)).length;
        return marked + (word && said.toLowerCase().includes(word) ? 2 : 0);
      };
      const ranks = new Map(rest.map((element) => [element, rank(element)]));
      rest.sort((a, b) => ranks.get(b) - ranks.get(a));
    }
    return [...new Set([...named.filter(usable), ...rest.slice(0, MOST_COMPARED)])];
  }

  /** The candidates with their scores, best first; those that cannot be it left out. */
  function rank(print, votes) {
    const alive = votes.filter((vote) => vote.found.length);
    const weight = alive.reduce((sum, vote) => sum + weightOf(vote.chain), 0);
    const shareOf = (element) => {
      const saying = alive.filter((vote) => vote.found.some((found) => meant(found) === meant(element)));
      return saying.reduce((sum, vote) => sum + weightOf(vote.chain) / vote.found.length, 0) / weight;
    };
    const namedAlone = (element) => alive.some((vote) =>
      vote.found.length === 1 && !isWeak(vote.chain) && meant(vote.found[0]) === meant(element));
    const scored = candidatesOf(print, votes).map((element) => {
      const likeness = compare(print, element, weight ? { share: shareOf(element), weight: Math.min(weight / 4, 1) } : null);
      return { element, ...likeness, evident: likeness.evident || namedAlone(element) };
    });
    return scored.filter((each) => !each.conflict).sort((a, b) => b.score - a.score);
  }

  /** The one candidate that is good enough, and better than all others by the gap. */
  function winner(step, votes, limits) {
    const [best, ...others] = rank(step.heal.print ?? describedBy(step.alternatives), votes);
    if (!best || !best.evident) return null;
    // What is inside of it is no other thing, and what holds nothing else neither.
    const rival = others.find(({ element, current }) =>
      meant(element) !== meant(best.element) && !best.element.contains(element) &&
      !(element.contains(best.element) && current.text === best.current.text));
    const gap = best.score - (rival?.score ?? 0);
    return limits.some((limit) => best.score >= limit.score && gap >= limit.gap) ? best : null;
  }

  /** The element of which both its name and its text speak, against a numbered id, when it looks
   * like the recorded one. */
  function agreed({ heal }, found) {
    if (!heal.print || !found.agreed) return null;
    const likeness = compare(heal.print, found.agreed);
    const enough = likeness.named && !likeness.conflict && likeness.score >= LATE.score;
    return enough ? { element: found.agreed, ...likeness } : null;
  }

  const vigil = { token: null, began: 0, element: null, since: 0, looked: 0, took: 0, last: null };

  /** The element that another user of the run was given, when it is alone and like the recorded one. */
  function shared(step, print) {
    if (!step.heal.known) return null;
    const { element } = decide(step.heal.known);
    if (!element) return null;
    const likeness = compare(print, element);
    return !likeness.conflict && likeness.score >= SHARED ? { element: retarget(element), score: likeness.score, waitedMs: 0 } : null;
  }

  /** Looks for the element of a step whose selectors name none. `found` is what they match. */
  function mend(step, found, elapsedMs) {
    const { heal } = step;
    const recorded = heal.print;
    const known = shared(step, recorded ?? describedBy(step.alternatives));
    if (known) return known;
    // Without a fingerprint there is nobody to say which of two selectors is right.
    if (!recorded && found.contradicting) return null;
    const late = elapsedMs >= heal.lateMs;
    if (vigil.token !== heal.token) {
      Object.assign(vigil, { token: heal.token, began: now(), element: null, looked: -Infinity, took: 0, last: null });
    }
    const quiet = quietMs() >= QUIET_MS;
    if (!quiet && !late) return null;
    if (now() - vigil.looked >= Math.max(LOOK_AGAIN_MS, REST * vigil.took)) {
      vigil.looked = now();
      const limits = recorded ? [...(quiet ? [ON_QUIET_PAGE] : []), ...(late ? [LATE] : [])] : [BY_SELECTORS];
      vigil.last = agreed(step, found) ?? winner(step, found.votes ?? [], limits);
      if (vigil.last?.element !== vigil.element) Object.assign(vigil, { element: vigil.last?.element ?? null, since: now() });
      vigil.took = now() - vigil.looked;
    }
    const best = vigil.last;
    if (!best?.element.isConnected) return null;
    const answer = { element: best.element, score: best.score, waitedMs: now() - vigil.began };
    if (quiet && (heal.accept || late)) return answer;
    if (late) return now() - vigil.since >= STEADY_MS ? answer : null;
    return { proposed: true };
  }

  /** Likeness to the recorded element, for alternatives that nobody would believe alone. */
  function trustIn(print, alternatives) {
    const told = print ?? describedBy(alternatives);
    const refuses = (element) => {
      const { name, text } = rehearsal.print(element);
      return rehearsal.turnedDangerous(told.name || told.text, name || text);
    };
    if (!print) return Object.assign(() => undefined, { refuses });
    const likeness = (element) => {
      const { score, conflict } = compare(print, element);
      if (!conflict) return score;
      // Another user's data: the recorded row is nowhere. Where it is, this is the wrong one.
      const dangerous = isDestructive(print.name || print.text);
      const elsewhere = () => rehearsal.ballot(alternatives).flatMap((vote) => vote.found)
        .some((each) => rowOf(retarget(each)).key === print.row);
      return conflict === "another row" && !dangerous && quietMs() >= QUIET_MS && !elsewhere() ? Math.min(score, 0.8) : Math.min(score, 0.5);
    };
    return Object.assign(likeness, { refuses });
  }

  /** What a mended step's selectors would be: those that still find it, and new ones. */
  function amendment(alternatives, element) {
    const kept = alternatives.map((chain, at) => at).filter((at) => rehearsal.findsAlone(alternatives[at], element));
    return {
      strong: kept.filter((at) => !isWeak(alternatives[at])),
      weak: kept.filter((at) => isWeak(alternatives[at])),
      made: rehearsal.selectorsOf(element),
    };
  }

  Object.assign(rehearsal, { quietMs, settleDown, mend, trustIn, amendment });
})();
