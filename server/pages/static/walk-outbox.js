// The page's log: each event once, kept in the browser until the server has it on its disk.
//
// A log (`boot`) is new with each opening of the page, its numbers count from 1. What a page of before has left is
// sent too, and its log is made known to the server before ours: the order of logs is that in which they become known.

const STORE = "events";
const FORGOTTEN_MS = 30 * 86_400_000; // what no login has sent for a month is not kept any longer

function request(asked) {
  return new Promise((resolve, reject) => {
    asked.addEventListener("success", () => resolve(asked.result));
    asked.addEventListener("error", () => reject(asked.error));
  });
}

function open() {
  const asked = indexedDB.open("shirube-walk", 1);
  asked.addEventListener("upgradeneeded", () => {
    asked.result.createObjectStore(STORE, { keyPath: ["device", "boot", "seq"] });
  });
  return request(asked);
}

const id = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export class Outbox {
  constructor(device, db) {
    this.device = device;
    this.keeps = db !== null; // else a page that is closed loses what was not sent
    this.db = db;
    this.logs = new Map(); // by boot: number -> event
    this.anew();
  }

  // What is said from now on stands after everything that the server knows already, also from elsewhere.
  anew() {
    this.boot = id();
    this.made = Date.now();
    this.seq = 0;
    this.logs.set(this.boot, new Map());
  }

  // Of this browser as that device; with what is left from before.
  static async open(device) {
    let db = null;
    try {
      db = await open();
    } catch {
      // Private windows of some browsers have no such store.
    }
    const outbox = new Outbox(device, db);
    if (db) await outbox.recall();
    return outbox;
  }

  async recall() {
    const rows = await request(this.db.transaction(STORE).objectStore(STORE).getAll());
    const old = new Map();
    for (const row of rows.sort((a, b) => a.made - b.made || a.seq - b.seq)) {
      if (Date.now() - row.made > FORGOTTEN_MS) await this.forget(row.device, row.boot, row.seq, row.seq);
      else if (row.device === this.device) {
        if (!old.has(row.boot)) old.set(row.boot, new Map());
        old.get(row.boot).set(row.seq, row.event);
      }
    }
    this.logs = new Map([...old, ...this.logs]);
  }

  // Resolves when it is kept.
  async add(trip, what) {
    this.seq += 1;
    const event = { boot: this.boot, seq: this.seq, trip_id: trip, utc_s: Date.now() / 1000, what };
    this.logs.get(this.boot).set(event.seq, event);
    if (!this.keeps) return;
    try {
      const row = { device: this.device, boot: this.boot, seq: event.seq, made: this.made, event };
      await request(this.db.transaction(STORE, "readwrite").objectStore(STORE).add(row));
    } catch {
      this.keeps = false; // full, or taken away: it goes on in memory
    }
  }

  get left() {
    return [...this.logs.values()].reduce((sum, log) => sum + log.size, 0);
  }

  // What to send now, at most so many: the newest first, and always the first of its log.
  next(most) {
    const logs = [...this.logs];
    const unknown = logs.find(([, log]) => log.has(1));
    const mine = [this.boot, this.logs.get(this.boot)];
    const [boot, log] = unknown ?? (mine[1].size ? mine : (logs.find(([, other]) => other.size) ?? mine));
    const numbers = [...log.keys()];
    const taken = numbers.length > most ? [numbers[0], ...numbers.slice(1 - most)] : numbers;
    return { boot, events: taken.map((number) => log.get(number)) };
  }

  // The server holds these: all up to a number, and ranges beyond it.
  async acked(boot, acked, beyond) {
    const log = this.logs.get(boot);
    for (const [first, last] of [[1, acked], ...beyond]) {
      for (const number of log.keys()) if (number >= first && number <= last) log.delete(number);
      if (last >= first) await this.forget(this.device, boot, first, last);
    }
    if (boot !== this.boot && log.size === 0) this.logs.delete(boot);
  }

  async forget(device, boot, first, last) {
    if (!this.db) return;
    try {
      const range = IDBKeyRange.bound([device, boot, first], [device, boot, last]);
      await request(this.db.transaction(STORE, "readwrite").objectStore(STORE).delete(range));
    } catch {
      // It is sent once more some day, which changes nothing.
    }
  }
}
