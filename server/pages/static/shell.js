// On every page of somebody who is logged in: the worker that shows something without a line, and whose things
// this browser keeps.

import { forgetRoute, keptRoute } from "./kept-route.js";

const LOOK = "shirube-look";
const PAGES = ["/offline", "/wearer/saved-route"]; // as in the worker
const { lang, dataset } = document.documentElement;

// What somebody else kept here is not this person's.
const kept = keptRoute();
if (kept !== null && kept.person !== dataset.person) forgetRoute();
// The server tells the browser to forget all it keeps; some browsers do not listen.
document.getElementById("log-out")?.addEventListener("submit", forgetRoute);

// The pages without a line are in the language and colours of this page, also after a change of them.
async function dress() {
  const look = `${lang} ${dataset.theme}`;
  if (localStorage.getItem(LOOK) === look) return;
  const names = (await caches.keys()).filter((name) => name.startsWith("shirube-shell-"));
  for (const name of names) await (await caches.open(name)).addAll(PAGES);
  localStorage.setItem(LOOK, look);
}

async function setUp() {
  await navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" });
  await navigator.serviceWorker.ready;
  await dress();
}

if ("serviceWorker" in navigator) {
  setUp().catch(() => {
    // A private window, or a full disk: without a line the browser's own words stand there.
  });
}
