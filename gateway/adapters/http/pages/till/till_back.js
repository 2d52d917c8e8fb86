// Giving back: an order by its receipt or by its customer, which pieces, and what goes back, before it does.

import { Refused, get, newKey, post } from "./till_api.js";
import { approved, close, explain, open, says, sure } from "./till_ask.js";
import { order as fetchOrder, showAgain } from "./till_done.js";
import { amountOf, count, draw, facts, money, one, ours, put, refuse, say, tell, when, zone } from "./till_draw.js";
import { settleKept } from "./till_kept.js";

const ORDERS_SHOWN = 12;

let found = null; // the order as GET /v1/orders/{order} gave it
let chosen = []; // pieces to give back, by line
let asked = 0;

const box = () => document.getElementById("back");

/** Wire the dialog up, once. */
export function backReady() {
  box().addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || button.disabled) return;
    const act = button.dataset.do;
    if (act === "order") void load(button.dataset.order);
    if (act === "fewer" || act === "further") step(button, act === "further" ? 1 : -1);
    if (act === "back-all") chooseAll();
    if (act === "give-back") void giveBack();
    if (act === "void") void voidOrder();
    if (act === "reprint") void reprint();
  });
  one("[data-form=order]").addEventListener("submit", (event) => {
    event.preventDefault();
    const code = document.getElementById("order-code").value.trim();
    if (code) void load(code);
  });
}

/** Begin a return: of this order, or of one that is looked for; `member` shows theirs. */
export async function startReturn({ order = null, member = null } = {}) {
  found = null;
  put(zone("order"), []);
  put(zone("orders"), []);
  const field = document.getElementById("order-code");
  field.value = "";
  const closed = open("back", field);
  if (order) await load(order);
  else await list(member);
  return closed;
}

async function list(member) {
  const wanted = new URLSearchParams({ limit: ORDERS_SHOWN });
  if (member) wanted.set("member", member);
  try {
    const said = await get(`/v1/orders?${wanted}`);
    const rows = said.orders.map(pick);
    const title = say(member ? "back.of_member" : "back.today");
    put(zone("orders"), [draw("orders", { title, rows, none: rows.length ? null : say("back.no_orders") })]);
  } catch (error) {
    explain(error);
  }
}

function pick({ order, at, total, returned, till }) {
  const what = [till, returned ? say("back.returned") : ""].filter(Boolean).join(" · ");
  return draw("order-pick", { order, at: when(at), what, total: money(total) });
}

async function load(name) {
  try {
    found = await fetchOrder(name);
  } catch (error) {
    if (error instanceof Refused && error.status === 404) refuse({ what: say("back.unknown"), next: say("back.unknown.next") });
    else explain(error);
    return;
  }
  chosen = found.record.lines.map(() => 0);
  put(zone("orders"), []);
  redraw();
  one("[data-do=further]:not(:disabled)", zone("order"))?.focus();
}

function redraw() {
  const { left } = found;
  const gone = left.every((quantity) => quantity === 0);
  const voided = found.returns.some(({ record }) => record.void);
  const values = {
    title: say("back.order", { code: found.receipt_code, when: when(found.at) }),
    state: voided ? say("back.voided") : gone ? say("back.all_gone") : found.returns.length ? say("back.some_gone") : null,
    lines: found.record.lines.map((line, at) => lineNode(line, at, left[at])),
    mayVoid: !found.returns.length,
  };
  put(zone("order"), [draw("order", values)]);
  one("[data-do=back-all]", zone("order")).hidden = gone;
}

function lineNode({ name, quantity, net, points = 0 }, at, left) {
  const words = { name: ours(name), count: count(left), of: count(quantity) };
  return draw("back-line", {
    line: at,
    name: words.name,
    net: money(net - points),
    left: say("back.left", words),
    chosen: count(chosen[at]),
    none: left === 0,
    lessWord: say("item.less", words),
    moreWord: say("item.more", words),
    lessKey: `fewer-${at}`,
    moreKey: `further-${at}`,
  });
}

