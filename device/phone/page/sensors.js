// The phone's orientation, compass and position, as they come.

import { azimuth, byTop, held } from "./attitude.js";

const KEPT = 40; // half a second and more of readings
const OLD_MS = 300;
const FEELS_MS = 1000; // motion events come many times a second, moved or not
const COMPASS_GAP_MS = 500;
const COMPASS_ACCURACY = 25; // degrees: a worse compass points anywhere

const screenAngle = () => screen.orientation?.angle ?? 0;

export class Motion {
  /** `onHeading(degrees from magnetic north, performance ms)`, at most twice a second. */
  constructor(onHeading) {
    this.onHeading = onHeading;
    this.felt = [];
    this.quarter = 0;
    this.headedAt = 0;
    this.feltAt = -FEELS_MS;
  }

  /** Ask where the browser wants to be asked (iOS, from a tap), and begin. */
  async start() {
    if (typeof DeviceOrientationEvent === "undefined") return;
    if (DeviceOrientationEvent.requestPermission) {
      const answer = await DeviceOrientationEvent.requestPermission().catch(() => "denied");
      if (answer !== "granted") return;
    }
    addEventListener("deviceorientation", this.turned);
    addEventListener("deviceorientationabsolute", this.pointed);
    addEventListener("devicemotion", this.feels);
  }

  stop() {
    removeEventListener("deviceorientation", this.turned);
    removeEventListener("deviceorientationabsolute", this.pointed);
    removeEventListener("devicemotion", this.feels);
    this.felt = [];
  }

  turned = (event) => {
    if (event.beta === null || event.gamma === null) return;
    const now = held(event.beta, event.gamma, screenAngle(), this.quarter);
    this.quarter = now.quarter;
    const yaw = event.alpha === null ? NaN : azimuth(event.alpha, event.beta, event.gamma);
    this.felt.push({ ...now, yaw, t: performance.now() });
    if (this.felt.length > KEPT) this.felt.shift();
    // An accuracy below 0 is that of a compass which knows nothing.
    const { webkitCompassHeading: north, webkitCompassAccuracy: within } = event;
    if (north >= 0 && within >= 0 && within <= COMPASS_ACCURACY) {
      const heading = byTop(north, event.beta, event.gamma);
      if (heading !== null) this.head(heading);
    }
  };

  pointed = (event) => {
    if (!event.absolute || event.alpha === null) return;
    this.head(azimuth(event.alpha, event.beta, event.gamma));
  };

  feels = () => {
    this.feltAt = performance.now();
  };

  head(degrees) {
    const now = performance.now();
    if (now - this.headedAt < COMPASS_GAP_MS) return;
    this.headedAt = now;
    this.onHeading(degrees, now);
  }

  /**
   * The reading nearest to that time; null: none near. Browsers tell an orientation only where it changed: while
   * the motion sensor is alive the last one holds.
   */
  at(t) {
    let best = null;
    for (const one of this.felt) if (!best || Math.abs(one.t - t) < Math.abs(best.t - t)) best = one;
    if (!best || Math.abs(best.t - t) < OLD_MS) return best;
    return best === this.felt.at(-1) && t - this.feltAt < FEELS_MS ? { ...best, t } : null;
  }
}

export class Position {
  /** `onPlace(message)`; `state`: "off", "wait", "ok", "denied", "failed". */
  constructor(onPlace) {
    this.onPlace = onPlace;
    this.state = "off";
    this.accuracy = 0;
    this.watch = null;
  }

  start() {
    this.state = "wait";
    this.watch = navigator.geolocation.watchPosition(
      (position) => this.found(position),
      (error) => (this.state = error.code === error.PERMISSION_DENIED ? "denied" : "failed"),
      { enableHighAccuracy: true, maximumAge: 0, timeout: 30_000 },
    );
  }

  stop() {
    if (this.watch !== null) navigator.geolocation.clearWatch(this.watch);
    this.watch = null;
    this.state = "off";
  }

  found({ coords, timestamp }) {
    this.state = "ok";
    this.accuracy = coords.accuracy;
    const age = Math.min(Math.max(Date.now() - timestamp, 0), 10_000);
    const known = (value) => (Number.isFinite(value) && value >= 0 ? value : undefined);
    this.onPlace({
      type: "place",
      t_ms: Math.max(performance.now() - age, 0),
      utc_s: timestamp / 1000,
      lat: coords.latitude,
      lon: coords.longitude,
      accuracy_m: Math.max(coords.accuracy, 0.1),
      speed_mps: known(coords.speed),
      course_deg: known(coords.heading),
    });
  }
}
