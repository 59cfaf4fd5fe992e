// Secrets: which fields take one, and that no value of theirs stands in what is told of elements.
// The list of words is the page's own; flows that come from elsewhere have theirs in `flow/import`.
(() => {
  "use strict";
  const { rehearsal } = globalThis;
  const { capture } = rehearsal;

  /** Words by which a field of a secret is known; those of up to four letters must stand alone. */
  const WORDS = [
    ["one time code", "ONE_TIME_CODE"], ["one time password", "ONE_TIME_CODE"], ["onetimecode", "ONE_TIME_CODE"],
    ["verification code", "ONE_TIME_CODE"], ["authentication code", "ONE_TIME_CODE"], ["otp", "ONE_TIME_CODE"],
    ["totp", "ONE_TIME_CODE"], ["2fa", "ONE_TIME_CODE"],
    ["password", "PASSWORD"], ["passwort", "PASSWORD"], ["passwd", "PASSWORD"], ["passphrase", "PASSWORD"],
    ["passcode", "PASSWORD"], ["kennwort", "PASSWORD"], ["mot de passe", "PASSWORD"], ["contraseña", "PASSWORD"],
    ["senha", "PASSWORD"], ["wachtwoord", "PASSWORD"], ["пароль", "PASSWORD"], ["密码", "PASSWORD"], ["パスワード", "PASSWORD"],
    ["pwd", "PASSWORD"], ["pass", "PASSWORD"],
    ["card number", "CARD_NUMBER"], ["cardnumber", "CARD_NUMBER"], ["cc number", "CARD_NUMBER"],
    ["ccnumber", "CARD_NUMBER"], ["kartennummer", "CARD_NUMBER"],
    ["cvc", "CVC"], ["cvv", "CVC"], ["cvv2", "CVC"], ["cc csc", "CVC"], ["security code", "CVC"],
    ["pin", "PIN"], ["pin code", "PIN"], ["api key", "API_KEY"], ["secret", "SECRET"],
  ];
  const COMPLETED = {
    "current-password": "PASSWORD", "new-password": "PASSWORD", "one-time-code": "ONE_TIME_CODE",
    "cc-number": "CARD_NUMBER", "cc-csc": "CVC", "cc-exp": "CARD_EXPIRY", "cc-exp-month": "CARD_EXPIRY_MONTH",
    "cc-exp-year": "CARD_EXPIRY_YEAR", "cc-name": "CARD_NAME", "cc-type": "CARD_TYPE",
  };
  const UNTYPED = ["checkbox", "radio", "file", "submit", "button", "reset", "image", "range", "color", "hidden"];

  /** `userPassword_2` as words: ` user password 2 `. */
  const wordsOf = (text) =>
    ` ${text.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim()} `;

  function secretIn(text) {
    const words = wordsOf(text);
    const found = WORDS.find(([word]) => words.includes(` ${word} `) || (word.length > 4 && words.includes(word)));
    return found?.[1];
  }

  // "Show password" makes a text field of it; some sites put another field in its place.
  const were = new WeakSet();
  const wereNamed = new Set();
  const keyOf = (element) => `${element.id} ${element.getAttribute("name") ?? ""}`;

  function remember(element) {
    were.add(element);
    if (keyOf(element).trim()) wereNamed.add(keyOf(element));
  }
  capture.noteChange = ({ type, attributeName, oldValue, target }) => {
    if (type === "attributes" && attributeName === "type" && (oldValue ?? "").toLowerCase() === "password") remember(target);
  };

  /** Name of the secret that a field takes; null when it takes none. */
  capture.secretOf = (element) => {
    if (!element.matches("input,textarea,select")) return null;
    if (element.type === "password") remember(element);
    const completed = (element.getAttribute("autocomplete") ?? "").toLowerCase().trim().split(/\s+/).at(-1);
    if (COMPLETED[completed]) return COMPLETED[completed];
    if (completed?.startsWith("cc-")) return completed.toUpperCase().replace(/\W/g, "_");
    if (element.localName === "select" || UNTYPED.includes(element.type)) return null;
    const names = [
      element.id, element.getAttribute("name"), element.getAttribute("placeholder"), element.getAttribute("aria-label"),
      ...[...(element.labels ?? [])].map((label) => label.textContent.slice(0, 100)),
    ];
    const named = names.map((name) => name && secretIn(name)).find(Boolean);
    if (named) return named;
    return were.has(element) || wereNamed.has(keyOf(element)) ? "PASSWORD" : null;
  };

  const secrets = new Map();
  const typed = new Set();
  const MOST_TYPED = 50;

  /** What a field holds that a person gave a value. */
  capture.rememberValue = (element, value) => {
    if (capture.secretOf(element)) {
      secrets.set(element, [...new Set([...(secrets.get(element) ?? []).slice(-3), value])].filter(Boolean));
    } else if (value.trim().length >= 3 && value.length <= 200) {
      typed.delete(value.trim());
      typed.add(value.trim());
      if (typed.size > MOST_TYPED) typed.delete(typed.values().next().value);
    }
  };

  /** Whether a text holds a secret of this document. A short one must be all of it. */
  capture.holdsSecret = (text) => {
    if (!text || !secrets.size) return false;
    const own = [...document.querySelectorAll("input[type=password]")].map((field) => field.value);
    const all = [...secrets.values()].flat().concat(own);
    return all.some((secret) => (secret.length >= 4 ? text.includes(secret) : secret !== "" && text.trim() === secret));
  };

  const folded = (text) => text.normalize("NFKC").toLowerCase();
  const isWordy = (character) => character !== undefined && /[\p{L}\p{N}]/u.test(character);

  /** Whether a text says again, as words, what was typed. */
  capture.holdsTyped = (text) => {
    const plain = folded(text ?? "");
    return [...typed].map(folded).some((value) => {
      for (let at = plain.indexOf(value); at >= 0; at = plain.indexOf(value, at + 1)) {
        if (!isWordy(plain[at - 1]) && !isWordy(plain[at + value.length])) return true;
      }
      return false;
    });
  };

  /** What is told of an element, without any secret. */
  capture.scrubbed = (value) => {
    if (typeof value === "string") return capture.holdsSecret(value) ? "" : value;
    if (Array.isArray(value)) return value.map(capture.scrubbed).filter((each) => each !== "");
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, capture.scrubbed(each)]).filter(([, each]) => each !== ""));
    }
    return value;
  };
})();
