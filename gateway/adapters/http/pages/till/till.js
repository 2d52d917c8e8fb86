// The till: joins its parts. A scanner is a keyboard that ends with Enter; what it types goes to the one field,
// wherever the focus was, and every key a person needs works without a mouse.

import { follow } from "./live.js";
import { Away } from "./till_api.js";
import { agreed, busy, close, explain, padMode, says } from "./till_ask.js";
import { backReady, startReturn } from "./till_back.js";
import { countPayments, showPayments } from "./till_charge.js";
import { doneReady, passOn } from "./till_done.js";
import { all, dismiss, facts, one, refuse, say, tell, typedCount, unhurried, zone } from "./till_draw.js";
import { drawHere, heard } from "./till_here.js";
import { finishKept } from "./till_kept.js";
import { askPoints, drawCustomer, enrol, showMember } from "./till_member.js";
import { countParked, park, showParked } from "./till_parked.js";
import { drop, payingReady, resume, startPaying } from "./till_pay.js";
import { listen, quote, quoted, sale, setMember, setQuantity, toggleCoupon, toggleProgram } from "./till_sale.js";
import { browse, couponShown, field, pressed, scanReady, take, tapped } from "./till_scan.js";
import { look, me, shift, shiftReady, showShift, signInThere, signOut } from "./till_shift.js";
import { chooseCategory, drawAsked, drawAsking, drawSale, loadGoods, totalWords } from "./till_show.js";

const AGAIN_MS = 1_500;
const FINE = matchMedia("(pointer: fine)");

let stage = "wait";

/** Show what this moment needs: signing in, opening a shift, or selling. */
async function show() {
  const next = !me ? "sign" : !shift ? "open" : "sell";
  if (next === stage && stage !== "wait") return;
  stage = next;
  document.body.dataset.stage = stage;
  all("[data-for]").forEach((part) => (part.hidden = !part.dataset.for.split(" ").includes(stage)));
  zone("staff").textContent = me ? me.name ?? me.staff : "";
  if (stage === "sign") document.getElementById("badge").focus();
  if (stage === "open") document.getElementById("float").focus();
  if (stage === "sell") await begin();
}

/** Selling begins: goods, what was under way, and the sale that was at hand. */
async function begin() {
  drawSale();
  drawCustomer();
  focusScan();
  await loadGoods();
  await countParked();
  await countPayments();
  for (const said of await finishKept()) {
    if (said.outcome === "done") tell(say("kept.done"));
    else if (said.outcome) refuse(says(said), "heed");
  }
  if (!(await resume())) await quote();
}

function focusScan() {
  field().setAttribute("inputmode", FINE.matches ? "text" : "none"); // a tablet's own keyboard hides the till
  field().focus({ preventScroll: true });
  // A dialog that closes gives the focus back without a caret, and Chromium then drops what is typed.
  field().setSelectionRange(field().value.length, field().value.length);
}

listen((what, error) => {
  if (what === "asked") drawAsking();
  if (what === "unkept") tell(say("sale.unkept"));
  if (what === "away") tell(say("fault.away"));
  if (what === "refused") quoteRefused(error);
  if (what === "drawn") unhurried(drawAnew);
});

function drawAnew() {
  drawAsked();
  drawSale();
  drawCustomer();
  drawHere();
  const words = totalWords();
  if (words) zone("said").textContent = [zone("said").textContent.split(" · ")[0], words].join(" · ");
}

/** What the gateway does not price is said, and the part that it does not know leaves the sale. */
function quoteRefused(error) {
  drawAsked();
  if (error.status === 401) return void signedOut();
  refuse(says(error.body));
  if (sale.coupons.length && /^lot_|used_up|not_vested/.test(error.body.reason ?? "")) toggleCoupon(sale.coupons.at(-1).lot);
  else if (sale.member && /^member_/.test(error.body.reason ?? "")) setMember(null);
  else drawSale();
  return undefined;
}

const ACTS = {
  parked: () => showParked(),
  payments: () => showPayments().then(focusScan),
  return: () => startReturn().then(focusScan),
  shift: () => showShift().then(focusScan),
  lock: () => signOut(),
  keyboard: (button) => showKeyboard(button),
  browse: (button) => browse(button.getAttribute("aria-expanded") !== "true"),
  pay: () => startPaying(),
  park: () => park().then(focusScan),
  drop: () => drop().then(focusScan),
  here: (button) => take(button.dataset.member),
  enrol: () => enrol().then(focusScan),
  forget: () => (setMember(null), focusScan()),
  points: () => askPoints().then(focusScan),
  member: () => showMember((member) => startReturn({ member })),
  coupon: (button) => useCoupon(button),
  favour: (button) => toggleProgram(button.dataset.program),
  less: (button) => step(button, -1),
  more: (button) => step(button, 1),
  dismiss: () => {},
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || button.disabled) return;
  if (button.dataset.do === "close-dialog") close(button.closest("dialog").id);
  else if (button.dataset.key) padKey(button);
  else if (button.dataset.category !== undefined) chooseCategory(button.dataset.category);
  else if (button.dataset.sku) pressed(button.dataset.sku);
  else if (!button.closest("dialog")) void ACTS[button.dataset.do]?.(button);
  if (button.closest("#ask") && button.dataset.given) one("input", button.closest("form")).value = button.dataset.given;
  if (!busy() && (button.dataset.sku || ["dismiss", "here"].includes(button.dataset.do))) focusScan();
});

