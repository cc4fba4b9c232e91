// What several pages say alike: the reader's language, how long ago something was, and how current it is.

export const english = document.documentElement.lang === "en";
export const t = (ja, en) => (english ? en : ja);
export const byId = (id) => document.getElementById(id);

export const SILENT_MS = 12_000; // the server speaks every 5 s: two missed and a little
const SAID_MS = 10_000; // a screen reader has taken it by then

export function ageWords(seconds) {
  const s = Math.floor(Math.max(seconds, 0));
  if (s < 60) return t(`${s}秒前`, `${s} s ago`);
  if (s < 3600) return t(`${Math.floor(s / 60)}分前`, `${Math.floor(s / 60)} min ago`);
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  if (h < 48) return t(`${h}時間${m}分前`, `${h} h ${m} min ago`);
  return t(`${Math.floor(h / 24)}日前`, `${Math.floor(h / 24)} days ago`);
}

// How current the sentence beside it is. The style adds a shape: colour alone says nothing.
const STATES = {
  waiting: t("連絡を待っています", "Waiting"),
  live: t("今の位置", "Live"),
  stale: t("少し前の位置", "Not new"),
  no_position: t("位置が分かりません", "No position"),
  no_contact: t("連絡がありません", "No contact"),
  paused: t("更新を止めています", "Paused"),
  cut: t("サーバーとつながっていません", "No connection"),
  refused: t("見守りは終わりました", "Over"),
  ended: t("外出は終わりました", "Ended"),
};

export function stateWords(state) {
  return STATES[state] ?? "";
}

// A sentence that was of the present, on a page that has heard nothing since: as the server would say it.
export function asOf(words) {
  return english ? words.replace(/^At /, "As of ") : words.replace(/^([\d: -]+) 現在、/, "$1 の時点で、");
}

export function write(place, words) {
  if (place && place.textContent !== words) place.textContent = words;
}

// Said once; who reads the page from the top does not meet it again.
export function speak(place, words) {
  place.textContent = words;
  setTimeout(() => {
    if (place.textContent === words) place.textContent = "";
  }, SAID_MS);
}
