// The sale as the page shows it: lines with what each saves, why the price is what it is, what is near, the sums.

import { all, amountOf, count, draw, known, money, one, ours, put, say, zone } from "./till_draw.js";
import { goods, offers, quoted, sale } from "./till_sale.js";

const TILES_MAX = 120; // a bakery has forty; a larger shop searches
const DISCOUNTS = new Set(["set_price_book", "percent", "fixed", "free_item", "buy_get", "bundle_price"]);

let catalogue = [];
let category = null;
let favours = []; // programs of a sale that only happen when chosen

/** Draw lines, reasons and sums anew. */
export function drawSale() {
  const quote = quoted?.quote;
  zone("empty").hidden = sale.lines.length > 0;
  put(zone("items"), sale.lines.map((line, at) => item(line, quote?.lines[at], at, quote)));
  put(zone("why"), quote ? [...reasons(quote), ...favourChips()] : []);
  put(zone("sums"), quote ? sums(quote) : []);
  const total = money(quote && sale.lines.length ? quote.total : 0);
  zone("total").textContent = total;
  zone("pay-word").textContent = quote && sale.lines.length ? say("sale.pay_so_much", { amount: total }) : say("sale.pay");
  const ready = Boolean(quote && sale.lines.length);
  for (const [act, on] of [["pay", ready], ["park", ready], ["drop", sale.lines.length > 0 || sale.member !== null]]) {
    one(`.sums [data-do=${act}]`).disabled = !on;
  }
}

/** A new price is on its way: what is shown stays, marked as not yet sure. */
export function drawAsking() {
  zone("total").classList.add("asking");
  one(".sums [data-do=pay]").disabled = true;
}

/** The price is known again. */
export function drawAsked() {
  zone("total").classList.remove("asking");
}

function item(line, priced, at, quote) {
  const name = ours(line.name) || line.sku;
  const words = { name };
  const gross = priced?.gross ?? line.price * line.quantity;
  const net = priced?.net ?? gross;
  const whys = priced ? whysOf(at, quote) : [];
  return draw("item", {
    mark: `${at}-${line.sku}`,
    name,
    net: money(net),
    before: gross !== net ? money(gross) : null,
    each: say("item.each", { price: money(priced?.price ?? line.price) }),
    quantity: line.quantity,
    quantityWord: say("item.quantity", words),
    quantityKey: `quantity-${at}`,
    lessKey: `less-${at}`,
    moreKey: `more-${at}`,
    lessWord: say("item.less", words),
    moreWord: say("item.more", words),
    whys: whys.length ? whys : null,
  });
}

/** What took money off this line and not off all of them; the others stand once, below. */
function whysOf(at, { applied = [], lines }) {
  const own = applied.filter(({ does, split = [] }) => DISCOUNTS.has(does) && split[at] && !wide(split, lines));
  return own.map(({ because, split }) => draw("item-why", { because: ours(because), amount: money(-split[at]) }));
}

const wide = (split, lines) => lines.every((_, at) => split[at]);

function reasons({ applied = [], earns = [], missed = [] }) {
  const less = applied.filter(({ does, amount }) => DISCOUNTS.has(does) && amount);
  const points = applied.filter(({ does }) => does === "points_as_cash");
  const shown = [...applied, ...earns].filter(({ does }) => does === "show");
  const gets = [...applied.filter(({ does }) => does === "debit"), ...earns.filter(({ does }) => does !== "show")];
  return [
    ...part("why.less", [...less.map(lessRow), ...points.map(pointsRow)]),
    ...part("why.near", missed.map(nearRow)),
    ...part("why.gets", [...gets.map(getsRow), ...shown.map(shownRow)]),
    ...part("done.heed", (quoted.warnings ?? []).map(shownRow)),
  ];
}

const part = (title, rows) => (rows.length ? [draw("why", { title: say(title), rows })] : []);
const lessRow = ({ because, amount }) => draw("why-row", { because: ours(because), amount: money(-amount), mood: "yes" });
const pointsRow = (each) => draw("why-row", { because: ours(each.because), amount: money(-each.amount), mood: "yes" });
const shownRow = ({ because }) => draw("why-row", { because: ours(because), mood: "" });

