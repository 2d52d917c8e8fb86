// The buzzer's notes, as the firmware's driver plays them, only when a person has asked to hear them.

const NOTES = { yes: [[2700, 120]], no: [[600, 180], [0, 80], [600, 180]], attention: [[1500, 100], [0, 100], [1500, 100], [0, 100], [1500, 100]] };
const LOUDNESS = 0.04; // a square wave is sharp, and headphones are close
let air = null;

export const soundOn = () => air !== null;

export function toggleSound() {
  if (air) air.close();
  air = air ? null : new AudioContext();
}

export function play(tone) {
  if (!air || !NOTES[tone]) return;
  let at = air.currentTime;
  for (const [hz, ms] of NOTES[tone]) {
    if (hz) beep(hz, at, ms / 1000);
    at += ms / 1000;
  }
}

function beep(hz, at, seconds) {
  const wave = new OscillatorNode(air, { type: "square", frequency: hz });
  wave.connect(new GainNode(air, { gain: LOUDNESS })).connect(air.destination);
  wave.start(at);
  wave.stop(at + seconds);
}
