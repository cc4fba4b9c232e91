// The glasses' page: pair, start, stay connected, and never be silent about what does not arrive.

import { Camera } from "./camera.js";
import { pack } from "./frame.js";
import { ask, Link } from "./link.js";
import { Pads } from "./pads.js";
import { Motion, Position } from "./sensors.js";
import { prime, speak, tell, tick, warn } from "./voice.js";
import { change, either, t, write } from "./words.js";

const TOKEN = "shirube.token";
const SOS_MS = 2500; // the device takes two seconds for a call
const REMIND_MS = 10_000; // while nothing arrives it is told again
const RATE_MS = 3000; // pictures are counted over this long
const SLOW_HZ = 3;

const byId = (id) => document.getElementById(id);
const secure = window.isSecureContext && Boolean(navigator.mediaDevices);

let phase = "pair"; // "pair", "ready", "run"
let link = null;
let refusal = null; // why the device ended it
let cameraFault = null; // a key of words
let sequence = 0;
let waiting = null; // the picture that is not acknowledged
let ackedAt = []; // of the last seconds
let alarm = ""; // what is wrong, as told last
let remindedAt = 0;
let wakeLock = null;
let battery = null;
let problem = null; // beside the code
let knocked = null; // what came of asking for a number: a key of words
let asking = false;

const remembered = () => {
  try {
    return localStorage.getItem(TOKEN);
  } catch {
    return null;
  }
};
const remember = (token) => {
  try {
    if (token === null) localStorage.removeItem(TOKEN);
    else localStorage.setItem(TOKEN, token);
  } catch {
    // Storage is closed: this pairing lasts as long as the page.
  }
};
let token = remembered();

const motion = new Motion((heading_deg, t_ms) => link?.send({ type: "heading", heading_deg, t_ms }));
const position = new Position((place) => link?.send(place));
const pads = new Pads([...document.querySelectorAll(".pad")], pressed);
const camera = new Camera(byId("view"), {
  wanted: () => link?.open === true && waiting === null,
  ended: () => failCamera("cameraLost"),
  picture: async (jpeg, capturedMs) => {
    if (!link?.open || waiting !== null) return;
    const felt = motion.at(capturedMs);
    sequence += 1;
    if (link.send(pack(sequence, capturedMs, felt?.rotate ?? 0, felt, jpeg))) waiting = sequence;
  },
});

// --- pairing

function pair(event) {
  event.preventDefault();
  if (asking) return;
  const code = byId("code").value.normalize("NFKC").replace(/[^0-9]/g, "");
  if (code.length !== 6) return showProblem(t("sixDigits"));
  asking = true;
  render();
  connect(() => (token === null ? { code } : { token }));
}

function paired(welcome) {
  token = welcome.token;
  remember(token);
  asking = false;
  problem = knocked = null;
  byId("code").value = "";
  go("ready");
  tell(t("paired"), { now: true });
}

async function knock() {
  if (asking) return;
  asking = true;
  render();
  const answer = await ask({ type: "knock" });
  asking = false;
  if (answer === null) return showProblem(t("noDevice"));
  problem = null;
  knocked = answer.speaking ? "knocked" : "notKnocked";
  render();
  tell(t(knocked), { now: true });
  if (answer.speaking) byId("code").focus();
}

/** The code was not taken, or nobody is there. */
function notPaired(text) {
  link?.end();
  link = null;
  asking = false;
  showProblem(text);
}

function showProblem(text) {
  problem = text;
  render();
  warn(text, { spoken: false });
  byId("code").focus();
}

// --- being the glasses

async function start() {
  prime();
  cameraFault = null;
  refusal = null;
  ackedAt = [];
  go("run");
  // From the tap itself: iOS asks for motion only then.
  const asks = secure ? motion.start() : Promise.resolve();
  if (link === null) connect(() => ({ token }));
  if (!secure) return;
  if (byId("use-place").checked) position.start();
  await asks;
  await startCamera();
  keepScreen();
}

async function startCamera() {
  try {
    await camera.start();
    cameraFault = null;
  } catch (error) {
    failCamera({ NotAllowedError: "cameraDenied", FrontCameraError: "cameraFront" }[error.name] ?? "cameraNone");
  }
  render();
}

function failCamera(fault) {
  cameraFault = fault;
  render();
}

function connect(greeting) {
  link?.end();
  waiting = null;
  link = new Link(greeting, {
    open: (welcome) => {
      waiting = null;
      refusal = null;
      if (welcome.token !== undefined) paired(welcome);
      tellBattery();
      render();
    },
    lost: () => {
      waiting = null;
      ackedAt = [];
      if (phase === "pair") notPaired(t("noDevice"));
      else render();
    },
    refused,
    acked: (seq) => {
      if (seq !== waiting) return;
      waiting = null;
      ackedAt.push(performance.now());
    },
  });
}

function refused(message) {
  if (phase === "pair") return notPaired(either(message.ja, message.en));
  refusal = message;
  ackedAt = [];
  if (message.code === "token" || message.code === "replaced") {
    remember(null);
    token = null;
  }
  if (phase === "ready") {
    link = null;
    if (token === null) go("pair");
    showProblem(either(message.ja, message.en));
  }
  render();
}

