// The wearer's walk in this browser: the phone's positions go to the server, and what is asked is answered in words.
//
// One tab at a time walks. Without a line nothing is lost: all that is said waits in the browser (walk-outbox.js).

import { Call } from "./walk-call.js";
import { Notices } from "./walk-notices.js";
import { Outbox } from "./walk-outbox.js";
import { followBattery } from "./walk-phone.js";
import { Positions, STALE_S, keepAwake } from "./walk-position.js";
import { Sender } from "./walk-sender.js";
import { SosButton } from "./walk-sos.js";
import { answer, cry, lastSaid, note, setUpVoice } from "./walk-voice.js";
import { ageWords, byId, t, write } from "./walk-words.js";

const LOCK = "shirube-walk";
const ASK_MS = 10_000;
const ASK_CALL_MS = 3_000; // while somebody waits for an answer
const PATIENCE_MS = 6_000;
const FRESH_S = 120; // an older position is not told with a call for help

const { trip, device, csrf } = byId("walk").dataset;
const steps = [...document.querySelectorAll("#steps li")];

let outbox = null;
let sender = null;
let positions = null;
let call = null;
let age = byId("walk").dataset.age === "" ? null : Number(byId("walk").dataset.age);
let askedAt = performance.now(); // when the server told that age
let line = "ok"; // cut, busy, login, refused
let over = ""; // why nothing is sent any more, in words
let greeted = false; // the wearer was told that it works
let ending = false; // the end waits for a line
let step = -1;
let nextAsk = 0;

const ageNow = () => (age === null ? null : age + (performance.now() - askedAt) / 1000);

function say(what) {
  const kept = outbox.add(trip, what);
  kept.then(() => sender.now());
  return kept;
}

// ---- where, and what is wrong

function tick() {
  const seconds = ageNow();
  write("age", seconds === null ? "" : ageWords(seconds));
  const fresh = seconds !== null && seconds < STALE_S && line === "ok" && over === "";
  document.querySelector(".now").dataset.state = seconds === null ? "waiting" : fresh ? "live" : "stale";
  if (outbox) write("left", outbox.left === 0 ? t("ありません", "nothing") : t(`${outbox.left}件`, String(outbox.left)));
  const words = problem();
  byId("problem").hidden = words === "";
  write("problem", words);
}

function problem() {
  if (over) return over;
  if (positions?.how === "denied") return t("この電話の位置を使えません。ブラウザの設定で、このページに位置を許してください。", "The position of this phone cannot be used: allow it to this page in the browser’s settings.");
  if (line === "cut") return t("サーバーにつながりません。位置はこの電話にためて、つながったら送ります。", "There is no connection to the server. Positions are kept on this phone and sent when it is back.");
  if (positions?.how === "silent") return t(`${STALE_S}秒以上、新しい位置がありません。上は今の所ではないかもしれません。`, `No new position for ${STALE_S} s or more. You may not be where it says.`);
  if (line === "busy") return t("サーバーが混んでいます。位置はためて、あとで送ります。", "The server is busy: positions are kept and sent later.");
  if (!positions?.last) return t("位置を待っています。まだ送っていません。", "Waiting for a position: none was sent yet.");
  if (!outbox.keeps) return t("このブラウザは記録をためられません。送る前にページを閉じると、失われます。", "This browser cannot keep records: what is not sent is lost when the page is closed.");
  return "";
}

function changed() {
  tick();
  const words = problem();
  note(words || t("位置を送っています。", "Positions are being sent."));
}

function heard(how, more) {
  const before = line;
  line = how;
  if (how === "ok") notices.heard(more);
  if (how === "ok" && age === null && positions.last) nextAsk = 0; // the first position: it stands there at once
  if (ending && outbox.left === 0) location.assign("/wearer/walk");
  if (how === "cut" || how === "busy") call.notSent();
  if (how === "login") finish(t("ログインが切れました。位置はもう送っていません。送れなかった記録は、この電話に残っています。もう一度ログインすると送ります。", "The login is over. Positions are sent no more. What was not sent stays on this phone, and goes when you log in again."));
  else if (how === "refused") finish(t(`${more.ja}位置はもう送っていません。`, `${more.en} Positions are sent no more.`));
  else if (how !== before && !over) changed();
}

function moved(fix) {
  say({ type: "moved", fix });
  if (greeted || line !== "ok") return;
  greeted = true;
  changed();
}

// Nothing more is sent by this page.
function finish(words) {
  over = words;
  byId("again").hidden = line !== "login";
  positions.stop();
  sender.stop();
  tick();
  byId("problem").setAttribute("role", "alert");
}

