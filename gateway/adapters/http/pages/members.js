// A member's page and the look-up, live: what changed is drawn again by the server.
import { follow, parts } from "./live.js";

const dirty = parts();

follow("/v1/stream", { tap: dirty.all, sync: dirty.all, promises: dirty.all }, dirty.all);
