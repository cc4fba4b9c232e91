// The button by which this browser is told of alerts, also when no page is open.

const english = document.documentElement.lang === "en";
const t = (ja, en) => (english ? en : ja);
const byId = (id) => document.getElementById(id);
const WORKER = "/sw.js"; // one for all that a worker does here

function say(text) {
  byId("push-said").textContent = text;
}

function bytes(base64url) {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

// A subscription needs a worker that has begun to work.
async function worker() {
  const registration = await navigator.serviceWorker.register(WORKER, { scope: "/", updateViaCache: "none" });
  const starting = registration.installing ?? registration.waiting;
  if (registration.active || !starting) return registration;
  await new Promise((resolve) => {
    starting.addEventListener("statechange", () => starting.state === "activated" && resolve());
  });
  return registration;
}

async function add() {
  if ((await Notification.requestPermission()) !== "granted") {
    say(t("ブラウザーが通知を許していません。ブラウザーの設定で許してください。", "The browser does not allow notifications: allow them in its settings."));
    return;
  }
  const answer = await fetch("/api/v1/channels/push-key");
  const { public_key } = await answer.json();
  const { pushManager } = await worker();
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(public_key) });
  const { endpoint, keys } = subscription.toJSON();
  const made = await fetch("/api/v1/channels/push", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": byId("push").dataset.csrf },
    body: JSON.stringify({ endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } }),
  });
  if (made.ok) location.reload();
  else {
    const problem = await made.json();
    say(t(problem.detail_ja, problem.detail_en));
  }
}

if (!("serviceWorker" in navigator && "PushManager" in window)) {
  say(t("このブラウザーは通知を受け取れません。iPhone では、先にホーム画面に加えてください。", "This browser cannot receive notifications. On an iPhone add the page to the home screen first."));
} else {
  say("");
  byId("push-on").hidden = false;
  byId("push-on").addEventListener("click", () => {
    add().catch(() => say(t("登録できませんでした。あとでもう一度試してください。", "It did not work: try again later.")));
  });
}
