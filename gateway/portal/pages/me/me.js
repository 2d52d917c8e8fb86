// Turns the member's code when its time is over. The codes of the next minutes are fetched ahead, so that the
// page goes on where a queue at the till loses the Wi-Fi. Without this script the page has a link that does it.

const TICK_MS = 1_000;
const AHEAD_MS = 60_000; // with less than this in hand, more are fetched
const RETRY_MS = 15_000;

const box = document.querySelector("[data-codes]");
const until = document.querySelector("[data-until]:not([data-codes])");
const again = document.querySelector("[data-again]");
let codes = [];
let offset = 0; // what the store's clock is ahead of this phone's
let askedAt = -Infinity;
let shown = null;

async function fetchCodes() {
  askedAt = Date.now();
  const answer = await fetch(box.dataset.codes, { headers: { accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return;
  const told = await answer.json().catch(() => null);
  if (!told) return;
  offset = told.now_ms - Date.now();
  codes = told.codes;
}

function turn() {
  const now = Date.now() + offset;
  const last = codes[codes.length - 1]; // phones of 2019 have no at()
  if ((!last || last.until_ms - now < AHEAD_MS) && Math.abs(Date.now() - askedAt) >= RETRY_MS) fetchCodes().then(show);
  show();
}

function show() {
  if (!codes.length) return;
  const now = Date.now() + offset;
  const code = codes.find((each) => each.from_ms <= now && now < each.until_ms);
  box.classList.toggle("me-old", !code);
  if (code === shown) return;
  shown = code;
  document.querySelector("[data-turns]").hidden = !code;
  if (code) box.innerHTML = code.svg;
  until.textContent = code ? box.dataset.until.replace("{time}", code.until) : box.dataset.old;
  again.hidden = Boolean(code);
}

if (box) {
  setInterval(turn, TICK_MS);
  document.addEventListener("visibilitychange", () => document.hidden || turn());
  turn();
}
