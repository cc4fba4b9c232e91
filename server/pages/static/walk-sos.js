// The button that calls for help: five seconds to think better of it, by the same button or Escape.

import { byId, t, write } from "./walk-words.js";
import { answer, cry } from "./walk-voice.js";

const SECONDS = 5;

export class SosButton {
  constructor(raise) {
    this.raise = raise;
    this.due = 0; // by the clock: ticks come late on a busy phone
    this.timer = 0;
    this.plain = byId("sos").textContent;
    byId("sos-form").hidden = true;
    byId("sos-plain").hidden = true;
    byId("sos-live").hidden = false;
    byId("sos").addEventListener("click", () => (this.timer ? this.cancel() : this.begin()));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.timer) this.cancel();
    });
    // Nobody can stop it any more, and the clock of a page that is not seen may stand still.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && this.timer) this.call();
    });
  }

  begin() {
    this.due = performance.now() + SECONDS * 1000;
    byId("sos").dataset.counting = "";
    byId("sos").textContent = t("やめる(助けを呼ばない)", "Stop (do not call)");
    byId("countdown").hidden = false;
    // Said once; the figures that follow are for the eye.
    cry(t(`${SECONDS}秒後に助けを呼びます。やめるには、同じボタンか Esc キーを押します。`, `Help is called in ${SECONDS} s. To stop, press the same button or Esc.`));
    write("countdown", String(SECONDS));
    this.timer = setInterval(() => this.tick(), 250);
  }

  tick() {
    const left = Math.max(Math.ceil((this.due - performance.now()) / 1000), 0);
    write("countdown", String(left));
    if (left === 0) this.call();
  }

  call() {
    this.rest();
    this.raise();
  }

  cancel() {
    this.rest();
    answer(t("やめました。助けは呼んでいません。", "Stopped. No help was called."));
  }

  rest() {
    clearInterval(this.timer);
    this.timer = 0;
    delete byId("sos").dataset.counting;
    byId("sos").textContent = this.plain;
    byId("countdown").hidden = true;
  }
}
