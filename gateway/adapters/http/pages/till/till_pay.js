// Taking money: tenders until nothing is left, then one commit under the sale's key until its verdict is known.

import { Away, Refused, newKey, settle } from "./till_api.js";
import { approved, close, explain, open, says, spending, sure } from "./till_ask.js";
import { charged, countPayments, givenBack, isAsked } from "./till_charge.js";
import { all, draw, editable, facts, money, one, put, refuse, say, typedMoney, zone } from "./till_draw.js";
import { showReceipt } from "./till_done.js";
import { basket, clear, keep, quote, quoted, sale } from "./till_sale.js";

const NOTES = [1_000, 2_000, 5_000, 10_000]; // banknotes people hand over
const QUICK_MAX = 4;
const UNPROVED = { left: 0 }; // what spends nothing is tried without a PIN; a dear coupon may ask for it
const SLOW_AFTER = 2; // tries before the clerk is told to wait

let taken = [];
const box = () => document.getElementById("pay");
const given = () => document.getElementById("given");
const reference = () => document.getElementById("reference");
const total = () => quoted?.quote.total ?? 0;
const left = () => total() - taken.reduce((sum, tender) => sum + tender.amount, 0);
const change = () => taken.reduce((sum, tender) => sum + Math.max(0, (tender.given ?? 0) - tender.amount), 0);

/** Ask for the money of the sale at hand. */
export function startPaying() {
  if (!quoted || !sale.lines.length) return;
  taken = [...sale.paid];
  redraw();
  void open("pay", left() ? given() : one("[data-do=complete]", box()));
}

/** Wire the dialog up, once. */
export function payingReady() {
  box().addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || button.disabled) return;
    if (button.dataset.tender) void take(button.dataset.tender);
    else if (button.dataset.given) handOver(Number(button.dataset.given));
    else if (button.dataset.do === "untake") void untake(Number(button.dataset.index));
    else if (button.dataset.do === "complete") void complete();
  });
  given().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (left() > 0) void take("cash");
    else void complete();
  });
}

function handOver(amount) {
  given().value = editable(amount);
  void take("cash");
}

async function take(kind) {
  const typed = given().value.trim() ? typedMoney(given().value) : left();
  if (typed === null || typed <= 0) {
    refuse({ what: say("pay.wrong"), next: say("pay.wrong.next") }, "heed");
    return;
  }
  const most = kind === "balance" ? Math.min(left(), balance()) : left();
  if (kind !== "cash" && typed > most && given().value.trim()) {
    refuse({ what: say("pay.too_much", { amount: money(most) }), next: say("pay.too_much.next") }, "heed");
    return;
  }
  const tender = { kind, amount: Math.min(typed, most) };
  if (tender.amount <= 0) return;
  if (kind === "cash" && typed > tender.amount) tender.given = typed;
  else if (kind === "cash") tender.given = tender.amount;
  const slip = reference().value.trim();
  if (slip && kind !== "cash" && kind !== "balance") tender.reference = slip;
  if (isAsked(kind) && !slip) return void (await takeByPhone(tender)); // with a slip it was taken elsewhere
  taken.push(tender);
  given().value = reference().value = "";
  redraw();
  (left() > 0 ? given() : one("[data-do=complete]", box())).focus();
}

/** Ask the customer's phone for a tender; what it paid stays with the sale, also across a reload. */
async function takeByPhone({ kind, amount }) {
  const paid = await charged(kind, amount);
  if (paid) {
    taken.push(paid);
    sale.paid.push(paid);
    keep();
    given().value = "";
  }
  redraw();
  (left() > 0 ? given() : one("[data-do=complete]", box())).focus();
}

async function untake(index) {
  if (taken[index].payment && !(await givenBack(taken[index]))) return;
  taken.splice(index, 1);
  redraw();
  given().focus();
}

/** What the customer may pay from their balance here, in minor units, gifts included. */
function balance() {
  const units = quoted?.member?.units ?? [];
  const here = units.filter(({ unit }) => unit === "CNY" || unit === "CNY.bonus");
  const used = taken.filter(({ kind }) => kind === "balance").reduce((sum, { amount }) => sum + amount, 0);
  return here.reduce((sum, unit) => sum + unit.here, 0) - used;
}

