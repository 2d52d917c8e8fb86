// The console, live: what changed is drawn again by the server.
import { floor } from "./floor.js";
import { follow, parts } from "./live.js";

const dirty = parts();

follow(
  "/v1/stream",
  {
    tap: () => dirty("taps", "glance"),
    device: () => dirty("devices", "glance"),
    sync: () => dirty("sync", "glance", "notices"),
    bridge: () => dirty("sync", "counters"),
    promises: () => dirty("promises", "notices"),
    counters: () => dirty("counters"),
    presence: floor(dirty),
  },
  dirty.all,
);
