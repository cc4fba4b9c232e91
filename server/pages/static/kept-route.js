// The one route that a wearer keeps on this device, by their own wish: its sentences and its date, no position.

const KEY = "shirube-route";

// { person, title, lang, steps, source, practice, kept_ms }; null: none is kept, or the browser keeps nothing.
export function keptRoute() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

// False where the browser keeps nothing, as in a private window.
export function keepRoute(route) {
  try {
    localStorage.setItem(KEY, JSON.stringify(route));
    return true;
  } catch {
    return false;
  }
}

export function forgetRoute() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // It keeps nothing.
  }
}

// A moment in the language of the page and the time of Japan, as on all pages.
export function momentWords(milliseconds) {
  const lang = document.documentElement.lang;
  return new Intl.DateTimeFormat(lang, { dateStyle: "full", timeStyle: "short", timeZone: "Asia/Tokyo" }).format(milliseconds);
}
