// The voice and the sounds of this browser: kept here and sent nowhere.

import { canSpeak, rate, setRate, setSpeaks, setVoiceName, speaks, utterance, voiceName, voicesOf } from "./speech.js";
import { byId, t } from "./page-words.js";

const { lang } = document.documentElement;
const SOUND = "shirube-sound"; // as in sound.js, which sounds

function soundOn() {
  try {
    return localStorage.getItem(SOUND) === "on";
  } catch {
    return false; // a browser that keeps nothing
  }
}

function showVoices() {
  const [first] = byId("voice-name").options;
  const found = voicesOf(lang).map((voice) => new Option(voice.name, voice.name));
  byId("voice-name").replaceChildren(first, ...found);
  byId("voice-name").value = voiceName();
  if (byId("voice-name").selectedIndex < 0) byId("voice-name").selectedIndex = 0;
  byId("voice-names").hidden = found.length === 0;
}

function hear() {
  speechSynthesis.cancel();
  const said = utterance(t("この先、右に曲がります。次の角まで、40メートルです。", "Turn right ahead: 40 metres to the next corner."), lang);
  said.addEventListener("error", () => {
    byId("voice-said").textContent = t("この端末では声が出ませんでした。", "No voice came on this device.");
  });
  byId("voice-said").textContent = "";
  speechSynthesis.speak(said);
}

function setUpVoice() {
  byId("no-voice").hidden = true;
  byId("voice-part").hidden = false;
  byId("voice").checked = speaks();
  byId("rate").value = String(rate());
  showVoices();
  speechSynthesis.addEventListener("voiceschanged", showVoices);
  byId("voice").addEventListener("change", () => setSpeaks(byId("voice").checked));
  byId("rate").addEventListener("change", () => setRate(byId("rate").value));
  byId("voice-name").addEventListener("change", () => setVoiceName(byId("voice-name").value));
  byId("try").addEventListener("click", hear);
}

function soundChanged() {
  const on = byId("sound-on").checked;
  try {
    localStorage.setItem(SOUND, on ? "on" : "off");
    byId("sound-said").textContent = on
      ? t("SOS のとき、見守りのページで音が鳴ります。", "The pages on which you follow sound at a call for help.")
      : t("音は鳴りません。SOS のときも鳴りません。", "There is no sound, at a call for help neither.");
  } catch {
    byId("sound-on").checked = false;
    byId("sound-said").textContent = t("このブラウザーには残せませんでした。", "This browser does not let it be kept.");
  }
}

if (canSpeak()) setUpVoice();
if (byId("sound-choice")) {
  byId("sound-choice").hidden = false;
  byId("sound-on").checked = soundOn();
  byId("sound-on").addEventListener("change", soundChanged);
}
