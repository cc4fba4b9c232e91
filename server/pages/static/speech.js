// The voice of these pages, as it is set on this device: whether it speaks, how fast, and with which voice.

const ON = "shirube-voice";
const RATE = "shirube-voice-rate";
const NAME = "shirube-voice-name";

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // a browser that keeps nothing: as it is at first
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // as above
  }
}

export const canSpeak = () => "speechSynthesis" in window;
export const speaks = () => read(ON) === "on";
export const setSpeaks = (on) => write(ON, on ? "on" : "off");
export const rate = () => Number(read(RATE)) || 1;
export const setRate = (value) => write(RATE, String(value));
export const voiceName = () => read(NAME) ?? "";
export const setVoiceName = (name) => write(NAME, name);

// The browser's voices of a language, "ja" or "en". Some browsers tell them only after a while.
export function voicesOf(lang) {
  return speechSynthesis.getVoices().filter((voice) => voice.lang.toLowerCase().startsWith(lang));
}

// Words, ready to be spoken as it is set. A voice of another language would read them wrongly.
export function utterance(text, lang) {
  const said = new SpeechSynthesisUtterance(text);
  said.lang = lang;
  said.rate = rate();
  said.voice = voicesOf(lang).find((voice) => voice.name === voiceName()) ?? null;
  return said;
}
