// What the server has to say to the wearer (wire/uplink.py, Notice): each once, with what became of it.

import { byId, t } from "./walk-words.js";
import { answer, cry, note } from "./walk-voice.js";

export class Notices {
  // `reply(event)`: into the page's log; `call()`: something is new of a call for help.
  constructor(reply, call) {
    this.reply = reply;
    this.call = call;
    this.known = new Set();
    this.asked = null;
    byId("i-am-ok").addEventListener("click", () => this.answered("ok"));
    byId("i-need-help").addEventListener("click", () => this.answered("help"));
  }

  heard(notices) {
    for (const notice of notices) {
      if (this.known.has(notice.id)) continue;
      this.known.add(notice.id);
      this.take(notice);
    }
  }

  take({ id, kind, name, left_s }) {
    if (kind === "are_you_ok") {
      this.ask(id, left_s);
      return;
    }
    if (kind === "watching") note(t(`${name}さんが、あなたの外出を見ています。`, `${name} is watching your walk.`));
    else if (kind === "link_opened") note(t(`リンク「${name}」が開かれました。`, `The link “${name}” was opened.`));
    else this.call();
    this.become(id, "heard");
  }

  ask(id, left_s) {
    this.asked = id;
    byId("question").hidden = false;
    cry(t("大丈夫ですか。「大丈夫です」か「助けが要ります」を押してください。答えがないと、見守りの人に知らせます。", "Are you all right? Press “I am all right” or “I need help”. Without an answer your caregivers are told."));
    setTimeout(() => this.asked === id && this.answered("no_answer"), left_s * 1000);
  }

  answered(how) {
    this.become(this.asked, how);
    this.asked = null;
    byId("question").hidden = true;
    if (how === "ok") answer(t("大丈夫だと伝えます。", "Telling them that you are all right."));
    if (how === "help") answer(t("助けが要ると伝えます。", "Telling them that you need help."));
    if (how === "help") this.call();
  }

  become(id, how) {
    this.reply({ type: "answered", notice_id: id, answer: how });
  }
}