function step(button, by) {
  const row = button.closest("[data-line]");
  const at = Number(row.dataset.line);
  chosen[at] = Math.max(0, Math.min(found.left[at], chosen[at] + by));
  one("output", row).textContent = count(chosen[at]);
  void preview();
}

function chooseAll() {
  chosen = [...found.left];
  for (const row of zone("order").querySelectorAll("[data-line]")) {
    one("output", row).textContent = count(chosen[Number(row.dataset.line)]);
  }
  void preview();
}

const pieces = () => chosen.flatMap((quantity, line) => (quantity ? [{ line, quantity }] : []));

function body(more = {}) {
  const reason = document.getElementById("back-reason").value.trim();
  const given = { order: found.order, pieces: pieces(), till: facts.till, ...(reason ? { reason } : {}), ...more };
  return { key: newKey("return"), ...given };
}

/** What would go back for the chosen pieces; only the newest question's answer counts. */
async function preview() {
  const number = ++asked;
  const button = one("[data-do=give-back]", zone("order"));
  button.disabled = true;
  if (!pieces().length) {
    put(zone("preview"), []);
    zone("back-word").textContent = say("back.choose");
    return;
  }
  try {
    const said = await post("/v1/orders/returns", body({ preview: true }));
    if (number === asked) showPreview(said, button);
  } catch (error) {
    if (number !== asked) return;
    const verdict = error instanceof Refused && error.body.outcome ? error.body : null;
    if (verdict?.reason === "approval_needed") showPreview(verdict, button);
    else explain(error);
  }
}

function showPreview(said, button) {
  const shown = said.record;
  put(zone("preview"), shown ? [draw("preview", { total: money(shown.total), rows: backRows(shown) })] : []);
  zone("back-word").textContent = shown ? say("back.give", { amount: money(shown.total) }) : say("back.give_asking");
  button.disabled = false;
  if (!shown) refuse(says(said), "heed");
}

/** A return, itemised: money by tender, units and coupons, and what is taken back. */
export function backRows({ refunds, back = [], withdrawn = [] }) {
  const money_ = refunds.map(({ kind, amount }) => ({ word: say(`tender.${kind}`), amount: money(amount), mood: "yes" }));
  const units = back.map((each) => ({ word: ours(each.because), amount: amountOf(each.unit, each.amount), mood: each.amount < 0 ? "no" : "yes" }));
  const less = withdrawn.map((each) => ({ word: say("back.withdrawn"), amount: money(-each.amount), because: ours(each.because), mood: "heed" }));
  return [...money_, ...units, ...less].map((values) => draw("preview-row", values));
}

async function giveBack() {
  await commit("/v1/orders/returns", body());
}

async function voidOrder() {
  const yes = await sure({ title: say("void.title"), why: say("void.why"), yes: say("void.yes") });
  if (yes) await commit("/v1/orders/void", { key: newKey("void"), order: found.order, till: facts.till });
}

/** Send a return until its verdict is known; with an approver it is another attempt. */
async function commit(path, first) {
  const button = one("[data-do=give-back]", zone("order"));
  button.disabled = true;
  try {
    const said = await approved("return", (approver) => {
      const sent = approver ? { ...first, key: newKey("return"), approver } : first;
      return settleKept(path, sent, () => tell(say("busy.away")));
    });
    if (said.outcome === "done") finished(said);
    else refuse(says(said));
  } catch (error) {
    explain(error);
  }
  button.disabled = false;
}

function finished({ record, seq }) {
  close("back");
  const title = say("back.done", { amount: money(record.total) });
  tell(title);
  zone("done").replaceChildren(draw("returned", { title, rows: backRows(record), order: record.order, seq }));
  void open("done", one("[data-do=next]", zone("done")));
}

async function reprint() {
  close("back");
  await showAgain(found);
}
