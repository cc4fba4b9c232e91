// The alerts in the first place of a caregiver's pages, as the server tells them. A call for help or a fall is
// said aloud at once (role=alert), everything else politely. When the line is cut, that is said.

import { SILENT_MS, ageWords, byId, speak, t } from "/static/page-words.js";

const known = new Map(); // id: state, of what is shown and was said
let heardAt = performance.now();
let over = false;
let shown = "";
let unsent = ""; // of an answer that did not reach the server

function item(alert) {
  const line = document.createElement("li");
  line.className = `notice ${alert.informs ? "" : alert.urgent && alert.state === "open" ? "alarm" : "warn"}`;
  line.dataset.alert = alert.id;
  line.dataset.state = alert.state;
  const link = document.createElement("a");
  link.href = `/alerts/${alert.id}`;
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
  if (alert.state === "open" && !alert.informs) line.append(" ", taking(alert));
  return line;
}

// As the server's own form, which does the same without this script.
function taking(alert) {
  const form = document.createElement("form");
  form.className = "inline take";
  form.method = "post";
  form.action = `${byId("alerts").dataset.base}/${alert.id}/acknowledge`;
  const secret = document.createElement("input");
  secret.type = "hidden";
  secret.name = "csrf";
  secret.value = byId("alerts").dataset.csrf;
  const button = document.createElement("button");
  button.textContent = t("わたしが対応します", "I am taking care of this");
  button.setAttribute("aria-label", `${button.textContent}: ${t(alert.ja, alert.en)}`);
  form.append(secret, button);
  return form;
}

// Without leaving the page: how it stands comes by the stream, also where somebody else was quicker.
async function take(event) {
  const form = event.target.closest("form.take");
  if (!form) return;
  event.preventDefault();
  const id = form.closest("li").dataset.alert;
  const headers = { Accept: "application/json", "X-CSRF-Token": form.elements.csrf.value };
  try {
    const answer = await fetch(`/api/v1/alerts/${id}/acknowledge`, { method: "POST", headers });
    if (answer.ok || answer.status === 409) {
      unsent = "";
      return;
    }
  } catch {
    // no line
  }
  unsent = t("送れませんでした。もう一度押すか、電話してください。", "It could not be sent. Press again, or telephone.");
  speak(byId("alerts-said"), unsent);
  tick();
}

// The list is made anew only where something in it has changed: who reads it keeps their place.
function show(alerts) {
  const key = (list) => list.map((one) => [one.id, one.state, one.unanswered, one.ja, one.outcome_ja].join()).join("|");
  if (key(alerts) !== shown) {
    shown = key(alerts);
    const here = byId("alert")?.dataset.alert;
    const others = alerts.filter((alert) => alert.id !== here);
    const held = document.activeElement?.closest?.("#alerts-now li")?.dataset.alert;
    byId("alerts-now").replaceChildren(...others.map(item));
    // Who has just pressed keeps their place, though the button is gone.
    if (held) byId("alerts-now").querySelector(`[data-alert="${held}"] a`)?.focus();
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

function say(alerts) {
  for (const alert of alerts) {
    const before = known.get(alert.id);
    known.set(alert.id, alert.state);
    if (before === alert.state) continue;
    // The page of that outing cries it out itself.
    if (alert.kind === "sos" && byId("live")?.dataset.stream.includes(alert.trip)) continue;
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
  tell(cut ? t("サーバーとつながっていません。新しい知らせは届きません。", "There is no connection to the server: new alerts do not arrive.") : unsent);
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

byId("alerts-now").addEventListener("submit", take);
for (const line of byId("alerts-now").children) known.set(line.dataset.alert, line.dataset.state);
const source = new EventSource("/api/v1/alerts/live");
source.addEventListener("alerts", (event) => {
  heardAt = performance.now();
  const { alerts } = JSON.parse(event.data);
  show(alerts);
  say(alerts);
  document.dispatchEvent(new CustomEvent("shirube:alerts", { detail: alerts }));
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
