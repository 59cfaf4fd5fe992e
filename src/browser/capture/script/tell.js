// Telling: numbers of gestures, their times, and the order in which reports go out.
(() => {
  "use strict";
  const rehearsal = globalThis.rehearsal;
  const capture = (rehearsal.capture = {});
  const now = () => performance.now();

  let last = 0;
  /** What could not be told yet: the function that takes it comes with the world, or a moment later. */
  let unsent = [];

  /** A gesture that begins with an event. It gets its number when something is told of it. */
  capture.gesture = (event) => {
    const began = event?.timeStamp ?? now();
    return { number: 0, began, ended: began };
  };

  const numberOf = (gesture) => (gesture.number ||= last += 1);

  function send({ gesture, event }) {
    const at = now();
    const ago = (time) => Math.max(at - time, 0);
    const { number, began, ended } = gesture;
    globalThis.rehearsalTell(JSON.stringify({ number, beganAgoMs: ago(began), endedAgoMs: ago(ended), event }));
  }

  /** Tells what became of a gesture so far. */
  capture.tell = (gesture, event) => {
    numberOf(gesture);
    unsent.push({ gesture: { ...gesture }, event });
    if (typeof globalThis.rehearsalTell !== "function") return;
    const all = unsent;
    unsent = [];
    all.forEach(send);
  };

  const settlers = [];

  /** Whoever holds something back tells it when the next gesture begins or the page goes. */
  capture.onSettle = (settle) => settlers.push(settle);

  /** A gesture begins (`press`, `key`, `type`, `scroll`), or the document goes (`leave`). */
  capture.settle = (why) => settlers.forEach((settle) => settle(why));

  // What the page does by itself is counted, to know what came of a gesture and when it was over.

  const changes = (capture.changes = { count: 0, real: 0, at: 0, nodes: 0, added: [], worded: new Set(), gone: [] });
  /** Elements that came lately; more than these say nothing more. */
  const MOST_ADDED = 60;

  /** Which elements came or got other words, and what went, in case it is only drawn anew. */
  function note({ type, target, addedNodes, removedNodes }) {
    const { worded, gone } = changes;
    if (type === "attributes") return;
    for (const node of removedNodes) if (gone.length < MOST_ADDED) gone.push(node);
    const came = type === "characterData" ? [target] : addedNodes;
    for (const node of came) {
      const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
      if (element && worded.size < MOST_ADDED) worded.add(element);
    }
  }

  function count(records) {
    changes.count += records.length;
    for (const record of records) {
      // What is only moved is not news: pages do that all the time.
      if (record.attributeName !== "style") {
        changes.real += 1;
        changes.at = now();
      }
      capture.noteChange?.(record);
      changes.nodes += record.addedNodes.length;
      note(record);
      for (const node of record.addedNodes) {
        if (node.nodeType === Node.ELEMENT_NODE && changes.added.length < MOST_ADDED) changes.added.push(node);
      }
      if (record.target === document) capture.listen?.();
    }
  }

  const observer = new MutationObserver(count);
  const observed = new WeakSet();
  let trees = [];

  /** Watches a tree, once. Shadow trees are watched from when something in them is used. */
  capture.observe = (root) => {
    if (observed.has(root)) return;
    observed.add(root);
    trees.push(new WeakRef(root));
    observer.observe(root, {
      subtree: true, childList: true, attributes: true, characterData: true, attributeOldValue: true,
    });
  };
  capture.observe(document);

  /** Elements of all watched trees that match. */
  capture.query = (selector) => {
    trees = trees.filter((tree) => tree.deref()?.isConnected);
    return trees.flatMap((tree) => [...tree.deref().querySelectorAll(selector)]);
  };

  /** Changes so far, those included that were not delivered yet. */
  capture.changed = () => {
    const records = observer.takeRecords();
    if (records.length) count(records);
    return changes.count;
  };

  /** The same without what was only moved or coloured. */
  capture.altered = () => {
    capture.changed();
    return changes.real;
  };

  /** Nodes that came so far. */
  capture.nodesAdded = () => {
    capture.changed();
    return changes.nodes;
  };

  // Requests of scripts, by the browser's own timeline; one is known when it is answered.

  const requests = [];
  const MOST_REQUESTS = 200;
  try {
    new PerformanceObserver((list) => {
      for (const { name, initiatorType, startTime } of list.getEntries()) {
        if (requests.length >= MOST_REQUESTS) requests.shift();
        requests.push({ url: name.replace(/[?#].*$/s, ""), kind: initiatorType, at: startTime });
      }
    }).observe({ type: "resource", buffered: true });
  } catch { /* a Chromium without this kind of entry */ }

  const SCRIPTED = ["fetch", "xmlhttprequest"];

  /** Requests that began in this time, those left out that were sent before it as well: they are
   * background traffic. `scripted`: by a script. */
  capture.requestsIn = (from, to, { scripted }) => {
    const before = new Set(requests.filter(({ at }) => at < from).map(({ url }) => url));
    return requests.filter(({ at, kind, url }) => at >= from && at <= to && !before.has(url) &&
      (scripted ? SCRIPTED.includes(kind) : kind !== "beacon"));
  };

  capture.now = now;
})();
