// Functions that look at a document for evidence, each called by itself in our isolated world.
// Nothing of the document changes by them that the page could observe.
({
  /** Fields whose value nobody may see. */
  secretFields(root) {
    const secret = /^(cc-(number|csc|exp|exp-month|exp-year)|one-time-code|(new|current)-password)$/;
    const fields = [];
    const walk = (scope) => {
      for (const element of scope.querySelectorAll("*")) {
        if (element.shadowRoot) walk(element.shadowRoot);
        if (!/^(input|textarea|select)$/.test(element.localName)) continue;
        const tokens = (element.getAttribute("autocomplete") ?? "").toLowerCase().split(/\s+/);
        const named = tokens.some((token) => secret.test(token));
        if (element.type === "password" || element.type === "hidden" && /token|csrf|password/i.test(element.name) || named) fields.push(element);
      }
    };
    walk(root);
    return fields;
  },

  /** The document as HTML: state of fields in attributes, open shadow roots as templates, rules
   *  that scripts made as style sheets, frames as numbered marks. */
  read({ open, close, blank, most }) {
    const secrets = new Set(this.secretFields(document));
    const values = [...secrets].map((field) => field.value ?? "").filter(Boolean);
    const VOID = /^(area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;
    const RAW = /^(script|style|xmp|iframe|noembed|noframes|plaintext)$/;
    const frames = Array.from({ length: window.length }, (_, index) => window[index]);
    const marks = new RegExp(`[${open}${close}]`, "g");
    const parts = [];
    let size = 0;
    const put = (text) => {
      size += text.length;
      if (size > most) throw put;
      parts.push(text);
    };
    const escape = (text) => text.replace(marks, "").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
    const quote = (text) => escape(text).replace(/"/g, "&quot;");
    const rules = (sheet) => {
      try {
        return [...sheet.cssRules].map((rule) => rule.cssText).join("\n");
      } catch {
        return undefined;
      }
    };
    const attributes = (element) => {
      const all = new Map([...element.attributes].map(({ name, value }) => [name, value]));
      const flag = (name, on) => (on ? all.set(name, "") : all.delete(name));
      if (element.localName === "input") {
        if (/^(checkbox|radio)$/.test(element.type)) flag("checked", element.checked);
        else if (element.type !== "file") all.set("value", secrets.has(element) && element.value ? blank : element.value);
      } else if (element.localName === "option") {
        flag("selected", element.selected);
      } else if (element.localName === "meta" && /refresh/i.test(element.httpEquiv)) {
        all.delete("http-equiv");
      } else if (element.localName === "iframe") {
        const frame = frames.indexOf(element.contentWindow);
        if (frame >= 0) {
          all.delete("src");
          all.set("data-src", element.src);
          all.set("srcdoc", "");
          put(` srcdoc="${open}${frame}${close}"`);
          all.delete("srcdoc");
        }
      }
      for (const [name, value] of all) put(value === "" ? ` ${name}` : ` ${name}="${quote(value)}"`);
    };
    const sheets = (scope) => {
      for (const sheet of scope.adoptedStyleSheets ?? []) put(`<style>${(rules(sheet) ?? "").replace(/<\/style/gi, "<\\/style")}</style>`);
    };
    const walk = (node) => {
      if (node.nodeType === Node.TEXT_NODE) put(escape(node.data));
      else if (node.nodeType === Node.COMMENT_NODE) put(`<!--${node.data.replace(marks, "").replace(/--/g, "- -")}-->`);
      else if (node.nodeType === Node.ELEMENT_NODE) element(node);
    };
    const element = (node) => {
      const name = node.localName;
      put(`<${name}`);
      attributes(node);
      put(">");
      if (VOID.test(name)) return;
      if (node.shadowRoot) {
        put(`<template shadowrootmode="open">`);
        sheets(node.shadowRoot);
        node.shadowRoot.childNodes.forEach(walk);
        put("</template>");
      }
      if (name === "textarea") {
        put("\n" + (secrets.has(node) && node.value ? blank : escape(node.value)));
      } else if (name === "style" && node.sheet) {
        const text = rules(node.sheet);
        put((text === undefined ? node.textContent : text).replace(marks, "").replace(/<\/style/gi, "<\\/style"));
      } else if (RAW.test(name)) {
        if (name !== "iframe") put(node.textContent.replace(marks, ""));
      } else {
        if (name === "head") {
          put(`<meta http-equiv="Content-Security-Policy" content="script-src 'none'; connect-src 'none'; form-action 'none'">`);
          if (!document.querySelector("base")) put(`<base href="${quote(document.baseURI)}">`);
          sheets(document);
        }
        (name === "template" ? node.content : node).childNodes.forEach(walk);
      }
      put(`</${name}>`);
    };
    try {
      if (document.doctype) put("<!doctype html>\n");
      walk(document.documentElement);
    } catch (reason) {
      if (reason !== put) throw reason;
      parts.push("\n<!-- cut off here: the document is too large -->");
    }
    return { html: parts.join(""), title: document.title, values, frames: frames.length };
  },

  /** Makes what shows secrets blank, by animations: they change no attribute. Says whether all of
   *  it is blank. */
  hide({ words }) {
    const shows = (text) => words.some((word) => text.includes(word));
    const found = new Set(this.secretFields(document));
    const walk = (scope) => {
      for (const element of scope.querySelectorAll("*")) {
        if (element.shadowRoot) walk(element.shadowRoot);
        if (/^(input|textarea|select)$/.test(element.localName)) {
          if (shows(element.value ?? "")) found.add(element);
        } else if (words.length && !/^(script|style|noscript|template)$/.test(element.localName)) {
          const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("");
          if (shows(own) || (!element.firstElementChild && shows(element.textContent))) found.add(element);
        }
      }
    };
    walk(document);
    const blank = { color: "transparent", webkitTextFillColor: "transparent", textShadow: "none" };
    globalThis.rehearsalHidden = [...found].map((element) => element.animate([blank, blank], { duration: 1e8, fill: "both" }));
    let all = true;
    for (const element of found) {
      if (/, 0\)$/.test(getComputedStyle(element).webkitTextFillColor)) continue;
      // The page insists on its colours.
      const gone = { opacity: 0 };
      globalThis.rehearsalHidden.push(element.animate([gone, gone], { duration: 1e8, fill: "both" }));
      all &&= getComputedStyle(element).opacity === "0";
    }
    return { all, frames: window.length };
  },

  show() {
    for (const animation of globalThis.rehearsalHidden ?? []) animation.cancel();
    delete globalThis.rehearsalHidden;
  },

  /** Box of the step's element in the viewport of its frame. */
  box() {
    const element = globalThis.rehearsal?.target;
    if (!element?.isConnected) return null;
    const { left, top, width, height } = element.getBoundingClientRect();
    return width && height ? [left, top, width, height] : null;
  },
})