async function ask() {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const sent = outbox.left === 0;
    const reply = await fetch(`/api/v1/walk/${trip}`, { signal: stop.signal, redirect: "error" });
    if (!reply.ok) return false;
    told(await reply.json(), sent);
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

function told(now, sent) {
  askedAt = performance.now();
  age = now.age_s;
  write("where", t(now.where_ja, now.where_en));
  watchers(now.watching);
  call.told(now, sent);
  if (now.ended && !over && sent) finish(t("この外出は終わりました。位置はもう送っていません。", "This outing is over. Positions are sent no more."));
  tick();
}

function watchers(watching) {
  const names = watching.map(({ name, role }) => (role === "link" ? t(`リンク「${name}」を持つ人`, `whoever has the link “${name}”`) : t(`${name}さん`, name)));
  const lines = names.length ? names : [t("今は誰も見ていません。", "Nobody watches now.")];
  const shown = [...byId("watching").children].map((item) => item.textContent.trim());
  if (shown.join("\n") === lines.join("\n")) return;
  byId("watching").replaceChildren(
    ...lines.map((words) => Object.assign(document.createElement("li"), { textContent: words })),
  );
}

function every() {
  tick();
  const at = performance.now();
  if (over || at < nextAsk) return;
  nextAsk = at + (call.on ? ASK_CALL_MS : ASK_MS);
  ask();
}

// ---- what the wearer asks for

function whereWords() {
  const seconds = ageNow();
  const where = byId("where").textContent;
  return seconds === null ? where : t(`${where}${ageWords(seconds)}。`, `${where} ${ageWords(seconds)}.`);
}

async function answerWhere() {
  await Promise.race([sender.now(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  const fresh = !over && (await ask());
  answer(fresh ? whereWords() : t(`サーバーにつながりません。最後に分かっていたこと。${whereWords()}`, `There is no connection to the server. Last known: ${whereWords()}`));
}

function answerNext() {
  steps[step]?.removeAttribute("aria-current");
  step = (step + 1) % (steps.length + 1);
  if (step === steps.length) {
    step = -1;
    answer(t("予習の文は、これで全部です。もう一度押すと、初めにもどります。", "That was all of it. Press again to begin anew."));
    return;
  }
  steps[step].setAttribute("aria-current", "step");
  answer(`${step + 1}/${steps.length} ${steps[step].textContent}`);
}

function raise() {
  if (sender.over) {
    cry(t("このページからは、もう助けを呼べません。電話で110番か119番に連絡してください。", "This page cannot call for help any more. Telephone 110 or 119."));
    return;
  }
  const fix = positions.last;
  const near = fix !== null && Date.now() / 1000 - fix.utc_s < FRESH_S;
  const where = near ? { lat: fix.lat, lon: fix.lon, accuracy_m: fix.accuracy_m, fix_utc_s: fix.utc_s } : {};
  say({ type: "sos", state: "raised", ...where });
  call.raised();
  nextAsk = 0;
}

function takeBack(event) {
  event.preventDefault();
  say({ type: "sos", state: "cancelled" });
  byId("back").querySelector("details").open = false;
  call.takenBack();
}

// With a line the form itself ends it, after all positions have gone; else the end waits like everything.
async function end(event) {
  if (over) return;
  event.preventDefault();
  positions.stop();
  const form = event.target;
  for (let tries = 0; outbox.left > 0 && tries < 20; tries += 1) {
    await sender.now();
    if (line !== "ok") break;
  }
  if (line === "ok" && outbox.left === 0) {
    sender.stop();
    form.submit();
    return;
  }
  const arrived = new FormData(form).get("arrived") === "true";
  await say({ type: "trip_ended", arrived, reason: arrived ? "arrived" : "wearer" });
  ending = true;
  over = t("外出を終えました。サーバーにはまだ届いていません。つながったら送ります。このページは閉じないでください。", "The outing is over. The server does not know it yet, and is told when there is a connection: keep this page open.");
  answer(over);
  tick();
}

// ---- one tab at a time

const notices = new Notices((what) => say(what), () => {
  nextAsk = 0;
});

async function walk() {
  outbox = await Outbox.open(device);
  positions = new Positions(moved, changed);
  call = new Call(byId("walk").dataset.call, () => outbox.anew());
  sender = new Sender(outbox, csrf, heard);
  byId("other-tab").hidden = true;
  byId("asking").hidden = false;
  byId("phone").hidden = false;
  new SosButton(raise);
  setUpVoice();
  byId("ask-where").addEventListener("click", answerWhere);
  byId("next").addEventListener("click", answerNext);
  byId("repeat").addEventListener("click", () => answer(lastSaid() || whereWords()));
  byId("back").querySelector("form").addEventListener("submit", takeBack);
  for (const form of byId("stop").querySelectorAll("form")) form.addEventListener("submit", end);
  sender.start();
  positions.start();
  setInterval(every, 1000);
  keepAwake((on) => write("awake", on ? t("このページは画面をつけたままにします。", "This page keeps it on.") : t("このブラウザでは、画面が自動で消えることがあります。", "In this browser it may go off by itself.")));
  followBattery(say);
}

// Another tab has taken over.
function lost() {
  if (!outbox) return;
  finish(t("ほかのタブで歩いています。このタブは、位置を送っていません。", "Another tab walks now. This one sends no positions."));
}

function hold(steal) {
  if (!navigator.locks) {
    walk();
    return;
  }
  navigator.locks
    .request(LOCK, steal ? { steal: true } : { ifAvailable: true }, (lock) => {
      byId("other-tab").hidden = lock !== null;
      return lock === null ? undefined : walk().then(() => new Promise(() => {}));
    })
    .catch(lost);
}

byId("take-over").addEventListener("click", () => hold(true));
hold(false);
