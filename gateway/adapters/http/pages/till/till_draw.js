// What the till draws with: templates the server rendered in the reader's language, words, money, notices.
// Nothing here knows what a sale is.

const language = document.documentElement.lang;
const frame = document.querySelector("[data-till]");
const words = JSON.parse(document.getElementById("till-words").textContent);
const coin = new Intl.NumberFormat(language, {
  style: "currency",
  currency: frame.dataset.currency,
  currencyDisplay: "narrowSymbol",
});
const plain = new Intl.NumberFormat(language);
const clock = new Intl.DateTimeFormat(language, {
  timeZone: frame.dataset.zoneName,
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const day = new Intl.DateTimeFormat(language, {
  timeZone: frame.dataset.zoneName,
  year: "numeric",
  month: "short",
  day: "numeric",
});

/** The facts of this page that the server wrote into it: till, terminal, currency, zone. */
export const facts = frame.dataset;

/** Words by key, "{name}" filled; a key nobody wrote is shown as it is, so that it is seen. */
export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Whether there are words under this key. */
export const known = (key) => key in words;

/** A text that came in both languages, in the reader's own. */
export const ours = (text) => text?.[language] ?? text?.en ?? Object.values(text ?? {})[0] ?? "";

/** Minor units as the reader writes money; negative amounts keep their sign. */
export const money = (amount) => coin.format((amount + 0) / 100); // + 0: "-0" is nobody's money

/** A whole number as the reader writes it. */
export const count = (number) => plain.format(number);

/** An amount of a unit, with its sign where it is a change. */
export function amountOf(unit, amount) {
  const sign = amount > 0 ? "+" : amount < 0 ? "−" : "";
  const size = Math.abs(amount);
  const [kind, name] = [unit.split(":")[0], unit.split(":").slice(1).join(":")];
  const shown = kind.startsWith("CNY") ? money(size) : count(size);
  const key = known(`unit.${kind}`) ? `unit.${kind}` : "unit.other";
  return say(key, { amount: sign + shown, name });
}

/** Unix milliseconds as a time of day in the store, with its date where that is another day. */
export function when(ms) {
  const [then, today] = [day.format(ms), day.format(Date.now())];
  return then === today ? clock.format(ms) : `${then} ${clock.format(ms)}`;
}

/** What a person typed as money, in minor units: "62", "62.5", "1,204.00", "６２"; null where it is none. */
export function typedMoney(text) {
  const clean = text.normalize("NFKC").replace(/[\s,¥]/g, "").replace(/。/g, ".");
  const found = /^(\d{1,9})?(?:\.(\d{0,2}))?$/.exec(clean);
  if (!found || !/\d/.test(clean)) return null;
  return Number(found[1] ?? 0) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
}

/** What a person typed as a whole number; null where it is none. */
export function typedCount(text) {
  const clean = text.normalize("NFKC").replace(/[\s,]/g, "");
  return /^\d{1,9}$/.test(clean) ? Number(clean) : null;
}

/** Minor units as they are put into a field: without sign and thousands. */
export const editable = (amount) => (amount / 100).toFixed(2);

export const one = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const zone = (name, root = document) => one(`[data-zone="${name}"]`, root);

/** A copy of the template "t-<name>", filled. */
export function draw(name, values = {}) {
  const node = document.getElementById(`t-${name}`).content.firstElementChild.cloneNode(true);
  fill(node, values);
  return node;
}

/** Fill [data-text], [data-in] (a list of nodes), [data-at] ("attribute:key ...") and drop [data-if]. */
export function fill(root, values) {
  for (const node of [root, ...all("[data-text],[data-if],[data-at],[data-in]", root)]) {
    const { text, if: wanted, at, in: slot } = node.dataset;
    if (wanted && !values[wanted]) node.remove();
    else {
      if (text) node.textContent = values[text] ?? "";
      if (slot) node.replaceChildren(...(values[slot] ?? []));
      for (const pair of at ? at.split(" ") : []) attribute(node, ...pair.split(":"), values);
    }
  }
}

function attribute(node, name, key, values) {
  const value = values[key];
  if (value === undefined || value === null || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}

/** Put nodes into a zone; who was focused there is focused again, by its data-focus. */
export function put(place, nodes) {
  const held = place.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  place.replaceChildren(...nodes);
  if (held) one(`[data-focus="${CSS.escape(held)}"]`, place)?.focus();
}

// A button that is replaced between press and release gets no click: what is drawn without anybody's doing waits.
let pressed = false;
const waiting = new Set();

/** The click follows the release, and what waits follows the click. */
function released() {
  pressed = false;
  setTimeout(() => {
    const drawings = [...waiting];
    waiting.clear();
    drawings.forEach((drawing) => drawing());
  });
}

document.addEventListener("pointerdown", () => (pressed = true), true);
["pointerup", "pointercancel"].forEach((name) => document.addEventListener(name, released, true));
addEventListener("blur", released);

/** Draw now, or once nobody is pressing anything; a drawing that waits already waits once. */
export function unhurried(drawing) {
  if (pressed) waiting.add(drawing);
  else drawing();
}

/** Say a result: shown quietly under the scan field and read aloud by screen readers. */
export function tell(text) {
  const place = zone("said");
  place.textContent = text;
}

const NOTICES_MAX = 4; // more at once nobody reads; the oldest goes

/** A refusal: what happened, and what to do or say to the customer. It stays until it is dismissed. */
export function refuse({ what, next = "", aside = "" }, mood = "no") {
  const place = all("dialog[open] [data-zone=notices]").at(-1) ?? one(".notices:not(.in)");
  const same = all(".notice", place).find((old) => old.dataset.what === what + aside);
  same?.remove();
  const node = draw("notice", { what, next, aside, mood: `notice ${mood}`, mark: what + aside });
  one("[data-do=dismiss]", node).addEventListener("click", () => dismiss(node));
  place.append(node);
  while (place.children.length > NOTICES_MAX) place.firstElementChild.remove();
}

/** Take a notice away; the newest where none is named. Says whether there was one. */
export function dismiss(node = all("[data-zone=notices] .notice").at(-1)) {
  node?.remove();
  return Boolean(node);
}
