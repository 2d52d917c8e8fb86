// Who is in the store now, to press: as if their number had been typed. It proves no more than that, so whatever
// a typed number may not spend asks for a PIN all the same.

import { draw, ours, put, say, unhurried, zone } from "./till_draw.js";
import { sale } from "./till_sale.js";

const SHOWN_MAX = 12; // a row to look along; who is not in it is scanned
const MINUTE_MS = 60_000;
const AGAIN_MS = 20_000; // "3 min" must not stay true for an hour

let presence = { people: [], zones: [] };
let drawn = "";

/** What the gateway says of who is in the store; it says it each second. */
export function heard(told) {
  presence = told;
  unhurried(drawHere);
}

/** Draw the row where it shows something else than before: nothing moves under a finger without need. */
export function drawHere() {
  const people = sale.member ? [] : [...presence.people].sort((one, other) => other.since_ms - one.since_ms);
  const rows = people.slice(0, SHOWN_MAX).map(chip);
  const more = people.length - rows.length;
  const now = JSON.stringify([rows, more]);
  if (now === drawn) return;
  drawn = now;
  const nodes = rows.map((row) => draw("here", row));
  put(zone("here"), more ? [...nodes, draw("here-more", { word: say("here.more", { count: more }) })] : nodes);
  zone("here-part").hidden = rows.length === 0;
}

function chip({ member, name: known, zone: place, since_ms }) {
  const name = known || say("who.nameless");
  const where = ours(presence.zones.find(({ zone: id }) => id === place)?.name) || say("here.somewhere");
  const minutes = Math.max(0, Math.floor((Date.now() - since_ms) / MINUTE_MS));
  const word = say("here.who", { name, where, minutes });
  return { member, name, what: say("here.what", { where, minutes }), word, focus: `here-${member}` };
}

setInterval(() => unhurried(drawHere), AGAIN_MS);
