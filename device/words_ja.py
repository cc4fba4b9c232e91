"""日本語の言いまわし: what the device itself tells, in Japanese.

Main clause first: what, where, how far. The danger comes before the sentence about it.
"""

from collections.abc import Callable

from device.announcements import AlertKind, TripInfo
from device.bearings import (
    Belief,
    Nearness,
    Where,
    belief,
    exactness,
    hour,
    metres,
    nearness,
    where,
    whole_metres,
)
from device.tells import TellsHazard
from vision.types import Hazard, Motion, ObjectClass, PavingSight, Place

_THINGS = {
    ObjectClass.PERSON: "人",
    ObjectClass.BICYCLE: "自転車",
    ObjectClass.MOTORCYCLE: "バイク",
    ObjectClass.CAR: "車",
    ObjectClass.BUS: "バス",
    ObjectClass.TRUCK: "トラック",
    ObjectClass.KICK_SCOOTER: "キックボード",
    ObjectClass.POLE: "柱",
    ObjectClass.BOLLARD: "車止め",
    ObjectClass.TREE: "木",
    ObjectClass.SIGN: "看板",
    ObjectClass.CONE: "コーン",
    ObjectClass.PLANTER: "植木",
    ObjectClass.BENCH: "ベンチ",
    ObjectClass.BOX: "荷物",
    ObjectClass.DOG: "犬",
    ObjectClass.STAIRS: "階段",
    ObjectClass.PLATFORM_EDGE: "ホームの端",
    ObjectClass.OVERHEAD: "頭上に注意",
    ObjectClass.OBSTACLE: "障害物",
}
# What is said instead where the camera is not sure enough of the name: what it means is sure enough.
_UNSURE = {
    ObjectClass.STAIRS: "段差",
    ObjectClass.PLATFORM_EDGE: "段差",
    ObjectClass.OVERHEAD: "頭上に何か",
}
SIDES = {"left": "左", "right": "右"}
_WHERE = {
    Where.AHEAD: "正面",
    Where.SLIGHTLY_LEFT: "少し左",
    Where.SLIGHTLY_RIGHT: "少し右",
    Where.LEFT: "左前",
    Where.RIGHT: "右前",
    Where.FAR_LEFT: "左",
    Where.FAR_RIGHT: "右",
}
_ABOUT = {Nearness.PLAIN: "", Nearness.ABOUT: "約", Nearness.AROUND: "およそ"}


def thing(hazard: Hazard) -> str:
    """The thing's name, or 何か where the camera is not sure enough to name it."""
    names = _UNSURE if belief(hazard) is Belief.SOMETHING else _THINGS
    return names.get(hazard.cls, "何か")


def _distance(hazard: Hazard) -> str:
    if hazard.distance_m < 1.0:
        return "すぐ前"
    return f"{_ABOUT[nearness(hazard)]}{metres(hazard)}メートル"


def _free(hazard: Hazard) -> str:
    if hazard.motion is Motion.OVERTAKEN:
        return "同じ方向に進んでいます。"  # a side beside it does not stay free
    side = SIDES.get(hazard.free_side or "")
    return f"{side}側があいているようです。" if side else ""


def _it(hazard: Hazard) -> str:
    """Like 自転車 · 自転車らしい · 何か, by how sure it is."""
    name = thing(hazard)
    if belief(hazard) is Belief.NAMED or name.endswith("何か"):
        return name
    # What hangs has no name that could be doubted: only whether it is there.
    return _UNSURE[hazard.cls] if hazard.cls is ObjectClass.OVERHEAD else f"{name}らしい"


def _place(hazard: Hazard, clock: bool) -> str:
    """Like 正面 · 少し左 · 2時の方向."""
    at = where(hazard)
    return f"{hour(hazard)}時の方向" if clock and at is not Where.AHEAD else _WHERE[at]


def _at(hazard: Hazard, clock: bool, it: str) -> str:
    """Like 正面に自転車 · 頭上に注意 · 少し左の頭上に注意: what hangs is ahead if nothing else is said."""
    place = _place(hazard, clock)
    if hazard.cls is not ObjectClass.OVERHEAD:
        return f"{place}に{it}"
    return it if where(hazard) is Where.AHEAD else f"{place}の{it}"


def stop_now(hazard: Hazard, clock: bool = False) -> str:
    """One word first: it is heard even if nothing else is."""
    return f"止まって。{_at(hazard, clock, thing(hazard))}。"


def obstacle_on_paving(hazard: Hazard, clock: bool = False) -> str:
    """Like "ブロックに自転車。": each word costs a fifth of a metre of the lead."""
    if hazard.cls is ObjectClass.OVERHEAD:
        return obstacle_ahead(hazard, clock)  # it hangs over them
    # Who follows the blocks has them in front: only another direction is worth the half second.
    side = "" if where(hazard) is Where.AHEAD else f"{_place(hazard, clock)}の"
    return f"{side}ブロックに{_it(hazard)}。"


def obstacle_ahead(hazard: Hazard, clock: bool = False) -> str:
    """Like "正面に柱。"."""
    return f"{_at(hazard, clock, _it(hazard))}。"


def obstacle_near(hazard: Hazard, clock: bool = False) -> str:
    """The second telling, when it got worse: the thing, now."""
    return f"{_at(hazard, clock, thing(hazard))}、{_distance(hazard)}。"


def approaching(hazard: Hazard, clock: bool = False) -> str:
    """Like "右前から自転車。"."""
    return f"{_place(hazard, clock)}から{_it(hazard)}。"


