// The alerts in the first place of a caregiver's pages, as the server tells them. A call for help or a fall is
// said aloud at once (role=alert), everything else politely. When the line is cut, that is said.

const english = document.documentElement.lang === "en";
const t = (ja, en) => (english ? en : ja);
const byId = (id) => document.getElementById(id);

const SILENT_MS = 12_000; // the server speaks every 5 s: two missed and a little
const SAID_MS = 10_000; // a screen reader has taken it by then

const known = new Map(); // id: state, of what is shown and was said
let heardAt = performance.now();
let over = false;
let shown = "";

function ageWords(seconds) {
  const s = Math.floor(Math.max(seconds, 0));
  if (s < 60) return t(`${s}秒前`, `${s} s ago`);
  if (s < 3600) return t(`${Math.floor(s / 60)}分前`, `${Math.floor(s / 60)} min ago`);
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  if (h < 48) return t(`${h}時間${m}分前`, `${h} h ${m} min ago`);
  return t(`${Math.floor(h / 24)}日前`, `${Math.floor(h / 24)} days ago`);
}

function item(alert) {
  const line = document.createElement("li");
  line.className = `notice ${alert.informs ? "" : alert.urgent && alert.state === "open" ? "alarm" : "warn"}`;
  line.dataset.alert = alert.id;
  line.dataset.state = alert.state;
  const link = document.createElement("a");
  link.href = `/caregiver/alerts/${alert.id}`;
  link.textContent = t(alert.ja, alert.en);
  const age = document.createElement("span");
  age.dataset.alertAge = alert.age_s;
  line.append(link, " ", age);
  const outcome = t(alert.outcome_ja, alert.outcome_en);
  if (outcome) {
    const told = document.createElement("span");
    told.className = "outcome";
    told.textContent = outcome;
    line.append(" ", told);
  }
  return line;
}

// The list is made anew only where something in it has changed: who reads it keeps their place.
function show(alerts) {
  const key = (list) => list.map((one) => [one.id, one.state, one.unanswered, one.ja, one.outcome_ja].join()).join("|");
  if (key(alerts) !== shown) {
    shown = key(alerts);
    const here = byId("alert")?.dataset.alert;
    const others = alerts.filter((alert) => alert.id !== here);
    byId("alerts-now").replaceChildren(...others.map(item));
    byId("alerts").hidden = others.length === 0;
  }
  changed(alerts);
  tick();
}

// Somebody has taken the alert of this page, or it is over.
function changed(alerts) {
  const page = byId("alert");
  if (!page || page.dataset.state === "over") return;
  const now = alerts.find((alert) => alert.id === page.dataset.alert);
  byId("alert-changed").hidden = now !== undefined && now.state === page.dataset.state;
}

// Said once; who reads the page from the top does not meet it again.
function speak(place, words) {
  place.textContent = words;
  setTimeout(() => {
    if (place.textContent === words) place.textContent = "";
  }, SAID_MS);
}

function say(alerts) {
  for (const alert of alerts) {
    const before = known.get(alert.id);
    known.set(alert.id, alert.state);
    if (before === alert.state) continue;
    const words = [t(alert.ja, alert.en), t(alert.outcome_ja, alert.outcome_en)].join(" ").trim();
    speak(byId(alert.urgent && alert.state === "open" ? "alerts-said" : "alerts-quiet"), words);
  }
}

function tick() {
  for (const age of document.querySelectorAll("[data-alert-age]")) {
    age.dataset.since ??= performance.now() - Number(age.dataset.alertAge) * 1000;
    age.textContent = ageWords((performance.now() - Number(age.dataset.since)) / 1000);
  }
  if (over) return;
  const cut = performance.now() - heardAt > SILENT_MS;
  tell(cut ? t("サーバーとつながっていません。新しい知らせは届きません。", "There is no connection to the server: new alerts do not arrive.") : "");
}

function tell(text) {
  byId("alerts-line").hidden = text === "";
  if (byId("alerts-line").textContent !== text) byId("alerts-line").textContent = text;
}

function closed(reason) {
  over = true;
  source.close();
  byId("alerts-now").replaceChildren();
  byId("alerts").hidden = true;
  tell(t(`知らせはもう届きません。${reason.ja}`, `Alerts do not arrive any more. ${reason.en}`));
}

for (const line of byId("alerts-now").children) known.set(line.dataset.alert, line.dataset.state);
const source = new EventSource("/api/v1/alerts/live");
source.addEventListener("alerts", (event) => {
  heardAt = performance.now();
  const { alerts } = JSON.parse(event.data);
  show(alerts);
  say(alerts);
});
source.addEventListener("beat", () => {
  heardAt = performance.now();
});
source.addEventListener("closed", (event) => closed(JSON.parse(event.data)));
source.addEventListener("error", () => {
  // The browser tries again by itself unless the server refused for good.
  if (source.readyState === EventSource.CLOSED && !over) {
    closed({ ja: "もう一度ログインしてください。", en: "Log in again." });
  }
});
setInterval(tick, 1000);
