// A tone while a call for help or a possible fall waits for an answer. Never the only sign: the alert stands on
// the page and is said aloud. Browsers let a page sound only after a press, and the button says how it is.

import { byId, t, write } from "/static/page-words.js";

const CHOICE = "shirube-sound"; // in this browser
const EVERY_MS = 4000;
const TONES = [
  [880, 0],
  [660, 0.25],
  [880, 0.5],
]; // hertz, and seconds after the first
const TONE_S = 0.2;
const LOUD = 0.4;

const button = byId("sound");
const told = byId("sound-told");
let audio = null;
let calling = new Set(); // ids of alerts that nobody has taken
const silenced = new Set();
let ringing = null;

function wanted() {
  try {
    return localStorage.getItem(CHOICE) === "on";
  } catch {
    return button.getAttribute("aria-pressed") === "true";
  }
}

function want(on) {
  try {
    localStorage.setItem(CHOICE, on ? "on" : "off");
  } catch {
    // a browser that keeps nothing asks again
  }
}

const sounds = () => audio !== null && audio.state === "running";

function tone() {
  const begin = audio.currentTime;
  for (const [hertz, after] of TONES) {
    const [source, level] = [audio.createOscillator(), audio.createGain()];
    source.frequency.value = hertz;
    // Without a click at its ends.
    level.gain.setValueAtTime(0, begin + after);
    level.gain.linearRampToValueAtTime(LOUD, begin + after + 0.02);
    level.gain.linearRampToValueAtTime(0, begin + after + TONE_S);
    source.connect(level).connect(audio.destination);
    source.start(begin + after);
    source.stop(begin + after + TONE_S);
  }
}

function ring() {
  const waits = [...calling].some((id) => !silenced.has(id));
  if (waits && sounds() && ringing === null) {
    tone();
    ringing = setInterval(tone, EVERY_MS);
  } else if (ringing !== null && !(waits && sounds())) {
    clearInterval(ringing);
    ringing = null;
  }
  show();
}

function show() {
  const on = sounds() && wanted();
  button.setAttribute("aria-pressed", String(on));
  const blocked = t("まだ鳴りません。「音を鳴らす」を押してください。", "No sound yet: press “Sound on”.");
  const off = t("音は出ません。SOSは、この画面の文で知らせます。", "Sound is off: an SOS is shown and said by this page.");
  write(told, on ? t("SOSのとき、音が鳴ります。", "Sound is on: it sounds at an SOS.") : wanted() ? blocked : off);
  byId("sound-ringing").hidden = ringing === null;
}

async function open() {
  audio ??= new AudioContext();
  audio.addEventListener("statechange", ring);
  await audio.resume();
}

button.addEventListener("click", async () => {
  const on = !(sounds() && wanted());
  want(on);
  if (on) {
    await open();
    if (ringing === null) tone(); // so that one hears what it is
  } else {
    await audio?.suspend();
  }
  ring();
});

byId("sound-silence").addEventListener("click", () => {
  for (const id of calling) silenced.add(id);
  ring();
  byId("alerts-now").querySelector("a")?.focus(); // the button is gone
});

document.addEventListener("shirube:alerts", (event) => {
  calling = new Set(event.detail.filter((one) => one.urgent && one.state === "open").map((one) => one.id));
  ring();
});

byId("sound-part").hidden = false;
if (wanted()) {
  // Some browsers let a page sound that was pressed on before; the others wait for a press.
  audio = new AudioContext();
  audio.addEventListener("statechange", ring);
}
show();
