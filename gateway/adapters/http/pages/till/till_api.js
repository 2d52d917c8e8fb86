// The gateway's API as the till asks it. A change is sent under one key until its verdict is known: a lost
// line, a gateway that restarts or a full queue are asked again with the very same body, never with another.

const ANSWER_MS_MAX = 20_000; // HQ may be asked for a right meanwhile
const AGAIN_MS_FIRST = 400;
const AGAIN_MS_MAX = 5_000;
const ASKED_TIMES_MAX = 6; // how often HQ's answer is waited for before the clerk is told

/** The gateway does not answer. */
export class Away extends Error {}

/** The gateway answered, and it was no success; `body` is its JSON, {} where there was none. */
export class Refused extends Error {
  constructor(status, body) {
    super(`${status}`);
    this.status = status;
    this.body = body;
  }
}

/** A key for one change, for ever. (randomUUID() is not there on plain http.) */
export function newKey(what) {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `till.${what}.` + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** GET, as JSON; raises Away or Refused. */
export const get = (path) => send("GET", path);

/** POST, as JSON; raises Away or Refused. Only for what changes nothing, or may be asked twice. */
export const post = (path, body, wait_ms) => send("POST", path, body, wait_ms);

async function send(method, path, body, wait_ms = ANSWER_MS_MAX) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  let answer;
  let said = {};
  try {
    answer = await fetch(path, { method, headers, signal: AbortSignal.timeout(wait_ms), ...sent });
    said = await answer.json();
  } catch (error) {
    if (!answer || error.name !== "SyntaxError") throw new Away(error.message);
  }
  if (!answer.ok) throw new Refused(answer.status, said ?? {});
  return said;
}

/** POST a change until its verdict is known. `waiting(times)` runs before each further try. Gives the
 *  verdict's body, refused by the rules or not; raises Refused for what was not booked. */
export async function settle(path, body, waiting = () => {}) {
  for (let times = 0, asked = 0; ; times++) {
    if (times) {
      waiting(times);
      await pause(Math.min(AGAIN_MS_MAX, AGAIN_MS_FIRST * 2 ** Math.min(times - 1, 8)));
    }
    try {
      const said = await post(path, body);
      if (said.outcome !== "asked" || ++asked >= ASKED_TIMES_MAX) return said;
    } catch (error) {
      if (error instanceof Refused && error.body.outcome && error.body.outcome !== "asked") return error.body;
      if (error instanceof Refused && error.body.outcome && ++asked >= ASKED_TIMES_MAX) return error.body;
      if (!mayAskAgain(error)) throw error;
    }
  }
}

function mayAskAgain(error) {
  if (error instanceof Away) return true;
  return error instanceof Refused && (error.body.outcome === "asked" || error.status >= 502 || error.status === 503);
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
