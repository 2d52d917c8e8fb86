// Money by phone: asked of the chain's payment bridge with the customer's code, under one key until it is known.

import { Away, Refused, get, newKey, post } from "./till_api.js";
import { close, explain, form, open, says, sure } from "./till_ask.js";
import { draw, facts, money, one, put, refuse, say, tell, when, zone } from "./till_draw.js";
import { keep, sale } from "./till_sale.js";

const AGAIN_MS = 1_500;
const UNSURE = new Set(["asking", "unknown"]);
const WAITS = new Set(["unknown", "refund_declined"]); // a person may end these

/** Whether the bridge takes this tender; the others are recorded as the clerk says. */
export const isAsked = (kind) => facts.asked.split(" ").includes(kind);

let asking = 0;

const path = (key) => `/v1/payments/${encodeURIComponent(key)}`;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Ask for so much by the customer's code; gives the tender that it paid, or null if it was given up. */
export async function charged(kind, amount) {
  let key = newKey("payment");
  let unsure = false;
  const tender = await form(
    "charge",
    async ({ code }, sheet) => {
      if (!code.trim()) return null;
      unsure = true;
      const told = await ask({ key, tender: kind, amount, code: code.trim(), till: facts.till }, sheet);
      if (!told) return null;
      unsure = false;
      if (told.state === "paid") return { kind, amount, payment: key };
      key = newKey("payment");
      sheet.reset();
      showField(sheet);
      refuse(says(told));
      return null;
    },
    (sheet) => {
      zone("charge-title").textContent = say("charge.title", { tender: say(`tender.${kind}`), amount: money(amount) });
      showField(sheet);
    },
  );
  if (tender) tell(say("charge.paid", { tender: say(`tender.${kind}`), amount: money(amount) }));
  else if (unsure) refuse({ what: say("charge.left"), next: say("charge.left.next") }, "heed");
  return tender;
}

/** Send the charge, then ask how it stands, until that is known or the clerk leaves; null then. */
async function ask(body, sheet) {
  const mine = ++asking; // a dialog that was left and opened again is another question's
  const stays = () => document.getElementById("charge").open && mine === asking;
  showAsking(sheet, say("charge.asking"), say("charge.asking.next"));
  let told = await said(() => post("/v1/payments", body));
  while (stays()) {
    if (told && !UNSURE.has(told.state)) return told;
    if (told?.state === "unknown") showAsking(sheet, says(told).what, says(told).next);
    if (!told) showAsking(sheet, say("charge.away"), say("charge.away.next"));
    await pause(AGAIN_MS);
    // What never reached the gateway is sent again; the same key is charged once.
    told = await said(() => (told ? get(path(body.key)) : post("/v1/payments", body)));
  }
  return null;
}

/** How the payment stands; null while nobody answers. Raises Refused where it never became a payment. */
async function said(question) {
  try {
    return await question();
  } catch (error) {
    if (error instanceof Refused && error.body.state) return error.body;
    if (error instanceof Away || error.status >= 502 || error.body?.reason === "ledger_refuses") return null;
    showField(one("[data-form=charge]"));
    throw error;
  }
}

function showAsking(sheet, what, next) {
  zone("charge-field", sheet).hidden = zone("charge-take", sheet).hidden = true;
  zone("charge-asking", sheet).hidden = false;
  zone("charge-leave", sheet).textContent = say("charge.other");
  zone("charge-what", sheet).textContent = what;
  zone("charge-next", sheet).textContent = next;
}

function showField(sheet) {
  zone("charge-field", sheet).hidden = zone("charge-take", sheet).hidden = false;
  zone("charge-asking", sheet).hidden = true;
  zone("charge-leave", sheet).textContent = say("dialog.back");
  one("input", sheet).focus();
}

/** Give a payment of the sale at hand back, if the clerk is sure; says whether it is on its way. */
export async function givenBack({ kind, amount, payment }) {
  const words = { tender: say(`tender.${kind}`), amount: money(amount) };
  const yes = await sure({ title: say("charge.back.title", words), why: say("charge.back.why", words), yes: say("charge.back.yes") });
  return yes && back(payment, { amount });
}

async function back(key, { amount, by_hand = false }) {
  try {
    await post(`${path(key)}/refund`, { key: newKey("back"), till: facts.till, by_hand });
  } catch (error) {
    explain(error);
    return false;
  }
  if (!by_hand) tell(say("charge.back.done", { amount: money(amount) }));
  sale.paid = sale.paid.filter(({ payment }) => payment !== key);
  keep();
  return true;
}

/** How many payments somebody should look at, beside the button. */
export async function countPayments() {
  if (!facts.asked) return;
  try {
    const { payments } = await get("/v1/payments");
    const waiting = payments.filter(({ key }) => !isMine(key)).length;
    zone("payments-count").textContent = waiting;
    zone("payments-count").hidden = !waiting;
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Away)) throw error;
  }
}

const isMine = (key) => sale.paid.some(({ payment }) => payment === key);

/** Show what somebody should look at, and let the clerk use it, give it back, or say that it is settled. */
export async function showPayments() {
  const box = document.getElementById("payments");
  const closed = open("payments");
  const press = (event) => {
    const button = event.target.closest("button[data-do]");
    if (button) void pressed(button.dataset.do, button.closest("[data-payment]")?.dataset.payment);
  };
  box.addEventListener("click", press);
  void closed.then(() => box.removeEventListener("click", press));
  await list();
  await closed;
  await countPayments();
}

let rows = [];

async function list() {
  try {
    rows = (await get("/v1/payments")).payments;
    put(zone("payments"), rows.map(row));
    zone("no-payments").hidden = rows.length > 0;
  } catch (error) {
    explain(error);
  }
}

function row(told) {
  const { key, tender, amount, state, owed, till, at } = told;
  const { what, next } = says(told);
  return draw("payment", {
    key,
    title: say("charge.title", { tender: say(`tender.${tender}`), amount: money(amount) }),
    what: say("payments.what", { when: when(at), till }),
    state: isMine(key) ? say("payments.used") : what,
    next: isMine(key) ? "" : next,
    mayUse: state === "paid" && !isMine(key) && sale.lines.length > 0,
    mayGive: owed > 0 && state !== "giving_back",
    mayClose: WAITS.has(state),
  });
}

async function pressed(act, key) {
  const told = rows.find((each) => each.key === key);
  if (!told) return;
  if (act === "use-payment") use(told);
  if (act === "payment-back" && (await givenBack({ kind: told.tender, amount: told.owed, payment: key }))) await list();
  if (act === "payment-by-hand") {
    const yes = await sure({ title: say("payments.by_hand.title"), why: say("payments.by_hand.why"), yes: say("payments.by_hand") });
    if (yes && (await back(key, { amount: told.owed, by_hand: true }))) await list();
  }
}

function use({ key, tender, amount }) {
  sale.paid.push({ kind: tender, amount, payment: key });
  keep();
  close("payments");
  tell(say("payments.used"));
}
