// What is told to who does not look: live regions, the phone's own voice, vibration.

import { language } from "./words.js";

const POLITE_MS = 10_000; // a screen reader is told at most this often

const polite = document.getElementById("polite");
const urgent = document.getElementById("urgent");
let politeAt = -POLITE_MS;
let last = "";

/** When there is a pause, and not too often. */
export function tell(text, { now = false } = {}) {
  const at = performance.now();
  if (text === last || (!now && at - politeAt < POLITE_MS)) return;
  last = text;
  politeAt = at;
  polite.textContent = text;
}

/** At once, also by the phone's voice and vibration: what arrives no more must be heard. */
export function warn(text, { spoken = true } = {}) {
  last = text;
  urgent.textContent = "";
  // A live region tells a change only.
  setTimeout(() => (urgent.textContent = text), 50);
  navigator.vibrate?.([300, 150, 300]);
  if (spoken) speak(text);
}

/** The phone's own voice, where it has one. */
export function speak(text) {
  if (!("speechSynthesis" in window)) return;
  const words = new SpeechSynthesisUtterance(text);
  words.lang = language() === "en" ? "en-US" : "ja-JP";
  speechSynthesis.cancel();
  speechSynthesis.speak(words);
}

/** iOS lets a page speak only after it has spoken from a tap. */
export function prime() {
  if (!("speechSynthesis" in window)) return;
  const nothing = new SpeechSynthesisUtterance(" ");
  nothing.volume = 0;
  speechSynthesis.speak(nothing);
}

/** A tick under the finger. */
export const tick = () => navigator.vibrate?.(30);
