// How the phone is held, from the angles of DeviceOrientationEvent. Pure.
// The phone's own axes: x to its right, y to its top, z out of the screen. The rear camera looks along -z.

const RAD = Math.PI / 180;
const DEG = 180 / Math.PI;
const turn = (deg) => ((deg % 360) + 360) % 360;

/** What gravity calls up, along the phone's axes: the third row of the rotation Z(alpha) X(beta) Y(gamma). */
export function up(beta, gamma) {
  const [b, g] = [beta * RAD, gamma * RAD];
  return [-Math.cos(b) * Math.sin(g), Math.sin(b), Math.cos(b) * Math.cos(g)];
}

/** Where the camera points, clockwise from the zero of alpha; of a phone that lies flat, where its top points. */
export function azimuth(alpha, beta, gamma) {
  const [a, b, g] = [alpha * RAD, beta * RAD, gamma * RAD];
  const east = -(Math.cos(a) * Math.sin(g) + Math.sin(a) * Math.sin(b) * Math.cos(g));
  const north = -(Math.sin(a) * Math.sin(g) - Math.cos(a) * Math.sin(b) * Math.cos(g));
  if (Math.hypot(east, north) > 0.3) return turn(Math.atan2(east, north) * DEG);
  return turn(Math.atan2(-Math.sin(a) * Math.cos(b), Math.cos(a) * Math.cos(b)) * DEG);
}

/**
 * Where the camera points, by a compass that tells where the phone's top points (iOS); null: not known.
 *
 * The top of an upright phone points at the sky, and of one that leans back it points backwards: a direction that
 * is reversed would be worse than none.
 */
export function byTop(heading, beta, gamma) {
  const [, y, z] = up(beta, gamma);
  if (Math.abs(y) > 0.7 && z < 0.26) return null;
  return azimuth(Math.abs(beta) < 90 ? -heading : 180 - heading, beta, gamma);
}

/**
 * Pitch (down positive), roll (leaning right positive) of the upright picture, and how to make the picture upright.
 *
 * Browsers turn the camera's picture with the screen (`screenAngle`, of screen.orientation). What is left is a
 * screen that is locked while the phone is turned: gravity tells by quarters. A quarter is left only well
 * beyond its middle (60 degrees), and a phone that lies flat keeps the last one.
 */
export function held(beta, gamma, screenAngle, lastQuarter = 0) {
  const [x, y, z] = up(beta, gamma);
  const s = screenAngle * RAD;
  const right = x * Math.cos(s) - y * Math.sin(s);
  const upward = x * Math.sin(s) + y * Math.cos(s);
  const lean = Math.atan2(right, upward) * DEG; // clockwise from the picture's up to the true up
  const across = Math.hypot(right, upward);
  const apart = Math.abs(turn(lean - lastQuarter + 180) - 180);
  const quarter = across > 0.5 && apart > 60 ? turn(Math.round(lean / 90) * 90) : lastQuarter;
  return {
    pitch: Math.asin(Math.min(Math.max(z, -1), 1)) * DEG,
    roll: across > 0.05 ? -(turn(lean - quarter + 180) - 180) : 0,
    quarter,
    rotate: turn(-quarter),
  };
}
