// Tells a shake from everything else that a phone's motion is: pure, fed with the events of the browser.
//
// A stroke is acceleration beyond a bound; a turn is a stroke against the direction of the last one. Three turns
// within a second are a shake. Time is the events' own (timeStamp), never their count: phones send 10 to 200
// a second. Readings are null where there is no sensor (Chromium sends one such event), or on one axis: they
// are nothing, not zero.
//
// 15 m/s2 and not less, because a runner's phone reaches 14; walking is some 4, a drop is one stroke that rings.

export const STROKE = 15; // m/s2 without gravity
export const STROKE_FILTERED = 12; // the filter below takes a fifth of a shake at 3 a second, and a runner's 14 to 11
export const REARM = 8; // m/s2: below it a stroke is over
export const TURNS = 3;
export const WITHIN_MS = 1_000;
export const REFRACTORY_MS = 1_500;
export const TURN_MS_MIN = 50; // a hand turns at most ten times a second: what is faster rings after a blow
const GRAVITY_MS = 75; // time constant of the low-pass that finds gravity: 0.8 a step at 60 Hz
const GAP_MS = 500; // without readings for so long, what was before says nothing

export class ShakeDetector {
  #gravity = null;
  #at = null; // of the last reading with values
  #stroke = null; // direction of the last one
  #strokeAt = 0;
  #armed = true;
  #turns = []; // times
  #firedAt = -Infinity;

  // One devicemotion event; true where it completes a shake.
  feed(event) {
    const at = event.timeStamp;
    const own = vector(event.acceleration);
    const raw = own ? null : vector(event.accelerationIncludingGravity);
    if ((!own && !raw) || (this.#at !== null && at <= this.#at)) return false;
    if (this.#at !== null && at - this.#at > GAP_MS) this.#forget();
    const straight = own ?? this.#withoutGravity(raw, at);
    this.#at = at;
    return this.#judge(straight, at, own ? STROKE : STROKE_FILTERED);
  }

  // Whether an event says anything at all.
  static reads(event) {
    return Boolean(vector(event.acceleration) ?? vector(event.accelerationIncludingGravity));
  }

  #judge(straight, at, bound) {
    const size = Math.hypot(...straight);
    if (size < REARM) this.#armed = true;
    if (size < bound || at - this.#firedAt < REFRACTORY_MS) return false;
    const turned = this.#stroke !== null && at - this.#strokeAt <= WITHIN_MS && dot(straight, this.#stroke) < 0;
    // Against the last direction it has passed through rest, whether a reading fell there or not.
    if (!this.#armed && !turned) return false;
    if (turned && at - this.#strokeAt < TURN_MS_MIN) return false;
    this.#armed = false;
    this.#stroke = straight;
    this.#strokeAt = at;
    return turned && this.#turn(at);
  }

  #turn(at) {
    this.#turns = [...this.#turns.filter((each) => at - each <= WITHIN_MS), at];
    if (this.#turns.length < TURNS) return false;
    this.#forget();
    this.#firedAt = at;
    return true;
  }

  #withoutGravity(raw, at) {
    const before = this.#gravity ?? raw;
    const kept = Math.exp(((this.#at ?? at) - at) / GRAVITY_MS);
    this.#gravity = raw.map((each, axis) => kept * before[axis] + (1 - kept) * each);
    // Between the two: with the later one alone, phones that read 20 times a second would lose half of a stroke.
    return raw.map((each, axis) => each - (before[axis] + this.#gravity[axis]) / 2);
  }

  #forget() {
    this.#gravity = null;
    this.#stroke = null;
    this.#armed = true;
    this.#turns = [];
  }
}

// Three finite numbers, or null.
function vector(reading) {
  const axes = reading ? [reading.x, reading.y, reading.z] : [];
  return axes.length === 3 && axes.every(Number.isFinite) ? axes : null;
}

function dot(one, other) {
  return one[0] * other[0] + one[1] * other[1] + one[2] * other[2];
}
