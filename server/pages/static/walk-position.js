// The phone's positions, and the screen that must stay on for them.

const APART_MS = 900;
export const STALE_S = 15;
const OPTIONS = { enableHighAccuracy: true, maximumAge: 0, timeout: 30_000 };

const number = (value) => (typeof value === "number" && Number.isFinite(value) ? value : null);

// As `wire.position.Fix` has it; null where the phone does not say how exact it is.
export function fixOf({ coords, timestamp }) {
  if (!(coords.accuracy > 0)) return null;
  const course = number(coords.heading);
  return {
    utc_s: timestamp / 1000,
    lat: coords.latitude,
    lon: coords.longitude,
    accuracy_m: coords.accuracy,
    speed_mps: number(coords.speed),
    course_deg: course === null ? null : course % 360,
    source: "phone",
  };
}

export class Positions {
  // `moved(fix)`: a new one; `told(how)`: denied, silent (none for a quarter of a minute), back.
  constructor(moved, told) {
    this.moved = moved;
    this.told = told;
    this.last = null;
    this.heardAt = performance.now();
    this.how = "back";
  }

  start() {
    if (!("geolocation" in navigator) || !window.isSecureContext) {
      this.become("denied");
      return;
    }
    this.watch = navigator.geolocation.watchPosition(
      (position) => this.take(position),
      (error) => error.code === error.PERMISSION_DENIED && this.become("denied"),
      OPTIONS,
    );
    this.timer = setInterval(() => {
      if (this.how === "back" && performance.now() - this.heardAt > STALE_S * 1000) this.become("silent");
    }, 1000);
  }

  stop() {
    if (this.watch !== undefined) navigator.geolocation.clearWatch(this.watch);
    clearInterval(this.timer);
  }

  take(position) {
    const fix = fixOf(position);
    if (fix === null) return;
    const at = performance.now();
    if (this.last !== null && at - this.heardAt < APART_MS) return;
    this.heardAt = at;
    this.last = fix;
    this.become("back");
    this.moved(fix);
  }

  become(how) {
    if (this.how === how) return;
    this.how = how;
    this.told(how);
  }
}

// Keeps the screen on while the page is seen. `told(on)`.
export async function keepAwake(told) {
  async function ask() {
    try {
      await navigator.wakeLock.request("screen");
      told(true);
    } catch {
      told(false); // not there, or refused (a battery that is nearly empty)
    }
  }
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());
  await ask();
}
