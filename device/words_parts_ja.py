"""部品の言いまわし: what the device can no longer do and what it still does, in Japanese.

What fails comes first, then what must no longer be expected, then what goes on.
"""

from collections.abc import Callable, Iterable

from device.announcements import AlertKind, Fault, PartsLost
from wire.trip import Part

_CAMERA = {
    "dark": "暗くて、カメラに物が見えません",
    "covered": "カメラがふさがれているようです",
    "frozen": "カメラの映像が止まっています",
    "undecodable": "カメラの映像が乱れています",
    "overexposed": "まぶしすぎて、カメラに物が見えません",
    "stale": "カメラの映像が届きません",
    "ended": "カメラの処理が止まりました",
    "stalled": "カメラの処理が止まりました",
    "gave_up": "カメラの処理が、何度も止まりました",
}
_BOARD = {
    "slow": "物を見分ける処理が遅れています",
    "hot": "本体が熱くなり、処理が遅れています",
    "low_power": "電池が弱く、処理が遅れています",
}
_STOPPED = {"ended": "が止まりました", "stalled": "が止まりました", "gave_up": "が、何度も止まりました"}
_STILL = {"warnings": "障害物のお知らせは続きます。", "guidance": "道案内は続きます。"}
_NO_WARNING = "障害物は、お知らせできません。"
_NO_TURNS = "曲がり角の案内は、できません。"
_UNSEEN = "今の位置は、見守りの方に届きません。"


def _still(fault: Fault) -> str:
    return _STILL.get(fault.still, "")


def camera_lost(fault: Fault) -> str:
    """Why, and what the wearer must no longer expect."""
    return f"{_CAMERA.get(fault.reason, 'カメラが使えません')}。{_NO_WARNING}{_still(fault)}"


def model_lost(fault: Fault) -> str:
    """The camera sees, and nobody tells what."""
    return f"物を見分ける処理が止まりました。{_NO_WARNING}{_still(fault)}"


def board_poor(fault: Fault) -> str:
    """Why, and that warnings come late."""
    return f"{_BOARD.get(fault.reason, '処理が遅れています')}。お知らせが、間に合わないことがあります。"


def receiver_lost(fault: Fault) -> str:
    """The source of positions, not the sky above it."""
    stopped = _STOPPED.get(fault.reason)
    why = f"位置を測る処理{stopped}" if stopped else "位置の受信機が応えません"
    return f"{why}。{_NO_TURNS}{_still(fault)}"


def speech_fallback(fault: Fault) -> str:
    """`fault.reason`: the language that is spoken instead."""
    if fault.reason == "en":
        return "日本語の音声が使えません。英語で続けます。"
    if fault.reason == "ja":
        return "英語の音声が使えません。日本語で続けます。"
    if fault.reason == "speaker":
        return "音の出る所に、不具合があります。予備で続けます。"
    return "よびの、おんせいで、つづけます。"  # kana only: the spare voice cannot read kanji


def speech_back(fault: Fault) -> str:
    """After a silence, that things may have been missed in it."""
    missed = "止まっていた間のお知らせは、届いていません。" if fault.reason in _STOPPED else ""
    return f"音声が戻りました。{missed}"


def storage_lost(fault: Fault) -> str:
    """The disk takes nothing, or the part that writes and sends is not there."""
    stopped = _STOPPED.get(fault.reason)
    if stopped:
        return f"記録と通信の処理{stopped}。案内は続けます。{_UNSEEN}"
    return "記録を保存できません。案内は続けます。"


_NAMES: dict[Part, str] = {
    "camera": "カメラ",
    "model": "物を見分ける処理",
    "position": "位置の受信機",
    "guidance": "案内の処理",
    "board": "本体の速さ",
    "imu": "傾きのセンサー",
    "speech": "音声",
    "buttons": "ボタン",
    "uplink": "通信",
    "recorder": "記録",
    "battery": "電池の残り",
}


def names(parts: Iterable[Part]) -> str:
    """Like カメラ、通信."""
    return "、".join(_NAMES[part] for part in parts)


def without(parts: Iterable[Part]) -> str:
    """What must not be expected without these, what matters most first."""
    gone = frozenset(parts)
    said = [_NO_WARNING] if gone & {"camera", "model"} else []
    said += [_NO_TURNS] if "position" in gone else []
    said += ["お知らせが、間に合わないことがあります。"] if "board" in gone and not said else []
    said += [_UNSEEN] if "uplink" in gone else []
    return "".join(said)


def part_unsteady(fault: Fault) -> str:
    """Lost and back in turn: until it stays as it is, it cannot be relied on."""
    rest = without((fault.part,))
    doubt = rest.replace("できません", "できないことがあります").replace(
        "届きません", "届かないことがあります"
    )
    return f"{_NAMES[fault.part]}が、切れたり戻ったりしています。{doubt}"


def several_lost(lost: PartsLost) -> str:
    """All at once, and what that means."""
    parts = tuple(fault.part for fault in lost.faults)
    return f"{names(parts)}が使えません。{without(parts)}"


FAULTS: dict[AlertKind, Callable[[Fault], str]] = {
    AlertKind.CAMERA_LOST: camera_lost,
    AlertKind.MODEL_LOST: model_lost,
    AlertKind.BOARD_POOR: board_poor,
    AlertKind.RECEIVER_LOST: receiver_lost,
    AlertKind.SPEECH_FALLBACK: speech_fallback,
    AlertKind.SPEECH_BACK: speech_back,
    AlertKind.STORAGE_LOST: storage_lost,
    AlertKind.PART_UNSTEADY: part_unsteady,
}
SENTENCES: dict[AlertKind, str] = {
    AlertKind.CAMERA_POOR: "カメラがぼやけています。障害物を見落とすことがあります。レンズをふいてください。",
    AlertKind.CAMERA_BACK: "カメラが戻りました。障害物のお知らせを、また始めます。",
    AlertKind.MODEL_BACK: "障害物のお知らせを、また始めます。",
    AlertKind.BOARD_BACK: "処理の遅れが、なくなりました。",
    AlertKind.IMU_LOST: "傾きのセンサーが使えません。距離が不確かになります。",
    AlertKind.IMU_BACK: "傾きのセンサーが戻りました。",
    AlertKind.RECEIVER_BACK: "位置の受信機が戻りました。位置を測っています。",
    AlertKind.LINK_LOST: f"通信が切れました。案内は続けます。{_UNSEEN}",
    AlertKind.LINK_REFUSED: f"サーバーが、この端末の鍵を受けつけません。案内は続けます。{_UNSEEN}",
    AlertKind.LINK_BACK: "通信が戻りました。",
    AlertKind.STORAGE_BACK: "記録の保存が戻りました。",
    AlertKind.BUTTONS_LOST: "ボタンが使えません。ほかのお知らせは続きます。",
    AlertKind.BUTTONS_BACK: "ボタンが戻りました。",
    AlertKind.PHONE_PAIRED: "スマートフォンと、つながりました。",
    AlertKind.PHONE_REFUSED: "スマートフォンの番号が違います。つなぎませんでした。",
    AlertKind.PHONE_SECOND: "別のスマートフォンが、つなごうとしました。断りました。",
    AlertKind.PHONE_LEFT: "スマートフォンとの接続が切れました。",
    AlertKind.PHONE_BACK: "スマートフォンが、またつながりました。",
}
