// The shake page: asks for the motion of the phone on a tap, waits for a shake, and sends the form that the
// button beside it sends as well. Without this script the button is all there is, and does the same.

import { Bridge } from "./shake_bridge.js";
import { ShakeDetector } from "./shake_detector.js";

const NONE_MS = 2_000; // without one reading that says anything, there is no sensor to wait for
const BUZZ_MS = 80;

const box = document.querySelector("[data-shake]");
const says = document.querySelector("[data-shake-says]"); // only where it is known who would be checked in
const start = document.querySelector("[data-shake-start]");
const heardLine = document.querySelector("[data-shake-heard]");
const forms = [...document.querySelectorAll("[data-shake-form]")];
const detector = new ShakeDetector();
const bridge = new Bridge(box.dataset.framedBy, noteHeard, () => send("app"));
let sent = false;
let silence = null;

function show(state) {
  box.dataset.shake = state;
  says.textContent = box.dataset[state];
  start.hidden = state !== "ask" && state !== "denied";
}

function noteHeard() {
  heardLine.textContent = box.dataset.heard;
  heardLine.hidden = false;
}

// Must be called by a tap: iOS grants nothing without one.
async function ask() {
  const wish = window.DeviceMotionEvent.requestPermission;
  const granted = wish ? await wish.call(window.DeviceMotionEvent).catch(() => "denied") : "granted";
  if (granted === "granted") listen();
  else show("denied");
}

function listen() {
  show("listening");
  window.addEventListener("devicemotion", felt);
  silence = setTimeout(() => show("none"), NONE_MS);
}

function felt(event) {
  if (silence !== null && ShakeDetector.reads(event)) {
    clearTimeout(silence);
    silence = null;
    if (box.dataset.shake === "none") show("listening");
  }
  if (detector.feed(event)) send("shake");
}

function send(how) {
  if (sent || !says) return;
  sent = true;
  const form = forms[0];
  form.elements.how.value = how;
  show("sending");
  navigator.vibrate?.(BUZZ_MS);
  if (form.requestSubmit) form.requestSubmit();
  else {
    form.elements.heard.value = bridge.told(); // submit() tells nobody
    form.submit();
  }
}

for (const form of forms) {
  form.addEventListener("submit", () => {
    form.elements.heard.value = bridge.told();
  });
}

// Back from the next page, as it was left.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted || !sent) return;
  sent = false;
  show("listening");
});

if (says) {
  if (window.DeviceMotionEvent) {
    const button = document.querySelector("[data-shake-button]");
    button.classList.add("quiet");
    button.querySelector("span").textContent = button.dataset.beside;
    start.addEventListener("click", ask);
    show("ask");
  } else show(window.isSecureContext ? "none" : "insecure");
}
