// The live page of a caregiver or of a share link: keeps the sentence, the list and the drawing as the server tells them,
// and lets the age grow in between. When the line is cut it says so; nothing old looks live.

import { SILENT_MS, ageWords, asOf, byId, speak, stateWords, t, write } from "/static/page-words.js";

const SPEAK_MS = 15_000; // a screen reader is told at most this often
const SHOWN_LINES = 200; // as many as the server keeps

const live = byId("live");
const now = document.querySelector(".now");
const sentence = now.querySelector(".sentence");
const agePart = now.querySelector(".age-part");
const battery = byId("battery"); // not on a share link's page, as is all that is told of the device
let state = live.dataset.state; // as the server said last
let age = live.dataset.age === "" ? null : Number(live.dataset.age);
let heardAt = performance.now();
// What stands there when the page is opened is read by whoever opens it: it is not said a second time.
let spokenAt = performance.now();
let spoken = present();
let batteryAge = battery && battery.dataset.age !== "" ? Number(battery.dataset.age) : null;
let redrawing = false;
let paused = false;
let over = false; // the server closed the view: not to be opened again
let source = null;

function show(text) {
  byId("line").hidden = text === "";
  if (byId("line").textContent !== text) byId("line").textContent = text;
}

// The sentence with its age.
function present() {
  return sentence.textContent + (agePart.hidden ? "" : agePart.textContent);
}

function say(text, urgent) {
  const at = performance.now();
  if (text === spoken || (!urgent && at - spokenAt < SPEAK_MS)) return;
  spoken = text;
  spokenAt = at;
  speak(byId("spoken"), text);
}

function mark(shown) {
  const changed = now.dataset.state !== shown;
  now.dataset.state = shown;
  write(byId("state"), stateWords(shown));
  if (byId("here")) byId("here").dataset.state = shown; // no drawing where nothing is known of the ground yet
  if (changed) document.dispatchEvent(new CustomEvent("shirube:state", { detail: shown }));
}

// A call for help stays until it is taken back; the role of the element says it aloud at once.
function alarm(words) {
  const shown = byId("alarm");
  shown.hidden = words === "";
  if (shown.textContent !== words) shown.textContent = words;
}

function told(message) {
  heardAt = performance.now();
  state = message.state;
  age = message.age_s;
  write(sentence, t(message.sentence_ja, message.sentence_en));
  agePart.hidden = age === null;
  const placed = message.age_of === "position";
  write(agePart.querySelector(".age-before"), placed ? t("", "position of ") : "");
  write(agePart.querySelector(".age-after"), placed ? t("の位置", "") : "");
  write(byId("walk"), t(message.walk_ja, message.walk_en));
  if (battery) beside(message);
  alarm(t(message.alarm_ja, message.alarm_en));
  place(message);
  if (message.way !== live.dataset.way) redraw(message.way);
  tick();
}

// What is told of the device and of its receiver.
function beside(message) {
  battery.hidden = message.state === "ended";
  byId("detail").hidden = message.accuracy_m === null;
  if (message.accuracy_m !== null) write(byId("accuracy"), String(Math.round(message.accuracy_m)));
  batteryAge = message.battery_age_s;
  if (batteryAge !== null) write(byId("battery-words"), t(message.battery_ja, message.battery_en));
}

// Another route is followed: the drawing, the list of its facts and its sentences are asked for anew, as the
// server makes them. Where that fails the page says so, with a way to it.
async function redraw(way) {
  if (redrawing) return;
  redrawing = true;
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const hidden = byId("sketch")?.hidden ?? false; // while the map is shown in its place
    for (const id of ["title", "drawn", "rehearsal", "facts-list"]) {
      if (over) return;
      const [old, made] = [byId(id), fresh.getElementById(id)];
      if (old && made) old.replaceWith(made);
    }
    if (byId("sketch")) byId("sketch").hidden = hidden;
    if (byId("here")) byId("here").dataset.state = now.dataset.state;
    live.dataset.way = way;
    document.dispatchEvent(new CustomEvent("shirube:way"));
  } catch (fault) {
    console.info(`route: ${fault}`); // for whoever looks after the server
    byId("way-changed").hidden = false;
    live.dataset.way = way;
  }
  redrawing = false;
}

