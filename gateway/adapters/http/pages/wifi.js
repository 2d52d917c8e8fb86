// The guests' Wi-Fi, drawn again by the server now and then: the portal tells nobody when something changes.
import { parts } from "./live.js";

parts();
