// The live side of our pages: one event stream whose state is always shown, and parts of a page that the
// server draws again. Pages work without it; it only saves people the reload.

const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 15_000; // a person looks at the page sooner than this wears anybody out
const REDRAW_MS_MIN = 400; // at fifty taps a second a part is still drawn only this often
const REDRAW_MS_IDLE = 20_000; // "3 min ago" must not stay true for an hour
const GLOW_MS = 2_000; // as long as the stylesheet's glow

/** Follow the event stream at url. on maps an event's name to a function of its parsed data;
 *  reopened runs after every reconnection, because what happened meanwhile was missed. */
export function follow(url, on, reopened = () => {}) {
  const sign = document.querySelector("[data-live]");
  let failures = 0;
  let lost = false;

  function open() {
    const source = new EventSource(url);
    source.onopen = () => {
      failures = 0;
      show(sign, "open");
      if (lost) reopened();
      lost = false;
    };
    source.onerror = () => {
      source.close();
      lost = true;
      show(sign, "lost");
      setTimeout(open, retryWait(failures++));
    };
    for (const [name, act] of Object.entries(on)) {
      source.addEventListener(name, (event) => act(JSON.parse(event.data)));
    }
  }
  show(sign, "connecting");
  open();
}

function retryWait(failures) {
  const wait = Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** Math.min(failures, 10));
  return wait * (0.5 + Math.random() / 2);
}

function show(sign, state) {
  if (!sign) return;
  sign.dataset.live = state;
  sign.querySelector("[data-live-word]").textContent = sign.dataset[state];
}

/** Draw the [data-part] elements again from the server, each at most once in REDRAW_MS_MIN.
 *  Returns dirty(...names): "what these parts show has changed"; dirty.all() is for every part of the page. */
export function parts() {
  const waiting = new Set();
  let timer = null;

  async function redraw() {
    const names = [...waiting];
    waiting.clear();
    await Promise.all(names.map(drawPart));
    timer = names.length ? setTimeout(redraw, REDRAW_MS_MIN) : null;
  }
  function dirty(...names) {
    names.forEach((name) => waiting.add(name));
    timer ??= setTimeout(redraw, 0);
  }
  dirty.all = () => dirty(...[...document.querySelectorAll("[data-part]")].map((part) => part.dataset.part));
  setInterval(() => document.hidden || dirty.all(), REDRAW_MS_IDLE);
  document.addEventListener("visibilitychange", () => document.hidden || dirty.all());
  dirty.all();
  return dirty;
}

async function drawPart(name) {
  const answer = await fetch(`?part=${name}`, { headers: { accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return; // the live sign already says that the connection is lost
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
  const old = document.querySelector(`[data-part="${name}"]`);
  const fresh = drawn.querySelector(`[data-part="${name}"]`);
  if (!old || !fresh || fresh.innerHTML === old.dataset.drawn) return;
  fresh.dataset.drawn = fresh.innerHTML;
  glow(name, old, fresh);
  for (const { id } of old.querySelectorAll("details[open][id]")) {
    fresh.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  }
  old.replaceWith(document.adoptNode(fresh));
}

const born = new Map(); // part -> (data-key of a row -> when it was first drawn)

/** Rows that were not on the page before glow once, also across a second drawing. */
function glow(name, old, fresh) {
  const before = born.get(name) ?? new Map(keysOf(old).map((key) => [key, -Infinity]));
  const now = performance.now();
  const after = new Map(keysOf(fresh).map((key) => [key, before.get(key) ?? now]));
  for (const row of fresh.querySelectorAll("[data-key]")) {
    const age = now - after.get(row.dataset.key);
    if (age >= GLOW_MS) continue;
    row.classList.add("new");
    row.style.animationDelay = `-${age}ms`;
  }
  born.set(name, after);
}

function keysOf(part) {
  return [...part.querySelectorAll("[data-key]")].map((row) => row.dataset.key);
}
