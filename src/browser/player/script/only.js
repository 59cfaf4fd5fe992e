// Filters: of what the parts of a selector before match, those of which something is true.
(() => {
  "use strict";
  const rehearsal = (globalThis.rehearsal ??= {});

  const textOf = (element) => {
    const { squash, readText } = rehearsal;
    const inner = element.shadowRoot ? readText(element.shadowRoot) : "";
    return squash(inner + readText(element));
  };

  const KEEP = {
    nth: (found, { value }) => {
      const one = found.at(Number(value));
      return one ? [one] : [];
    },
    text: (found, part) => found.filter((element) => fits(textOf(element), part)),
    notText: (found, part) => found.filter((element) => !fits(textOf(element), part)),
    visible: (found, { value }) => found.filter((element) => rehearsal.isVisible(element) === (value === "true")),
    has: (found, { part }, query) => found.filter((element) => within(element, part, query)),
    hasNot: (found, { part }, query) => found.filter((element) => !within(element, part, query)),
    is: (found, { part }, query) => {
      const others = new Set(query(document, part));
      return found.filter((element) => others.has(element));
    },
  };

  const fits = (text, { value, loose }) =>
    loose ? text.toLowerCase().includes(value.toLowerCase()) : text === value;

  const within = (element, part, query) =>
    query(element, part).length > 0 || (element.shadowRoot !== null && query(element.shadowRoot, part).length > 0);

  rehearsal.only = (found, part, query) => KEEP[part.by](found, part, query);
})();