function stop() {
  link?.end();
  link = null;
  camera.stop();
  motion.stop();
  position.stop();
  wakeLock?.release();
  wakeLock = null;
  refusal = null;
  go(token === null ? "pair" : "ready");
  warn(t("stopped"));
}

function again() {
  if (refusal && token === null) stop();
  else if (refusal) connect(() => ({ token }));
  else if (cameraFault) startCamera();
}

function pressed(button, down) {
  const sent = link?.open && link.send({ type: "press", t_ms: performance.now(), button, down });
  if (down) tick();
  if (!sent && down) warn(t("notSent"));
}

/** Android's browsers tell what is left in the phone; others do not, and nothing is sent. */
async function tellBattery() {
  if (battery === null) {
    battery = await navigator.getBattery?.().catch(() => null) ?? null;
    for (const change of ["levelchange", "chargingchange"]) battery?.addEventListener(change, tellBattery);
  }
  if (battery === null || !link?.open) return;
  link.send({ type: "battery", percent: Math.round(battery.level * 100), charging: battery.charging });
}

async function keepScreen() {
  try {
    wakeLock = await navigator.wakeLock?.request("screen");
  } catch {
    wakeLock = null; // a low battery, or an old browser: the page says so
  }
}

// --- how it is

function rate() {
  const now = performance.now();
  ackedAt = ackedAt.filter((at) => now - at < RATE_MS);
  return Math.round((ackedAt.length * 1000) / RATE_MS);
}

/** [state of the card, sentence, whether it is an alarm]. */
function situation() {
  if (refusal) return ["lost", either(refusal.ja, refusal.en), true];
  if (!link?.open) return link?.failures ? ["lost", t("lost"), true] : ["wait", t("connecting"), false];
  if (!secure) return ["wait", t("buttonsOnly"), false];
  if (cameraFault) return ["lost", t(cameraFault), true];
  if (camera.stream === null) return ["wait", t("beginning"), false];
  if (document.hidden) return ["lost", t("hiddenPage"), true];
  if (!camera.alive()) return ["lost", t("cameraLost"), true];
  const hz = rate();
  if (hz === 0) return ["wait", t("beginning"), false];
  if (hz < SLOW_HZ) return ["wait", t("slow"), false];
  return ["work", t("working"), false];
}

function render() {
  for (const name of ["pair", "ready", "run"]) byId(name).hidden = phase !== name;
  byId("closed").hidden = secure || phase === "run";
  byId("aim").hidden = !secure;
  byId("reasons").hidden = byId("place-choice").hidden = !secure;
  byId("start").textContent = t(secure ? "start" : "startButtons");
  byId("now").hidden = phase !== "run";
  byId("code-problem").hidden = problem === null;
  byId("code-problem").textContent = problem ?? "";
  byId("knock-answer").hidden = knocked === null;
  byId("knock-answer").textContent = knocked === null ? "" : t(knocked);
  byId("code").setAttribute("aria-invalid", String(problem !== null));
  for (const id of ["knock", "connect"]) byId(id).setAttribute("aria-disabled", String(asking));
  if (phase === "run") renderRun();
}

function renderRun() {
  const [state, sentence, bad] = situation();
  byId("now").dataset.state = state;
  set("sentence", sentence);
  const canAgain = refusal !== null || (cameraFault !== null && link?.open);
  byId("again").hidden = !canAgain;
  set("again", t(refusal ? "tryAgain" : "cameraAgain"));
  set("link", t(link?.open ? "linkOpen" : "linkLost"));
  set("pictures", rate() ? t("perSecond", rate()) : t("none"));
  const felt = motion.at(performance.now());
  set("motion", felt ? t("motionOk", Math.round(felt.pitch)) : t("motionNone"));
  set("place", { off: t("notUsed"), wait: t("placeWait"), ok: t("placeOk", Math.round(position.accuracy)), denied: t("placeDenied"), failed: t("placeFailed") }[position.state]);
  set("screen", t(wakeLock && !wakeLock.released ? "screenKept" : "screenFree"));
  sound(sentence, bad, state);
}

/** What is wrong is told at once and again; that it is right again is told once. */
function sound(sentence, bad, state) {
  const now = performance.now();
  if (bad && (alarm !== sentence || now - remindedAt > REMIND_MS)) {
    alarm = sentence;
    remindedAt = now;
    warn(sentence);
  } else if (!bad && alarm && state === "work") {
    alarm = "";
    tell(t("back"), { now: true });
    speak(t("back"));
  } else if (!bad && !alarm) {
    tell(sentence);
  }
}

function set(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

function go(next) {
  phase = next;
  render();
  byId("heading").focus();
}

byId("language").addEventListener("click", () => {
  change();
  write();
  problem = null;
  render();
});
byId("code-form").addEventListener("submit", pair);
byId("knock").addEventListener("click", knock);
byId("start").addEventListener("click", start);
byId("stop").addEventListener("click", stop);
byId("again").addEventListener("click", again);
byId("sos").addEventListener("click", () => pads.hold(3, SOS_MS));
document.addEventListener("visibilitychange", () => {
  render();
  if (document.hidden || phase !== "run") return;
  link?.hurry();
  keepScreen();
});
addEventListener("online", () => link?.hurry());
addEventListener("pagehide", () => link?.end());
setInterval(() => phase === "run" && render(), 500);

write();
phase = token === null ? "pair" : "ready";
render();
