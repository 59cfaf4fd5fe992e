// What a person does over the picture, as the page over there would see it: mouse, wheel, keys,
// composed text, pastes. Fingers: a tap clicks, a swipe scrolls, a hold and a move drag.
const HOLD = 450; // ms
const SLOP = 8; // px that a finger trembles
const TWICE = 400; // ms between two taps of a double one
const LINE = 33; // CSS px that a line of a wheel scrolls

const MAC = /mac|iphone|ipad/i.test(navigator.userAgentData?.platform ?? navigator.platform ?? "");

export const listen = ({ canvas, keys, place, send, leave, mine }) => {
  // --- modifiers --------------------------------------------------------------------------------
  const modifiers = (event) => {
    // AltGr is told as Control and Alt, too, where it only chooses a character.
    const plain = event.getModifierState?.("AltGraph");
    const control = !plain && (event.ctrlKey || (MAC && event.metaKey));
    return (!plain && event.altKey ? 1 : 0) | (control ? 2 : 0) | (!MAC && event.metaKey ? 4 : 0) | (event.shiftKey ? 8 : 0);
  };

  // --- mouse ------------------------------------------------------------------------------------
  let moved = null; // newest move that was not sent yet
  let turned = null; // wheel since the last frame
  let frame = 0;
  let pressed = false;
  const flush = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    if (moved) send("mouse", moved);
    if (turned) send("wheel", turned);
    moved = turned = null;
  };
  const later = () => (frame ||= requestAnimationFrame(flush));
  const mouse = (action, event, rest = {}) => ({ action, ...place(event), button: 0, buttons: 0, clicks: 0, modifiers: modifiers(event), ...rest });
  const focus = (event) => {
    const box = canvas.parentElement.getBoundingClientRect();
    // Where an input method shows its candidates.
    keys.style.left = `${Math.min(Math.max(event.clientX - box.left, 0), box.width - 4)}px`;
    keys.style.top = `${Math.min(Math.max(event.clientY - box.top, 0), box.height - 24)}px`;
    keys.focus({ preventScroll: true });
  };

  canvas.addEventListener("mousedown", (event) => {
    event.preventDefault();
    focus(event);
    flush();
    pressed = true;
    send("mouse", mouse("down", event, { button: event.button, buttons: event.buttons, clicks: Math.max(1, event.detail) }));
  });
  addEventListener("mousemove", (event) => {
    if (!pressed && event.target !== canvas) return;
    moved = mouse("move", event, { buttons: event.buttons });
    later();
  });
  addEventListener("mouseup", (event) => {
    if (!pressed) return;
    event.preventDefault();
    flush();
    pressed = event.buttons !== 0;
    send("mouse", mouse("up", event, { button: event.button, buttons: event.buttons, clicks: Math.max(1, event.detail) }));
  });
  for (const type of ["contextmenu", "auxclick", "dragstart", "selectstart"]) canvas.addEventListener(type, (event) => event.preventDefault());
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const unit = [1, LINE, canvas.clientHeight][event.deltaMode] ?? 1;
      if (moved) flush();
      const before = turned ?? { deltaX: 0, deltaY: 0 };
      turned = { ...place(event), deltaX: before.deltaX + event.deltaX * unit, deltaY: before.deltaY + event.deltaY * unit, modifiers: modifiers(event) };
      later();
    },
    { passive: false },
  );

  // --- fingers ----------------------------------------------------------------------------------
  let finger = null;
  let tap = { at: 0, clicks: 0, x: 0, y: 0 };
  const down = (event, clicks) => {
    send("mouse", mouse("move", event));
    send("mouse", mouse("down", event, { buttons: 1, clicks }));
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    event.preventDefault(); // no mouse events are made of it
    focus(event);
    if (finger) return;
    canvas.setPointerCapture(event.pointerId);
    const hold = setTimeout(() => {
      finger.drags = true;
      down(event, 1);
    }, HOLD);
    finger = { id: event.pointerId, x: event.clientX, y: event.clientY, start: event, drags: false, scrolls: false, hold };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== finger?.id) return;
    if (finger.drags) {
      moved = mouse("move", event, { buttons: 1 });
      later();
      return;
    }
    const [dx, dy] = [finger.x - event.clientX, finger.y - event.clientY];
    if (!finger.scrolls && Math.hypot(dx, dy) < SLOP) return;
    clearTimeout(finger.hold);
    finger.scrolls = true;
    [finger.x, finger.y] = [event.clientX, event.clientY];
    const before = turned ?? { deltaX: 0, deltaY: 0 };
    turned = { ...place(finger.start), deltaX: before.deltaX + dx, deltaY: before.deltaY + dy, modifiers: 0 };
    later();
  });
  const lift = (event) => {
    if (event.pointerId !== finger?.id) return;
    clearTimeout(finger.hold);
    flush();
    const { drags, scrolls } = finger;
    finger = null;
    if (scrolls) return;
    if (drags) {
      send("mouse", mouse("up", event, { clicks: 1 }));
      return;
    }
    if (event.type === "pointercancel") return;
    const again = event.timeStamp - tap.at < TWICE && Math.hypot(event.clientX - tap.x, event.clientY - tap.y) < 3 * SLOP;
    tap = { at: event.timeStamp, clicks: again ? tap.clicks + 1 : 1, x: event.clientX, y: event.clientY };
    down(event, tap.clicks);
    send("mouse", mouse("up", event, { clicks: tap.clicks }));
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);

  // --- keys -------------------------------------------------------------------------------------
  const held = new Map(); // codes of keys that are down over there
  let copiedThere = false; // the newest copy was made in the page, so a paste is the page's own
  const isWayOut = (event) => event.ctrlKey && event.shiftKey && !event.altKey && (event.code === "Period" || event.key === ".");
  const isLetter = (event, letter) => (event.key.length === 1 && event.key.toLowerCase() === letter) || (!/^[a-z]$/i.test(event.key) && event.code === `Key${letter.toUpperCase()}`);
  const chord = (event) => (event.ctrlKey || event.metaKey) && !event.altKey;
  const pastes = (event) => (chord(event) && isLetter(event, "v")) || (event.key === "Insert" && event.shiftKey && !event.ctrlKey);
  const copies = (event) => (chord(event) && (isLetter(event, "c") || isLetter(event, "x"))) || (event.key === "Insert" && event.ctrlKey);
  // Command of a Mac is Control over there.
  const name = (event) => (MAC && event.key === "Meta" ? { key: "Control", code: "ControlLeft", keyCode: 17, location: 1 } : { key: event.key, code: event.code, keyCode: event.keyCode, location: event.location });
  const tell = (isDown, event, repeat = false) => {
    const stroke = name(event);
    if (isDown) held.set(stroke.code, stroke);
    else held.delete(stroke.code);
    send("key", { down: isDown, ...stroke, modifiers: modifiers(event), repeat });
  };
  const press = (key, code, keyCode) => {
    const stroke = { key, code, keyCode, location: 0, modifiers: 0, repeat: false };
    send("key", { down: true, ...stroke });
    send("key", { down: false, ...stroke });
  };
  const release = () => {
    for (const stroke of held.values()) send("key", { down: false, ...stroke, modifiers: 0, repeat: false });
    held.clear();
  };

  let waiting = null; // a paste key whose text is still to come
  keys.addEventListener("keydown", (event) => {
    if (isWayOut(event)) {
      event.preventDefault();
      release();
      leave();
      return;
    }
    // An input method has it, or a dead key waits for its letter.
    if (event.isComposing || event.keyCode === 229 || event.key === "Dead" || event.key === "Unidentified") return;
    if (mine(event)) {
      event.preventDefault();
      return;
    }
    if (pastes(event) && !copiedThere) {
      waiting = event;
      return; // the browser gives its clipboard
    }
    event.preventDefault();
    flush();
    if (copies(event)) copiedThere = true;
    tell(true, event, event.repeat);
    // A Mac tells no release of what is pressed with Command.
    if (MAC && event.metaKey && event.key !== "Meta") tell(false, event);
  });
  keys.addEventListener("keyup", (event) => {
    if (!held.has(name(event).code)) return;
    event.preventDefault();
    tell(false, event);
  });
  keys.addEventListener("paste", (event) => {
    event.preventDefault();
    const text = event.clipboardData.getData("text/plain");
    const html = event.clipboardData.getData("text/html") || null;
    if (text || html) send("paste", { text, html });
    else if (waiting) {
      // Nothing that could be sent: the page sees the keys at least.
      tell(true, waiting);
      tell(false, waiting);
    }
    waiting = null;
  });
  keys.addEventListener("compositionend", (event) => {
    if (event.data) send("text", { text: event.data });
    keys.value = "";
  });
  keys.addEventListener("input", (event) => {
    if (event.isComposing) return;
    // A keyboard on a screen tells text and no keys.
    if (keys.value && event.inputType !== "insertCompositionText") send("text", { text: keys.value });
    keys.value = "";
  });
  keys.addEventListener("beforeinput", (event) => {
    if (event.isComposing) return;
    if (event.inputType === "deleteContentBackward") press("Backspace", "Backspace", 8);
    else if (event.inputType === "insertLineBreak") press("Enter", "Enter", 13);
    else return;
    event.preventDefault();
  });
  keys.addEventListener("blur", release);
  addEventListener("blur", () => {
    copiedThere = false;
    release();
  });

  return {
    release,
    isWayOut,
    // The line is gone, and with it what was held: the recorder lets it go.
    forget: () => {
      held.clear();
      pressed = false;
      moved = turned = null;
    },
  };
};
