// Shows one step at a time; arrows walk, tabs choose. Without it all steps are shown.
(() => {
  const steps = [...document.querySelectorAll("section.step")];
  const links = [...document.querySelectorAll("nav a")];
  if (!links.length) return;
  document.documentElement.classList.add("walking");
  const number = (hash) => parseInt(hash.replace(/\D+/, ""), 10) - 1;
  let tab = "action";
  let shot = "before";
  const now = () => Math.max(0, steps.findIndex((step) => !step.hidden));

  const choose = (step) => {
    for (const button of step.querySelectorAll("[role=tab]")) button.setAttribute("aria-selected", button.dataset.tab === tab);
    for (const panel of step.querySelectorAll(".panel")) panel.hidden = panel.dataset.tab !== tab;
    const figures = [...step.querySelectorAll("figure")];
    const there = figures.some((figure) => figure.dataset.shot === shot) ? shot : figures[0]?.dataset.shot;
    for (const figure of figures) figure.hidden = figure.dataset.shot !== there;
    for (const button of step.querySelectorAll("[data-shot][aria-pressed]")) button.setAttribute("aria-pressed", button.dataset.shot === there);
  };

  const show = (number) => {
    const index = Math.min(Math.max(number, 0), steps.length - 1);
    steps.forEach((step, at) => (step.hidden = at !== index));
    links.forEach((link, at) => (at === index ? link.setAttribute("aria-current", "step") : link.removeAttribute("aria-current")));
    choose(steps[index]);
    const link = links[index];
    const list = link.closest("nav");
    const [above, below] = [link.offsetTop - list.scrollTop, link.offsetTop + link.offsetHeight - list.scrollTop];
    if (above < 30) list.scrollTop += above - 30;
    else if (below > list.clientHeight) list.scrollTop += below - list.clientHeight + 8;
  };

  const go = (number) => {
    show(number);
    history.replaceState(null, "", `#${now() + 1}`);
  };

  addEventListener("hashchange", () => show(number(location.hash)));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#step-']");
    if (link) {
      event.preventDefault();
      go(number(link.getAttribute("href")));
      return;
    }
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.tab) tab = button.dataset.tab;
    if (button.dataset.shot) shot = button.dataset.shot;
    choose(steps[now()]);
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("pre.dom")) return;
    const to = { ArrowDown: now() + 1, ArrowUp: now() - 1, Home: 0, End: steps.length - 1 }[event.key];
    if (to !== undefined) go(to);
    else if (event.key === "ArrowLeft") shot = "before";
    else if (event.key === "ArrowRight") shot = "after";
    else return;
    event.preventDefault();
    choose(steps[now()]);
  });
  const failed = steps.findIndex((step) => step.querySelector(".failure"));
  const wanted = number(location.hash);
  show(wanted >= 0 ? wanted : failed >= 0 ? failed : 0);
})();
