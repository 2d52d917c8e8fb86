// The customer at the till: who they are, what they hold, enrolling them, points, top-ups, grants and PIN.

import { newKey, post } from "./till_api.js";
import { amount, approved, close, explain, form, freshPin, open, says, spending, sure } from "./till_ask.js";
import { amountOf, count, draw, facts, money, one, ours, put, refuse, say, tell, typedCount, typedMoney, when, zone } from "./till_draw.js";
import { settleKept } from "./till_kept.js";
import { add, changed, goods, offers, priced, quoted, sale, setMember, setPoints } from "./till_sale.js";
import { missing } from "./till_show.js";

const RECHARGES = [10_000, 20_000, 50_000, 100_000];
const PURSE = new Set(["PTS", "CNY", "CNY.bonus"]);

/** The customer as the sale's panel shows them. */
export function drawCustomer() {
  const member = quoted?.member;
  if (!sale.member || !member) {
    const how = facts.terminal ? say("who.how_tap", { terminal: facts.terminal }) : say("who.how");
    put(zone("customer"), [draw("no-customer", { how: sale.member ? say("who.coming") : how })]);
    return;
  }
  const units = (member.units ?? []).filter(({ unit, here, elsewhere }) => shown(unit) && (here || elsewhere));
  const points = unitHere("PTS");
  const values = {
    name: member.name || say("who.nameless"),
    tier: ours(member.tier_name) || member.tier || null,
    next: member.to_next ? say("who.to_next", { count: count(member.to_next), tier: ours(member.next_name) || say("who.next_tier") }) : null,
    units: units.map(unitNode),
    mayPay: points > 0,
    phone: member.phone === "unverified" ? say("who.phone") : null,
    free: free(),
    coupons: coupons(),
  };
  put(zone("customer"), [draw("customer", values)]);
}

const shown = (unit) => PURSE.has(unit) || unit.startsWith("VISIT:");
const unitHere = (code) => (quoted?.member?.units ?? []).find(({ unit }) => unit === code)?.here ?? 0;

function unitNode({ unit, here, elsewhere }) {
  const away = elsewhere ? say("who.elsewhere", { count: amountOf(unit, elsewhere).replace("+", "") }) : null;
  return draw("unit", { here: amountOf(unit, here).replace("+", ""), elsewhere: away });
}

/** That a code was shown here, which stands for the PIN; null where none does. */
function free() {
  const code = quoted.without_pin;
  return code ? say("who.without_pin", { at: when(code.shown_at), amount: money(code.left) }) : null;
}

const SPENT = new Set(["used_up", "lot_expired"]); // nothing to offer any more; scanned, they say why

/** Coupons to press: the customer's own, and those that were shown; null where there are none. */
function coupons() {
  const listed = quoted.coupons ?? [];
  const used = new Set(sale.coupons.map(({ lot }) => lot));
  const missed = new Map((quoted.quote.missed ?? []).filter(({ lot }) => lot).map((each) => [each.lot, each]));
  const shut = ({ lot, usable, unusable }) => usable === false && SPENT.has(unusable) && !used.has(lot);
  const useful = listed.filter((each) => !shut(each)).sort((one_, other) => Number(other.usable) - Number(one_.usable));
  const nodes = useful.map(({ lot, name, code, unit, expires_on, usable, unusable }) => {
    const why = missed.get(lot);
    const barred = usable === false;
    const state = barred ? say(`unusable.${unusable ?? "other"}`) : used.has(lot) ? (why ? say("coupon.waits") : say("coupon.used")) : say("coupon.use");
    const until = why && used.has(lot) ? missing(why) : expires_on ? say("coupon.until", { day: expires_on }) : "";
    return draw("coupon", { lot, name: ours(name) || code || unit, until, used: String(used.has(lot)), state, shut: barred ? "true" : null, focus: `coupon-${lot}` });
  });
  return nodes.length ? nodes : null;
}