def detail(hazard: Hazard, clock: bool = False) -> str:
    """The rest, after what and where: "3メートル。右側があいているようです。"."""
    return f"{_distance(hazard)}。{_free(hazard)}"


# --- what the guide blocks do ahead


def _far(place: Place) -> str:
    if place.distance_m < 1.0:
        return "すぐ前"
    about = _ABOUT[exactness(place.distance_m, place.sigma_m)]
    return f"{about}{whole_metres(place.distance_m)}メートル先"


_ARMS = {"left": "左", "right": "右", "both": "左右"}


def _way(sight: PavingSight) -> str:
    """Like "右に分かれます": what the blocks do where a strip leaves them."""
    if sight.branch is None:
        return ""
    one = not sight.branch.goes_on and sight.branch.side != "both"
    sure, seems = ("曲がります", "曲がるようです") if one else ("分かれます", "分かれるようです")
    return f"{_ARMS[sight.branch.side]}に{sure if sight.branch.sure else seems}"


def dots_ahead(sight: PavingSight) -> str:
    """Like "警告ブロック、3メートル先。": attention, and nothing of what may be done there."""
    if sight.dots is None:
        return "警告ブロック。"
    way = f"ブロックは、{_way(sight)}。" if sight.branch else ""
    return f"警告ブロック、{_far(sight.dots)}。{way}"


def blocks_branch(sight: PavingSight) -> str:
    """Like "点字ブロックが、右に分かれます。3メートル先。"."""
    if sight.branch is None:
        return "点字ブロックが分かれます。"
    return f"点字ブロックが、{_way(sight)}。{_far(sight.branch)}。"


def blocks_end(sight: PavingSight) -> str:
    """Like "点字ブロックが切れるようです。3メートル先。"."""
    if sight.end is None:
        return "点字ブロックが切れるようです。"
    return f"点字ブロックが{'切れます' if sight.end.sure else '切れるようです'}。{_far(sight.end)}。"


def blocks_bend(sight: PavingSight) -> str:
    """Like "点字ブロックが、ゆるく右に曲がります。"."""
    if sight.bend is None:
        return "点字ブロックが曲がります。"
    return f"点字ブロックが、ゆるく{SIDES['right' if sight.bend.turn_deg > 0 else 'left']}に曲がります。"


def blocks_drift(sight: PavingSight) -> str:
    """Like "ブロックから外れています。ブロックは右です。": the side of the blocks, not the side one is on."""
    if sight.drift is None:
        return "ブロックから外れています。"
    side = SIDES["right" if sight.drift.offset_m > 0 else "left"]
    return f"ブロックから外れています。ブロックは{side}です。"


def trip_started(trip: TripInfo) -> str:
    """The map's kind and who sees the position, before the first step."""
    begins = "案内を始めます。" if trip.guided else "散歩を始めます。道案内は、ありません。"
    practice = "練習用の地図です。" if trip.practice else ""
    shared = "位置は、見守りの方に届きます。" if trip.shared else ""
    return f"{begins}{practice}{shared}"


def trip_resumed(trip: TripInfo) -> str:
    """The device began anew on the way."""
    goes_on = "案内をやり直しました。続きから案内します。" if trip.guided else "散歩を続けます。"
    blind = "障害物は、まだお知らせできません。" if trip.blind else ""
    return f"シルベが動きなおしました。{goes_on}{blind}"


def trip_ended(trip: TripInfo) -> str:
    """The end of guidance and of sharing."""
    ends = "案内を終わります。" if trip.guided else "散歩を終わります。"
    return ends + ("位置の共有も終わります。" if trip.shared else "")


# Told of things seen; `obstacle_near` is the second telling, when it got worse.
HAZARDS: dict[AlertKind, TellsHazard] = {
    AlertKind.OBSTACLE_DETAIL: detail,
    AlertKind.STOP_NOW: stop_now,
    AlertKind.OBSTACLE_ON_PAVING: obstacle_on_paving,
    AlertKind.OBSTACLE_AHEAD: obstacle_ahead,
    AlertKind.EDGE_AHEAD: obstacle_ahead,
    AlertKind.STAIRS_AHEAD: obstacle_ahead,
    AlertKind.OVERHEAD_AHEAD: obstacle_ahead,
    AlertKind.PERSON_APPROACHING: approaching,
    AlertKind.VEHICLE_APPROACHING: approaching,
}
TRIPS: dict[AlertKind, Callable[[TripInfo], str]] = {
    AlertKind.TRIP_STARTED: trip_started,
    AlertKind.TRIP_RESUMED: trip_resumed,
    AlertKind.TRIP_ENDED: trip_ended,
}
BLOCKS: dict[AlertKind, Callable[[PavingSight], str]] = {
    AlertKind.DOTS_AHEAD: dots_ahead,
    AlertKind.BLOCKS_BRANCH: blocks_branch,
    AlertKind.BLOCKS_TURN: blocks_branch,
    AlertKind.BLOCKS_BEND: blocks_bend,
    AlertKind.BLOCKS_END: blocks_end,
    AlertKind.BLOCKS_DRIFT: blocks_drift,
}
# Told in the same words whatever the values.
SENTENCES: dict[AlertKind, str] = {
    AlertKind.PAVING_SIGHTED: "カメラに点字ブロックが見えています。",
    AlertKind.PAVING_OUT_OF_SIGHT: "カメラに点字ブロックが見えなくなりました。",
}
