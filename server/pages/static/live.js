// The live page of a caregiver or of a share link: keeps the sentence, the list and the drawing as the server tells them,
// and lets the age grow in between. When the line is cut it says so; nothing old looks live.

const english = document.documentElement.lang === "en";
const t = (ja, en) => (english ? en : ja);
const byId = (id) => document.getElementById(id);

const SILENT_MS = 12_000; // the server speaks every 5 s: two missed and a little
const SPEAK_MS = 15_000; // a screen reader is told at most this often
const SAID_MS = 10_000; // a screen reader has taken it by then
const SHOWN_LINES = 50;

const live = byId("live");
const now = document.querySelector(".now");
let state = live.dataset.state; // as the server said last
let age = live.dataset.age === "" ? null : Number(live.dataset.age);
let heardAt = performance.now();
let spokenAt = -SPEAK_MS;
let spoken = byId("sentence").textContent;
let paused = false;
let over = false; // the server closed the view: not to be opened again
let source = null;

function ageWords(seconds) {
  const s = Math.floor(Math.max(seconds, 0));
  if (s < 60) return t(`${s}秒前`, `${s} s ago`);
  if (s < 3600) return t(`${Math.floor(s / 60)}分前`, `${Math.floor(s / 60)} min ago`);
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  if (h < 48) return t(`${h}時間${m}分前`, `${h} h ${m} min ago`);
  return t(`${Math.floor(h / 24)}日前`, `${Math.floor(h / 24)} days ago`);
}

function show(text) {
  byId("line").hidden = text === "";
  if (byId("line").textContent !== text) byId("line").textContent = text;
}

function say(text, urgent) {
  const at = performance.now();
  if (text === spoken || (!urgent && at - spokenAt < SPEAK_MS)) return;
  spoken = text;
  spokenAt = at;
  byId("spoken").textContent = text;
  // Said once; who reads the page from the top does not meet it again.
  setTimeout(() => {
    if (byId("spoken").textContent === text) byId("spoken").textContent = "";
  }, SAID_MS);
}

function mark(shown) {
  const changed = now.dataset.state !== shown;
  now.dataset.state = shown;
  if (byId("here")) byId("here").dataset.state = shown; // no drawing where nothing is known of the ground yet
  return changed;
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
  byId("sentence").textContent = t(message.sentence_ja, message.sentence_en);
  byId("age-part").hidden = age === null;
  byId("walk").textContent = t(message.walk_ja, message.walk_en);
  detail(message);
  alarm(t(message.alarm_ja, message.alarm_en));
  place(message);
  tick();
}

// How far it is yet: not on a share link's page.
function detail(message) {
  const shown = byId("detail");
  if (!shown) return;
  shown.hidden = message.remaining_m === null;
  if (message.remaining_m === null) return;
  byId("remaining").textContent = String(Math.round(message.remaining_m));
  byId("accuracy").textContent = String(Math.round(message.accuracy_m));
}

function place(message) {
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

function tick() {
  if (over) return;
  const silence = performance.now() - heardAt;
  if (age !== null) byId("age").textContent = ageWords(age + silence / 1000);
  const cut = silence > SILENT_MS;
  const changed = mark(paused ? "paused" : cut ? "cut" : state);
  show(warning(cut));
  byId("walk").hidden = paused || cut; // how they walked then is not how they walk
  const words = byId("line").hidden
    ? `${byId("sentence").textContent}${t("、", ", ")}${byId("age").textContent}`
    : byId("line").textContent;
  say(words, changed);
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
  list.insertBefore(item, [...list.children].find((other) => !before(line, other.dataset)) ?? null);
  while (list.children.length > SHOWN_LINES) list.lastElementChild.remove();
  byId("no-events")?.remove();
}

// The right to look is over: what was shown goes too.
function closed(reason) {
  over = true;
  source.close();
  for (const part of document.querySelectorAll(".private")) part.remove();
  byId("sentence").textContent = t(`見守りは終わりました。${reason.ja}`, `Following has ended. ${reason.en}`);
  byId("age-part").hidden = true;
  byId("pause").hidden = true;
  show("");
  now.dataset.state = "cut";
  say(byId("sentence").textContent, true);
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
  tick();
});
open(live.dataset.after);
setInterval(tick, 1000);
