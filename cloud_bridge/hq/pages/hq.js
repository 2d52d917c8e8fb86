// HQ's console, live: what changed is drawn again by the server; a member file is sent as it is.
import { follow, parts } from "./live.js";

const dirty = parts();

follow(
  "/v1/stream",
  {
    events: (told) => dirty("events", "gateways", ...(told.events.some((event) => event.moved) ? ["promises"] : [])),
    gateway: () => dirty("gateways"),
    import: (report) => dirty("imports", ...(report.state === "done" ? ["members"] : [])),
    exception: () => dirty("exceptions", "gateways", "promises"),
  },
  dirty.all,
);

const form = document.querySelector("[data-upload]");
const button = form.querySelector("button");
const word = form.querySelector("[data-upload-word]");
button.disabled = false;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const file = form.elements.file.files[0];
  button.disabled = true;
  word.textContent = form.dataset.sending;
  word.textContent = await send(file);
  button.disabled = false;
  form.reset();
  dirty("imports");
});

/** Sends a file whole; the sentence to show: nothing when it was taken. */
async function send(file) {
  const address = `/v1/imports?name=${encodeURIComponent(file.name.slice(0, 120))}`;
  try {
    const answer = await fetch(address, { method: "POST", body: file, headers: { "content-type": "text/csv" } });
    if (answer.ok) return "";
    const problem = await answer.json();
    return `${problem.what} · ${problem.do}`;
  } catch {
    return form.dataset.failed; // the line broke, or the answer was not ours
  }
}
