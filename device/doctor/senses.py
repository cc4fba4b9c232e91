"""Camera, model, buttons: facts to findings. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from device.cameras.probe import CameraProbe
from device.cameras.uri import without_secrets
from device.doctor.findings import Check, Fact, Finding, Level
from device.doctor.reasons import reason
from vision.faults import BLURRED, COVERED, DARK, FROZEN, OVEREXPOSED, UNDECODABLE
from vision.health import SLOW_S

# --- camera

# Below it what comes from the side is seen too seldom to be followed.
LEAST_FPS: Final = 5.0
# By `vision.faults`' names.
PICTURES: Final[dict[str, tuple[str, str]]] = {
    DARK: ("暗すぎます", "too dark"),
    OVEREXPOSED: ("明るすぎます", "too bright"),
    FROZEN: ("動いていません", "frozen"),
    COVERED: ("覆われています", "covered"),
    UNDECODABLE: ("読み取れません", "broken"),
    BLURRED: ("ぼやけています", "blurred"),
}


def judge_camera(source: str, probe: CameraProbe) -> Finding:
    """Whether pictures come, how fast, and whether anything is on them."""
    shown = without_secrets(source)
    facts: dict[str, Fact] = {
        "source": shown,
        "fps": round(probe.fps, 1),
        "first_s": probe.first_s,
        "brightness": probe.brightness,
        "picture_fault": probe.picture_fault,
    }
    if probe.fault or not probe.opens:
        why, why_en = reason(probe.fault, source, shown, source.partition(":")[2])
        return Finding(
            "camera",
            Level.FAULT,
            f"カメラから映像が来ません（{shown}: {why}）。",
            f"No picture from the camera ({shown}: {why_en}).",
            "ケーブルを挿し直し、設定の camera.source を確かめてください。",
            "Plug its cable in again, and look at camera.source in the configuration.",
            facts,
        )
    if probe.picture_fault is not None:
        ja, en = PICTURES.get(probe.picture_fault, (probe.picture_fault, probe.picture_fault))
        return Finding(
            "camera",
            Level.WARN,
            f"カメラの映像が{ja}。",
            f"The camera's picture is {en}.",
            "レンズのふたや汚れ、向きを確かめてください。",
            "Look for a lens cap, dirt, and where it points.",
            facts,
        )
    if probe.fps < LEAST_FPS:
        return Finding(
            "camera",
            Level.WARN,
            f"カメラが遅く、1秒に{probe.fps:.1f}枚です。",
            f"The camera is slow: {probe.fps:.1f} pictures a second.",
            "明るい所で試すか、USB 3 の口に挿してください。",
            "Try in the light, or in a USB 3 socket.",
            facts,
        )
    size = "" if probe.size is None else f"{probe.size[0]}x{probe.size[1]}"
    ja, en = (
        f"カメラの映像 {size}、1秒に{probe.fps:.0f}枚。",
        f"Camera {size}, {probe.fps:.0f} pictures a second.",
    )
    return Finding("camera", Level.OK, ja, en, facts=facts)


def no_camera() -> Finding:
    """For `none:`."""
    return Finding(
        "camera",
        Level.WARN,
        "カメラを使わない設定です。障害物の警告はありません。",
        "Set to use no camera: there are no warnings of obstacles.",
        "使うときは設定の camera.source を直してください。",
        "To use one, set camera.source.",
    )


def judge_glasses(days_left: float | None, fault: str) -> Finding:
    """For `glasses:`, where a phone brings the pictures: whether its page has a certificate that holds."""
    todo = ("sudo shirube device install を実行してください。", "Run: sudo shirube device install")
    if fault:
        return Finding(
            "camera",
            Level.FAULT,
            f"電話のページの証明書が使えません（{fault}）。",
            f"The certificate of the phone's page cannot be used ({fault}).",
            *todo,
        )
    if days_left is None:
        return Finding(
            "camera",
            Level.FAULT,
            "電話のページの証明書がありません。電話はカメラを渡しません。",
            "The phone's page has no certificate: a phone gives no camera.",
            *todo,
        )
    return Finding(
        "camera",
        Level.UNKNOWN,
        f"映像は電話から来ます。つながるまで調べられません（証明書はあと{days_left:.0f}日）。",
        f"A phone brings the pictures: not checked before it is paired (certificate: {days_left:.0f} days).",
        facts={"certificate_days": round(days_left)},
    )


def in_use(check: Check) -> Finding:
    """The device itself has it: two cannot open one camera, nor one button."""
    ja, en = {
        "camera": ("カメラ", "the camera"),
        "buttons": ("ボタン", "the buttons"),
        "speaker": ("音の出口", "the sound card"),
    }.get(check, (check, check))
    return Finding(
        check,
        Level.UNKNOWN,
        f"{ja}は装置が使っているので調べません。",
        f"The device itself is using {en}: not checked.",
        "調べるときは、先に sudo systemctl stop shirube で止めてください。",
        "To check, first: sudo systemctl stop shirube",
    )


# --- model


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """`fault`: why it does not run. Milliseconds a frame on this board; `notice`: of a foreign file."""

    model: str
    runtime: str = ""
    fault: str = ""
    p50_ms: float | None = None
    p95_ms: float | None = None
    notice: str = ""


def judge_model(model: ModelFacts) -> Finding:
    """Whether it answers, and in time: later than SLOW_S is too late at walking pace."""
    facts: dict[str, Fact] = {
        "model": model.model,
        "runtime": model.runtime,
        "p50_ms": model.p50_ms,
        "p95_ms": model.p95_ms,
    }
    if model.fault or model.p50_ms is None or model.p95_ms is None:
        return Finding(
            "model",
            Level.FAULT,
            f"物を見分けるモデルが動きません（{model.fault}）。",
            f"The model does not run ({model.fault}).",
            "入れ直すか、設定の camera.model と camera.runtime を確かめてください。",
            "Install again, or look at camera.model and camera.runtime.",
            facts,
        )
    fps = 1000.0 / max(model.p50_ms, 0.1)
    told = f"{model.model}: 1枚{model.p50_ms:.0f}ミリ秒、1秒に{fps:.0f}枚まで"
    told_en = f"{model.model}: {model.p50_ms:.0f} ms a picture, up to {fps:.0f} a second"
    if model.p95_ms > 1000.0 * SLOW_S:
        return Finding(
            "model",
            Level.FAULT,
            f"モデルがこの機械には遅すぎます。{told}。",
            f"Too slow for this machine. {told_en}.",
            "小さいモデル paving-v3-384x288 か、NCNN を使ってください。",
            "Use paving-v3-384x288, or NCNN.",
            facts,
        )
    if model.notice:
        return Finding(
            "model",
            Level.WARN,
            f"付属でないモデルです。{told}。",
            f"Not a shipped model. {told_en}.",
            facts=facts,
        )
    return Finding("model", Level.OK, f"{told}。", f"{told_en}.", facts=facts)


# --- buttons


@dataclass(frozen=True, slots=True)
class ButtonFacts:
    """One configured source. `why`: what is missing; `pressed`: which came, None: nobody was asked."""

    source: str
    why: str = ""
    pressed: tuple[int, ...] | None = None


def judge_buttons(buttons: Sequence[ButtonFacts]) -> tuple[Finding, ...]:
    """Whether each source is there, and whether each button was felt where the wearer was asked."""
    if not buttons:
        return (
            Finding(
                "buttons",
                Level.WARN,
                "ボタンが設定されていません。",
                "No buttons are configured.",
                "設定の buttons.sources に gpio:17,27,22 などを書いてください。",
                "Set buttons.sources, for example to gpio:17,27,22.",
            ),
        )
    return tuple(_button(one) for one in buttons)


def _button(one: ButtonFacts) -> Finding:
    facts: dict[str, Fact] = {"source": one.source}
    if one.why:
        why, why_en = reason(one.why, one.source)
        return Finding(
            "buttons",
            Level.FAULT,
            f"ボタンが使えません（{one.source}: {why}）。",
            f"The buttons cannot be used ({one.source}: {why_en}).",
            "配線か、Bluetoothの接続を確かめてください。",
            "Look at the wiring, or at the Bluetooth link.",
            facts,
        )
    if one.pressed is None:
        return Finding(
            "buttons",
            Level.OK,
            f"ボタンがあります（{one.source}）。押しては確かめていません。",
            f"The buttons are there ({one.source}); they were not tried by pressing.",
            facts=facts,
        )
    missing = sorted({1, 2, 3} - set(one.pressed))
    facts["pressed"] = ",".join(map(str, sorted(set(one.pressed))))
    if missing:
        numbers = "、".join(map(str, missing))
        return Finding(
            "buttons",
            Level.FAULT,
            f"ボタン{numbers}を押したことが届きません。",
            f"Presses of button {', '.join(map(str, missing))} do not arrive.",
            "そのボタンの線と、GPIO の番号を確かめてください。",
            "Look at its wire and its GPIO number.",
            facts,
        )
    return Finding(
        "buttons", Level.OK, "三つのボタンが届きました。", "All three buttons were felt.", facts=facts
    )
