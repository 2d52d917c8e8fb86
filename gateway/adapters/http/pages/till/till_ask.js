// Questions to people: one dialog each, one answer each. A dialog that is closed without an answer gives null.

import { Away, Refused, post } from "./till_api.js";
import { all, draw, facts, known, one, put, refuse, say, when, zone } from "./till_draw.js";

const KEYPAD_MS_MAX = 100_000; // the gateway answers before, however slowly the customer types

const dialog = (name) => document.getElementById(name);

/** Open a dialog; resolves when it closes. The field `first` is focused. */
export function open(name, first) {
  const box = dialog(name);
  all(".notice", box).forEach((notice) => notice.remove());
  if (!box.open) box.showModal();
  if (first) first.focus({ preventScroll: true });
  return new Promise((done) => box.addEventListener("close", () => done(box.returnValue), { once: true }));
}

/** Close a dialog with an answer. */
export function close(name, answer = "") {
  if (dialog(name).open) dialog(name).close(answer);
}

/** Whether any question is open. */
export const busy = () => all("dialog[open]").length > 0;

/** Ask with a form until act(fields, form) gives something true; gives that, or null if it was closed. */
export function form(name, act, before = () => {}) {
  const [box, sheet] = [dialog(name), one(`[data-form="${name}"]`, dialog(name))];
  sheet.reset();
  before(sheet);
  let answer = null;
  let working = false;
  const submit = async (event) => {
    event.preventDefault();
    if (working) return;
    working = true;
    sheet.setAttribute("aria-busy", "true");
    try {
      answer = await act(Object.fromEntries(new FormData(sheet)), sheet);
    } catch (error) {
      explain(error);
    }
    working = false;
    sheet.removeAttribute("aria-busy");
    if (answer !== null && answer !== undefined && answer !== false) box.close();
    else answer = null;
  };
  sheet.addEventListener("submit", submit);
  return open(name, one("input", sheet)).then(() => {
    sheet.removeEventListener("submit", submit);
    return answer;
  });
}

function question(sheet, { title, why, field, quick = [], pad }) {
  const words = { "ask-title": title, "ask-why": why, "ask-field": field };
  Object.entries(words).forEach(([name, text]) => (zone(name, sheet).textContent = text));
  put(zone("ask-quick", sheet), quick.map(({ value, word }) => draw("note", { given: value, word })));
  one(".pad", sheet).hidden = !pad;
  one("input", sheet).setAttribute("inputmode", pad ? padMode("decimal") : "text");
}

/** How a field with a drawn pad is typed into: on a tablet the pad does, without the tablet's own keyboard. */
export const padMode = (mode) => (matchMedia("(pointer: coarse)").matches ? "none" : mode);

/** An amount of money, typed; `read` gives its value or null. Null if closed. */
export function amount({ read, wrong, ...asked }) {
  return form(
    "ask",
    ({ value }) => {
      const found = read(value);
      if (!found) refuse({ what: wrong }, "heed");
      return found || null;
    },
    (sheet) => question(sheet, { ...asked, pad: true }),
  );
}

/** A few words, perhaps none. Null if closed. */
export async function words(asked) {
  const said = await form("ask", ({ value }) => ({ text: value.trim() }), (sheet) => question(sheet, asked));
  return said && said.text;
}

/** Whether the clerk is sure. */
export async function sure({ title, why, yes }) {
  zone("sure-title").textContent = title;
  zone("sure-why").textContent = why;
  zone("sure-yes").textContent = yes;
  dialog("sure").returnValue = "";
  return (await open("sure")) === "yes";
}

/** The proof that a member typed the right PIN, here or at the terminal; null if it was given up. */
export async function pin(member) {
  const path = `/v1/members/${encodeURIComponent(member)}/pin`;
  const button = one("[data-do=at-terminal]", dialog("pin"));
  let proof = null;
  const ask = async (where, body, wait_ms) => {
    const said = await post(`${path}/${where}`, body, wait_ms);
    if (said.proof) return said.proof;
    refuse(says(said));
    return null;
  };
  const atTerminal = async () => {
    button.disabled = true;
    zone("pin-why").textContent = say("pin.waiting");
    try {
      proof = await ask("ask", { till: facts.till }, KEYPAD_MS_MAX);
      if (proof) close("pin");
    } catch (error) {
      explain(error);
    }
    zone("pin-why").textContent = say("pin.why");
    button.disabled = false;
  };
  button.hidden = !facts.terminal;
  button.addEventListener("click", atTerminal);
  zone("pin-title").textContent = say("pin.title");
  zone("pin-why").textContent = say("pin.why");
  const typed = await form("pin", async ({ value }, sheet) => {
    sheet.reset(); // whatever is found, the digits are gone from the screen
    return value ? ask("check", { pin: value }) : null;
  });
  button.removeEventListener("click", atTerminal);
  return typed ?? proof;
}

