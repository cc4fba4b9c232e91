"""What must be crossed or climbed: every fact that is known is told, none that is not, in few words."""

import re
from dataclasses import replace
from itertools import product

import pytest

from routing.cues import Cue, CueKind
from routing.phrases import phrase
from wire.route import Crossing, Name, StretchKind

SHOWA = Name(ja="昭和通り", kana="しょうわどおり", en="Showa-dori")


def _ahead(crossing: Crossing, **values: object) -> Cue:
    cue = Cue(CueKind.CROSSING_AHEAD, "c", distance_m=30.0, accuracy_m=5.0, crossing=crossing)
    return replace(cue, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("crossing", "ja", "en"),
    [
        (
            Crossing(signals="yes", sound="yes", marked="yes", scramble="yes"),
            "昭和通りを渡る、スクランブル交差点。車の音の向きでは、渡る向きは分かりません。音響信号あり。",
            "scramble crossing over Showa-dori. The sound of the traffic does not tell which way to cross. "
            "With sound.",
        ),
        (
            Crossing(mapped=False, lanes=4),
            "昭和通りを横切ります。地図に横断歩道も信号もありません。4車線。",
            "you cross Showa-dori. The map has no crossing and no signal here. 4 lanes.",
        ),
        (
            Crossing(signals="yes", sound="yes", marked="yes", escort="yes", tactile="yes"),
            "音響信号あり。エスコートゾーンあり。",
            "With sound. A tactile strip runs across.",
        ),
        (
            Crossing(signals="yes", sound="no", marked="yes", vibration="yes"),
            "音響信号なし。触知式信号あり。",
            "No sound. The signal can be felt.",
        ),
        (
            Crossing(signals="yes", marked="unknown", mapped=False),
            "昭和通りを横切ります。地図に横断歩道はありません。信号あり。",
            "No marked crossing on the map. A signal.",
        ),
        (Crossing(marked="no"), "横断歩道のない横断。信号の有無は分かりません。", "unmarked crossing over"),
    ],
)
def test_each_kind_of_crossing(crossing: Crossing, ja: str, en: str) -> None:
    cue = _ahead(crossing, name=SHOWA)
    assert ja in phrase(cue, "ja")
    assert en in phrase(cue, "en")


@pytest.mark.parametrize(("length", "told"), [(None, False), (5.0, False), (21.0, True)])
def test_a_long_crossing_says_how_long(length: float | None, told: bool) -> None:
    cue = _ahead(Crossing(signals="yes", marked="yes"), length_m=length)
    assert ("長さおよそ20メートル。" in phrase(cue, "ja")) is told
    assert ("Around 20 metres long." in phrase(cue, "en")) is told


def _crossings() -> list[Crossing]:
    three = ("yes", "no", "unknown")
    return [
        Crossing(signals=signals, marked=marked, sound=sound, scramble=scramble, mapped=mapped)
        for signals, marked, sound in product(three, repeat=3)
        for scramble in ("yes", "unknown")
        for mapped in (True, False)
    ]


@pytest.mark.parametrize("crossing", _crossings(), ids=str)
def test_unknown_is_never_told_as_no_and_no_never_as_unknown(crossing: Crossing) -> None:
    ja, en = phrase(_ahead(crossing), "ja"), phrase(_ahead(crossing), "en").lower()
    if crossing.signals == "unknown":
        assert "信号なし" not in ja
        assert "信号のない" not in ja
        assert "no signal" not in en or "the map has no" in en
    if crossing.signals == "no":
        assert "信号なし" in ja or "信号のない" in ja
        assert "no signal" in en
        assert "信号の有無" not in ja
    if crossing.signals == "yes" and crossing.scramble != "yes":
        assert "信号あり" in ja or "信号のある" in ja
        assert "no signal" not in en
    if crossing.mapped and crossing.scramble != "yes" and crossing.marked == "unknown":
        assert "横断歩道のない" not in ja
        assert "unmarked" not in en


