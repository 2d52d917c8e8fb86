// The guest's phone: joins and leaves, and shows on its screen what a phone's own small browser would.

const side = document.getElementById("handset");
const part = (name) => side.querySelector(`[data-handset-${name}]`);
const frame = part("frame");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const SHAKE_PAGE = "shake"; // of the guests' pages; an app that shows it hands over what it hears: docs/shake.md

/** What the phone is now; `words` are the page's. */
export function showHandset({ joined, mac, online_until: until, member }, words) {
  const before = side.dataset.joined === "true" && !frame.hidden;
  side.dataset.joined = String(joined);
  part("join").hidden = joined;
  part("leave").hidden = !joined;
  part("card").hidden = !(joined && member);
  part("shake").hidden = !joined;
  part("home").hidden = joined;
  frame.hidden = !joined;
  if (joined && !before) frame.src = side.dataset.address;
  if (!joined) frame.removeAttribute("src");
  part("state").textContent = joined ? (until ? filled(words["handset.online"], clock(until)) : words["handset.captive"]) : words["handset.away"];
  part("mac").textContent = joined ? filled(words["handset.mac"], mac) : "";
}

/** `post` sends a press; `chosen` names the terminal that cards go to; `wrong` says what did not work. */
export function wireHandset(post, chosen, wrong) {
  const press = (path, body) => async () => {
    const answer = await post(path(), body);
    if (answer.error) wrong(answer);
  };
  part("join").addEventListener("click", press(() => "/v1/phone", { joined: true }));
  part("leave").addEventListener("click", press(() => "/v1/phone", { joined: false }));
  part("card").addEventListener("click", press(() => `/v1/terminals/${chosen()}/phone`, {}));
  part("shake").addEventListener("click", () => void shake(wrong));
  const tell = () => (part("time").textContent = clock(Date.now()));
  tell();
  setInterval(tell, 10000);
}

/** Shake it as an app would be shaken that shows the store's page and hears the store's beacons. */
async function shake(wrong) {
  if (frame.hidden) return wrong({ error: "not_open" });
  const address = new URL(SHAKE_PAGE, side.dataset.address);
  frame.animate([{ transform: "none" }, { transform: "translateX(-9px) rotate(-1deg)" }, { transform: "translateX(9px) rotate(1deg)" }, { transform: "none" }], { duration: 160, iterations: calm.matches ? 0 : 4 });
  const heard = await fetch("/v1/phone/heard").then((answer) => answer.json()).catch(() => null);
  if (!heard) return wrong({ error: "unreachable" });
  await opened(address);
  frame.contentWindow.postMessage({ type: "shopbell.heard", heard: heard.heard }, address.origin);
  frame.contentWindow.postMessage({ type: "shopbell.shake" }, address.origin);
  return undefined;
}

/** The page is on the screen anew: its address cannot be read from here, it is another site's. */
function opened(address) {
  return new Promise((done) => {
    frame.addEventListener("load", () => done(), { once: true });
    frame.src = address.href;
  });
}

function filled(words, value) {
  return words.replace("#", value);
}

function clock(ms) {
  return new Date(ms).toTimeString().slice(0, 5);
}
