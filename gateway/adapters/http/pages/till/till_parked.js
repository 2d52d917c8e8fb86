// Orders put aside: kept by the gateway, so that they survive a restart and any till can take them up.

import { Refused, get, newKey } from "./till_api.js";
import { close, explain, open, says, sure, words } from "./till_ask.js";
import { count, draw, facts, put, refuse, say, tell, when, zone } from "./till_draw.js";
import { settleKept } from "./till_kept.js";
import { basket, clear, sale, take } from "./till_sale.js";

const NOTE_MAX = 40; // as gateway/core/orders/model.py

/** Put the sale aside. */
export async function park() {
  const note = await words({ title: say("park.title"), why: say("park.why"), field: say("park.note") });
  if (note === null) return undefined;
  const parked = sale.parked ?? newKey("parked").replaceAll(".", "-");
  try {
    const said = await settleKept("/v1/orders/park", { key: newKey("park"), parked, basket: basket(), till: facts.till, note: note.slice(0, NOTE_MAX) });
    if (said.outcome && said.outcome !== "done") return refuse(says(said));
    clear();
    tell(say("park.done"));
    await countParked();
  } catch (error) {
    explain(error);
  }
  return undefined;
}

async function parkedOrders() {
  return (await get("/v1/orders/park")).parked; // of every till: what one put aside, another may take up
}

/** How many orders are put aside, beside the button. */
export async function countParked() {
  try {
    const waiting = (await parkedOrders()).length;
    zone("parked-count").textContent = count(waiting);
    zone("parked-count").hidden = !waiting;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

/** Show what is put aside, and take one up again. */
export async function showParked() {
  const box = document.getElementById("parked");
  const closed = open("parked");
  const press = (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.do === "resume") void resumeParked(button.dataset.parked);
    if (button?.dataset.do === "forget-parked") void forgetParked(button.dataset.parked);
  };
  box.addEventListener("click", press);
  void closed.then(() => box.removeEventListener("click", press));
  await listParked();
}

async function listParked() {
  try {
    const rows = await parkedOrders();
    put(zone("parked"), rows.map(parkedRow));
    zone("no-parked").hidden = rows.length > 0;
    await countParked();
  } catch (error) {
    explain(error);
  }
}

function parkedRow({ parked, at, note, till, basket: kept }) {
  const pieces = kept.lines.reduce((sum, line) => sum + (line.quantity ?? 1), 0);
  const what = say("parked.what", { when: when(at), count: count(pieces), till });
  return draw("parked", { parked, note: note || say("parked.nameless"), what, forget: say("parked.forget") });
}

async function resumeParked(name) {
  if (sale.lines.length) return refuse({ what: say("parked.busy"), next: say("parked.busy.next") }, "heed");
  const kept = (await parkedOrders()).find(({ parked }) => parked === name);
  if (kept) take(name, kept.basket, {});
  return close("parked");
}

async function forgetParked(name) {
  const yes = await sure({ title: say("parked.forget"), why: say("parked.forget.why"), yes: say("drop.yes") });
  if (!yes) return;
  try {
    await settleKept("/v1/orders/park", { key: newKey("park"), parked: name, basket: null, till: facts.till });
    await listParked();
  } catch (error) {
    explain(error);
  }
}
