// HQ's console, live: what changed is drawn again by the server; a file is sent as it is.
import { follow, parts } from "./live.js";

const dirty = parts();
const IMPORTED = { members: ["members"], goods: ["goods"], staff: ["staff"] };

follow(
  "/v1/stream",
  {
    events: (told) => dirty("events", "gateways", ...(told.events.some((event) => event.moved) ? ["promises"] : [])),
    gateway: () => dirty("gateways"),
    import: (report) => dirty("imports", ...(report.state === "done" ? IMPORTED[report.kind] : [])),
    programs: () => dirty("programs"),
    exception: () => dirty("exceptions", "gateways", "promises"),
  },
  dirty.all,
);

for (const form of document.querySelectorAll("[data-upload]")) {
  const button = form.querySelector("button");
  const word = form.querySelector("[data-upload-word]");
  button.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    word.textContent = form.dataset.sending;
    word.textContent = await send(form);
    button.disabled = false;
    form.elements.file.value = "";
    dirty(form.dataset.partOf);
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-program]");
  if (!button) return;
  button.disabled = true;
  const address = `/v1/programs/${encodeURIComponent(button.dataset.program)}/${button.dataset.do}`;
  await fetch(address, { method: "POST" }).catch(() => null); // drawn again as it is, whatever came of it
  dirty("programs");
});

// Two members become one for good: the first press asks, the second one does it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-merge]");
  if (!button) return;
  if (!("asked" in button.dataset)) {
    button.dataset.asked = "";
    button.textContent = button.dataset.sure;
    return;
  }
  button.disabled = true;
  await tell(button.dataset.merge, "merge", { into: button.dataset.into });
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-distinct]");
  if (!button) return;
  button.disabled = true;
  await tell(button.dataset.distinct, "distinct", { other: button.dataset.other });
});

/** Tells HQ something of a member, and draws again how it is then, whatever came of it. */
async function tell(member, what, said) {
  const address = `/v1/members/${encodeURIComponent(member)}/${what}`;
  const body = JSON.stringify(said);
  await fetch(address, { method: "POST", body, headers: { "content-type": "application/json" } }).catch(() => null);
  dirty("exceptions", "members");
}

/** Sends a form's file whole; what to show: nothing when it was taken. */
async function send(form) {
  const file = form.elements.file.files[0];
  const kind = form.elements.kind?.value;
  const address = kind ? `/v1/imports?kind=${kind}&name=${encodeURIComponent(file.name.slice(0, 120))}` : "/v1/programs";
  const type = kind ? "text/csv" : "application/json";
  try {
    const answer = await fetch(address, { method: "POST", body: file, headers: { "content-type": type } });
    if (answer.ok) return "";
    const problem = await answer.json();
    const faults = (problem.problems ?? []).map((fault) => `${fault.pointer || "/"} · ${fault.what} · ${fault.hint}`);
    return [`${problem.what} · ${problem.do}`, ...faults].join("\n");
  } catch {
    return form.dataset.failed; // the line broke, or the answer was not ours
  }
}
