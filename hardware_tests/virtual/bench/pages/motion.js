// What moves in the drawing. Nothing here tells what no word tells, and none of it runs for who wants no motion.

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const LIT_MS = 1400;

/** The bell at the door rings: somebody was greeted. */
export const ring = (scene) => restart(scene, "ringing", 900);

/** A light runs along the cable to HQ. */
export const send = (scene) => restart(scene, "sending", 700);

function restart(scene, name, ms) {
  if (calm.matches) return;
  scene.classList.remove(name);
  scene.getBoundingClientRect(); // makes the browser see the removal, so that the animation starts anew
  scene.classList.add(name);
  clearTimeout(scene[name]);
  scene[name] = setTimeout(() => scene.classList.remove(name), ms);
}

/** A window at HQ lights up; which one follows from the position. */
export function lightWindow(scene, seq) {
  const windows = scene.querySelectorAll(".windows rect");
  const pane = windows[(seq * 7) % windows.length];
  pane.classList.add("lit");
  setTimeout(() => pane.classList.remove("lit"), LIT_MS);
}

/** A card flies from the hand to the reader or scanner. */
export function fly(from, to) {
  if (calm.matches) return;
  const card = document.createElement("div");
  card.className = "flying";
  card.append(from.querySelector("svg").cloneNode(true));
  document.body.append(card);
  const [start, end] = [centre(from), centre(to)];
  const path = [start, end].map(([x, y], step) => ({ transform: `translate(${x - 33}px, ${y - 21}px) rotate(${step * -6}deg)`, opacity: 1 - step * 0.15 }));
  Object.assign(card.style, { left: 0, top: 0 });
  card.animate(path, { duration: 260, easing: "cubic-bezier(0.2, 0.7, 0.2, 1)" }).finished.then(() => card.remove());
}

function centre(node) {
  const box = node.getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
}

/** On a narrow screen the terminal is far above the drawer: show the answer to who pressed. */
export function bringIntoView(node) {
  const box = node.getBoundingClientRect();
  if (box.top >= 0 && box.bottom <= innerHeight) return;
  node.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
}