/** Ask how many points the customer wants to pay with. */
export async function askPoints() {
  const have = unitHere("PTS");
  const most = await mostPoints(have);
  const sheet = one("[data-form=points]");
  const tellWorth = async () => {
    const wanted = typedCount(sheet.amount.value) ?? 0;
    const quote = await priced({ points: wanted });
    const used = paidBy(quote);
    zone("points-worth").textContent = used ? say("points.worth", { count: count(used.points), amount: money(used.amount) }) : say("points.worth_none");
  };
  const fromRange = () => ((sheet.amount.value = sheet.range.value), void tellWorth());
  const fromField = () => ((sheet.range.value = typedCount(sheet.amount.value) ?? 0), void tellWorth());
  sheet.range.addEventListener("input", fromRange);
  sheet.amount.addEventListener("input", fromField);
  const none = one("[data-do=no-points]", sheet);
  const drop = () => (setPoints(0), close("points"));
  none.addEventListener("click", drop);
  const chosen = await form(
    "points",
    ({ amount: typed }) => typedCount(typed) ?? null,
    () => {
      sheet.range.max = most.points;
      sheet.range.step = Math.max(1, most.step);
      sheet.amount.value = sheet.range.value = sale.points || most.points;
      zone("points-have").textContent = say("points.have", { have: count(have), most: count(most.points) });
      void tellWorth();
    },
  );
  sheet.range.removeEventListener("input", fromRange);
  sheet.amount.removeEventListener("input", fromField);
  none.removeEventListener("click", drop);
  if (chosen !== null) setPoints(chosen);
}

const paidBy = (quote) => (quote?.applied ?? []).find(({ does }) => does === "points_as_cash");

/** How many of the points could pay for this basket, and in which steps the slider moves. */
async function mostPoints(have) {
  const used = paidBy(await priced({ points: have }));
  return { points: used?.points ?? 0, step: 1 };
}

/** Enrol a customer: a code or card number is welcome, a name too, neither is needed. */
export async function enrol(code = "") {
  const key = newKey("enrol");
  const member = await form(
    "enrol",
    async ({ code: shownCode, name }) => {
      const instrument = shownCode.trim() ? { instrument: { kind: "qr.static", value: shownCode.trim() } } : {};
      const person = name.trim() ? { name: name.trim() } : {};
      const said = await settleKept("/v1/members", { key, ...person, ...instrument });
      if (said.outcome !== "done") {
        refuse(says(said));
        return null;
      }
      return said.member;
    },
    (sheet) => (sheet.code.value = code),
  );
  if (!member) return;
  setMember(member);
  tell(say("enrol.welcome"));
  for (const type of ["member.enrolled", "member.activated"]) {
    await tellGiven(() => settleKept(run(member), { key: newKey("run"), type }), false);
  }
}

const run = (member) => `/v1/members/${encodeURIComponent(member)}/run`;

/** What may be done for the customer besides selling. */
export function showMember(showOrders) {
  const box = document.getElementById("member");
  zone("member-name").textContent = quoted?.member?.name || say("who.nameless");
  zone("member-phone").textContent = say(`phone.is.${quoted?.member?.phone ?? "none"}`);
  zone("member-page").href = `/members/${encodeURIComponent(sale.member)}`;
  const acts = { recharge, grant, "set-pin": setPin, "prove-phone": provePhone, "member-orders": () => showOrders(sale.member), choose };
  const press = (event) => {
    const button = event.target.closest("button");
    const act = acts[button?.dataset.do];
    if (!act) return;
    close("member");
    void act(button);
  };
  box.addEventListener("click", press);
  put(zone("choices"), []);
  void open("member").then(() => box.removeEventListener("click", press));
  void listChoices();
}

const CHOSEN = ["coupon.claimed", "visit.consumed", "presence.checked_in"]; // what happens outside an order

async function listChoices() {
  try {
    const found = (await Promise.all(CHOSEN.map(offers))).flat().filter(affordable);
    put(zone("choices"), found.map(choiceNode));
  } catch (error) {
    explain(error);
  }
}

const affordable = ({ takes }) => takes.every(({ unit, amount: wanted }) => unitHere(unit) >= wanted);

function choiceNode({ program, trigger, name, takes }) {
  const price = takes.map(({ unit, amount: wanted }) => amountOf(unit, -wanted)).join(" · ");
  const pinned = takes.some(({ unit }) => PURSE.has(unit)) ? "yes" : null; // spendable value: no card alone may spend it
  return draw("choice", { program, trigger, name: ours(name), price, pinned });
}