@pytest.mark.parametrize("crossing", _crossings(), ids=str)
@pytest.mark.parametrize("kind", [CueKind.CROSSING_AHEAD, CueKind.CROSSING_NOW, CueKind.CROSSING_DONE])
@pytest.mark.parametrize("verbosity", ["short", "normal"])
def test_nobody_is_ever_told_to_cross(crossing: Crossing, kind: CueKind, verbosity: str) -> None:
    cue = Cue(kind, "c", distance_m=2.0, accuracy_m=5.0, crossing=crossing)
    ja = phrase(cue, "ja", verbosity=verbosity)  # type: ignore[arg-type]
    en = phrase(cue, "en", verbosity=verbosity)  # type: ignore[arg-type]
    assert not re.search(r"安全(?!島)|青|渡れます|渡って|大丈夫", ja)
    assert not re.search(r"\bsafe|green|\bclear\b|may cross|can cross|cross now", en, re.IGNORECASE)


def test_at_a_scramble_nobody_is_sent_by_the_sound_of_traffic() -> None:
    cue = Cue(CueKind.CROSSING_NOW, "c", crossing=Crossing(signals="yes", scramble="yes"))
    assert phrase(cue, "ja") == (
        "スクランブル交差点の手前です。車の音の向きでは、渡る向きは分かりません。"
        "渡るかどうかは、自分で確かめてください。"
    )
    assert "listen to traffic" not in phrase(cue, "en").lower()


@pytest.mark.parametrize(
    ("moving", "stretch", "direction", "ja", "en"),
    [
        (False, StretchKind.STEPS, "up", "上り階段", "steps up"),
        (False, StretchKind.STEPS, "down", "下り階段", "steps down"),
        (True, StretchKind.STEPS, "up", "上りエスカレーター", "escalator up"),
        (
            True,
            StretchKind.STEPS,
            "unknown",
            "エスカレーター。動く向きは分かりません。",
            "Which way it moves is not",
        ),
        (True, StretchKind.INDOOR, None, "動く歩道", "moving walkway"),
    ],
)
def test_what_moves_is_named_as_what_it_is(
    moving: bool, stretch: StretchKind, direction: str | None, ja: str, en: str
) -> None:
    cue = Cue(
        CueKind.STEPS_AHEAD,
        "s",
        distance_m=15.0,
        accuracy_m=5.0,
        moving=moving,
        stretch=stretch,
        steps_direction=direction,
    )
    assert ja in phrase(cue, "ja")
    assert en in phrase(cue, "en")


@pytest.mark.parametrize(
    ("incline", "ja", "en"),
    [(9, "急な上り坂", "steep slope up"), (-12, "急な下り坂", "steep slope down"), (6, "上り坂", "slope up")],
)
def test_a_slope_says_whether_it_goes_up_or_down(incline: int, ja: str, en: str) -> None:
    cue = Cue(CueKind.SLOPE_AHEAD, "s", distance_m=20.0, accuracy_m=5.0, incline_pct=incline)
    other_ja, other_en = ("下り", "down") if incline > 0 else ("上り", " up")
    assert ja in phrase(cue, "ja")
    assert en in phrase(cue, "en")
    assert other_ja not in phrase(cue, "ja")
    assert other_en not in phrase(cue, "en")
    assert ("急な" in phrase(cue, "ja")) is (abs(incline) > 8)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(
    "kind",
    [CueKind.PAVING_BRANCH, CueKind.LANDMARK, CueKind.NEAR_DESTINATION, CueKind.ARRIVED],
)
def test_a_side_is_its_own_side(kind: CueKind, side: str) -> None:
    cue = Cue(kind, "k", distance_m=20.0, accuracy_m=5.0, side=side, name=SHOWA)
    own, other = ("左", "右") if side == "left" else ("右", "左")
    ja, en = phrase(cue, "ja"), phrase(cue, "en")
    assert own in ja
    assert other not in ja
    assert re.search(rf"\b{side}\b", en)
    assert not re.search(r"\bright\b" if side == "left" else r"\bleft\b", en)


