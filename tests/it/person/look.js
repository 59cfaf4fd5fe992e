// Where something is on the page, for a person's eyes. Reads only.
// `query` is CSS, or CSS with :text('…') (its words; the whole of them before a part), or
// :label('…') (a field that is called so). Frames of the same origin and open shadow roots are
// looked into. Answers null when nothing that can be seen is called so.
((query) => {
  'use strict';
  const squash = (text) => String(text ?? '').replace(/\s+/g, ' ').trim();
  const [, css, kind, words] = /^([\s\S]*?)(?::(text|label)\('([\s\S]*)'\))?$/.exec(query);

  // Every document and shadow root, with where it is in the window.
  const rooms = [];
  const enter = (root, left, top, frames) => {
    rooms.push({ root, left, top, frames });
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) enter(element.shadowRoot, left, top, frames);
      if (element.localName !== 'iframe') continue;
      let inner = null;
      try {
        inner = element.contentDocument;
      } catch {
        continue; // Of another origin.
      }
      const box = element.getBoundingClientRect();
      if (!inner?.documentElement || box.width === 0) continue;
      enter(inner, left + box.left + element.clientLeft, top + box.top + element.clientTop, [...frames, element]);
    }
  };
  enter(document, 0, 0, []);

  const shown = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility === 'visible';
  };
  const calls = (element) => {
    const referred = (element.getAttribute('aria-labelledby') ?? '').split(/\s+/)
      .map((id) => id && element.getRootNode().getElementById?.(id)?.textContent);
    return [...(element.labels ?? [])].map((label) => label.textContent)
      .concat(referred, element.getAttribute('aria-label'), element.placeholder, element.title, element.name)
      .map(squash).filter(Boolean);
  };
  const says = (element) => [element.innerText ?? element.textContent, element.value, element.getAttribute('aria-label'), element.title].map(squash).filter(Boolean);
  // 2: it is called so; 1: its name has these words in it; 0: no.
  const rank = (element) => {
    if (!kind) return 2;
    const names = kind === 'label' ? calls(element) : says(element);
    if (names.includes(words)) return 2;
    return names.some((name) => name.includes(words)) ? 1 : 0;
  };

  let found = [];
  for (const room of rooms) {
    const fields = 'input, textarea, select, [contenteditable=true], [role=textbox], [role=combobox]';
    for (const element of room.root.querySelectorAll(css || (kind === 'label' ? fields : '*'))) {
      const how = rank(element);
      if (how > 0 && shown(element)) found.push({ element, room, how });
    }
  }
  const best = Math.max(0, ...found.map(({ how }) => how));
  found = found.filter(({ how }) => how === best);
  if (kind === 'text') {
    found = found.filter(({ element }) => !found.some((other) => other.element !== element && element.contains(other.element)));
  }
  if (found.length === 0) return null;

  const above = (element) => element.parentElement ?? element.getRootNode().host ?? element.ownerDocument.defaultView.frameElement;
  const within = (element, outer) => {
    for (let each = element; each; each = above(each)) if (each === outer) return true;
    return false;
  };
  const topmost = (doc, x, y) => {
    let hit = doc.elementFromPoint(x, y);
    while (hit?.shadowRoot) {
      const inner = hit.shadowRoot.elementFromPoint(x, y);
      if (!inner || inner === hit) break;
      hit = inner;
    }
    return hit;
  };
  // Whether a press there, in the window's px, would be on the element.
  const reaches = ({ element, room }, x, y) => {
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return false;
    let left = 0;
    let top = 0;
    let doc = document;
    for (const frame of room.frames) {
      const hit = topmost(doc, x - left, y - top);
      if (hit !== frame) return false;
      const box = frame.getBoundingClientRect();
      left += box.left + frame.clientLeft;
      top += box.top + frame.clientTop;
      doc = frame.contentDocument;
    }
    const hit = topmost(doc, x - left, y - top);
    return !!hit && (within(hit, element) || [...(element.labels ?? [])].some((label) => within(hit, label)));
  };
  const boxOf = ({ element, room }) => {
    // A link of several lines is pressed on its first one.
    const box = element.getClientRects()[0] ?? element.getBoundingClientRect();
    return { left: box.left + room.left, top: box.top + room.top, width: box.width, height: box.height };
  };
  const place = (each) => {
    const box = boxOf(each);
    for (const [fx, fy] of [[0.5, 0.5], [0.25, 0.5], [0.75, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.2], [0.5, 0.8], [0.1, 0.1], [0.9, 0.9], [0.9, 0.1]]) {
      const [x, y] = [box.left + box.width * fx, box.top + box.height * fy];
      if (reaches(each, x, y)) return [x, y];
    }
    return null;
  };
  let one = found[0];
  let point = null;
  for (const each of found) {
    point = place(each);
    if (point) {
      one = each;
      break;
    }
  }
  const box = boxOf(one);

  // Where to turn the wheel, and which way, when it cannot be reached.
  let wheel = null;
  let covered = '';
  if (!point) {
    const chain = [];
    for (let each = above(one.element); each; each = above(each)) chain.unshift(each);
    const windowBox = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    let clip = windowBox;
    const middle = box.top + Math.min(box.height, 20) / 2;
    for (const each of chain) {
      const view = each.ownerDocument.defaultView;
      const scrolls = each === each.ownerDocument.scrollingElement
        || (/auto|scroll|overlay/.test(getComputedStyle(each).overflowY) && each.scrollHeight > each.clientHeight + 1);
      if (!scrolls || each.scrollHeight <= each.clientHeight + 1) continue;
      let [left, top] = [0, 0];
      for (let frame = view.frameElement; frame; frame = frame.ownerDocument.defaultView.frameElement) {
        const outer = frame.getBoundingClientRect();
        left += outer.left + frame.clientLeft;
        top += outer.top + frame.clientTop;
      }
      const whole = each === each.ownerDocument.scrollingElement
        ? { left, top, right: left + view.innerWidth, bottom: top + view.innerHeight }
        : (({ left: l, top: t, right: r, bottom: b }) => ({ left: left + l, top: top + t, right: left + r, bottom: top + b }))(each.getBoundingClientRect());
      clip = {
        left: Math.max(clip.left, whole.left),
        top: Math.max(clip.top, whole.top),
        right: Math.min(clip.right, whole.right),
        bottom: Math.min(clip.bottom, whole.bottom),
      };
      const half = (clip.top + clip.bottom) / 2;
      const outside = middle < clip.top + 8 || middle > clip.bottom - 8;
      const room = middle > half ? each.scrollTop + each.clientHeight < each.scrollHeight - 1 : each.scrollTop > 0;
      if (room && (outside || !wheel)) {
        wheel = [(clip.left + clip.right) / 2, half, middle - half];
        if (outside) break;
      }
    }
    const hit = topmost(document, box.left + box.width / 2, box.top + box.height / 2);
    covered = hit ? hit.outerHTML.slice(0, 120) : 'nothing';
  }
  const element = one.element;
  return {
    box: [box.left, box.top, box.width, box.height],
    point,
    wheel,
    covered,
    // Of the page's area in the window, on the display.
    page: [screenX + (outerWidth - innerWidth) / 2, screenY + outerHeight - innerHeight, innerWidth, innerHeight],
    text: squash(element.innerText ?? element.textContent),
    value: element.type !== 'password' && typeof element.value === 'string' ? element.value : null,
    options: element.localName === 'select' ? [...element.options].map((option) => squash(option.label)) : null,
    chosen: element.localName === 'select' ? element.selectedIndex : null,
    ready: document.readyState === 'complete',
  };
})
