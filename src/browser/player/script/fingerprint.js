// Fingerprints: what an element looks like beside its selectors, and how alike two of them are.
// Nothing that a person typed is part of one.
(() => {
  "use strict";
  const rehearsal = (globalThis.rehearsal ??= {});
  const { squash, roleOf, unfilledNameOf, retarget, isVolatile, isVisible } = rehearsal;

  const TEST_IDS = ["data-testid", "data-test", "data-qa", "data-cy", "data-test-id", "data-qa-id", "data-testing"];
  const ATTRIBUTES = ["id", ...TEST_IDS, "name", "type", "placeholder", "title", "alt", "aria-label", "for", "href"];
  const MOST_TEXT = 80;
  const MOST_ANCESTORS = 4;
  const MOST_CLASSES = 8;

  const parentOf = (node) => node.parentElement ?? node.getRootNode().host ?? null;

  function* ancestorsOf(element) {
    for (let each = parentOf(element); each; each = parentOf(each)) yield each;
  }

  const UNREAD = "script,style,noscript,template,textarea,select,datalist,[aria-hidden=true]";

  /** Text of the page itself: what stands in fields and editors is left out. */
  function textOf(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(UNREAD) || node.isContentEditable) return "";
    const children = node.tagName === "SLOT" && node.assignedNodes().length
      ? node.assignedNodes() : (node.shadowRoot ?? node).childNodes;
    const text = [...children].map(textOf).join("");
    return getComputedStyle(node).display.startsWith("inline") ? text : ` ${text} `;
  }

  const shortText = (node) => squash(textOf(node)).slice(0, MOST_TEXT).trimEnd();

  const ROW = "tr,li,[role=row],[role=listitem],[role=option],[role=treeitem]";

  const likeSiblings = (element) => {
    const signature = (each) => `${each.localName} ${[...each.classList].filter((name) => !isVolatile(name)).join(" ")}`;
    const own = signature(element);
    const same = (each) => each.localName === element.localName && (each.className === element.className || signature(each) === own);
    return [...(element.parentNode?.children ?? [])].filter(same).length;
  };

  /** The row of a list, a table or a grid of cards in which an element stands, and the text by
   * which a person knows it. */
  function rowOf(element) {
    for (const each of ancestorsOf(element)) {
      if (each.matches("body,main,form,[role=main]")) break;
      const like = each.matches(ROW) || (each.matches("div,article,section,a,label") && likeSiblings(each) >= 3);
      const key = like && rowKey(each, element);
      if (key) return { row: each, key };
    }
    return { row: null, key: "" };
  }

  const ROW_KEYS = ["th,[role=rowheader]", "h1,h2,h3,h4,h5,h6,[role=heading]", "td,[role=cell],[role=gridcell]", "a", "label,strong,b"];

  /** The text by which a person knows the row: its header, its title, its first cell. */
  function rowKey(row, element) {
    const aside = (each) => each === element || each.contains(element) || element.contains(each);
    for (const selector of ROW_KEYS) {
      const tell = [...row.querySelectorAll(selector)].filter((each) => !aside(each));
      for (const each of tell) {
        const text = shortText(each);
        if (/\p{L}|\d/u.test(text)) return text;
      }
    }
    const own = shortText(element);
    const whole = shortText(row);
    return whole === own ? "" : squash(whole.replace(own, " "));
  }

  const LANDMARK = "dialog,form,fieldset,section,article,aside,main,nav,header,footer,[role=dialog],[role=alertdialog]," +
    "[role=region],[role=form],[role=search],[role=navigation],[role=group],[role=tabpanel],[role=menu]";
  const HEADING = "h1,h2,h3,h4,h5,h6,[role=heading],legend";

  /** Of elements in document order, those before another one. */
  function preceding(elements, element) {
    let [from, to] = [0, elements.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const isBefore = elements[middle].compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING;
      if (isBefore) from = middle + 1;
      else to = middle;
    }
    return elements.slice(0, from);
  }

  /** Name of the nearest heading, landmark, dialog or form around it, outside its row. */
  function sectionOf(element, row) {
    for (const each of ancestorsOf(row ?? element)) {
      if (each.matches(LANDMARK)) {
        const name = unfilledNameOf(each);
        if (name) return name.slice(0, MOST_TEXT);
      }
      // Headings of neighbouring rows are no headings of this one.
      const before = preceding([...each.querySelectorAll(HEADING)], element);
      const near = before.findLast((heading) => (!row || !row.contains(heading)) && isVisible(heading));
      if (near && !(row && sameKind(near, row))) return shortText(near);
    }
    return "";
  }

  const sameKind = (heading, row) => {
    const other = [...ancestorsOf(heading)].find((each) => each.parentNode === row.parentNode);
    return Boolean(other) && other.localName === row.localName;
  };

  function brief(element) {
    const id = element.id && !isVolatile(element.id) ? `#${element.id}` : "";
    const classes = [...element.classList].filter((name) => !isVolatile(name)).slice(0, 2);
    return `${element.localName}${id}${classes.map((name) => `.${name}`).join("")}`;
  }

  function attributesOf(element) {
    const attributes = {};
    for (const name of ATTRIBUTES) {
      const value = element.getAttribute(name);
      if (!value) continue;
      // A query may hold a token.
      attributes[name] = name === "href" ? value.replace(/[?#].*$/s, "") || "/" : value.slice(0, 200);
      if (name === "href" && /^(?:javascript|data|blob):/i.test(value)) delete attributes[name];
    }
    return attributes;
  }

  /** What the element that a person would name looks like. */
  function print(found) {
    const element = retarget(found);
    const { row, key } = rowOf(element);
    const box = element.getBoundingClientRect();
    const round = (value) => Math.round(value * 10) / 10;
    const siblings = [...(element.parentNode?.children ?? [])].filter((each) => each.localName === element.localName);
    return {
      tag: element.localName,
      role: roleOf(element),
      name: unfilledNameOf(element).slice(0, 200),
      text: shortText(element),
      attributes: attributesOf(element),
      classes: [...element.classList].slice(0, MOST_CLASSES),
      ancestors: [...ancestorsOf(element)].filter((each) => !each.matches("html,body")).slice(0, MOST_ANCESTORS).map(brief),
      section: sectionOf(element, row),
      row: key,
      index: Math.max(siblings.indexOf(element), 0),
      position: [round(box.x + box.width / 2 + scrollX), round(box.y + box.height / 2 + scrollY)],
      size: [round(box.width), round(box.height)],
    };
  }

  /** As a fingerprint in a flow: what is empty is left out. */
  rehearsal.fingerprint = (element) => Object.fromEntries(Object.entries(print(element)).filter(([, value]) =>
    value !== "" && !(Array.isArray(value) && !value.length) && !(value.constructor === Object && !Object.keys(value).length)));

  const plain = (text) => (text ?? "").normalize("NFKC").toLowerCase().replace(/[\s\p{Co}\p{P}\u200b-\u200d\ufeff]+/gu, " ").trim();
  const numbers = (text) => (text.match(/\d+/g) ?? []).join(" ");

  const pairsOf = (text) => Array.from({ length: Math.max(text.length - 1, 1) }, (_, at) => text.slice(at, at + 2));

  /** How alike two words for people are, 0 to 1. Other numbers mean another thing. */
  function alike(a, b) {
    const [one, other] = [plain(a), plain(b)];
    if (one === other) return one === "" && a !== b ? 0 : 1;
    if (!one || !other) return 0;
    const left = pairsOf(one);
    const right = pairsOf(other);
    let common = 0;
    const rest = [...right];
    for (const pair of left) {
      const at = rest.indexOf(pair);
      if (at >= 0) {
        common += 1;
        rest.splice(at, 1);
      }
    }
    const share = (2 * common) / (left.length + right.length);
    return numbers(one) === numbers(other) ? Math.min(share, 0.95) : Math.min(share, 0.3);
  }

  const overlap = (a, b) => {
    if (!a.length && !b.length) return 1;
    const common = a.filter((each) => b.includes(each)).length;
    return common / (a.length + b.length - common);
  };

  /** Ancestors that only changed their ids and classes are half as good as the same ones. */
  const lineage = (a, b) => {
    const tags = (all) => all.map((each) => /^[^#.]*/.exec(each)[0]);
    return Math.max(overlap(a, b), 0.5 * overlap(tags(a), tags(b)));
  };

  /** Ways in which elements are used; what is used in another way is another element. */
  const USES = [
    ["button", "link", "menuitem", "tab", "generic", "listitem", "option", "treeitem", "img", "cell"],
    ["textbox", "searchbox", "combobox", "spinbutton", "listbox"],
    ["checkbox", "switch", "radio", "menuitemcheckbox", "menuitemradio"],
  ];
  const useOf = (role) => USES.findIndex((roles) => roles.includes(role));
  const sameUse = (a, b) => a === b || (useOf(a) >= 0 && useOf(a) === useOf(b));

  // What cannot be undone is never taken for something else. Stems, in the languages of most sites.
  const DESTRUCTIVE = new RegExp("(?<!\\p{L})(?:" + [
    "delet", "remov", "pay", "buy", "purchas", "order", "submit", "cancel", "unsubscri", "send", "transfer", "withdraw",
    "refund", "discard", "erase", "destroy", "drop(?!\\p{L})", "reset", "terminat", "deactivat", "disabl", "revok", "block", "ban(?!\\p{L})",
    "publish", "checkout", "confirm", "approv", "reject", "archiv", "clear", "leave", "log ?out", "sign ?out", "close account",
    "lösch", "entfern", "zahl", "bezahl", "kauf", "bestell", "absend", "send", "abbrech", "stornier", "kündig", "abmeld", "überweis",
    "supprim", "retir", "pay", "achet", "command", "envoy", "annul", "désabonn", "désinscri", "vider",
    "elimin", "borr", "quitar", "pagar", "paga(?!\\p{L})", "compr", "enviar", "anul", "baja", "exclu", "apag",
    "cancell", "rimuov", "acquist", "invia", "disdi", "verwijder", "betaal", "koop", "bestel", "verzend", "annuleer", "opzeg",
    "usuń", "usun", "zapłać", "kup(?!\\p{L})", "wyślij", "anuluj", "ta bort", "radera", "slet", "betal", "köp", "køb", "kjøp", "avbryt", "skicka",
    "poista", "maksa", "osta(?!\\p{L})", "peruuta", "smaž", "zaplat", "koupit", "odesl", "zruš", "sil(?!\\p{L})", "öde", "satın", "iptal", "gönder",
  ].join("|") + ")|удал|оплат|купить|отправ|отмен|отпис|видал|сплат|надісл|скасув|" +
    "削除|支払|購入|注文|送信|キャンセル|解約|退会|删除|刪除|移除|支付|付款|购买|購買|提交|取消|退订|삭제|결제|구매|주문|제출|취소|탈퇴|حذف|دفع|شراء|إرسال|إلغاء|מחק|שלם|הזמן|שלח|בטל", "iu");
  const isDestructive = (text) => DESTRUCTIVE.test((text ?? "").normalize().toLowerCase());

  const FIRM = [...TEST_IDS, "id", "name", "placeholder", "aria-label", "title", "alt", "href"];
  const WEIGHTS = { id: 2, name: 2, type: 1, placeholder: 1.5, title: 1, alt: 1, "aria-label": 1, for: 1, href: 2 };
  const isTestId = (name) => TEST_IDS.includes(name);

  /** Values of test ids, whatever the attribute is called. */
  const testIdsOf = (attributes) => Object.entries(attributes).filter(([name]) => isTestId(name)).map(([, value]) => value);

  function attributesAlike(recorded, current) {
    let sum = 0;
    let total = 0;
    let firm = false;
    for (const [name, value] of Object.entries(recorded)) {
      const passing = isVolatile(value);
      // An id that was given up says less against it than one that was given to something else.
      const dropped = name === "id" && (!current.id || isVolatile(current.id));
      const weight = (isTestId(name) ? 4 : WEIGHTS[name] ?? 1) * (passing ? 0.05 : dropped ? 0.2 : 1);
      const same = isTestId(name) ? testIdsOf(current).includes(value) : current[name] === value;
      total += weight;
      if (same) sum += weight;
      if (same && !passing && FIRM.includes(name) && value !== "/" && value !== "#") firm = true;
    }
    return { share: total ? sum / total : null, firm };
  }

  /** Short keys of rows share a word ("Hotel Sol", "Hotel Mar") and mean other things all the same. */
  function otherWords(a, b) {
    const [one, other] = [plain(a).split(" "), plain(b).split(" ")];
    return overlap(one, other) < 0.5 && one.some((word) => !other.includes(word)) && other.some((word) => !one.includes(word));
  }

  /** Whether a harmless thing has become one that cannot be undone, or that another such one:
   * "Save account" is not "Delete account", whatever its id. */
  rehearsal.turnedDangerous = (recorded, current) => {
    const stems = (text) => (text ?? "").normalize().toLowerCase().match(new RegExp(DESTRUCTIVE, "giu")) ?? [];
    const before = stems(recorded);
    if (isMilder(recorded ?? "", current ?? "")) return false;
    return Boolean(recorded) && stems(current).some((stem) => !before.includes(stem));
  };

  /** Words for the same, the stronger first: whoever deletes a file may remove it, not the reverse. */
  const MILDER = [[/delet\w*|erase/giu, /remov\w*/giu], [/lösch\w*/giu, /entfern\w*/giu], [/supprim\w*/giu, /retir\w*/giu]];

  /** Whether nothing but such a word was replaced. */
  const isMilder = (recorded, current) => MILDER.some(([strong, mild]) => {
    const [before, now] = [recorded.normalize().replace(strong, "*"), current.normalize().replace(mild, "*")];
    return before !== recorded.normalize() && now !== current.normalize() && before.toLowerCase() === now.toLowerCase();
  });

  /** Why an element cannot be the recorded one, however alike it is; nothing when it can. */
  function conflictOf(recorded, current, firm) {
    if (recorded.role && !sameUse(recorded.role, current.role)) return "another role";
    const named = (fingerprint) => fingerprint.name || fingerprint.text || "";
    const renamed = alike(named(recorded), named(current)) < 0.99;
    const dangerous = isDestructive(named(recorded)) || isDestructive(named(current));
    if (dangerous && renamed) return "another name for something that cannot be undone";
    if (dangerous && recorded.role !== current.role) return "another role for something that cannot be undone";
    const ids = testIdsOf(recorded.attributes ?? {});
    const others = testIdsOf(current.attributes);
    if (ids.length && others.length && !ids.some((id) => others.includes(id))) return "another test id";
    const type = (fingerprint) => (fingerprint.tag === "input" ? fingerprint.attributes?.type ?? "text" : null);
    if (type(recorded) && type(current) && type(recorded) !== type(current)) return "another type of field";
    if (renamed && !firm && numbers(plain(named(recorded))) !== numbers(plain(named(current)))) return "another number";
    if (recorded.row && (alike(recorded.row, current.row) < 0.6 || otherWords(recorded.row, current.row))) return "another row";
    return null;
  }

  /** How far apart two places are, as 1 (the same) to 0 (half a screen). */
  const near = (a, b) => Math.max(0, 1 - Math.hypot(a[0] - b[0], a[1] - b[1]) / 500);
  const sized = (a, b) => {
    const ratio = (one, other) => (one && other ? Math.min(one, other) / Math.max(one, other) : one === other ? 1 : 0);
    return ratio(a[0], b[0]) * ratio(a[1], b[1]);
  };

  /** How alike an element is to a recorded one, 0 to 1, with what speaks for and against it. `votes`
   * is the share of the selectors that names it, and how much their word counts (0 to 1). */
  function compare(recorded, element, votes = null) {
    const current = print(element);
    const parts = [];
    const part = (weight, value) => parts.push([weight, value]);
    const attributes = attributesAlike(recorded.attributes ?? {}, current.attributes);
    const conflict = conflictOf(recorded, current, attributes.firm);
    if (recorded.role) part(0.15, recorded.role === current.role ? 1 : sameUse(recorded.role, current.role) ? 0.3 : 0);
    if (recorded.tag) part(0.05, recorded.tag === current.tag ? 1 : 0);
    const named = Boolean(recorded.name || recorded.text);
    const name = alike(recorded.name ?? "", current.name);
    const text = alike(recorded.text ?? "", current.text);
    if (named) part(0.3, recorded.name && recorded.text ? Math.max(name, text) : recorded.name ? name : text);
    if (attributes.share !== null) part(0.2, attributes.share);
    if (recorded.section) part(0.18, alike(recorded.section, current.section));
    if (recorded.ancestors?.length) part(0.08, lineage(recorded.ancestors, current.ancestors));
    if (recorded.row) part(0.15, alike(recorded.row, current.row));
    const [classes, now] = [recorded.classes ?? [], current.classes].map((names) => names.filter((each) => !isVolatile(each)));
    if (classes.length && now.length) part(0.05, overlap(classes, now));
    if (recorded.index !== undefined) part(0.02, recorded.index === current.index ? 1 : 0);
    if (recorded.position) part(0.07, near(recorded.position, current.position));
    if (recorded.size) part(0.05, sized(recorded.size, current.size));
    if (votes) part(0.25 * votes.weight, votes.share);
    const total = parts.reduce((sum, [weight]) => sum + weight, 0);
    const score = total ? parts.reduce((sum, [weight, value]) => sum + weight * value, 0) / total : 0;
    // One of these must say that it is this element and not merely one like it.
    const same = (recorded.name && name === 1) || (recorded.text && text === 1) || attributes.firm;
    return { score, conflict, evident: Boolean(same), named: name === 1 || text === 1, current };
  }

  Object.assign(rehearsal, { print, compare, isDestructive, rowOf, textOf, TEST_IDS });
})();
