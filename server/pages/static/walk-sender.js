// Sends the page's log, again and again until the server has it, and hears what the server has to say.

const PATH = "/api/v1/walk/events";
const PROTOCOL = 4;
const MOST = 100; // events in one request: about 30 kB
const EVERY_MS = 2_000;
const LISTEN_MS = 8_000; // with nothing to send: for what the server has to say
const AGAIN_MS = [2_000, 4_000, 8_000, 15_000];
const TOO_LONG_MS = 15_000;

export class Sender {
  // `heard(how, more)`: ok, cut (no line), busy, login (the session is over), refused (for good, with words).
  constructor(outbox, csrf, heard) {
    this.outbox = outbox;
    this.csrf = csrf;
    this.heard = heard;
    this.failed = 0;
    this.over = false;
    this.listenedAt = -LISTEN_MS;
    this.sending = null;
    this.timer = 0;
  }

  start() {
    this.now();
    window.addEventListener("online", () => this.now());
  }

  stop() {
    this.over = true;
    clearTimeout(this.timer);
  }

  // At once; resolves after the next request.
  now() {
    clearTimeout(this.timer);
    this.sending ??= this.turn().finally(() => {
      this.sending = null;
    });
    return this.sending;
  }

  async turn() {
    let wait = EVERY_MS;
    if (!this.over && (this.outbox.left > 0 || performance.now() - this.listenedAt >= LISTEN_MS)) wait = await this.once();
    if (!this.over) this.timer = setTimeout(() => this.now(), wait);
  }

  async once() {
    const { boot, events } = this.outbox.next(MOST);
    let answer = null;
    try {
      answer = await post({ protocol: PROTOCOL, boot, events, sent_utc_s: Date.now() / 1000 }, this.csrf);
      if (answer.ok) return await this.taken(boot, events.length, await answer.json());
    } catch {
      answer = null;
    }
    return this.refused(answer);
  }

  async taken(boot, sent, { acked, beyond, notices }) {
    await this.outbox.acked(boot, acked, beyond);
    this.failed = 0;
    this.listenedAt = performance.now();
    this.heard("ok", notices);
    // What came up while this one only listened has waited long enough.
    const most = sent === 0 ? 0 : MOST / 2;
    return this.outbox.left > most ? 0 : EVERY_MS;
  }

  async refused(answer) {
    const status = answer === null ? 0 : answer.status;
    const later = status === 0 || status === 408 || status === 429 || status >= 500;
    if (later) {
      const told = Number(answer?.headers.get("Retry-After") ?? 0) * 1000;
      this.heard(status === 0 ? "cut" : "busy");
      const wait = AGAIN_MS[Math.min(this.failed, AGAIN_MS.length - 1)];
      this.failed += 1;
      return Math.max(wait, told);
    }
    this.stop();
    if (status === 401) this.heard("login");
    else this.heard("refused", await words(answer));
    return EVERY_MS;
  }
}

async function post(body, csrf) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TOO_LONG_MS);
  try {
    return await fetch(PATH, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
      body: JSON.stringify(body),
      signal: stop.signal,
      redirect: "error",
    });
  } finally {
    clearTimeout(timer);
  }
}

async function words(answer) {
  try {
    const { detail_ja, detail_en } = await answer.json();
    return { ja: detail_ja, en: detail_en };
  } catch {
    return { ja: "サーバーが受け取りませんでした。ページを開き直してください。", en: "The server refused it: open the page again." };
  }
}
