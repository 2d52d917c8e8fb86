// Who works here and what is in the drawer: signing in, opening a shift, X report, cash in and out, Z report.

import { Refused, get, newKey, post } from "./till_api.js";
import { approved, close, explain, form, open, says } from "./till_ask.js";
import { all, count, draw, facts, money, one, put, refuse, say, tell, typedCount, typedMoney, when, zone } from "./till_draw.js";
import { settleKept } from "./till_kept.js";
import { print } from "./till_print.js";

/** Who is signed in ({staff, role, name}), and the open shift; null where there is none. */
export let me = null;
export let shift = null;

let moved = () => {};

/** Wire sign-in and shift up, once; `stage()` runs when either has changed. */
export function shiftReady(stage) {
  moved = stage;
  one("[data-form=sign]").addEventListener("submit", signIn);
  one("[data-form=open]").addEventListener("submit", openShift);
  one("[data-form=close]").addEventListener("submit", closeShift);
  one("[data-form=close]").addEventListener("input", addUp);
  document.getElementById("shift").addEventListener("click", (event) => {
    const act = event.target.closest("button")?.dataset.do;
    if (act === "cash-in") void moveCash(1);
    if (act === "cash-out") void moveCash(-1);
    if (act === "count") count_();
    if (act === "print-shift") void print(`${address()}/print`, {}, zone("shift-printed"));
  });
}

/** Find out who is signed in and which shift is open. Raises Away. */
export async function look() {
  me = await orNothing(get("/v1/staff/me"));
  if (me?.till !== facts.till) me = null; // another till's session, or none
  const found = me && (await orNothing(get(`/v1/shifts?${new URLSearchParams({ till: facts.till })}`)));
  shift = found?.shift ?? null;
}

async function orNothing(asked) {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refused && [401, 403, 404].includes(error.status)) return null;
    throw error;
  }
}

async function signIn(event) {
  event.preventDefault();
  const sheet = event.target;
  const { badge, staff, pin } = Object.fromEntries(new FormData(sheet));
  const who = badge ? { badge } : { staff, pin };
  if (!badge && !(staff && pin)) {
    one(staff ? "[name=pin]" : "[name=staff]", sheet).focus();
    return;
  }
  try {
    await post("/v1/staff/sign_in", { till: facts.till, ...who });
    await look();
    moved();
  } catch (error) {
    if (error instanceof Refused) refuse(says(error.body));
    else explain(error);
  }
  sheet.reset();
  if (!me) one("input", sheet).focus();
}

/** Sign in by the badge that was shown at the terminal; another page of this till may have been first. */
export async function signInThere() {
  try {
    await post("/v1/staff/sign_in", { till: facts.till, at_terminal: true });
  } catch (error) {
    if (!(error instanceof Refused && error.status === 409)) throw error;
  }
  await look();
  moved();
}

/** Leave the till to the next person; the shift stays open. */
export async function signOut() {
  try {
    await post("/v1/staff/sign_out", {});
  } catch (error) {
    explain(error);
    return;
  }
  await look();
  moved();
}

async function openShift(event) {
  event.preventDefault();
  const sheet = event.target;
  const cash_float = typedMoney(new FormData(sheet).get("amount") || "0");
  if (cash_float === null) {
    refuse({ what: say("pay.wrong"), next: say("pay.wrong.next") }, "heed");
    return;
  }
  await done(() => settleKept("/v1/shifts", { key: newKey("shift"), till: facts.till, cash_float }));
  sheet.reset();
}

async function done(act) {
  try {
    const said = await act();
    if (said.outcome && said.outcome !== "done") refuse(says(said));
    await look();
    moved();
    return said;
  } catch (error) {
    explain(error);
    return null;
  }
}

let shown = null; // the shift that the dialog is about: it may be closed while it is open
const address = () => `/v1/shifts/${encodeURIComponent(shown)}`;

/** Show the drawer and the X report of the open shift. */
export async function showShift() {
  shown = shift.shift;
  zone("shift-printed").textContent = "";
  one("[data-form=close]").hidden = true;
  zone("shift-buttons").hidden = false;
  put(zone("report"), []);
  const closed = open("shift");
  try {
    const found = await get(address());
    put(zone("report"), [report(found)]);
  } catch (error) {
    explain(error);
  }
  return closed;
}

