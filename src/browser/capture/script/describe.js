// Describing: which element a person would name, and what is told of it.
(() => {
  "use strict";
  const { rehearsal } = globalThis;
  const { capture, alternativesOf, isVisible, roleOf } = rehearsal;

  const NAMED =
    "a,button,label,summary,select,textarea,input,option,area[href],[onclick],[role=button],[role=link]," +
    "[role=menuitem],[role=menuitemcheckbox],[role=menuitemradio],[role=tab],[role=option],[role=checkbox]," +
    "[role=radio],[role=switch],[role=treeitem],[role=combobox],[role=slider],[role=spinbutton],[role=textbox]," +
    "[role=searchbox],[aria-haspopup]";
  /** Where in such a thing it was pressed matters. */
  const PLACES = "canvas,svg,svg *,img,video,map,area,object,embed";

  const elementsOf = (path) => path.filter((node) => node instanceof Element);

  /** The editor around an element: the outermost that can be edited. */
  capture.editorOf = (element) => {
    if (!element) return null;
    if (element.ownerDocument.designMode === "on") return element.ownerDocument.body;
    if (!element.isContentEditable) return null;
    let editor = element;
    while (editor.parentElement?.isContentEditable) editor = editor.parentElement;
    return editor;
  };

  /** Parts of a drawing are drawn anew all the time, unless they are marked. */
  function drawn(element) {
    const svg = element.closest("svg");
    if (!svg) return element;
    for (let each = element; each && each !== svg; each = each.parentElement) {
      if (rehearsal.TEST_IDS.some((name) => each.hasAttribute(name)) || each.hasAttribute("role") ||
        each.hasAttribute("aria-label") || (each.id && !rehearsal.isVolatile(each.id))) return each;
    }
    return svg.ownerSVGElement ?? svg;
  }

  const pointed = (element) => getComputedStyle(element).cursor === "pointer";

  /** What a person would say was used, of the elements that an event went through. */
  capture.named = (path) => {
    const elements = elementsOf(path);
    const hit = elements[0] ?? document.documentElement;
    const editor = capture.editorOf(hit);
    const at = elements.findIndex((element) => element.matches(NAMED));
    // A button in an editor is one; a link in it is text.
    if (editor && (at < 0 || !elements[at].matches("button,input,select,textarea,[role=button]"))) return editor;
    if (at >= 0) {
      const element = elements[at];
      return element.localName === "label" && element.control ? element.control : element;
    }
    // The hand that the pointer becomes says how far a thing goes that a script made pressable.
    if (!(hit instanceof SVGElement) && pointed(hit)) {
      let whole = hit;
      for (const element of elements.slice(1)) {
        if (element === document.body || element === document.documentElement || !pointed(element)) break;
        whole = element;
      }
      return whole;
    }
    return drawn(hit);
  };

  const KINDS = { "select-one": "select", "select-multiple": "select-multiple", textarea: "textarea" };
  const BUTTONS = ["submit", "button", "reset", "image"];
  const FIELD_ROLES = ["textbox", "searchbox", "combobox", "listbox", "slider", "spinbutton", "checkbox", "radio", "switch"];

  /** What kind of field an element is; null when it is none. */
  capture.fieldOf = (element) => {
    let kind = null;
    if (element.matches("input,select,textarea")) {
      if (element.localName === "input" && BUTTONS.includes(element.type)) return null;
      kind = KINDS[element.type] ?? element.type;
    } else if (capture.editorOf(element) === element) {
      kind = "rich";
    } else if (element.hasAttribute("role") && FIELD_ROLES.includes(roleOf(element))) {
      kind = roleOf(element);
    }
    if (!kind) return null;
    const autocomplete = (element.getAttribute("autocomplete") ?? "").toLowerCase().trim();
    return { kind, autocomplete, secret: capture.secretOf(element) };
  };

  /** Whether the middle of it is something else: pressed there, it would not be the same. */
  function middleIsElsewhere(element, hit) {
    if (element !== hit || !element.firstElementChild) return false;
    const box = element.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return false;
    const middle = element.getRootNode().elementFromPoint?.(x, y);
    return Boolean(middle) && middle !== element;
  }

  const LARGE = 150;
  function isArea(element, hit) {
    if (element.matches(PLACES)) return true;
    if (element.matches("input,select,textarea,button,a,label,summary,option") || element.isContentEditable) return false;
    const { width, height } = element.getBoundingClientRect();
    const empty = width > LARGE && height > LARGE && !element.textContent.trim();
    return empty || middleIsElsewhere(element, hit ?? element);
  }

  // Of this document only: another one never answers for it.
  let last = Math.floor(Math.random() * 2 ** 40) * 1024;
  const handles = new WeakMap();
  const known = new Map();

  function handleOf(element) {
    if (!handles.has(element)) handles.set(element, (last += 1));
    return handles.get(element);
  }

  /** The element of a handle, with the alternatives that found it. */
  capture.known = (handle) => {
    const { reference, alternatives } = known.get(handle) ?? {};
    const element = reference?.deref();
    return element ? { element, alternatives } : null;
  };

  /** A path through everything around it: what is left when nothing else is. */
  function somewhere(element) {
    const path = [];
    for (let each = element; each; each = each.parentElement) {
      const like = [...(each.parentNode?.children ?? [])].filter((other) => other.localName === each.localName);
      path.unshift(like.length > 1 ? `${each.localName}:nth-of-type(${like.indexOf(each) + 1})` : each.localName);
    }
    const value = path.join(" > ");
    return { text: value, chain: [{ kind: "css", value }] };
  }

  const said = ({ text, chain }) => [text, ...chain.map((part) => `${part.name ?? ""} ${part.value ?? ""}`)].flat().join(" ");

  /** Alternatives without secrets, and without what was typed as long as there are others. What an
   * open list offers is chosen by its words, whatever was typed to find it. */
  function admissible(element, alternatives) {
    const open = alternatives.filter((each) => !capture.holdsSecret(said(each)));
    const option = element.matches("[role=option],option,[role=menuitem]");
    const own = option ? open : open.filter((each) => !capture.holdsTyped(said(each)));
    const left = own.some(({ chain }) => !rehearsal.isWeak(chain)) ? own : open;
    return left.length ? left : [somewhere(element)];
  }

  /** A press must not be lost because its element is odd. */
  function orElse(make, otherwise) {
    try {
      return make();
    } catch (error) {
      capture.broken = String(error?.stack ?? error);
      return otherwise;
    }
  }

  let recent = new WeakMap();
  /** What was told of elements is no longer taken as it was. */
  capture.forgetDescribed = () => { recent = new WeakMap(); };
  const FRESH_MS = 3000;

  /** What is told of an element (an `Element`). `hit` is what was really under the pointer. */
  capture.describe = (element, hit) => {
    const before = recent.get(element);
    const at = capture.now();
    const name = rehearsal.nameOf(element);
    if (before && at - before.at < FRESH_MS && before.name === name && before.value === element.value) {
      return { ...before.told, area: isArea(element, hit) };
    }
    const root = element.getRootNode();
    if (root !== document && root instanceof ShadowRoot) capture.observe(root);
    const handle = handleOf(element);
    const alternatives = orElse(() => admissible(element, alternativesOf(element, 7)), [somewhere(element)]);
    known.set(handle, { reference: new WeakRef(element), alternatives });
    const told = {
      handle,
      selectors: alternatives.map(({ text }) => text),
      fingerprint: orElse(() => capture.scrubbed(rehearsal.fingerprint(element)), {}),
      field: capture.fieldOf(element),
      like: orElse(() => capture.likeOf(element), null),
      area: isArea(element, hit),
    };
    recent.set(element, { at, name, value: element.value, told });
    return told;
  };

  /** Its box as a press sees it, and where in it a point is. */
  capture.placeIn = (element, { clientX, clientY }) => {
    const box = rehearsal.boxOf(element) ?? element.getBoundingClientRect();
    const round = (value, by) => Math.round(value * by) / by;
    const inside = clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
    const [x, y] = inside ? [clientX - box.left, clientY - box.top] : [box.width / 2, box.height / 2];
    return {
      offset: [round(x, 10), round(y, 10)],
      at: [box.width ? round(x / box.width, 1000) : 0.5, box.height ? round(y / box.height, 1000) : 0.5],
    };
  };

  /** What has the focus, in shadow trees too; null when the page itself has. */
  capture.focused = () => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return active && active !== document.body && active !== document.documentElement ? active : null;
  };

  /** Keys that are held, as flows name them. */
  capture.modifiers = (event) => {
    const mac = /Mac|iPhone|iPad/.test(navigator.platform || navigator.userAgent);
    const held = [];
    if (event.altKey) held.push("Alt");
    if (event.ctrlKey) held.push(mac ? "Control" : "ControlOrMeta");
    if (event.metaKey) held.push(mac ? "ControlOrMeta" : "Meta");
    if (event.shiftKey) held.push("Shift");
    return held;
  };
  capture.isVisible = isVisible;
})();
