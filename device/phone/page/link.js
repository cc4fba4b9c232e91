// The conversation with the device: greets, answers pings, comes back with growing pauses.

const SILENT_MS = 3000; // the device pings every second: three missed, and it is gone
const FIRST_RETRY_MS = 300;
const LONGEST_RETRY_MS = 5000; // a wearer waits: longer pauses would only be silence
const OPEN_MS = 5000;

const address = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/glasses`;

function opened() {
  const socket = new WebSocket(address());
  socket.binaryType = "arraybuffer";
  return socket;
}

/** Say one thing and resolve with the first answer; null: nobody is there. */
export function ask(message) {
  return new Promise((resolve) => {
    const socket = opened();
    let answer = null;
    const late = setTimeout(() => socket.close(), 2 * OPEN_MS);
    socket.onopen = () => socket.send(JSON.stringify(message));
    socket.onmessage = (event) => {
      const heard = JSON.parse(event.data);
      if (heard.type === "ping") return;
      answer = heard;
      socket.close();
    };
    socket.onclose = () => {
      clearTimeout(late);
      resolve(answer);
    };
  });
}

/** A connection that is kept. `greeting()`: the code or token; `on`: open(welcome), lost(), refused(message), acked(seq). */
export class Link {
  constructor(greeting, on) {
    this.greeting = greeting;
    this.on = on;
    this.open = false;
    this.ended = false;
    this.failures = 0;
    this.socket = null;
    this.heardAt = 0;
    this.retry = 0;
    this.watch = setInterval(() => this.check(), 250);
    this.connect();
  }

  connect() {
    clearTimeout(this.retry);
    const socket = opened();
    this.socket = socket;
    this.heardAt = performance.now() + OPEN_MS - SILENT_MS;
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", version: 1, ...this.greeting() }));
    socket.onmessage = (event) => socket === this.socket && this.heard(JSON.parse(event.data));
    socket.onclose = () => socket === this.socket && this.gone();
  }

  heard(message) {
    this.heardAt = performance.now();
    if (message.type === "ping") this.send({ type: "pong", n: message.n, t_ms: performance.now() });
    else if (message.type === "ack") this.on.acked(message.seq);
    else if (message.type === "welcome") {
      this.open = true;
      this.failures = 0;
      this.on.open(message);
    } else if (message.type === "refused") {
      this.end();
      this.on.refused(message);
    }
  }

  /** Whether it was handed to the network. */
  send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(message instanceof Uint8Array ? message : JSON.stringify(message));
    return true;
  }

  check() {
    if (this.socket && performance.now() - this.heardAt > SILENT_MS) {
      this.socket.close();
      this.gone(); // a half-open connection takes long to close
    }
  }

  gone() {
    this.socket = null;
    this.open = false;
    if (this.ended) return;
    this.on.lost();
    const pause = Math.min(FIRST_RETRY_MS * 2 ** this.failures, LONGEST_RETRY_MS);
    this.failures += 1;
    this.retry = setTimeout(() => this.connect(), pause * (0.5 + Math.random() / 2));
  }

  /** Try at once: the network is back, or the page is. */
  hurry() {
    if (this.socket || this.ended) return;
    this.failures = 0;
    this.connect();
  }

  end() {
    this.ended = true;
    this.open = false;
    clearInterval(this.watch);
    clearTimeout(this.retry);
    this.socket?.close();
    this.socket = null;
  }
}
