// Paper: receipts, returns and shift reports on the printer of this store, and whether each sale is printed.

import { Refused, post } from "./till_api.js";
import { explain } from "./till_ask.js";
import { facts, refuse, say } from "./till_draw.js";

const PLACE = `shopbell.till.${facts.till}.print`;

/** Print what an address names, and say beside the button how it went. Says whether it is on paper. */
export async function print(path, body, place) {
  place.textContent = say("print.going");
  try {
    const printed = (await post(path, body)).outcome === "printed";
    place.textContent = say(printed ? "print.done" : "print.none");
    if (!printed) refuse({ what: say("print.none"), next: say("print.none.next") }, "heed");
    return printed;
  } catch (error) {
    place.textContent = say("print.none");
    if (error instanceof Refused && error.status === 501) refuse({ what: say("print.unset"), next: say("print.unset.next") }, "heed");
    else explain(error);
    return false;
  }
}

/** Whether this till prints every receipt by itself. */
export function always() {
  try {
    return localStorage.getItem(PLACE) === "always";
  } catch {
    return false;
  }
}

/** Print every receipt from now on, or only when asked. */
export function setAlways(on) {
  try {
    localStorage.setItem(PLACE, on ? "always" : "asked");
  } catch {
    // A private window: it holds as long as nobody reloads, which is to say, not at all.
  }
}
