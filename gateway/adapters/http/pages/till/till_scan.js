// Whatever is scanned or typed into the one field: goods, customers, coupons, receipts, in the order it came.

import { Away, Refused } from "./till_api.js";
import { busy, explain, usedWhen } from "./till_ask.js";
import { facts, known, one, ours, refuse, say, tell, typedCount, zone } from "./till_draw.js";
import { askPrice } from "./till_member.js";
import { add, goods, lookup, sale, setMember, toggleCoupon } from "./till_sale.js";
import { drawTiles, pointAt, tile } from "./till_show.js";

const WAITING_MAX = 50; // scans faster than the gateway answers; a person stops long before
const SEARCH_AFTER_MS = 160;
const FOUND_MAX = 60;
const TIMES = /^(\d{1,4})\s*[*x×]\s*(.*)$/i; // "3*690123" or "3x": so many pieces of what comes

const waiting = [];
let running = false;
let times = null;
let searching = null;
let showOrder = () => {};

export const field = () => document.getElementById("scan");

/** Wire the field up, once; `order(code)` opens the return of an order. */
export function scanReady(order) {
  showOrder = order;
  one("[data-form=scan]").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field().value.trim();
    field().value = "";
    clearTimeout(searching);
    drawTiles();
    field().focus({ preventScroll: true });
    if (text) take(text);
  });
  field().addEventListener("input", () => {
    clearTimeout(searching);
    searching = setTimeout(() => void search(), SEARCH_AFTER_MS);
  });
}

/** Take what was scanned; it is worked through in order, however fast it comes. */
export function take(text) {
  if (waiting.length >= WAITING_MAX) {
    refuse({ what: say("scan.too_fast"), next: say("scan.too_fast.next") }, "heed");
    return;
  }
  waiting.push(text);
  if (!running) void work();
}

async function work() {
  running = true;
  while (waiting.length) {
    try {
      await meant(waiting.shift());
    } catch (error) {
      if (error instanceof Away) waiting.length = 0; // said once; what was in hand is scanned again
      if (error instanceof Away || error instanceof Refused) explain(error);
      else throw error;
    }
  }
  running = false;
}

async function meant(text) {
  const many = TIMES.exec(text);
  if (many) {
    times = typedCount(many[1]);
    if (!many[2]) return tell(say("scan.times", { count: times }));
  }
  const code = many ? many[2].trim() : text;
  const found = await lookup(code);
  const acts = { goods: gotGoods, member: gotMember, coupon: gotCoupon, order: gotOrder, staff: gotStaff, stale: gotStale, blocked: gotBlocked };
  return (acts[found.kind] ?? gotNothing)(found[found.kind], code, found);
}

function quantity() {
  const wanted = times ?? 1;
  times = null;
  return Math.max(1, wanted);
}

/** Add an article, asking for its price where it has none. */
export async function gotGoods(good) {
  const pieces = quantity();
  const kind = good.kind ?? "goods";
  const price = kind === "goods" ? null : await askPrice(good);
  if (kind !== "goods" && !price) return;
  const at = add(good, pieces, price);
  if (at < 0) refuse({ what: say("basket.full"), next: say("basket.full.next") }, "heed");
  else tell(pointAt(at) ?? say("item.added", { name: ours(good.name), count: pieces }));
}

function gotMember(member, _, { claims }) {
  setMember(member.id);
  tell(say("who.took", { name: member.name || say("who.nameless") }));
  if (!claims) return;
  const name = member.name || say("who.nameless");
  const what = claims > 1 ? say("phone.claims", { count: claims, name }) : say("phone.claim", { name });
  refuse({ what, next: say("phone.claim.next"), aside: say("customer.phone_claim") }, "heed");
}

const gotStale = () => refuse({ what: say("code.stale"), next: say("code.stale.next"), aside: say("customer.code_stale") }, "heed");
const gotBlocked = () => refuse({ what: say("tap.blocked"), next: say("tap.blocked.next"), aside: say("customer.tap_blocked") });

function gotCoupon(coupon) {
  const name = ours(coupon.name) || coupon.code;
  if (coupon.unusable) {
    const used = usedWhen(coupon);
    const why = known(`unusable.${coupon.unusable}`) ? coupon.unusable : "other";
    const what = used ?? say(`unusable.${why}`);
    const aside = say(`customer.${known(`customer.${coupon.unusable}`) ? coupon.unusable : "coupon"}`);
    refuse({ what: `${name} · ${what}`, next: used ? say("used.next") : say(`unusable.${why}.next`), aside });
    return;
  }
  if (sale.coupons.some(({ lot }) => lot === coupon.lot)) return tell(say("coupon.already", { name }));
  const [kind, member] = (coupon.owner ?? "").split(":"); // who shows a member's coupon is served as that member
  if (kind === "member" && !sale.member) setMember(member);
  toggleCoupon(coupon.lot, kind === "member" ? member : null);
  return tell(say("coupon.took", { name }));
}

const gotOrder = (order, code) => showOrder(order?.order ?? code);
const gotStaff = (staff) => refuse({ what: say("scan.staff", { name: staff.name }), next: say("scan.staff.next") }, "heed");

/** No code of ours: perhaps a name. One article of that name is taken, several are shown. */
async function gotNothing(_, text) {
  const found = await goods(text, FOUND_MAX);
  if (found.length === 1) return gotGoods(found[0]);
  if (found.length) {
    drawTiles(found);
    browse(true);
    one(".tile", zone("tiles"))?.focus();
    return tell(say("scan.several", { count: found.length, text }));
  }
  return refuse({ what: say("scan.unknown", { text: text.slice(0, 40) }), next: say("scan.unknown.next") }, "heed");
}

async function search() {
  const text = field().value.trim();
  if (!text || TIMES.test(text)) return drawTiles();
  try {
    const found = await goods(text, FOUND_MAX);
    if (field().value.trim() !== text) return undefined;
    drawTiles(found);
    browse(found.length > 0);
    return tell(say("scan.found", { count: found.length }));
  } catch (error) {
    if (error instanceof Away || error instanceof Refused) return tell(say("fault.away"));
    throw error;
  }
}

/** On a narrow page: show the goods, or the basket. */
export function browse(on) {
  one(".sale").classList.toggle("browsing", on);
  one("[data-do=browse]").setAttribute("aria-expanded", String(on));
}

/** A card at the paired terminal. */
export function tapped({ device, outcome, reason, member, name }) {
  if (!facts.terminal || device !== facts.terminal) return;
  if (outcome === "greeted" && member) {
    setMember(member);
    tell(say("who.took", { name: name || say("who.nameless") }));
  } else if (reason?.startsWith("staff_")) {
    refuse({ what: say("badge.blocked"), next: say("badge.blocked.next") }, "heed");
  } else if (reason === "stale") {
    gotStale();
  } else if (outcome === "unknown") {
    refuse({ what: say("tap.unknown"), next: say("tap.unknown.next"), aside: say("customer.tap_unknown") }, "heed");
  } else if (outcome === "blocked") {
    gotBlocked();
  }
}

/** A coupon at the paired terminal: as if it were scanned here, unless a question is open. */
export function couponShown({ device, code }) {
  if (!facts.terminal || device !== facts.terminal) return;
  if (busy()) refuse({ what: say("coupon.busy"), next: say("coupon.busy.next") }, "heed");
  else take(code);
}

/** Press a tile. */
export function pressed(sku) {
  const good = tile(sku);
  if (good) void gotGoods(good);
}

