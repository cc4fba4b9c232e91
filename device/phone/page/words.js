// Every sentence of the page, Japanese and English. The page itself is Japanese; English is a choice that stays.

const WORDS = {
  title: ["眼鏡のページ", "Glasses"],
  heading: ["この電話を眼鏡にする", "Make this phone the glasses"],
  other: ["English", "日本語"],
  closedTitle: ["カメラを使えない開き方です", "Opened this way, there is no camera"],
  closedWhy: [
    "暗号化されていない接続（http）では、電話のブラウザーはカメラ・位置・向きを渡しません。使えるのは下のボタンだけです。",
    "Over a connection that is not encrypted (http) a phone's browser gives no camera, position or motion. Only the buttons work.",
  ],
  closedWhat: [
    "カメラを使うには、装置に証明書を作り（shirube device install）、https で始まるアドレスで開いてください。",
    "To use the camera, make the device's certificate (shirube device install) and open the address that begins with https.",
  ],
  pairTitle: ["装置とつなぐ", "Connect to the device"],
  pairHow: [
    "装置が6けたの番号を声で言います。その番号を入れてください。番号は3分で切れます。",
    "The device speaks a number of six digits. Enter it here. It lasts 3 minutes.",
  ],
  knock: ["番号を言ってもらう", "Let the device speak it"],
  codeLabel: ["6けたの番号", "Number of six digits"],
  connect: ["つなぐ", "Connect"],
  readyTitle: ["始める前に", "Before you begin"],
  whyCamera: [
    "後ろのカメラの画像を、この装置にだけ送ります。歩行の録画に同意した場合のほかは、残しません。",
    "Pictures of the rear camera go to this device alone. They are not kept, unless you agreed to record walks.",
  ],
  whyMotion: ["電話の向きと傾きを、距離を測るために使います。", "How the phone is held is used to measure distances."],
  usePlace: ["この電話の位置も使う", "Use this phone's position too"],
  whyPlace: [
    "位置は道案内に使い、装置の中の歩行記録に入ります。装置がサーバーにつながっている場合だけ、歩行記録と一緒に、同意した相手に届きます。",
    "It guides the walk and goes into the walk's log on the device. Only where the device has a server does it go on with that log, to those you agreed to.",
  ],
  start: ["カメラを始める", "Start the camera"],
  startButtons: ["ボタンだけで始める", "Start with buttons only"],
  runTitle: ["ボタン", "Buttons"],
  pad1: ["もう一度・今どこ", "Repeat, where am I"],
  pad2: ["前に何がある（長押し：メニュー）", "What is ahead (hold: menu)"],
  pad3: ["声を止める（2秒長押し：SOS）", "Pause speech (hold 2 s: SOS)"],
  sos: ["SOS（長押しの代わり）", "SOS (instead of holding)"],
  sosHow: [
    "装置が声で数えてから呼びます。数えている間にどれかのボタンを押すと、やめます。",
    "The device counts aloud, then calls. Any button while it counts cancels.",
  ],
  howItIs: ["いまの様子", "How it is now"],
  linkName: ["装置", "Device"],
  picturesName: ["画像", "Pictures"],
  motionName: ["傾き", "Tilt"],
  placeName: ["位置", "Position"],
  screenName: ["画面", "Screen"],
  viewHow: [
    "映っているものは、向きを確かめる人のためのものです。画面は消さず、ほかのアプリに移らないでください。カメラが止まります。",
    "The picture is for who checks the aim. Keep the screen on and stay on this page: otherwise the camera stops.",
  ],
  stop: ["眼鏡を終える", "Stop being the glasses"],
  foot: [
    "標は歩行を助けるもので、安全を保証するものではありません。",
    "Shirube helps a person walk; it does not vouch for anyone's safety.",
  ],
  // how it is
  working: ["眼鏡として動いています。", "Working as the glasses."],
  buttonsOnly: ["ボタンだけがつながっています。カメラの画像は送っていません。", "Only the buttons are connected. No pictures are sent."],
  beginning: ["始めています。画像はまだ届いていません。", "Starting. No picture has arrived yet."],
  slow: ["画像が遅れています。", "Pictures are late."],
  connecting: ["装置につないでいます。", "Connecting to the device."],
  lost: ["装置とつながっていません。画像は届いていません。つなぎ直しています。", "Not connected to the device. No pictures arrive. Trying again."],
  cameraLost: ["カメラが止まりました。画像は届いていません。", "The camera has stopped. No pictures arrive."],
  hiddenPage: ["ページが後ろに回り、カメラが止まっています。この画面に戻ってください。", "The page is in the background and the camera stands. Come back to it."],
  stopped: ["眼鏡を終えました。画像は届いていません。", "Stopped. No pictures arrive."],
  back: ["つながりました。", "Connected again."],
  paired: ["装置とつながりました。次に、カメラを始めてください。", "Connected to the device. Now start the camera."],
  notSent: ["装置とつながっていないので、ボタンは届きません。", "Not connected: the button did not arrive."],
  knocked: ["装置がいま番号を言います。", "The device speaks the number now."],
  notKnocked: [
    "いまは言えません。1分待つか、装置のメニューで番号を求めてください。別の電話が使われているときは、装置のメニューから替えられます。",
    "Not now. Wait a minute, or ask for the number in the device's menu. Where another phone is in use, change over in that menu.",
  ],
  noDevice: ["装置に届きません。同じWi-Fiにいて、装置が動いているか見てください。", "The device cannot be reached. See that it runs and that both are on the same Wi-Fi."],
  sixDigits: ["数字を6つ入れてください。", "Enter six digits."],
  tryAgain: ["つなぎ直す", "Connect again"],
  cameraAgain: ["カメラをもう一度始める", "Start the camera again"],
  cameraDenied: [
    "カメラが許可されていません。ブラウザーの設定でこのページのカメラを許可し、もう一度始めてください。",
    "The camera is not allowed. Allow it for this page in the browser's settings, then start again.",
  ],
  cameraFront: [
    "前のカメラ（自撮り用）が選ばれました。左右が逆になるので使いません。後ろのカメラを許可して、もう一度始めてください。",
    "The front camera was chosen. It would exchange left and right, so it is not used. Allow the rear camera, then start again.",
  ],
  cameraNone: ["カメラが見つからないか、ほかのアプリが使っています。", "No camera was found, or another app uses it."],
  // figures
  linkOpen: ["つながっています", "connected"],
  linkLost: ["つながっていません", "not connected"],
  perSecond: ["毎秒{n}枚", "{n} a second"],
  none: ["届いていません", "none arrive"],
  notUsed: ["使いません", "not used"],
  motionOk: ["届いています（下向き{n}度）", "sent (down {n}°)"],
  motionNone: ["ありません。距離が粗くなります", "none: distances are coarser"],
  placeOk: ["届いています（±{n} m）", "sent (±{n} m)"],
  placeWait: ["測っています", "waiting for a fix"],
  placeDenied: ["許可されていません", "not allowed"],
  placeFailed: ["測れません", "cannot be measured"],
  screenKept: ["つけたままにしています", "kept on"],
  screenFree: ["電話の設定で、消えないようにしてください", "set the phone so that it does not turn off"],
};

const KEPT = "shirube.language";
let english = false;
try {
  english = localStorage.getItem(KEPT) === "en";
} catch {
  // Storage is closed: Japanese each time.
}

/** The sentence in the chosen language. */
export function t(key, n) {
  return WORDS[key][english ? 1 : 0].replace("{n}", String(n ?? ""));
}

/** "ja" or "en". */
export const language = () => (english ? "en" : "ja");

/** One of two texts that came from the device. */
export const either = (ja, en) => (english ? en : ja);

/** Change to the other language; it stays. */
export function change() {
  english = !english;
  try {
    localStorage.setItem(KEPT, language());
  } catch {
    // It does not stay, then.
  }
}

/** Put the page's fixed sentences into the chosen language. */
export function write() {
  document.documentElement.lang = language();
  document.title = `${t("title")} | 標 Shirube`;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  const button = document.getElementById("language");
  button.textContent = t("other");
  button.lang = english ? "ja" : "en";
}
