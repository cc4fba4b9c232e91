// Shows the route that this device keeps, also without a line; on the page without one, that there is one.

import { forgetRoute, keptRoute, momentWords } from "./kept-route.js";

const byId = (id) => document.getElementById(id);

function step(sentence) {
  const line = document.createElement("li");
  line.textContent = sentence;
  return line;
}

function show(route) {
  byId("no-route").hidden = route !== null;
  byId("kept").hidden = route === null;
  if (route === null) return;
  byId("kept-title").textContent = route.title;
  byId("kept-at").textContent = momentWords(route.kept_ms);
  byId("kept-at").dateTime = new Date(route.kept_ms).toISOString();
  byId("kept-practice").hidden = !route.practice;
  byId("kept-steps").replaceChildren(...route.steps.map(step));
  byId("kept-from").textContent = route.source;
  // They are in the language in which they were kept.
  for (const id of ["kept-title", "kept-steps", "kept-from"]) byId(id).lang = route.lang;
}

if (byId("kept")) {
  show(keptRoute());
  byId("forget").addEventListener("click", () => {
    forgetRoute();
    show(null);
    byId("main").focus();
  });
} else {
  for (const way of document.querySelectorAll("[data-has-route]")) way.hidden = keptRoute() === null;
}