function redraw() {
  const due = left();
  zone("left").textContent = money(due);
  box().classList.toggle("settled", due === 0);
  zone("left-word").textContent = due ? say("pay.left") : say("pay.none_left");
  put(zone("taken"), taken.map(takenRow));
  const back = change();
  zone("change").hidden = !back;
  zone("change").textContent = back ? say("pay.change", { amount: money(back) }) : "";
  one("[data-do=complete]", box()).disabled = due !== 0;
  zone("complete-word").textContent = say(back ? "pay.complete_change" : "pay.complete", { amount: money(back) });
  zone("pay-hint").textContent = due ? say("pay.hint") : say("pay.hint_done");
  put(zone("notes"), due ? quick(due).map((amount) => draw("note", { given: amount, word: money(amount) })) : []);
  all("[data-tender]", box()).forEach((button) => (button.disabled = !due));
  const mine = balance();
  const button = one("[data-tender=balance]", box());
  button.disabled = !due || mine <= 0;
  zone("balance").textContent = sale.member ? money(mine) : say("pay.no_member");
}

function takenRow(tender, index) {
  const word = say(`tender.${tender.kind}`);
  return draw("taken", { word, amount: money(tender.amount), index, untake: say("pay.untake", { tender: word }) });
}

/** What people are likely to hand over for so much: the next round sums of notes, and the sum itself. */
export function quick(due) {
  const sums = new Set([due]);
  for (const note of NOTES) sums.add(Math.ceil(due / note) * note);
  return [...sums].sort((one_, other) => one_ - other).slice(0, QUICK_MAX);
}

async function complete() {
  if (left() !== 0 || sale.attempt) return;
  const book = (proof) => approved("sell", (approver) => attempt(proof, approver));
  try {
    const spends = sale.points || taken.some(({ kind }) => kind === "balance");
    const code = spends ? quoted.without_pin : UNPROVED;
    const said = await spending(sale.member, spends ? spent() : 0, code, book);
    if (said) await settled(said);
  } catch (error) {
    failed(error);
  }
}

/** What of the sale points and balance pay, in minor units. */
function spent() {
  const points = (quoted.quote.applied ?? []).filter(({ does }) => does === "points_as_cash");
  const parts = [...points, ...taken.filter(({ kind }) => kind === "balance")];
  return parts.reduce((sum, { amount }) => sum + amount, 0);
}

function attempt(proof, approver) {
  const body = { key: sale.key, basket: basket(), tenders: taken, till: facts.till, digest: quoted.digest };
  if (proof) body.pin = proof;
  if (approver) body.approver = approver;
  if (sale.parked) body.parked = sale.parked;
  sale.attempt = body;
  keep();
  return send();
}

/** Send the attempt that is kept until its verdict is known; a refusal frees the sale for another attempt. */
async function send() {
  zone("busy").textContent = say("busy.booking");
  zone("busy-next").textContent = say("busy.booking.next");
  void open("busy");
  try {
    const said = await settle("/v1/orders/commit", sale.attempt, (times) => {
      if (times < SLOW_AFTER) return;
      zone("busy").textContent = say("busy.away");
      zone("busy-next").textContent = say("busy.away.next");
    });
    if (said.outcome !== "done") free();
    return said;
  } catch (error) {
    if (error instanceof Refused && error.status !== 401) free(); // it never became an act: nothing is booked
    throw error;
  } finally {
    close("busy");
  }
}

/** The verdict is known and nothing was sold: what is sent next is another attempt. */
function free() {
  sale.attempt = null;
  sale.key = newKey("sale");
  keep();
}

async function settled(said) {
  if (said.outcome === "done") {
    close("pay");
    clear();
    await showReceipt(said);
    return;
  }
  if (said.reason === "quote_changed" || said.used_at) {
    close("pay");
    await quote();
  }
  refuse(says(said));
}

function failed(error) {
  if (error instanceof Away) refuse({ what: say("fault.away"), next: say("fault.away.next") });
  else explain(error);
}

/** A commit was under way when the page was left: find out what became of it. True if there was one. */
export async function resume() {
  if (!sale.attempt) return false;
  taken = sale.attempt.tenders;
  try {
    await settled(await send());
  } catch (error) {
    failed(error);
  }
  return true;
}

/** Forget the sale at hand, if the clerk is sure. */
export async function drop() {
  if (!sale.lines.length && !sale.member) return;
  const yes = await sure({ title: say("drop.title"), why: say("drop.why"), yes: say("drop.yes") });
  if (!yes) return;
  if (sale.paid.length) refuse({ what: say("payments.kept"), next: say("payments.kept.next") }, "heed");
  clear();
  await countPayments();
}

