// What an app that shows this page hears, and that it was shaken: by window.postMessage.
//
//   {type: "shopbell.heard", heard: [{uuid, major, minor, rssi} or {eid, rssi}]}     as often as it likes
//   {type: "shopbell.shake"}                                                         checks in, as a shake does
//
// A mini program cannot talk to a page in its web view; it opens it with what it hears behind the address:
// /shake#heard=<the list as JSON, percent-encoded>. A browser sends that to nobody.
//
// Taken from this window itself (an app's script in its own web view), from the app around the web view (no
// source, no origin), and from the page that frames ours, where [portal] framed_by names it. Nobody else's
// message is looked at. What is heard is no proof here: the gateway judges it.

export const FRESH_MS = 20_000; // an identity lives some 32 s
export const SENT_MAX = 10; // the nearest ones: a form holds some more
const HELD_MAX = 40;
const FRAGMENT = "#heard=";

export class Bridge {
  #held = new Map(); // identity -> {told, at}

  constructor(framedBy, heard, shaken) {
    const frames = framedBy.split(" ").filter(Boolean);
    window.addEventListener("message", (event) => {
      if (!known(event, frames) || !event.data) return;
      if (event.data.type === "shopbell.shake") shaken();
      if (event.data.type === "shopbell.heard" && this.#hear(event.data.heard)) heard();
    });
    if (this.#hear(opened())) heard();
  }

  // What is sent along: the strongest of what was heard just now, as JSON; "" for nothing.
  told() {
    const now = performance.now();
    const fresh = [...this.#held.values()].filter((each) => now - each.at < FRESH_MS).map((each) => each.told);
    fresh.sort((one, other) => (other.rssi ?? -128) - (one.rssi ?? -128));
    return fresh.length ? JSON.stringify(fresh.slice(0, SENT_MAX)) : "";
  }

  #hear(items) {
    const read = Array.isArray(items) ? items.slice(0, HELD_MAX).map(readItem).filter(Boolean) : [];
    for (const told of read) {
      const name = told.eid ?? `${told.uuid} ${told.major} ${told.minor}`;
      this.#held.delete(name);
      this.#held.set(name, { told, at: performance.now() });
    }
    while (this.#held.size > HELD_MAX) this.#held.delete(this.#held.keys().next().value);
    return read.length > 0;
  }
}

// What stands behind the page's address, once: a reload is not heard again.
function opened() {
  const { hash, pathname, search } = window.location;
  if (!hash.startsWith(FRAGMENT)) return null;
  window.history.replaceState(null, "", pathname + search);
  try {
    return JSON.parse(decodeURIComponent(hash.slice(FRAGMENT.length)));
  } catch {
    return null;
  }
}

function known(event, frames) {
  if (event.source === window) return true;
  if (event.source === null) return event.origin === "";
  return event.source === window.parent && frames.includes(event.origin);
}

function readItem(item) {
  const rssi = typeof item?.rssi === "number" && item.rssi < 0 && item.rssi > -128 ? { rssi: Math.round(item.rssi) } : {};
  if (/^[0-9a-f]{16}$/i.test(item?.eid ?? "")) return { eid: item.eid.toLowerCase(), ...rssi };
  const uuid = String(item?.uuid ?? "").replaceAll("-", "").toLowerCase();
  const [major, minor] = [Number(item?.major ?? NaN), Number(item?.minor ?? NaN)];
  const good = /^[0-9a-f]{32}$/.test(uuid) && [major, minor].every((each) => Number.isInteger(each) && each >= 0 && each < 65_536);
  return good ? { uuid, major, minor, ...rssi } : null;
}
