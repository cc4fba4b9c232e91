// What the page says: to a screen reader by its two live regions, and aloud where the wearer has switched that on.

import { canSpeak, setSpeaks, speaks, utterance } from "./speech.js";
import { byId, english, write } from "./walk-words.js";

const APART_MS = 15_000; // of what nobody asked for
const SAID_MS = 10_000; // a screen reader has taken it by then

let last = "";
let noted = -APART_MS;
let waiting = null;
let timer = 0;

function aloud() {
  return byId("voice").checked && canSpeak();
}

function speak(text, urgent) {
  if (!aloud()) return;
  if (urgent) speechSynthesis.cancel();
  speechSynthesis.speak(utterance(text, english ? "en" : "ja"));
}

// The same words again are news to a screen reader only after they were gone.
function region(id, text) {
  byId(id).textContent = "";
  setTimeout(() => write(id, text), 50);
}

// Who reads the page from the top later does not meet it again.
function passing(id, text) {
  region(id, text);
  setTimeout(() => {
    if (byId(id).textContent === text) byId(id).textContent = "";
  }, SAID_MS);
}

// Asked for by the wearer: at once, and it stays to be read.
export function answer(text) {
  last = text;
  region("answer", text);
  speak(text, true);
}

// Nobody asked: at most once in a quarter of a minute, and then the newest.
export function note(text) {
  waiting = text;
  clearTimeout(timer);
  timer = setTimeout(say, Math.max(noted + APART_MS - performance.now(), 0));
}

function say() {
  noted = performance.now();
  last = waiting;
  passing("said", waiting);
  speak(waiting, false);
}

// A call for help: over everything else.
export function cry(text) {
  last = text;
  passing("cried", text);
  speak(text, true);
}

export const lastSaid = () => last;

// How fast, and with which voice, is set on /settings.
export function setUpVoice() {
  if (!canSpeak()) return;
  byId("voice-part").hidden = false;
  byId("voice").checked = speaks();
  byId("voice").addEventListener("change", () => {
    setSpeaks(byId("voice").checked);
    if (!byId("voice").checked) speechSynthesis.cancel();
  });
}