const lineOf = (node) => [...zone("items").children].indexOf(node.closest("li"));

function step(button, by) {
  const at = lineOf(button);
  setQuantity(at, sale.lines[at].quantity + by);
}

function useCoupon(button) {
  if (button.getAttribute("aria-disabled") === "true") return;
  toggleCoupon(button.dataset.lot, sale.member);
}

function showKeyboard(button) {
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  field().setAttribute("inputmode", on ? "text" : "none");
  field().blur();
  field().focus();
}

zone("items").addEventListener("change", (event) => {
  const typed = typedCount(event.target.value);
  if (typed === null) drawSale();
  else setQuantity(lineOf(event.target), typed);
});

/** A key of the drawn pad types into the field of its form that was used last. */
function padKey(button) {
  const form = button.closest("form, .pay");
  const target = form.querySelector("[data-typed]") ?? one("input:not([type=hidden])", form);
  const key = button.dataset.key;
  if (key === "back") target.value = target.value.slice(0, -1);
  else if (key === "clear") target.value = "";
  else target.value += key;
  target.dispatchEvent(new Event("input", { bubbles: true }));
  if (FINE.matches) target.focus();
}

document.addEventListener("focusin", ({ target }) => {
  const form = target.matches("input") && target.closest("form, .pay");
  if (!form) return;
  all("[data-typed]", form).forEach((other) => delete other.dataset.typed);
  target.dataset.typed = "";
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !busy() && dismiss()) return void event.preventDefault();
  if (stage !== "sell" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "F2" && !busy()) return void (event.preventDefault(), startPaying());
  const typing = event.target !== field() && event.target.matches?.("input, textarea, select");
  if (event.key.length !== 1 || event.key === " ") return;
  if (document.getElementById("done").open && !typing) passOn(); // the next customer's first scan
  if (busy() || typing || event.isComposing) return;
  event.preventDefault(); // a character that moves the focus may reach neither place: put it where it belongs
  type(event.key);
});

/** Put a character into the field, caret or no caret: one that a dialog has just given back has none, and drops it. */
function type(key) {
  const [start, end] = [field().selectionStart, field().selectionEnd];
  field().focus({ preventScroll: true });
  field().setRangeText(key, start, end, "end");
  field().dispatchEvent(new Event("input", { bubbles: true }));
}

async function signedOut() {
  await look();
  await show();
}
document.addEventListener("till:signed-out", () => void signedOut().catch(waitForGateway));

/** Start, or start again, once the gateway answers. */
async function start() {
  try {
    await look();
    await show();
  } catch (error) {
    waitForGateway(error);
  }
}

function waitForGateway(error) {
  if (!(error instanceof Away)) explain(error);
  zone("waiting").textContent = say("fault.away");
  setTimeout(() => void start(), AGAIN_MS);
}

all("form:has(.pad) input[inputmode], .pay input[inputmode]").forEach((field_) => field_.setAttribute("inputmode", padMode(field_.inputMode)));
scanReady((order) => void startReturn({ order }).then(focusScan));
payingReady();
backReady();
doneReady((order) => void startReturn({ order }).then(focusScan));
shiftReady(() => void show().catch(waitForGateway));
document.getElementById("done").addEventListener("close", () => stage === "sell" && focusScan());
document.getElementById("pay").addEventListener("close", () => stage === "sell" && !busy() && focusScan());

document.getElementById("busy").addEventListener("cancel", (event) => event.preventDefault()); // the verdict ends it

follow(
  "/v1/stream",
  {
    tap: (tap) => takesTap(tap) && tapped(tap),
    badge: (badge) => void badgeShown(badge).catch(explain),
    coupon: (coupon) => stage === "sell" && couponShown(coupon),
    presence: heard,
    bridge: (bridge) => (zone("offline").hidden = !away(bridge)),
  },
  () => quoted || void quote(),
);

/** Whether a tap at a terminal means anything now: a badge that is refused does before anybody has signed in. */
const takesTap = ({ reason }) => (stage === "sell" && !busy()) || (stage === "sign" && Boolean(reason?.startsWith("staff_")));

/** A badge at the paired terminal: it agrees where that is asked, signs in where nobody is, and else signs its owner
 * out, as at any terminal. */
async function badgeShown({ device, staff, name }) {
  if (!facts.terminal || device !== facts.terminal || stage === "wait") return;
  if (await agreed()) return;
  if (stage === "sign") await signInThere();
  else if (me.staff !== staff) refuse({ what: say("scan.staff", { name }), next: say("scan.staff.next") }, "heed");
  else if (!busy()) await signOut();
}

/** Whether HQ is out of reach: selling goes on, and the clerk is told that it does. */
function away(bridge) {
  return Boolean(bridge.trouble) || bridge.state !== "running";
}

void start();
