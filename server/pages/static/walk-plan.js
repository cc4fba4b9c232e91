// Planning a walk: the phone's position as the start.

import { byId, t } from "./walk-words.js";

const HERE = "here";
const PATIENCE = { enableHighAccuracy: true, maximumAge: 10_000, timeout: 20_000 };

function tell(words) {
  byId("here-said").hidden = words === "";
  byId("here-said").textContent = words;
}

function position() {
  return new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject, PATIENCE));
}

async function send(event) {
  const typed = byId("start").value.trim() !== "";
  if (typed || byId("origin").value !== HERE) return;
  event.preventDefault();
  tell(t("今いる所を調べています。", "Finding out where you are."));
  try {
    const { coords } = await position();
    byId("here").value = `${coords.latitude.toFixed(6)},${coords.longitude.toFixed(6)}`;
    tell("");
    byId("plan").submit();
  } catch (error) {
    const denied = error.code === 1;
    tell(denied ? t("位置の利用が許されていません。ブラウザの設定で許すか、出発地を書いてください。", "The position is not allowed: allow it in the browser’s settings, or write where you start.") : t("今いる所が分かりません。出発地を書いてください。", "Where you are is unknown: write where you start."));
    byId("start").focus();
  }
}

if ("geolocation" in navigator && window.isSecureContext) {
  const here = document.createElement("option");
  here.value = HERE;
  here.textContent = t("今いる所(この電話の位置)", "Where I am (the position of this phone)");
  byId("origin").options[0].after(here);
  byId("origin-part").hidden = false;
  if (!byId("start").value && !byId("origin").querySelector("[selected]")) here.selected = true;
  byId("plan").addEventListener("submit", send);
}