const WANTS_PIN = new Set(["pin_needed", "code_limit"]);

/** Do what spends so much of a member's points and balance: act(proof) gives a verdict. Where a code that was
 * shown here stands for it, without a PIN; where none does, or not after all, the PIN is asked for. Null if
 * it was given up. */
export async function spending(member, worth, code, act) {
  if (code && worth <= code.left) {
    const said = await act(null);
    if (!WANTS_PIN.has(said.reason)) return said;
  }
  const proof = await pin(member);
  return proof ? act(proof) : null;
}

/** A PIN typed by the customer for the first time; null if it was given up. */
export async function freshPin() {
  one("[data-do=at-terminal]", dialog("pin")).hidden = true;
  let first = null;
  const typed = await form(
    "pin",
    ({ value }, sheet) => {
      sheet.reset();
      if (!/^\d{4,12}$/.test(value)) refuse({ what: say("pin.short"), next: say("pin.short.next") }, "heed");
      else if (first === null) {
        first = value;
        zone("pin-title").textContent = say("pin.again");
      } else if (first === value) return value;
      else {
        first = null;
        zone("pin-title").textContent = say("pin.new");
        refuse({ what: say("pin.differ"), next: say("pin.differ.next") }, "heed");
      }
      return null;
    },
    () => {
      zone("pin-title").textContent = say("pin.new");
      zone("pin-why").textContent = say("pin.new.why");
    },
  );
  return typed;
}

let agreeing = null; // what somebody is asked to approve, while they are asked

/** The proof of somebody who approves what `what` names, here or at the terminal; null if nobody did. */
export async function approval(what, why) {
  let proof = null;
  const ask = async (who) => (await post("/v1/staff/approve", { ...who, for: what, till: facts.till })).proof;
  const typed = await form(
    "approve",
    ({ badge, staff, pin: digits }) => (badge ? ask({ badge }) : staff && digits ? ask({ staff, pin: digits }) : null),
    () => {
      zone("approve-why").textContent = why;
      agreeing = async () => {
        proof = await ask({ at_terminal: true });
        close("approve");
      };
    },
  );
  agreeing = null;
  return typed ?? proof;
}

/** A badge was shown at the terminal while somebody is asked to agree: true where it was taken for that. */
export async function agreed() {
  if (!agreeing) return false;
  try {
    await agreeing();
  } catch (error) {
    explain(error);
  }
  return true;
}

const WRONG_SIGN_IN = "wrong_sign_in";
const APPROVABLE = new Set(["approval_needed", "not_allowed"]);
const ROUNDS_MAX = 3;

/** Do what may need approval: act(approver) gives a verdict; where it asks for one, a manager is asked. */
export async function approved(what, act) {
  let said = await act(null);
  for (let round = 0; round < ROUNDS_MAX && APPROVABLE.has(said.reason); round++) {
    const proof = await approval(what, says(said).what);
    if (!proof) break;
    said = await act(proof);
  }
  return said;
}

/** What is to be said of a verdict or a fault: {what, next, aside}. */
export function says(said) {
  const own = said.says?.[document.documentElement.lang];
  const [what, next] = [own?.what ?? said.error ?? say("fault.other"), own?.do ?? said.next ?? ""];
  const used = usedWhen(said);
  const words = used ? { what: used, next: say("used.next") } : { what, next };
  const customer = `customer.${said.reason}`;
  return { ...words, aside: known(customer) ? say(customer) : "" };
}

/** When and where something was used already, in words; null where that is not what happened or not known. */
export function usedWhen({ used_at: at, used_where }) {
  if (!at) return null;
  const here = !used_where || used_where === facts.till;
  return here ? say("used.here", { when: when(at) }) : say("used.there", { when: when(at), where: used_where });
}

/** Say what went wrong, so that the clerk knows what to do. */
export function explain(error) {
  if (error instanceof Away) refuse({ what: say("fault.away"), next: say("fault.away.next") });
  else if (error instanceof Refused && error.status === 401 && error.body.reason !== WRONG_SIGN_IN) document.dispatchEvent(new Event("till:signed-out"));
  else if (error instanceof Refused) refuse(says(error.body));
  else throw error;
}
