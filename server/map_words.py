"""Things of the map in words: (Japanese, English). Pure.

What the map does not hold is said to be unknown; nothing says that one may cross, or that a way is good.
"""

from typing import Final

from routing.things import Thing
from server.words import Pair
from wire.route import Crossing, Known, Name, StretchKind

# Of each thing that a crossing or a flight of steps may have: yes, no, and its name where that is unknown.
_Told = tuple[Pair, Pair, Pair]
_SIGNALS: Final[_Told] = (("信号あり", "a signal"), ("信号なし", "no signal"), ("信号", "signal"))
_MARKED: Final[_Told] = (
    ("線の表示あり", "marked on the road"),
    ("線の表示なし", "not marked on the road"),
    ("横断歩道の線", "marking on the road"),
)
_SOUND: Final[_Told] = (
    ("音響信号あり", "the signal has sound"),
    ("音響信号なし", "the signal has no sound"),
    ("音響信号", "sound of the signal"),
)
_WARNING: Final[_Told] = (
    ("足元に点字ブロックあり", "tactile paving at the kerb"),
    ("足元に点字ブロックなし", "no tactile paving at the kerb"),
    ("足元の点字ブロック", "tactile paving at the kerb"),
)
_ISLAND: Final[_Told] = (
    ("途中に安全島あり", "an island in the middle"),
    ("途中に安全島なし", "no island in the middle"),
    ("安全島", "island in the middle"),
)
_BLOCKS: Final[_Told] = (
    ("点字ブロックあり", "guide blocks"),
    ("点字ブロックなし", "no guide blocks"),
    ("点字ブロック", "guide blocks"),
)
_HANDRAIL: Final[_Told] = (
    ("手すりあり", "a handrail"),
    ("手すりなし", "no handrail"),
    ("手すり", "handrail"),
)
_SIDEWALK: Final[_Told] = (("歩道あり", "a sidewalk"), ("歩道なし", "no sidewalk"), ("歩道", "sidewalk"))
_STEPS_UNKNOWN: Final = ("段数", "number of steps")
_KERB: Final[dict[str, Pair]] = {
    "flush": ("縁石の段差なし", "no kerb edge"),
    "lowered": ("縁石は低い", "lowered kerb"),
    "raised": ("縁石は高い", "raised kerb"),
}
_KERB_UNKNOWN: Final = ("縁石の高さ", "height of the kerb")
_NOT_WALKED: Final = ("歩く道としては地図にありません", "the map does not give it for walking")
_WAYS: Final[dict[StretchKind, Pair]] = {
    StretchKind.SIDEWALK: ("歩道", "sidewalk"),
    StretchKind.SHARED_PATH: ("自転車歩行者道", "path shared with bicycles"),
    StretchKind.PEDESTRIAN: ("歩行者の道", "pedestrian street"),
    StretchKind.ROAD: ("車道", "road"),
    StretchKind.UNDERPASS: ("地下道", "underpass"),
    StretchKind.BRIDGE: ("橋", "bridge"),
    StretchKind.INDOOR: ("屋内の通路", "indoor way"),
    StretchKind.PATH: ("小道", "path"),
    StretchKind.LEVEL_CROSSING: ("踏切", "railway crossing"),
}


def thing_words(thing: Thing) -> Pair:
    """What it is, what the map knows of it, and what of that it does not know."""
    if thing.gap:
        return "地図の途切れ。数メートルは地図にありません", "Gap in the map: some metres are not on it"
    if thing.crossing is not None:
        return _crossing(thing.crossing)
    if thing.kind is StretchKind.STEPS:
        return _stairs(thing)
    return _way(thing)


def blocks_words(thing: Thing) -> Pair:
    """Of the guide blocks along it."""
    ja, en = _way_name(thing)
    return f"{ja}に沿って", f"Along: {en}"