/** A report: `record` (a Z) says what was counted, without it (an X) nobody has counted yet. */
export function report({ sums, expected, record = null, opened_at: began, closed_at: ended, staff }) {
  const cash = sums.tenders.find(({ kind }) => kind === "cash") ?? { sold: 0, refunded: 0 };
  const takings = sums.tenders.reduce((sum, { sold, refunded }) => sum + sold - refunded, 0);
  const drawer = [
    row("sum.float", sums.cash_float),
    ...(sums.moved ? [row("sum.moved", sums.moved)] : []),
    row("sum.cash_sold", cash.sold),
    ...(cash.refunded ? [row("sum.cash_back", -cash.refunded)] : []),
    row("sum.expected", expected, "strong"),
    ...(record ? [row("sum.counted", record.counted, "strong"), row("sum.difference", record.difference, "strong")] : []),
  ];
  const figures = [
    draw("report-row", { word: say("sum.orders"), amount: count(sums.orders) }),
    ...(sums.returns ? [draw("report-row", { word: say("sum.returns"), amount: count(sums.returns) })] : []),
    ...(sums.voids ? [draw("report-row", { word: say("sum.voids"), amount: count(sums.voids) })] : []),
    row("sum.gross", sums.gross),
    row("sum.discount", -sums.discount),
    ...(sums.points_paid ? [row("sum.points_paid", -sums.points_paid)] : []),
    ...(sums.refunded ? [row("sum.refunded", -sums.refunded)] : []),
    row("sum.takings", takings, "strong"),
    row("sum.tax", sums.tax),
  ];
  const tenders = sums.tenders.map(({ kind, sold, refunded }) => {
    const means = refunded ? say("sum.back", { amount: money(refunded) }) : null;
    return draw("report-row", { word: say(`tender.${kind}`), amount: money(sold - refunded), means });
  });
  const balanced = record && record.difference === 0;
  const verdict = record && (balanced ? say("z.balances") : say("z.differs", { amount: money(record.difference) }));
  const times = [when(began), ended && when(ended)].filter(Boolean).join(" – ");
  const title = `${say(record ? "z.title" : "x.title")} · ${[facts.till, staff, times].filter(Boolean).join(" · ")}`;
  return draw("report", { title, verdict, mood: balanced ? "tag yes" : "tag no", drawer, sales: figures, tenders });
}

const row = (key, amount, mood = null) => draw("report-row", { word: say(key), amount: money(amount), mood });

async function moveCash(sign) {
  zone("cash-title").textContent = say(sign > 0 ? "shift.in" : "shift.out");
  const key = newKey("cash");
  const booked = await form("cash", async ({ amount, reason }) => {
    const typed = typedMoney(amount);
    if (!typed) {
      refuse({ what: say("pay.wrong"), next: say("pay.wrong.next") }, "heed");
      return null;
    }
    const said = await settleKept(`${address()}/cash`, { key, amount: sign * typed, reason });
    if (said.outcome && said.outcome !== "done") refuse(says(said));
    return !said.outcome || said.outcome === "done" ? typed : null;
  });
  if (!booked) return;
  tell(say(sign > 0 ? "cash.in" : "cash.out", { amount: money(booked) }));
  close("shift");
  void showShift();
}

function count_() {
  const sheet = one("[data-form=close]");
  sheet.reset();
  sheet.hidden = false;
  zone("shift-buttons").hidden = true;
  put(zone("report"), []); // counted first, compared after: nobody counts towards a figure
  one("input", sheet).focus();
}

function addUp(event) {
  if (!event.target.dataset.note) return;
  const notes = all("[data-note]", one("[data-form=close]"));
  const sum = notes.reduce((so_far, field) => so_far + Number(field.dataset.note) * (typedCount(field.value) ?? 0), 0);
  document.getElementById("counted").value = (sum / 100).toFixed(2);
}

async function closeShift(event) {
  event.preventDefault();
  const counted = typedMoney(document.getElementById("counted").value);
  if (counted === null) {
    refuse({ what: say("pay.wrong"), next: say("pay.wrong.next") }, "heed");
    return;
  }
  const path = `${address()}/close`;
  const before = shift;
  try {
    const said = await approved("shift", (approver) =>
      settleKept(path, { key: newKey("close"), counted, ...(approver ? { approver } : {}) }),
    );
    if (said.outcome && said.outcome !== "done") {
      refuse(says(said));
      return;
    }
    const { record } = said;
    one("[data-form=close]").hidden = true;
    put(zone("report"), [report({ ...before, ...record, record, closed_at: said.at })]);
    document.getElementById("shift").scrollTop = 0;
    const ended = () => void look().then(moved).catch(explain);
    document.getElementById("shift").addEventListener("close", ended, { once: true });
  } catch (error) {
    explain(error);
  }
}
