// The bench, live: draws displays from their bytes, shows lights and tones, sends what a person presses.
import { follow, parts } from "./live.js";
import { play, soundOn, toggleSound } from "./sound.js";
import { glow, showFloor, showPresence, wireFloor } from "./floor.js";
import { showHandset, wireHandset } from "./handset.js";
import { bringIntoView, fly, lightWindow, ring, send } from "./motion.js";

const words = JSON.parse(document.getElementById("words").textContent);
const scene = document.getElementById("scene");
const terminals = new Map([...document.querySelectorAll("[data-terminal]")].map((node) => [node.dataset.terminal, node]));
const dirty = parts();
const known = { head: 0, hq: null, plugs: {}, act: null, pulled: false };
const tones = new Map(); // sign -> when it falls silent
const TONE_SHOWN_MS = 1500;

follow("/v1/stream", {
  frame: ({ name, pixels }) => draw(terminals.get(name).querySelector("canvas"), pixels),
  terminal: showTerminal,
  plugs: showPlugs,
  links: (links) => Object.entries(links).forEach(([name, up]) => (document.querySelector(`[data-link="${name}"]`).hidden = up)),
  position: showPosition,
  store: ({ outcome }) => {
    dirty("store");
    if (outcome === "greeted") ring(scene);
    if (outcome && known.act) tick(known.act);
    if (outcome && known.plugs.internet === false) tick("pull");
  },
  hq: () => dirty("hq", "store"),
  roll: () => dirty("roll"),
  phone: (phone) => {
    showHandset(phone, words);
    if (phone.member) tick("wifi");
  },
  floor: showFloor,
  glow,
  presence: (presence) => {
    showPresence(presence, words);
    if (presence.people.some(({ proof }) => proof !== "tag")) tick("shake");
  },
}, dirty.all);

// -- displays: 1024 bytes, each one column of eight rows, the lowest bit on top

function draw(canvas, base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const brush = canvas.getContext("2d");
  const image = brush.createImageData(canvas.width, canvas.height);
  for (let at = 0; at < bytes.length; at++) {
    const column = at % canvas.width;
    const top = (at - column) / canvas.width * 8;
    for (let row = 0; row < 8; row++) {
      if (bytes[at] >> row & 1) image.data.set([207, 233, 255, 255], ((top + row) * canvas.width + column) * 4);
    }
  }
  brush.putImageData(image, 0, 0);
}

function showTerminal(state) {
  const node = terminals.get(state.name);
  node.dataset.state = state.state;
  node.querySelector(".glass [data-state]").textContent = words[`terminal.state.${state.state}`];
  setWord(node.querySelector(".light"), "light", lightName(state.light));
  showTone(node, state.tone);
  node.querySelector("[data-screen-ms]").textContent = state.screen_ms ?? words["answer.none"];
  node.querySelector("[data-decide-ms]").textContent =
    state.decide_us === null ? words["answer.none"] : (state.decide_us / 1000).toFixed(1);
  if (!state.busy) release(node);
}

/** A tone's notes come and go within half a second: its word stays long enough to be read. */
function showTone(node, tone) {
  if (tone === "none") return;
  const sign = node.querySelector(".tone");
  const again = tones.has(sign);
  clearTimeout(tones.get(sign));
  tones.set(sign, setTimeout(() => setWord(sign, "tone", "none") ?? tones.delete(sign), TONE_SHOWN_MS));
  if (again && sign.dataset.tone === tone) return;
  setWord(sign, "tone", tone);
  play(tone);
}

function setWord(node, kind, value) {
  node.dataset[kind] = value;
  const word = words[`${kind}.${value}`];
  const shown = node.querySelector("[data-word]");
  if (shown.textContent !== word) shown.textContent = word;
}

function lightName(rgb) {
  const [red, green, blue] = [rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255];
  const strongest = Math.max(red, green, blue);
  if (strongest === 0) return "dark";
  const lit = [red, green, blue].map((part) => part * 2 > strongest);
  return { "true,true,true": "white", "true,true,false": "amber", "true,false,false": "red",
    "false,true,false": "green", "false,true,true": "green" }[lit.join()] ?? "blue";
}

// -- cards and codes

for (const hand of document.querySelectorAll(".hand")) hand.addEventListener("click", () => hold(hand));