class _Sentence:
    """Puts together what is known, and at its end the names of what is not."""

    def __init__(self, head: Pair) -> None:
        self._parts, self._unknown = [head], list[Pair]()

    def know(self, known: Known, told: _Told) -> None:
        yes, no, name = told
        if known == "unknown":
            self._unknown.append(name)
        else:
            self._parts.append(yes if known == "yes" else no)

    def add(self, said: Pair) -> None:
        self._parts.append(said)

    def lacks(self, name: Pair) -> None:
        self._unknown.append(name)

    def pair(self) -> Pair:
        if self._unknown:
            names_ja = "、".join(name[0] for name in self._unknown)
            names_en = ", ".join(name[1] for name in self._unknown)
            self._parts.append((f"分からないこと: {names_ja}", f"not known: {names_en}"))
        ja, en = ("。".join(part[0] for part in self._parts), "; ".join(part[1] for part in self._parts))
        return ja, f"{en[0].upper()}{en[1:]}"


def _crossing(known: Crossing) -> Pair:
    said = _Sentence(_crossing_name(known))
    said.know(known.signals, _SIGNALS)
    if known.signals == "yes":
        _signal(known, said)
    if known.marked != "yes":
        said.know(known.marked, _MARKED)
    if known.escort == "yes":
        said.add(("エスコートゾーンあり", "a tactile strip runs across"))
    said.know(known.tactile, _WARNING)
    said.know(known.island, _ISLAND)
    if known.kerb == "unknown":
        said.lacks(_KERB_UNKNOWN)
    else:
        said.add(_KERB[known.kerb])
    return said.pair()


def _signal(known: Crossing, said: _Sentence) -> None:
    said.know(known.sound, _SOUND)
    if known.sound_hours is not None and known.sound != "no":
        said.add(("音は決まった時間だけ鳴ります", "the sound is on at certain hours only"))
    if known.button == "yes":
        said.add(("押しボタンあり", "a push button"))
    if known.vibration == "yes":
        said.add(("触って分かる信号あり", "the signal can be felt"))


def _crossing_name(known: Crossing) -> Pair:
    if not known.mapped:
        ja, en = "地図に横断歩道のない横断", "place to cross with no crossing on the map"
    elif known.scramble == "yes":
        ja, en = "スクランブル交差点", "scramble crossing"
    elif known.marked == "yes":
        ja, en = "横断歩道", "marked crossing"
    else:
        ja, en = "道路の横断", "street crossing"
    return (
        (ja, en) if known.street is None else (f"{known.street.ja}の{ja}", f"{en}, {_english(known.street)}")
    )


def _stairs(thing: Thing) -> Pair:
    said = _Sentence(("エスカレーター", "escalator") if thing.moving else ("階段", "stairs"))
    if thing.moving:
        said.lacks(("動く向き", "which way it moves"))
    elif thing.steps is None:
        said.lacks(_STEPS_UNKNOWN)
    else:
        said.add((f"{thing.steps}段", f"{thing.steps} steps"))
    if not thing.moving:
        said.know(thing.handrail, _HANDRAIL)
    return _whole(said, thing)


def _way(thing: Thing) -> Pair:
    said = _Sentence(_way_name(thing))
    road = thing.kind is StretchKind.ROAD
    if road and thing.apart:
        said.add(("歩道は別に描いてあります", "its sidewalk is drawn beside it"))
    elif road:
        said.know(thing.sidewalk, _SIDEWALK)
    if thing.kind is not StretchKind.LEVEL_CROSSING and not (road and thing.apart):
        said.know(thing.tactile, _BLOCKS)
    return _whole(said, thing)


def _whole(said: _Sentence, thing: Thing) -> Pair:
    if not thing.walked:
        said.add(_NOT_WALKED)
    return said.pair()


def _way_name(thing: Thing) -> Pair:
    ja, en = _WAYS.get(thing.kind, ("道", "way"))
    if thing.moving:
        ja, en = "動く歩道", "moving walkway"
    if thing.name is None:
        return ja, en
    name = _english(thing.name)
    beside = thing.kind in (StretchKind.SIDEWALK, StretchKind.SHARED_PATH)
    return (
        f"{thing.name.ja}の{ja}" if beside else f"{thing.name.ja}({ja})",
        f"{en} of {name}" if beside else f"{name}, {en}",
    )


def _english(name: Name) -> str:
    return name.en or name.ja
