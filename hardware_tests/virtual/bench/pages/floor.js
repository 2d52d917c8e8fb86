// The floor plan: beacons glow as they advertise, the tag and the phone stand where they truly are, and the
// gateway's people where it believes them to be.

const side = document.getElementById("floor");
const SVG = "http://www.w3.org/2000/svg";
const GLOW_MS = 800;
const glowing = new Map(); // name -> when its ring is out

const node = (selector) => side.querySelector(selector);
const sender = (name) => node(`[data-sender="${CSS.escape(name)}"]`);

/** Who is truly where. */
export function showFloor({ beacons, tag, phone }) {
  for (const beacon of beacons) sender(beacon.name).dataset.on = String(beacon.on);
  move(node("[data-true=tag]"), tag);
  move(node("[data-true=phone]"), phone);
}

/** A beacon or tag has advertised. */
export function glow({ name }) {
  const drawn = sender(name);
  if (!drawn || glowing.has(name)) return;
  drawn.classList.add("glowing");
  glowing.set(name, setTimeout(() => glowing.delete(name) && drawn.classList.remove("glowing"), GLOW_MS));
}

/** Who is where as the gateway has it; `words` are the page's. */
export function showPresence({ beacons, people }, words) {
  const placed = people.filter(({ x_cm: x }) => x !== null);
  const before = new Map([...node("[data-people]").children].map((drawn) => [drawn.dataset.member, drawn]));
  node("[data-people]").replaceChildren(...placed.map((one) => dot(before.get(one.member), one)));
  const list = node("[data-floor-people]");
  list.replaceChildren(...(people.length ? people.map((one) => item(`${one.name ?? "?"} · ${zoneWord(one.zone, words)}`)) : [item(list.dataset.empty)]));
  const states = beacons.filter(({ kind }) => kind === "beacon");
  node("[data-floor-states]").replaceChildren(...states.map((one) => item(`${one.beacon}: ${words[`floor.state.${one.state}`] ?? one.state}`)));
}

/** `post` sends a press, `wrong` says what did not work. */
export function wireFloor(post, wrong) {
  for (const button of side.querySelectorAll("[data-walk]")) {
    button.addEventListener("click", async () => {
      const answer = await post("/v1/walk", { who: button.dataset.walk, zone: button.dataset.zone });
      if (answer.error) wrong(answer);
    });
  }
}

function zoneWord(zone, words) {
  const button = zone && node(`[data-walk=tag][data-zone="${CSS.escape(zone)}"]`);
  return button ? button.dataset.word : words["floor.somewhere"];
}

function dot(drawn, one) {
  const group = drawn ?? made("g", { class: "floor-person" });
  if (!drawn) {
    group.dataset.member = one.member;
    group.append(made("circle", { class: "dot", r: 18 }), made("text", { y: -28, "text-anchor": "middle" }));
  }
  group.lastChild.textContent = one.name ?? "";
  move(group, one);
  return group;
}

function made(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function move(group, { x_cm: x, y_cm: y }) {
  group.style.transform = `translate(${x}px, ${y}px)`;
}

function item(text) {
  const row = document.createElement("li");
  row.textContent = text;
  return row;
}
