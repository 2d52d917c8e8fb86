// The guest's phone: joins and leaves, and shows on its screen what a phone's own small browser would.

const side = document.getElementById("handset");
const part = (name) => side.querySelector(`[data-handset-${name}]`);
const frame = part("frame");

/** What the phone is now; `words` are the page's. */
export function showHandset({ joined, mac, online_until: until, member }, words) {
  const before = side.dataset.joined === "true" && !frame.hidden;
  side.dataset.joined = String(joined);
  part("join").hidden = joined;
  part("leave").hidden = !joined;
  part("card").hidden = !(joined && member);
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
  const tell = () => (part("time").textContent = clock(Date.now()));
  tell();
  setInterval(tell, 10000);
}

function filled(words, value) {
  return words.replace("#", value);
}

function clock(ms) {
  return new Date(ms).toTimeString().slice(0, 5);
}