async function hold(hand) {
  const name = chosen();
  const node = terminals.get(name);
  const { act, person } = hand.dataset;
  bringIntoView(node.querySelector("canvas"));
  fly(hand, node.querySelector(act === "tap" ? ".reader" : ".scanner"));
  node.classList.add(`held-${act}`);
  if (act === "code") showPhone(node, person);
  known.act = act;
  const answer = await post(`/v1/terminals/${name}/${act}`, { person: Number(person) });
  if (answer.error) {
    release(node);
    toast(answer);
  }
}

function chosen() {
  return document.querySelector("input[name=terminal]:checked").value;
}

function showPhone(node, person) {
  const phone = node.querySelector(".phone");
  phone.querySelector("img").src = `/codes/${person}.svg`;
  phone.hidden = false;
}

function release(node) {
  node.classList.remove("held-tap", "held-code");
  node.querySelector(".phone").hidden = true;
}

// -- keys

for (const key of document.querySelectorAll("[data-key-of]")) {
  key.addEventListener("click", async () => {
    const answer = await post(`/v1/terminals/${key.dataset.keyOf}/key`, { key: key.dataset.key });
    if (answer.error) toast(answer);
  });
}

// -- the guest's phone

wireHandset(post, chosen, toast);
wireFloor(post, toast);

// -- plugs

for (const plug of document.querySelectorAll(".plug")) plug.addEventListener("click", () => turn(plug));

async function turn(plug) {
  if (plug.getAttribute("aria-busy") === "true") return;
  const on = plug.getAttribute("aria-checked") !== "true";
  const cut = plug.dataset.kind === "power" && !on && document.querySelector(".held-tap, .held-code");
  plug.setAttribute("aria-busy", "true");
  plug.querySelector("[data-state]").textContent = words["plug.working"];
  const answer = await post(`/v1/plugs/${encodeURIComponent(plug.dataset.plug)}`, { on });
  plug.removeAttribute("aria-busy");
  showPlugs({ ...known.plugs, ...(answer.error ? {} : { [plug.dataset.plug]: answer.on }) });
  if (answer.error) toast(answer);
  if (cut) tick("power");
}

function showPlugs(state) {
  known.plugs = state;
  for (const plug of document.querySelectorAll(".plug")) {
    const on = state[plug.dataset.plug];
    const now = on ? "in" : "out";
    plug.setAttribute("aria-checked", String(on));
    if (plug.getAttribute("aria-busy") === "true") continue;
    const stateWord = plug.dataset.kind === "power" ? (on ? "on" : "off") : now;
    plug.querySelector("[data-state]").textContent = words[`plug.state.${stateWord}`];
    plug.querySelector("[data-means]").textContent = words[`plug.${plug.dataset.kind}.${now}`];
  }
  known.pulled ||= state.internet === false;
  scene.dataset.internet = state.internet === false ? "out" : "in";
  scene.dataset.broker = state.broker === false ? "out" : "in";
}

// -- how far HQ is behind

function showPosition({ head, hq }) {
  if (hq !== null && known.hq !== null && hq > known.hq) {
    send(scene);
    lightWindow(scene, hq);
    if (hq === head && known.pulled) tick("back");
  }
  Object.assign(known, { head, hq });
  const behind = hq === null ? null : Math.max(0, head - hq);
  document.querySelector("[data-lag-bar]").setAttribute("width", head ? Math.min(100, 100 * (hq ?? 0) / head) : 100);
  fill("[data-lag-head]", head);
  fill("[data-lag-hq]", hq ?? "—");
  const word = document.querySelector("[data-lag-word]");
  word.textContent = behind === null ? words["lag.unknown"]
    : behind === 0 ? words["lag.none"] : word.dataset.template.replace("#", behind.toLocaleString());
}

function fill(selector, value) {
  const node = document.querySelector(selector);
  node.textContent = node.dataset.template.replace("#", value.toLocaleString());
}

// -- small things

async function post(path, body) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }).catch(() => null);
  return answer ? answer.json().catch(() => ({ error: "unreachable" })) : { error: "unreachable" };
}

let toastTimer;
function toast({ error, why }) {
  const node = document.getElementById("toast");
  node.textContent = [words[`refused.${error}`] ?? error, why].filter(Boolean).join(": ");
  node.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (node.hidden = true), 4000);
}

function tick(step) {
  const item = document.querySelector(`[data-step="${step}"]`);
  item.classList.add("done");
  item.querySelector("[data-done]").hidden = false;
}

const sound = document.getElementById("sound");
sound.addEventListener("click", () => {
  toggleSound();
  sound.setAttribute("aria-pressed", String(soundOn()));
});