@pytest.mark.parametrize("hour", range(1, 12))
@pytest.mark.parametrize("kind", [CueKind.PREPARE_TURN, CueKind.TURN_NOW, CueKind.CROSSING_AHEAD])
def test_a_clock_position_is_its_own_hour(kind: CueKind, hour: int) -> None:
    angle = 30.0 * hour if hour <= 6 else 30.0 * (hour - 12)
    cue = Cue(kind, "k", distance_m=20.0, accuracy_m=5.0, turn_deg=angle)
    hours = re.findall(r"(\d+)時", phrase(cue, "ja", clock=True))
    assert hours == [str(hour)]
    assert re.findall(r"(\d+) o'clock", phrase(cue, "en", clock=True)) == [str(hour)]
    assert not re.search("左|右", phrase(cue, "ja", clock=True))


@pytest.mark.parametrize("angle", [-170, -130, -90, -40, 40, 90, 130, 170])
@pytest.mark.parametrize("kind", [CueKind.OFF_ROUTE, CueKind.WRONG_WAY, CueKind.FACE, CueKind.BACK_ON_ROUTE])
def test_where_the_way_lies_is_told_by_its_own_side(kind: CueKind, angle: int) -> None:
    cue = Cue(kind, "k", distance_m=20.0, accuracy_m=5.0, relative_deg=float(angle))
    ja, en = phrase(cue, "ja"), phrase(cue, "en")
    own, other = (("右", "right"), ("左", "left")) if angle > 0 else (("左", "left"), ("右", "right"))
    assert other[0] not in ja
    assert not re.search(rf"\b{other[1]}\b", en)
    behind = abs(angle) > 150
    assert (own[0] in ja) is not behind
    assert bool(re.search(rf"\b{own[1]}\b", en)) is not behind


@pytest.mark.parametrize("kind", [CueKind.STEPS_AHEAD, CueKind.UNDERPASS_AHEAD, CueKind.LEVEL_CROSSING_AHEAD])
@pytest.mark.parametrize("distance", [2.0, 20.0])
@pytest.mark.parametrize("angle", [-90.0, 90.0, -40.0, 40.0])
def test_what_lies_round_a_corner_lies_on_its_own_side(kind: CueKind, distance: float, angle: float) -> None:
    cue = Cue(kind, "k", distance_m=distance, accuracy_m=5.0, turn_deg=angle)
    own, other = (("右", "right"), ("左", "left")) if angle > 0 else (("左", "left"), ("右", "right"))
    assert own[0] in phrase(cue, "ja")
    assert other[0] not in phrase(cue, "ja")
    assert re.search(rf"\b{own[1]}\b", phrase(cue, "en"))
    assert not re.search(rf"\b{other[1]}\b", phrase(cue, "en"))


def test_brackets_of_a_name_are_not_spoken() -> None:
    from routing.phrases import speech

    cue = _ahead(Crossing(signals="yes", marked="yes"), name=Name(ja="青山通り(金王坂)"))
    assert "青山通りを渡る" in speech(cue, "ja")
    assert "青山通り(金王坂)を渡る" in phrase(cue, "ja")


def test_a_kerb_that_is_told_early_is_not_told_as_here() -> None:
    near = Cue(CueKind.CROSSING_NOW, "c", distance_m=4.0, crossing=Crossing(marked="yes"))
    early = Cue(CueKind.CROSSING_NOW, "c", distance_m=12.0, crossing=Crossing(marked="yes"))
    assert phrase(near, "ja").startswith("横断歩道の手前です。")
    assert phrase(early, "ja").startswith("もうすぐ、横断歩道です。")
    assert phrase(near, "en").startswith("Just before the crossing")
    assert phrase(early, "en").startswith("The crossing is just ahead")
