// The button by which a wearer keeps the route of this page on this device.

import { forgetRoute, keepRoute, keptRoute, momentWords } from "./kept-route.js";
import { byId, t } from "./page-words.js";

function routeOfThePage() {
  const { title, source, practice } = byId("rehearsal").dataset;
  return {
    person: document.documentElement.dataset.person,
    title,
    lang: document.documentElement.lang,
    steps: [...byId("rehearsal").children].map((line) => line.textContent.trim()),
    source,
    practice: practice === "true",
    kept_ms: Date.now(),
  };
}

function show() {
  const route = keptRoute();
  byId("kept-now").hidden = route === null;
  if (route === null) return;
  byId("kept-what").textContent = t(
    `この端末に残っている経路: ${route.title}(${momentWords(route.kept_ms)})`,
    `Kept on this device: ${route.title} (${momentWords(route.kept_ms)})`,
  );
}

byId("keep").hidden = false;
byId("keep-route").addEventListener("click", () => {
  const kept = keepRoute(routeOfThePage());
  byId("keep-said").textContent = kept
    ? t("残しました。電波のない所でも読めます。", "Kept: you can read it without a connection too.")
    : t("このブラウザーには残せませんでした。", "This browser does not let it be kept.");
  show();
});
byId("forget-route").addEventListener("click", () => {
  forgetRoute();
  byId("keep-said").textContent = t("この端末から消しました。", "Deleted from this device.");
  show();
  byId("keep-route").focus();
});
show();
