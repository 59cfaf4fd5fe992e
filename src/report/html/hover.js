"use strict";
(() => {
  const tip = document.getElementById("tip");
  const figures = [...document.querySelectorAll("figure.chart")].flatMap((figure) => {
    const json = figure.querySelector("script");
    const area = figure.querySelector(".area");
    return json && area ? [{ area, cursor: area.querySelector(".cursor"), data: JSON.parse(json.textContent) }] : [];
  });
  const two = (n) => String(n).padStart(2, "0");
  const clock = (s) => {
    s = Math.floor(s);
    const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
  };
  const write = {
    count: (v) => v.toLocaleString("en"),
    rate: (v) => `${v > 0 && v < 10 ? v.toFixed(1) : Math.round(v).toLocaleString("en")}/s`,
    ms: (v) => (v < 1000 ? `${Math.round(v)} ms` : `${(v / 1000).toFixed(2)} s`),
    share: (v) => `${Math.round(v * 100)} %`,
  };
  const hide = () => {
    tip.hidden = true;
    for (const { cursor } of figures) cursor.style.visibility = "hidden";
  };
  const show = (figure, event) => {
    const { data, area } = figure;
    const box = area.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 0.9999);
    const index = Math.floor((share * data.duration) / data.width);
    const from = index * data.width;
    const to = Math.min(from + data.width, data.duration);
    for (const { cursor } of figures) {
      cursor.setAttribute("transform", `translate(${((from + to) / 2 / data.duration) * 1000})`);
      cursor.style.visibility = "visible";
    }
    const title = document.createElement("b");
    title.textContent = clock(from) + (from < data.warmup ? " (warm-up)" : "");
    const lines = data.curves.map(({ name, colour, values }) => {
      const line = document.createElement("span");
      const key = document.createElement("span");
      key.className = `key c${colour}`;
      const value = document.createElement("i");
      const v = values[index];
      value.textContent = v === null || v === undefined ? "–" : write[data.unit](v);
      line.append(key, name, value);
      return line;
    });
    tip.replaceChildren(title, ...lines);
    tip.hidden = false;
    const left = event.clientX + 16 + tip.offsetWidth > innerWidth ? event.clientX - tip.offsetWidth - 12 : event.clientX + 16;
    tip.style.left = `${Math.max(left, 4)}px`;
    tip.style.top = `${Math.min(event.clientY + 12, innerHeight - tip.offsetHeight - 4)}px`;
  };
  for (const figure of figures) {
    figure.area.addEventListener("pointermove", (event) => show(figure, event));
    figure.area.addEventListener("pointerleave", hide);
  }
  addEventListener("scroll", hide, { passive: true });
})();
