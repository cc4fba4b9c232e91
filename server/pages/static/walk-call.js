// How a call for help stands, as the page shows and says it: by what the server knows, and before that by what is on its way.

import { byId, t, write } from "./walk-words.js";
import { answer, cry, note } from "./walk-voice.js";

const SENDING = ["助けの知らせを送っています。", "Your call for help is being sent."];
const NOT_SENT = [
  "助けの知らせは、まだ届いていません。つながりしだい送ります。急ぐときは、電話で110番か119番に連絡してください。",
  "Your call for help has not arrived yet. It goes as soon as there is a connection. If it is urgent, telephone 110 or 119.",
];

export class Call {
  // `elsewhere()`: it was raised, or ended, by somebody else than this page.
  constructor(state, elsewhere) {
    this.state = state; // none, sending, raised, open, taken
    this.words = byId("call-said").textContent;
    this.elsewhere = elsewhere;
    this.wanted = null; // what this page said last, until the server shows it: on, off
  }

  get on() {
    return this.state !== "none";
  }

  raised() {
    this.wanted = "on";
    this.become("sending", t(...SENDING));
    byId("call-title").focus();
  }

  takenBack() {
    this.wanted = "off";
    this.become("none", "");
    answer(t("助けの呼び出しを取り消しました。", "The call for help was taken back."));
    byId("sos").focus();
  }

  // There is no line, and the call is still here.
  notSent() {
    if (this.state === "sending") this.become("sending", t(...NOT_SENT));
  }

  // What the server knows. `sent`: it has all that this page has said.
  told({ call, call_ja, call_en }, sent) {
    if (this.wanted !== null) {
      if (!sent || (call !== "none") !== (this.wanted === "on")) return;
      this.wanted = null;
    } else if ((call !== "none") !== this.on) {
      this.elsewhere();
    }
    if (call === "none" && this.on) {
      note(t("助けの呼び出しは終わりました。", "The call for help is over."));
    }
    this.become(call, t(call_ja, call_en));
  }

  become(state, words) {
    this.state = state;
    byId("call").hidden = state === "none";
    byId("sos-part").hidden = state !== "none";
    if (words === this.words) return;
    this.words = words;
    write("call-said", words);
    if (state === "none") return;
    // That it is on its way, or is not, and that somebody has answered, is said over everything else.
    if (state === "sending" || state === "taken") cry(words);
    else if (state === "open") note(words);
  }
}