function getsRow({ because, amount, unit, does }) {
  const much = unit && amount ? amountOf(unit, does === "debit" ? -amount : amount) : null;
  return draw("why-row", { because: ours(because), amount: much, mood: "" });
}

const MONEY = new Set(["subtotal_low", "paid_low", "budget_short"]); // reasons whose figure is money

/** What was missing for a program that did not happen, in words. */
export function missing({ reason, short = 0 }) {
  const figure = MONEY.has(reason) ? (short / 100).toFixed(2) : count(short);
  return known(`missed.${reason}`) ? say(`missed.${reason}`, { short: figure }) : reason;
}

function nearRow(missed) {
  const [because, short] = [ours(missed.because), missing(missed)];
  return draw("near-row", { because, missing: short === because ? null : short, mood: missed.lot ? "heed" : "" });
}

/** Programs that happen in a sale when somebody chooses them, to press. */
function favourChips() {
  const chip = ({ program, name }) =>
    draw("favour", { program, word: ours(name), pressed: String(sale.chosen.includes(program)), focus: `favour-${program}` });
  return favours.length && sale.lines.length ? [draw("favours", { chips: favours.map(chip) })] : [];
}

function sums(quote) {
  const gross = quote.lines.reduce((sum, line) => sum + line.gross, 0);
  const less = quote.lines.reduce((sum, line) => sum + line.discount, 0);
  const points = quote.lines.reduce((sum, line) => sum + (line.points ?? 0), 0);
  const rows = [
    ["sum.gross", gross, less || points],
    ["sum.discount", -less, less],
    ["sum.points_paid", -points, points],
    ["sum.tax", quote.tax, quote.tax],
  ];
  return rows.filter(([, , wanted]) => wanted).map(([key, amount]) => draw("sum", { word: say(key), amount: money(amount) }));
}

/** The goods to press; asked for once. Raises Away. */
export async function loadGoods() {
  [catalogue, favours] = await Promise.all([goods(null, TILES_MAX), offers("order.quoted")]);
  drawTiles(catalogue);
  drawChips();
}

/** The article of this sku, if it is one to press. */
export const tile = (sku) => catalogue.find((good) => good.sku === sku);

/** Show these goods, or those of the chosen category. */
export function drawTiles(list = catalogue) {
  const shown = list === catalogue && category ? list.filter((good) => good.category === category) : list;
  put(zone("tiles"), shown.map(tileNode));
  list.forEach((good) => tile(good.sku) ?? catalogue.push(good));
}

function tileNode({ sku, name, price, kind = "goods" }) {
  return draw("tile", { sku, name: ours(name), price: kind === "goods" ? money(price) : say("goods.typed") });
}

function drawChips() {
  const found = [...new Set(catalogue.map((good) => good.category).filter(Boolean))];
  const words = (code) => say(`category.${code}`).replace(/^category\./, "");
  const chip = (code, word) => draw("chip", { category: code ?? "", word, pressed: String(category === code) });
  put(zone("chips"), found.length > 1 ? [chip(null, say("goods.all")), ...found.map((code) => chip(code, words(code)))] : []);
}

/** Show one category, or ("") all. */
export function chooseCategory(code) {
  category = code || null;
  all("[data-category]", zone("chips")).forEach((chip) => chip.setAttribute("aria-pressed", String(chip.dataset.category === code)));
  drawTiles();
}

/** Make a line seen that was just added to, and say so. */
export function pointAt(at) {
  const row = zone("items").children[at];
  const line = sale.lines[at];
  if (!row || !line) return null;
  row.classList.add("new");
  row.scrollIntoView({ block: "nearest" });
  return say("item.added", { name: ours(line.name), count: count(line.quantity) });
}

/** The total as it is said after a change. */
export const totalWords = () => (quoted && sale.lines.length ? say("item.total", { amount: money(quoted.quote.total) }) : "");