async function choose({ dataset: { program, trigger, name, pin: pinned } }) {
  const member = sale.member;
  const yes = await sure({ title: name, why: say("choice.why"), yes: say("choice.yes") });
  if (!yes) return;
  const asked = { type: trigger, program };
  const act = (proof) => settleKept(run(member), { key: newKey("choice"), ...asked, ...(proof ? { pin: proof } : {}) });
  await tellGiven(() => (pinned ? spending(member, 0, quoted?.without_pin, act) : act(null)));
}

/** Do it, and tell what programs gave; `aloud` also when they gave nothing. */
async function tellGiven(act, aloud = true) {
  try {
    const said = await act();
    if (!said) return undefined; // given up
    if (said.outcome !== "done") return refuse(says(said));
    const given = (said.record?.applied ?? []).map((each) => `${ours(each.because)} ${gained(each)}`);
    if (given.length || aloud) tell(given.join(" · ") || say("choice.nothing"));
    setPoints(sale.points); // what the customer holds has changed: ask anew
  } catch (error) {
    explain(error);
  }
  return undefined;
}

const gained = ({ does, unit, amount: much }) => amountOf(unit, does === "debit" ? -much : much);

async function recharge() {
  try {
    const good = (await goods(null, 500)).find(({ kind }) => kind === "topup");
    if (!good) return refuse({ what: say("recharge.none"), next: say("recharge.none.next") }, "heed");
    const typed = await askPrice(good);
    if (typed) add(good, 1, typed);
  } catch (error) {
    explain(error);
  }
  return undefined;
}

/** The price of one piece of an article that has none: a typed price, or what is to be put on a balance. */
export function askPrice(good) {
  const topup = good.kind === "topup";
  return amount({
    title: ours(good.name),
    why: say(topup ? "recharge.why" : "price.why"),
    field: say(topup ? "recharge.amount" : "price.amount"),
    quick: topup ? RECHARGES.map((value) => ({ value: value / 100, word: money(value) })) : [],
    read: typedMoney,
    wrong: say("pay.wrong"),
  });
}

async function grant() {
  const member = sale.member;
  const kinds = await offers("grant.requested").catch(explain);
  if (!kinds?.length) return kinds && refuse({ what: say("grant.none"), next: say("grant.none.next") }, "heed");
  const said = await form(
    "grant",
    async ({ amount: typed, reason, program }) => {
      const wanted = typedCount(typed);
      if (!wanted) return void refuse({ what: say("grant.wrong") }, "heed");
      const asked = { type: "grant.requested", program, amount: wanted, reason };
      const verdict = await approved("grant", (approver) =>
        settleKept(run(member), { key: newKey("grant"), ...asked, ...(approver ? { approver } : {}) }),
      );
      return verdict.outcome === "done" ? verdict : void refuse(says(verdict));
    },
    (sheet) => put(sheet.program, kinds.map(({ program, name }) => new Option(ours(name), program))),
  );
  if (said) await tellGiven(() => said);
  return undefined;
}

/** Keep that a number is the customer's own, which the clerk has seen: from then on it finds them. */
async function provePhone() {
  const path = `/v1/members/${encodeURIComponent(sale.member)}/phone`;
  let key = newKey("phone");
  let sent = null;
  const said = await form("phone", async ({ phone }) => {
    if (sent !== phone) [key, sent] = [newKey("phone"), phone];
    const verdict = await settleKept(path, { key, phone });
    if (verdict.outcome === "done") return verdict;
    const taken = verdict.reason === "instrument_taken";
    refuse(taken ? { what: say("phone.taken"), next: say("phone.taken.next") } : says(verdict));
    return null;
  });
  if (!said) return;
  tell(say("phone.kept"));
  changed(); // the customer is another one than before: ask anew
}

async function setPin() {
  const member = sale.member;
  const digits = await freshPin();
  if (!digits) return;
  try {
    const said = await post(`/v1/members/${encodeURIComponent(member)}/pin`, { key: newKey("pin"), pin: digits });
    if (said.outcome && said.outcome !== "done") refuse(says(said));
    else tell(say("pin.kept"));
  } catch (error) {
    explain(error);
  }
}

