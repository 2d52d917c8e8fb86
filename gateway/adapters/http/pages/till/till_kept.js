// Changes under way, kept in this browser until their verdict is known: a reload asks again with the same key.

import { Refused, settle } from "./till_api.js";
import { facts } from "./till_draw.js";

const PLACE = `shopbell.till.${facts.till}.under_way`;
const KEPT_MAX = 16; // one at a time is usual; more means that storage is never emptied

function all() {
  try {
    return JSON.parse(localStorage.getItem(PLACE) ?? "[]");
  } catch {
    return [];
  }
}

function write(list) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(list.slice(-KEPT_MAX)));
  } catch {
    // A private window: it is still asked again while this page is open.
  }
}

/** POST a change until its verdict is known, also across a reload; as till_api.settle(). */
export async function settleKept(path, body, waiting) {
  write([...all().filter((each) => each.body.key !== body.key), { path, body }]);
  try {
    const said = await settle(path, body, waiting);
    forget(body.key);
    return said;
  } catch (error) {
    if (error instanceof Refused && error.status !== 401) forget(body.key);
    throw error;
  }
}

const forget = (key) => write(all().filter((each) => each.body.key !== key));

/** What was under way when the page was left: ask again, one after the other; gives the verdicts. */
export async function finishKept() {
  const said = [];
  for (const { path, body } of all()) {
    try {
      said.push(await settleKept(path, body));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
  return said;
}
