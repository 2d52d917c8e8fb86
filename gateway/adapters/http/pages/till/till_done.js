// After a sale: the change, what was saved and earned and why, and the receipt; it goes with the next scan.

import { get } from "./till_api.js";
import { close, open } from "./till_ask.js";
import { amountOf, count, draw, facts, money, one, ours, put, say, when, zone } from "./till_draw.js";
import { always, print, setAlways } from "./till_print.js";

const DISCOUNTS = new Set(["set_price_book", "percent", "fixed", "free_item", "buy_get", "bundle_price"]);
const GIVEN = new Set(["credit", "issue", "debit"]);

let shown = null;
let goBack = () => {};

/** Wire the dialog up, once; `back(order)` opens the return of an order. */
export function doneReady(back) {
  goBack = back;
  document.getElementById("done").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const act = button?.dataset.do;
    if (act === "next") close("done");
    if (act === "print") void printReceipt();
    if (act === "print-return") void printReturn(button);
    if (act === "always") pressAlways(button);
    if (act === "undo") {
      close("done");
      goBack(shown.order);
    }
  });
}

/** Show what was sold: a verdict of /v1/orders/commit. */
export async function showReceipt(said) {
  await show(said, { fresh: true });
}

/** Show an order of before, as GET /v1/orders/{order} gives it. */
export async function showAgain(found) {
  await show(found, { fresh: false });
}

async function show(said, { fresh }) {
  shown = { ...said, printed: !fresh };
  put(zone("done"), [draw("done", view(said, fresh))]);
  if (fresh && always()) void printReceipt();
  await open("done", one("[data-do=next]", zone("done")));
}

function pressAlways(button) {
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  setAlways(on);
  if (on && !shown.printed) void printReceipt();
}

/** Close it, if it is open: what comes next is the next customer's. */
export function passOn() {
  close("done");
}

function view({ record, order, change, receipt_code: code, at, seq }, fresh) {
  const applied = record.applied ?? [];
  const saved = applied.filter(({ does, amount }) => DISCOUNTS.has(does) && amount);
  const paid = (record.tenders ?? []).map(({ kind, amount }) => `${say(`tender.${kind}`)} ${money(amount)}`);
  return {
    title: fresh ? say("done.title") : say("receipt.title"),
    change: change ? money(change) : null,
    paid: say("done.paid", { total: money(record.total), how: paid.join(" + ") || "—" }),
    why: [...part("done.saved", saved, discountRow), ...part("done.given", applied.filter(gives), givenRow), ...part("done.heed", record.warnings ?? [], heedRow)],
    printWord: fresh ? say("done.print") : say("done.reprint"),
    mayUndo: fresh,
    always: fresh ? String(always()) : null,
    copy: !fresh,
    head: [at ? when(at) : when(Date.now()), facts.till, code ?? `#${seq}`].join(" · "),
    lines: record.lines.map(line),
    less: saved.map((each) => row("less", ours(each.because), "", money(-each.amount))),
    sums: [...pointsRows(applied), row("sum", say("sum.total"), "", money(record.total)), row("", say("sum.tax"), "", money(record.tax))],
    tenders: [...(record.tenders ?? []).map(tender), ...(change ? [row("", say("done.change"), "", money(change))] : [])],
    words: [...applied.filter(gives), ...applied.filter(({ does }) => does === "show"), ...(record.warnings ?? [])].map(word),
    code,
    qr: `/v1/receipts/${encodeURIComponent(order)}.svg`,
  };
}

const gives = ({ does, amount, unit }) => GIVEN.has(does) && (amount || unit);
const row = (mood, word_, count_, amount) => draw("paper-row", { mood: mood || null, word: word_, count: count_, amount });
const line = ({ name, quantity, gross }) => row("", ours(name), `×${count(quantity)}`, money(gross));
const tender = ({ kind, amount, given }) => row("", say(`tender.${kind}`), "", money(given ?? amount));
const discountRow = (each) => draw("why-row", { because: ours(each.because), amount: money(-each.amount), mood: "yes" });
const givenRow = (each) => draw("why-row", { because: ours(each.because), amount: amountOf(each.unit, signed(each)), mood: "yes" });
const heedRow = (each) => draw("near-row", { because: ours(each.because), mood: "heed" });
const signed = ({ does, amount }) => (does === "debit" ? -amount : amount);
const word = (each) => {
  const much = gives(each) ? ` ${amountOf(each.unit, signed(each))}` : "";
  return draw("paper-word", { word: ours(each.because) + much });
};

function pointsRows(applied) {
  const paid = applied.filter(({ does }) => does === "points_as_cash");
  return paid.map((each) => row("less", say("sum.points", { count: count(each.points) }), "", money(-each.amount)));
}

function part(title, rows, draws) {
  return rows.length ? [draw("why", { title: say(title), rows: rows.map(draws) })] : [];
}

async function printReceipt() {
  const path = `/v1/receipts/${encodeURIComponent(shown.order)}/print`;
  shown.printed = (await print(path, { copy: shown.printed }, zone("printed"))) || shown.printed;
}

async function printReturn(button) {
  const path = `/v1/receipts/${encodeURIComponent(button.dataset.order)}/print`;
  const copy = button.dataset.printed === "yes";
  if (await print(path, { seq: Number(button.dataset.seq), copy }, zone("printed"))) button.dataset.printed = "yes";
}

/** An order by its id or its receipt's code. */
export const order = (name) => get(`/v1/orders/${encodeURIComponent(name)}`);
