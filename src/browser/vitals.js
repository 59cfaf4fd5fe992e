// Runs in our isolated world before the page's scripts: it sees the page, the page does not see
// it. Watches the vitals as https://web.dev/articles/vitals defines them and reports the whole
// state whenever it changes, so that the last word is known when the page goes.
(() => {
  if (window.top !== window || typeof rehearsalVitals !== "function") return;
  const state = { origin: performance.timeOrigin };
  const report = () => rehearsalVitals(JSON.stringify(state));
  const observe = (type, options, take) => {
    try {
      new PerformanceObserver((list) => {
        if (take(list.getEntries()) !== false) report();
      }).observe({ type, buffered: true, ...options });
    } catch { /* a Chromium without this kind of entry */ }
  };

  const navigation = () => {
    const entry = performance.getEntriesByType("navigation")[0];
    if (!entry) return;
    const since = entry.activationStart || 0;
    if (entry.responseStart) state.ttfb = Math.max(entry.responseStart - since, 0);
    if (entry.domContentLoadedEventStart) state.dom = entry.domContentLoadedEventStart - since;
    if (entry.loadEventStart) state.load = entry.loadEventStart - since;
    report();
  };
  addEventListener("DOMContentLoaded", navigation);
  addEventListener("load", navigation);

  let hidden = document.visibilityState === "hidden";
  addEventListener("visibilitychange", () => {
    hidden ||= document.visibilityState === "hidden";
  }, true);

  observe("paint", {}, (entries) => {
    const first = entries.find((entry) => entry.name === "first-contentful-paint");
    if (!first || hidden) return false;
    state.fcp = first.startTime;
  });

  // Chromium reports no candidates after the first input, as the definition wants.
  observe("largest-contentful-paint", {}, (entries) => {
    if (hidden) return false;
    state.lcp = entries[entries.length - 1].startTime;
  });

  // The worst session window: shifts less than 1 s apart, 5 s in all.
  let shift = 0, first = 0, last = 0;
  state.cls = 0;
  observe("layout-shift", {}, (entries) => {
    for (const entry of entries) {
      if (entry.hadRecentInput) continue;
      const open = shift && entry.startTime - last < 1000 && entry.startTime - first < 5000;
      if (!open) { shift = 0; first = entry.startTime; }
      last = entry.startTime;
      shift += entry.value;
      state.cls = Math.max(state.cls, shift);
    }
  });

  // The slowest interaction, leaving out one in fifty.
  const slowest = new Map();
  let count = 0;
  const interactions = (entries) => {
    let changed = false;
    for (const { interactionId, duration } of entries) {
      if (!interactionId) continue;
      changed = true;
      if (!slowest.has(interactionId)) count += 1;
      slowest.set(interactionId, Math.max(duration, slowest.get(interactionId) ?? 0));
      if (slowest.size > 10) {
        const [fastest] = [...slowest].reduce((a, b) => (b[1] < a[1] ? b : a));
        slowest.delete(fastest);
      }
    }
    if (!changed) return false;
    const durations = [...slowest.values()].sort((a, b) => b - a);
    const all = performance.interactionCount ?? count;
    state.inp = durations[Math.min(durations.length - 1, Math.floor(all / 50))];
  };
  observe("event", { durationThreshold: 16 }, interactions);
  observe("first-input", {}, interactions);
})();
