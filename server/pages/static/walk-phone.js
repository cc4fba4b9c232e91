// What the phone tells of itself: its battery.

import { t, write } from "./walk-words.js";

const LOW = 20;
const EMPTY = 10;

function levelOf(percent, charging) {
  if (charging || percent > LOW) return "ok";
  return percent > EMPTY ? "warn" : "error";
}

// Shows it, and tells `changed(event)` when it becomes low or recovers. Nothing where the browser does not say.
export async function followBattery(changed) {
  if (!navigator.getBattery) return;
  const battery = await navigator.getBattery();
  let told = "ok";
  const show = () => {
    const percent = Math.round(battery.level * 100);
    write("battery", `${percent} %${battery.charging ? t("(充電中)", " (charging)") : ""}`);
    const level = levelOf(percent, battery.charging);
    if (level === told) return;
    told = level;
    changed({ type: "health_changed", part: "battery", health: level, detail: `${percent} %` });
  };
  battery.addEventListener("levelchange", show);
  battery.addEventListener("chargingchange", show);
  show();
}
