"""Events in words, for lists on pages: (Japanese, English)."""

from wire.trip import (
    Announced,
    Answered,
    Fell,
    HealthChanged,
    Moved,
    Rerouted,
    Sos,
    TripEnded,
    TripEvent,
    TripStarted,
)

Pair = tuple[str, str]

_PARTS: dict[str, Pair] = {
    "camera": ("カメラ", "camera"),
    "model": ("画像の認識", "recognition"),
    "position": ("位置", "position"),
    "speech": ("音声", "speech"),
    "uplink": ("通信", "link"),
    "recorder": ("記録", "recorder"),
    "board": ("本体", "device"),
    "imu": ("傾きのセンサー", "tilt sensor"),
    "guidance": ("案内", "guidance"),
    "buttons": ("ボタン", "button part"),
    "battery": ("電池", "battery"),
}
_HEALTH: dict[str, Pair] = {
    "ok": ("もどりました", "is back"),
    "warn": ("が不安定です", "is unsteady"),
    "error": ("が使えません", "does not work"),
    "stale": ("から応答がありません", "has gone silent"),
}
# Silence must not look like speech: what the wearer did not hear is marked.
_OUTCOMES: dict[str, Pair] = {
    "spoken": ("", ""),
    "preempted": ("(途中で中断)", " (cut off)"),
    "expired": ("(古くなったため言わず)", " (not said: out of date)"),
    "duplicate": ("(くり返しのため言わず)", " (not said: a repeat)"),
    "failed": ("(声にならず)", " (made no sound)"),
}
_NEW_ROUTES: dict[str, Pair] = {
    "off_route": ("経路を離れたため、経路を引き直しました", "A new route was made after leaving the first"),
    "path_closed": ("通れない所があり、経路を引き直しました", "A new route was made round a closed path"),
}
_SOS: dict[str, Pair] = {
    "raised": ("SOS: 助けを求めています", "SOS: the wearer calls for help"),
    "cancelled": ("SOS を取り消しました", "The SOS was taken back"),
}
_ANSWERS: dict[str, Pair | None] = {
    "heard": None,  # what the server told was spoken: no line of its own
    "ok": ("「大丈夫」と答えました", "Answered: I am all right"),
    "help": ("「助けて」と答えました", "Answered: I need help"),
    "no_answer": ("尋ねましたが、答えがありません", "Was asked, and did not answer"),
}
_ENDS: dict[str, Pair] = {
    "arrived": ("目的地に着きました", "Arrived at the destination"),
    "wearer": ("利用者が案内を終えました", "The wearer ended guidance"),
    "device_stopped": ("端末が止まりました", "The device stopped"),
}
_BATTERY: dict[str, Pair] = {
    "ok": ("電池は足りています", "Battery: enough"),
    "warn": ("電池が残りわずかです", "Battery: low"),
    "error": ("電池がもうすぐ切れます", "Battery: about to be empty"),
    "stale": ("電池の残りは分かりません", "Battery: unknown"),
}
# How a walk stands, by `server.walk_state`; with the time of its beginning.
_STANDING: dict[str, Pair] = {
    "planned": ("まだ出発していません", "Not set out yet"),
    "walking": ("外出中です", "Under way"),
    "paused": ("{} から同じ所にいます", "In one place since {}"),
    "off_route": ("{} から経路を離れています", "Off the route since {}"),
    "no_contact": ("{} から連絡がありません", "No contact since {}"),
    "arrived": ("{} に目的地に着きました", "Arrived at {}"),
    "ended": ("{} に外出を終えました", "Ended at {}"),
    "sos": ("{} から助けを求めています", "Calling for help since {}"),
}


def event_words(event: TripEvent) -> Pair | None:
    """What to write for `event`; None for positions, which are no line of a log."""
    match event.what:
        case Moved():
            return None
        case TripStarted():
            return _set_out(event.what)
        case Announced(outcome=outcome, text_ja=ja, text_en=en):
            marks = _OUTCOMES[outcome]
            return ja + marks[0], en + marks[1]
        case HealthChanged():
            return _health(event.what)
        case Rerouted(reason=reason):
            return _NEW_ROUTES[reason]
        case Sos(state=state):
            return _SOS[state]
        case Fell():
            return "転んだかもしれません", "The wearer may have fallen"
        case Answered(answer=answer):
            return _ANSWERS[answer]
        case TripEnded(reason=reason):
            return _ENDS[reason]


def _set_out(what: TripStarted) -> Pair:
    ja, en = "出発しました", "Set out"
    if what.route_id is None:
        ja, en = "目的地を決めずに出発しました", "Set out without a destination"
    return (f"{ja}(練習)", f"{en} (practice)") if what.practice else (ja, en)


def _health(what: HealthChanged) -> Pair:
    part, health = _PARTS[what.part], _HEALTH[what.health]
    ja = f"{part[0]}が{health[0]}" if what.health == "ok" else part[0] + health[0]
    en = f"The {part[1]} {health[1]}"
    return (f"{ja}({what.detail})", f"{en} ({what.detail})") if what.detail else (ja, en)


def age_words(age_s: float) -> Pair:
    """How long ago: `3秒前`, `2分前`, `1時間5分前`."""
    seconds = int(max(age_s, 0.0))
    if seconds < 60:
        return f"{seconds}秒前", f"{seconds} s ago"
    if seconds < 3600:
        return f"{seconds // 60}分前", f"{seconds // 60} min ago"
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours < 48:
        return f"{hours}時間{minutes}分前", f"{hours} h {minutes} min ago"
    return f"{hours // 24}日前", f"{hours // 24} days ago"


def battery_words(health: str, percent: int | None) -> Pair:
    """The device's last word of its battery."""
    ja, en = _BATTERY[health]
    return (ja, en) if percent is None else (f"{ja}({percent} %)", f"{en} ({percent} %)")


def standing_words(state: str, time: str) -> Pair:
    """How a walk stands (`server.walk_state`), since `time`, or at it."""
    ja, en = _STANDING[state]
    return ja.format(time), en.format(time)