function place(message) {
  document.dispatchEvent(new CustomEvent("shirube:place", { detail: message }));
  if (message.state === "ended") byId("drawing")?.remove(); // of a share link: where somebody was is not for it
  const here = byId("here");
  if (!here) return;
  here.toggleAttribute("hidden", message.x === null);
  if (message.x === null) return;
  for (const circle of [byId("around"), byId("dot")]) {
    circle.setAttribute("cx", message.x);
    circle.setAttribute("cy", message.y);
  }
  byId("around").setAttribute("r", message.accuracy_m);
}

// `pressed`: a person waits for an answer.
function tick(pressed = false) {
  if (over) return;
  const silence = performance.now() - heardAt;
  if (age !== null) write(agePart.querySelector(".age"), ageWords(age + silence / 1000));
  if (batteryAge !== null) {
    const told = ageWords(batteryAge + silence / 1000);
    write(byId("battery-age"), t(`、${told}の知らせ`, `, told ${told}`));
  }
  const cut = silence > SILENT_MS;
  mark(paused ? "paused" : cut ? "cut" : state);
  show(warning(cut));
  byId("walk").hidden = paused || cut; // how they walked then is not how they walk
  if (paused || cut) write(sentence, asOf(sentence.textContent));
  say(byId("line").hidden ? present() : byId("line").textContent, pressed);
}

function warning(cut) {
  if (paused) return t("自動の更新を止めています。上の文は今のことではありません。", "Updates are paused: the sentence above is not about now.");
  if (cut) return t("サーバーとつながっていません。今の位置は分かりません。上は最後に届いた知らせです。", "There is no connection to the server. Where they are now is unknown; above is the last word that came.");
  return "";
}

// Whether `line` is older than the listed one (the list begins with the newest).
function before(line, listed) {
  const [log, seq] = [Number(listed.log), Number(listed.seq)];
  return line.log < log || (line.log === log && line.seq < seq);
}

function add(line) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  const words = document.createElement("span");
  time.textContent = line.time;
  words.textContent = t(line.ja, line.en);
  item.append(time, " ", words);
  item.dataset.log = line.log;
  item.dataset.seq = line.seq;
  const list = byId("events");
  // What waited in the device's log goes to its place in the list, not on top of the news.
  let other = list.firstElementChild;
  while (other && before(line, other.dataset)) other = other.nextElementSibling;
  list.insertBefore(item, other);
  while (list.children.length > SHOWN_LINES) list.lastElementChild.remove();
  byId("no-events")?.remove();
}

// The right to look is over: what was shown goes too.
function closed(reason) {
  over = true;
  source.close();
  for (const part of document.querySelectorAll(".private")) part.remove();
  write(sentence, t(`見守りは終わりました。${reason.ja}`, `Following has ended. ${reason.en}`));
  agePart.hidden = true;
  byId("pause").hidden = true;
  show("");
  if (byId("title")) write(byId("title"), t("見守り", "Following")); // it told from where to where
  document.title = t("見守り | 標 Shirube", "Following | 標 Shirube");
  mark("refused");
  batteryAge = null;
  say(sentence.textContent, true);
}

function open(after) {
  const address = `${live.dataset.stream}?after=${encodeURIComponent(after)}`;
  let last = after;
  source = new EventSource(address);
  source.addEventListener("now", (event) => told(JSON.parse(event.data)));
  source.addEventListener("line", (event) => {
    last = event.lastEventId;
    live.dataset.after = last;
    add(JSON.parse(event.data));
  });
  source.addEventListener("resync", () => byId("events")?.replaceChildren());
  source.addEventListener("closed", (event) => closed(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    // The browser tries again by itself unless the server answered with a refusal.
    if (source.readyState === EventSource.CLOSED && !over && !paused) refused(address, last);
  });
}

// A server that is only busy (429, 5xx) is asked again, each page at a moment of its own; else it is over.
async function refused(address, last) {
  const stop = new AbortController();
  let status = 503;
  try {
    status = (await fetch(address, { signal: stop.signal })).status;
  } catch {
    // no line: as busy
  }
  stop.abort(); // the stream itself is not read here
  if (status !== 200 && status !== 429 && status < 500) {
    closed({ ja: "もう一度ログインするか、開き直してください。", en: "Log in again, or open it anew." });
    return;
  }
  setTimeout(() => {
    if (!over && !paused) open(last);
  }, 3000 + 4000 * Math.random());
}

byId("pause").hidden = false;
byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  if (paused) source.close();
  else open(live.dataset.after);
  tick(true);
  byId("pause").scrollIntoView({ block: "nearest" }); // the warning above it has moved it
});
open(live.dataset.after);
setInterval(() => tick(), 1000);
