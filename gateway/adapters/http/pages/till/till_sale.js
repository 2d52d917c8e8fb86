// The sale at hand: its lines, customer, coupons and points; its price as the gateway quotes it. It is kept in
// this browser with the key it will be committed under, so that a reload, or a second page, sells it once.

import { Away, Refused, get, newKey, post } from "./till_api.js";
import { facts } from "./till_draw.js";

const PLACE = `shopbell.till.${facts.till}`;
const QUANTITY_MAX = 9_999; // as gateway/core/orders/model.py
const LINES_MAX = 200;
const AGAIN_MS = 1_500;

const nothing = () => ({
  key: newKey("sale"),
  lines: [],
  member: null,
  coupons: [],
  points: 0,
  chosen: [],
  parked: null,
  attempt: null,
  paid: [],
});

let listener = () => {};
let asked = 0;
let again = null;

/** What is being sold. `attempt` is a commit that was sent and whose verdict is not known,
 *  `paid` tenders whose payments were taken for it. */
export let sale = restored();

/** The newest answer of the gateway: {quote, digest, member, coupons, warnings}; null where there is none yet. */
export let quoted = null;

/** Call whenever sale or price changed: draw(sale, quoted); and when a quote was refused: refused(body). */
export function listen(heard) {
  listener = heard;
}

function restored() {
  try {
    return { ...nothing(), ...JSON.parse(localStorage.getItem(PLACE) ?? "{}") };
  } catch {
    return nothing(); // a private window, or another version's sale: an empty till is right
  }
}

/** Keep the sale for a reload. */
export function keep() {
  try {
    localStorage.setItem(PLACE, JSON.stringify(sale));
  } catch {
    listener("unkept"); // a private window: it works, but a reload forgets
  }
}

/** Begin anew. */
export function clear() {
  sale = nothing();
  quoted = null;
  asked++;
  keep();
  listener("drawn");
}

/** Take over a parked basket. */
export function take(parked, basket, names) {
  sale = { ...nothing(), parked, member: basket.member ?? null, points: basket.points ?? 0 };
  sale.lines = basket.lines.map((line) => ({ quantity: 1, ...line, name: names[line.sku]?.name ?? {}, price: 0 }));
  sale.coupons = (basket.coupons ?? []).map((lot) => ({ lot, member: basket.member ?? null }));
  sale.chosen = basket.chosen ?? [];
  changed();
}

/** What the gateway is asked to price: model.Basket. */
export function basket() {
  const { member, points, chosen } = sale;
  const lines = sale.lines.map(({ sku, quantity, amount }) => ({ sku, quantity, ...(amount == null ? {} : { amount }) }));
  const coupons = sale.coupons.map(({ lot }) => lot);
  return { lines, coupons, points: member ? points : 0, chosen, ...(member ? { member } : {}) };
}

/** Add pieces of an article; `amount` is the typed price of one piece. Says at which line. */
export function add(good, quantity = 1, amount = null) {
  const same = amount === null ? sale.lines.findIndex((line) => line.sku === good.sku && line.amount == null) : -1;
  if (same >= 0) {
    setQuantity(same, sale.lines[same].quantity + quantity);
    return same;
  }
  if (sale.lines.length >= LINES_MAX) return -1;
  const line = { sku: good.sku, quantity, name: good.name, price: amount ?? good.price };
  sale.lines.push(amount === null ? line : { ...line, amount });
  changed();
  return sale.lines.length - 1;
}

/** Set a line's pieces; none takes the line away. */
export function setQuantity(index, quantity) {
  if (quantity <= 0) sale.lines.splice(index, 1);
  else sale.lines[index].quantity = Math.min(quantity, QUANTITY_MAX);
  changed();
}

/** Sell to this member from now on; null: to nobody. Another's coupons and points leave with them. */
export function setMember(member) {
  if (member === sale.member) return void (member && quote()); // a code that was shown may stand for the PIN
  sale.coupons = sale.coupons.filter((coupon) => coupon.member === member);
  Object.assign(sale, { member, points: 0 });
  changed();
}

/** Use a coupon, or stop using it; `member` is whose it is, null where it is nobody's. */
export function toggleCoupon(lot, member = null) {
  const at = sale.coupons.findIndex((coupon) => coupon.lot === lot);
  if (at >= 0) sale.coupons.splice(at, 1);
  else sale.coupons.push({ lot, member });
  changed();
}

/** Pay with so many points. */
export function setPoints(points) {
  sale.points = points;
  changed();
}

/** Let a program happen that only happens when chosen, or no longer. */
export function toggleProgram(program) {
  const at = sale.chosen.indexOf(program);
  if (at >= 0) sale.chosen.splice(at, 1);
  else sale.chosen.push(program);
  changed();
}

/** The sale is another than before: keep it, and ask what it costs now. */
export function changed() {
  keep();
  void quote();
}

/** Ask what it costs; only the newest question's answer counts. A gateway that is away is asked again. */
export async function quote() {
  const number = ++asked;
  clearTimeout(again);
  listener("asked");
  if (!sale.lines.length && !sale.member) {
    quoted = null;
    listener("drawn");
    return;
  }
  try {
    const answer = sale.lines.length
      ? await post("/v1/orders/quote", { basket: basket(), till: facts.till })
      : await alone(sale.member);
    if (number !== asked) return;
    quoted = answer;
    sale.lines.forEach((line, at) => Object.assign(line, known(answer.quote.lines[at])));
    listener("drawn");
  } catch (error) {
    if (number !== asked) return;
    quoted = null;
    if (error instanceof Away || error.status >= 502) {
      listener("away");
      again = setTimeout(() => void quote(), AGAIN_MS);
    } else if (error instanceof Refused) listener("refused", error);
    else throw error;
  }
}

/** A customer without goods, as a quote has them: there is nothing to price yet. Raises Refused. */
async function alone(id) {
  const { kind, member, coupons, without_pin } = await lookup(id);
  if (kind !== "member") throw new Refused(404, { reason: "member_unknown", error: id });
  return { quote: { lines: [], total: 0, tax: 0 }, digest: null, member, coupons, without_pin };
}

function known(line) {
  return line ? { name: line.name, price: line.price } : {};
}

/** Price a basket that is not (yet) the sale's: how far would so many points go? Null where nobody answers. */
export async function priced(changes) {
  try {
    const answer = await post("/v1/orders/quote", { basket: { ...basket(), ...changes }, till: facts.till });
    return answer.quote;
  } catch {
    return null;
  }
}

/** Goods to press, or what a search finds. */
export async function goods(query, limit) {
  const wanted = new URLSearchParams({ limit, ...(query ? { query } : {}) });
  const found = await get(`/v1/goods?${wanted}`);
  return found.goods;
}

/** Programs that only happen when chosen: [{program, trigger, name, because, takes}], those of a trigger. */
export const offers = async (trigger) => (await get("/till/offers")).offers.filter((each) => each.trigger === trigger);

/** What a scanned or typed text is: {kind, ...}. */
export const lookup = (code) => get(`/v1/lookup?${new URLSearchParams({ code })}`);
