// Three large buttons whose going down and coming up both count, by finger, mouse, key and screen reader.

const TAP_MS = 120; // a screen reader gives a click alone: it is told as a short press
const FRESH_MS = 800; // a click this soon after the finger or the key belongs to it

export class Pads {
  /** `on(button, down)`. */
  constructor(elements, on) {
    this.on = on;
    this.held = new Map(); // button -> what holds it
    this.upAt = new Map();
    for (const element of elements) this.listen(element, Number(element.dataset.button));
    addEventListener("blur", () => this.releaseAll());
    document.addEventListener("visibilitychange", () => document.hidden && this.releaseAll());
    this.elements = new Map(elements.map((element) => [Number(element.dataset.button), element]));
  }

  listen(element, button) {
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      try {
        element.setPointerCapture(event.pointerId);
      } catch {
        // A pointer that a screen reader makes up cannot be captured.
      }
      this.down(button, "pointer");
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      element.addEventListener(name, () => this.up(button, "pointer"));
    }
    element.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat) this.down(button, event.key);
    });
    element.addEventListener("keyup", (event) => {
      if (event.key === " " || event.key === "Enter") event.preventDefault();
      this.up(button, event.key);
    });
    element.addEventListener("blur", () => this.up(button, this.held.get(button)));
    element.addEventListener("contextmenu", (event) => event.preventDefault());
    element.addEventListener("click", () => this.clicked(button));
  }

  clicked(button) {
    if (this.held.has(button) || performance.now() - (this.upAt.get(button) ?? -FRESH_MS) < FRESH_MS) return;
    this.hold(button, TAP_MS);
  }

  /** Press for so long. */
  hold(button, ms) {
    this.down(button, "held");
    setTimeout(() => this.up(button, "held"), ms);
  }

  down(button, by) {
    if (this.held.has(button)) return;
    this.held.set(button, by);
    this.elements.get(button).dataset.down = "true";
    this.on(button, true);
  }

  up(button, by) {
    if (by === undefined || this.held.get(button) !== by) return;
    this.held.delete(button);
    this.upAt.set(button, performance.now());
    this.elements.get(button).dataset.down = "false";
    this.on(button, false);
  }

  releaseAll() {
    for (const [button, by] of [...this.held]) this.up(button, by);
  }
}
