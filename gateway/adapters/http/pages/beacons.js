// The page of beacons and visitors, live.
import { floor } from "./floor.js";
import { follow, parts } from "./live.js";

const dirty = parts();

follow("/v1/stream", { presence: floor(dirty), act: () => dirty("visits") }, dirty.all);
