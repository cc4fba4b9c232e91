// The list of everybody whom a caregiver follows: each sentence as the server tells it, its age growing in
// between, the worst first. When the line is cut it says so; nothing old looks live.

import { SILENT_MS, ageWords, asOf, byId, speak, stateWords, t, write } from "/static/page-words.js";

const SPEAK_MS = 15_000; // a screen reader is told at most this often
const WORSE = 4; // ranks below it are told aloud: a call for help, silence, no position, off the route

const list = byId("followed");
const items = new Map(); // by the trip: its element, and what was told last
let heardAt = performance.now();
let spokenAt = -SPEAK_MS;
let over = false;
let waiting = []; // sentences that are not said yet

for (const item of list?.children ?? []) {
  const age = item.dataset.age === "" ? null : Number(item.dataset.age);
  items.set(item.dataset.trip, { item, age, state: item.dataset.state, at: performance.now() });
}

function told(message) {
  const known = items.get(message.trip);
  if (!known) return;
  const { item } = known;
  const worse = message.rank < Number(item.dataset.rank);
  Object.assign(known, { age: message.age_s, state: message.state, at: performance.now() });
  write(item.querySelector(".sentence"), t(message.sentence_ja, message.sentence_en));
  const placed = message.age_of === "position";
  write(item.querySelector(".age-before"), placed ? t("", "position of ") : "");
  write(item.querySelector(".age-after"), placed ? t("の位置", "") : "");
  item.querySelector(".age-part").hidden = message.age_s === null;
  write(item.querySelector(".walk"), t(message.walk_ja, message.walk_en));
  const alarm = item.querySelector(".alarm");
  alarm.hidden = message.alarm_ja === "";
  write(alarm, t(message.alarm_ja, message.alarm_en));
  if (Number(item.dataset.rank) !== message.rank) {
    item.dataset.rank = message.rank;
    sort(item);
  }
  // A call for help is said by the alerts above, at once.
  if (worse && message.rank > 0 && message.rank < WORSE) waiting.push(`${item.querySelector("a").textContent}: ${t(message.sentence_ja, message.sentence_en)}`);
}

// Only who has become better or worse is moved, and never from under a reader's finger.
function sort(item) {
  const held = item.contains(document.activeElement) ? document.activeElement : null;
  const rank = Number(item.dataset.rank);
  const others = [...list.children].filter((other) => other !== item);
  list.insertBefore(item, others.find((other) => Number(other.dataset.rank) > rank) ?? null);
  held?.focus();
}

function mark(item, shown) {
  const box = item.querySelector(".now");
  box.dataset.state = shown;
  write(box.querySelector(".state"), stateWords(shown));
}

function tick() {
  const at = performance.now();
  const cut = !over && at - heardAt > SILENT_MS;
  for (const { item, age, state, at: since } of items.values()) {
    if (age !== null) write(item.querySelector(".age"), ageWords(age + (at - since) / 1000));
    mark(item, over ? "refused" : cut ? "cut" : state);
    if (cut) write(item.querySelector(".sentence"), asOf(item.querySelector(".sentence").textContent));
    item.querySelector(".walk").hidden = over || cut; // how they walked then is not how they walk
  }
  if (!over) line(cut ? t("サーバーとつながっていません。下は最後に届いた知らせで、今のことではありません。", "There is no connection to the server: what stands below came last, and is not about now.") : "");
  if (waiting.length > 0 && at - spokenAt >= SPEAK_MS) {
    spokenAt = at;
    speak(byId("spoken"), waiting.join(t("。", ". ")));
    waiting = [];
  }
}

function line(words) {
  byId("line").hidden = words === "";
  const changed = byId("line").textContent !== words;
  write(byId("line"), words);
  if (changed && words) speak(byId("spoken"), words);
}

// The right to look at one is over: what was shown goes too.
function gone({ trip }) {
  const known = items.get(trip);
  if (!known) return;
  items.delete(trip);
  known.item.remove();
  byId("list-changed").hidden = false;
}

function closed(reason) {
  over = true;
  source.close();
  list?.replaceChildren();
  items.clear();
  line(t(`見守りは終わりました。${reason.ja}`, `Following has ended. ${reason.en}`));
}

const source = new EventSource("/api/v1/following/live");
source.addEventListener("now", (event) => {
  heardAt = performance.now();
  for (const message of JSON.parse(event.data)) told(message);
  tick();
});
source.addEventListener("gone", (event) => gone(JSON.parse(event.data)));
source.addEventListener("changed", () => {
  byId("list-changed").hidden = false;
});
source.addEventListener("closed", (event) => closed(JSON.parse(event.data)));
source.addEventListener("error", () => {
  // The browser tries again by itself unless the server refused for good.
  if (source.readyState === EventSource.CLOSED && !over) closed({ ja: "もう一度ログインするか、開き直してください。", en: "Log in again, or open it anew." });
});
setInterval(tick, 1000);
