// Readiness: waits until the element is there, visible, stable, enabled and would really be hit.
(() => {
  "use strict";
  const rehearsal = (globalThis.rehearsal ??= {});
  const { decide, draw, isVisible, boxOf, retarget, describe, mend, trustIn } = rehearsal;

  const now = () => performance.now();
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  /** The next frame; a page that renders none (hidden) is not waited for. */
  const frame = (atMostMs = 50) => new Promise((resolve) => {
    const timer = setTimeout(resolve, atMostMs);
    requestAnimationFrame(() => { clearTimeout(timer); resolve(); });
  });

  const parentOf = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;

  function within(node, ancestor) {
    for (let each = node; each; each = parentOf(each)) if (each === ancestor) return true;
    return false;
  }

  function deepest(x, y) {
    let found = document.elementFromPoint(x, y);
    while (found?.shadowRoot) {
      const inner = found.shadowRoot.elementFromPoint(x, y);
      if (!inner || inner === found) break;
      found = inner;
    }
    return found;
  }

  /** Whether an event on `hit` is an event on `element`, as a person sees it. */
  function reaches(hit, element) {
    if (!hit) return false;
    if (within(hit, element) || within(hit, retarget(element))) return true;
    return [...(element.labels ?? [])].some((label) => within(hit, label));
  }

  function isDisabled(element) {
    for (let each = element; each; each = parentOf(each)) {
      if (each.hasAttribute("inert") || each.getAttribute("aria-disabled") === "true") return true;
      if (each.matches("button:disabled,input:disabled,select:disabled,textarea:disabled,option:disabled,fieldset:disabled")) {
        return each !== element && each.matches("fieldset") ? element.matches(":disabled") : true;
      }
    }
    return false;
  }

  const sameBox = (a, b) =>
    a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;

  const inside = (x, y) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;

  /** Points worth trying: where the person pressed, then the middle of what is in view. */
  function points(element, offset, at) {
    const box = boxOf(element);
    const tried = [];
    if (at) return [[box.x + box.width * at[0], box.y + box.height * at[1]]].filter(([x, y]) => inside(x, y));
    if (offset && offset[0] >= 0 && offset[1] >= 0 && offset[0] <= box.width && offset[1] <= box.height) {
      tried.push([box.x + offset[0], box.y + offset[1]]);
    }
    const pieces = [...element.getClientRects(), box].filter((piece) => piece.width > 0 && piece.height > 0);
    for (const piece of pieces) {
      const left = Math.max(piece.left, 0), right = Math.min(piece.right, innerWidth);
      const top = Math.max(piece.top, 0), bottom = Math.min(piece.bottom, innerHeight);
      if (right > left && bottom > top) tried.push([(left + right) / 2, (top + bottom) / 2]);
    }
    return tried.filter(([x, y]) => inside(x, y));
  }

  const ALIGNMENTS = ["center", "end", "start", "nearest"];

  /** Brings it into view and finds a point at which it is hit; sticky bars may need another alignment. */
  async function aim(element, offset, round, at) {
    let covering = null;
    const hit = () => {
      for (const [x, y] of points(element, offset, at)) {
        const found = deepest(x, y);
        if (reaches(found, element)) return { x, y };
        covering ??= found;
      }
      return null;
    };
    let point = hit();
    if (!point) {
      const before = boxOf(element);
      const block = ALIGNMENTS[round % ALIGNMENTS.length];
      element.scrollIntoView({ block, inline: "center", behavior: "instant" });
      await frame();
      let after = boxOf(element);
      if (at && after) {
        // A box larger than the viewport: the point itself has to be in view.
        const x = after.x + after.width * at[0], y = after.y + after.height * at[1];
        if (!inside(x, y)) window.scrollBy({ left: x - innerWidth / 2, top: y - innerHeight / 2, behavior: "instant" });
        after = boxOf(element);
      }
      if (before && after && !sameBox(before, after)) covering = null;
      point = after && hit();
    }
    return { point, covering };
  }

  const sameSize = (size, box) =>
    size && Math.abs(size[0] - box.width) <= 0.1 * box.width && Math.abs(size[1] - box.height) <= 0.1 * box.height;

  /** What is told of a healed element. */
  const amended = (step, { element, score }) => ({ score, ...rehearsal.amendment(step.alternatives, element) });

  /** Alternatives that do not find the element, and it alone. */
  function disagreed({ found, healed }) {
    const element = rehearsal.meant(healed?.element ?? found.element);
    const agrees = (vote) => vote.found.length > 0 && vote.found.every((each) => rehearsal.meant(each) === element);
    return found.votes?.map((vote, at) => (agrees(vote) ? -1 : at)).filter((at) => at >= 0);
  }

  /** What is still missing, in words for the report. */
  async function look(step, memory) {
    const trusts = trustIn(step.print, step.alternatives);
    const found = step.held ? { element: rehearsal.held?.(), counts: [], certain: true }
      : step.choose ? draw(step.alternatives, step.draw)
        : decide(step.alternatives, { stale: step.stale, trusts });
    memory.counts = found.counts;
    memory.missing = found.missing;
    memory.found = found;
    const healed = !found.element && step.heal ? mend(step, found, now() - memory.began) : null;
    if (!found.element && !healed?.element) {
      memory.contradicting = found.contradicting;
      memory.doubted = found.doubted && describe(found.doubted);
      return { cause: found.ambiguous ? "ambiguous" : "notFound", proposed: healed?.proposed };
    }
    const own = healed?.element ?? found.element;
    const element = step.hidden ? own : rehearsal.proxyOf(own);
    if (healed) {
      // A person would have used it at once.
      memory.engine += memory.healed ? 0 : healed.waitedMs;
      memory.healed = healed;
    } else if (step.choose) {
      // A list that is still growing would give another element a moment later.
      if (memory.among !== found.among) {
        memory.among = found.among;
        await frame();
        return { cause: "notActionable", why: "the number of matching elements changes" };
      }
    } else if (!found.certain) {
      // A selector that is stale but present must not win against the right one a moment later.
      if (memory.candidate !== element) Object.assign(memory, { candidate: element, since: now() });
      const waited = now() - memory.since;
      if (waited < step.graceMs) return { cause: "notFound", why: "not all selectors match" };
      memory.engine += memory.graced ? 0 : waited;
      memory.graced = true;
    } else if (memory.candidate === element && !memory.graced) {
      memory.engine += now() - memory.since;
      memory.graced = true;
    }
    if (!healed) memory.healed = null;
    memory.element = element;
    if (!step.hidden && !isVisible(element)) return { cause: "notActionable", why: "not visible" };
    if (step.enabled && (isDisabled(element) || (element.control && isDisabled(element.control)))) {
      return { cause: "notActionable", why: "disabled" };
    }
    if (step.hidden) return { element };
    if (step.editable && (element.readOnly || element.getAttribute("aria-readonly") === "true")) {
      return { cause: "notActionable", why: "read-only" };
    }
    const began = now();
    const box = boxOf(element);
    await frame();
    const next = element.isConnected ? boxOf(element) : null;
    if (!box || !next || !sameBox(box, next)) return { cause: "notActionable", why: "moving" };
    memory.engine += now() - began;
    if (!step.aim) return { element };
    // Where it was pressed means something only in a box of the same size.
    const offset = healed && !sameSize(step.print?.size, box) ? null : step.offset;
    const { point, covering } = await aim(element, offset, memory.round++, step.at);
    if (point) return { element, point, offset: Boolean(offset) };
    if (covering) return { cause: "covered", why: describe(covering) };
    return { cause: "notActionable", why: "outside the viewport" };
  }

  /** How long the pointer must have left what it was moved over, ms. */
  const LEFT_MS = 150;

  /** Tells when the element is out of sight and the pointer is no longer over what the step before
   * moved it over: a menu has closed, because the page moved. */
  function hoverLeft(step) {
    let since = null;
    return ({ element, cause, why }) => {
      const out = !element && (cause === "notFound" || why === "not visible");
      const { element: hovered } = out ? decide(step.hovered) : {};
      const left = hovered && isVisible(hovered) && !hovered.matches(":hover");
      since = left ? since ?? now() : null;
      return left && now() - since >= LEFT_MS;
    };
  }

  /** Where something is to be hovered again, as soon as it is in sight. */
  rehearsal.hoverPoint = async ({ alternatives, timeoutMs }) => {
    const deadline = now() + timeoutMs;
    for (let round = 0; ; round += 1) {
      const { element } = decide(alternatives);
      const found = element && isVisible(element) ? await aim(element, null, round, null) : {};
      if (found.point || now() >= deadline) return { point: found.point ?? null };
      await sleep(25);
    }
  };

  /** Waits until the step's element can be acted on, and arms the check on the real event. */
  rehearsal.ready = async (step) => {
    const deadline = now() + step.timeoutMs;
    const left = step.hovered && hoverLeft(step);
    const memory = { engine: 0, round: 0, began: now() };
    let pause = 0;
    for (;;) {
      const result = await look(step, memory);
      if (result.element) {
        rehearsal.target = result.element;
        rehearsal.settleDown();
        const told = memory.healed && amended(step, memory.healed);
        const print = told || step.learn ? rehearsal.fingerprint(result.element) : undefined;
        if (step.aim) arm(result.element, result.point, Boolean(step.at) || (result.offset && isPlane(result.element)));
        return {
          ready: true, point: result.point, engineMs: memory.engine, missing: memory.missing,
          healed: told ?? undefined, print, disagreed: disagreed(memory),
        };
      }
      const rest = deadline - now();
      const unhovered = Boolean(left?.(result));
      if (rest <= 0 || result.proposed || unhovered) {
        return {
          unhovered,
          ready: false, cause: result.cause, why: result.why, counts: memory.counts,
          contradicting: memory.contradicting, doubted: memory.doubted, proposed: result.proposed ?? false,
          engineMs: memory.engine,
          element: memory.element ? describe(memory.element) : undefined,
        };
      }
      pause = Math.min(pause + 10, 50);
      await sleep(Math.min(pause, rest));
    }
  };

  /** In a frame around the target's: whether its iframe is what is hit at this point. Scrolls to
   * it when it is out of view; then neither hit nor covered. */
  rehearsal.hitsFrame = ({ x, y, left, top }) => {
    if (!inside(x, y)) {
      window.scrollBy({ left: x - innerWidth / 2, top: y - innerHeight / 2, behavior: "instant" });
      return { hit: false };
    }
    const found = deepest(x, y);
    if (found?.matches("iframe,frame,object,embed")) {
      const box = found.getBoundingClientRect();
      const style = getComputedStyle(found);
      const across = found.offsetWidth ? box.width / found.offsetWidth : 1;
      const down = found.offsetHeight ? box.height / found.offsetHeight : 1;
      const originX = box.left + (found.clientLeft + parseFloat(style.paddingLeft)) * across;
      const originY = box.top + (found.clientTop + parseFloat(style.paddingTop)) * down;
      if (Math.abs(originX - left) <= 2 && Math.abs(originY - top) <= 2) return { hit: true };
    }
    return { hit: false, by: describe(found) };
  };

  /** Where it is pressed is what is meant: each place of it is another thing. */
  const isPlane = (element) => element.matches("canvas,svg,svg *,img,area,map,video,object,embed,input[type=image]");
  /** How far from where it was aimed at a press may come, CSS px. */
  const ELSEWHERE = 2;

  /** The first real press must be on the element: the guard keeps any other from the page. */
  const arm = (element, point, placed) => {
    rehearsal.guard.listen();
    const aimed = placed && boxOf(element);
    /** It is hit, and not where it was aimed at: it has moved under the pointer. */
    const isElsewhere = (event) => {
      const box = aimed && boxOf(element);
      const { clientX: x, clientY: y } = event.touches?.[0] ?? event;
      return Boolean(box) && Math.hypot(x - box.x - (point.x - aimed.x), y - box.y - (point.y - aimed.y)) > ELSEWHERE;
    };
    const contains = (box, { clientX: x, clientY: y }) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
    /** It is still there, and somewhere else. */
    const isAway = (event) => {
      if (!element.isConnected || !isVisible(element)) return false;
      return ![...element.getClientRects(), boxOf(element)].some((box) => contains(box, event));
    };
    rehearsal.guard.armed = { reached: null, by: null, accepts: (hit) => reaches(hit, element), isAway, isElsewhere, describe };
  };

  /** Whether it is still hit, now that the pointer is over it. */
  rehearsal.confirm = ({ x, y }) => {
    const found = deepest(x, y);
    return { hit: reaches(found, rehearsal.target), by: describe(found) };
  };

  /** The page has handled what was done and drawn it, and the timers of the next `turnMs` have run. */
  rehearsal.drawn = async (turnMs = 0) => {
    const turn = sleep(turnMs);
    // A handler may wait for the frame, too, which comes late on a busy machine.
    await frame(turnMs ? 300 : 50);
    await turn;
    await sleep(0);
  };

  Object.assign(rehearsal, { now, sleep, frame, within, reaches, deepest, parentOf });
})();
