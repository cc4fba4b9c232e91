"""A route before its first step: figures, why this way, and the whole of it as a walker reads it at home."""

import re

import pytest

from routing.cues import Cue, CueKind, Mark, Outline
from routing.manner import Lang
from routing.phrases import phrase, rehearsal, speech, summary, why
from routing.remarks import opening
from routing.simulated import Leg, route_of
from routing.wording_summary_en import START_LETTERS
from routing.wording_summary_ja import START_MORAE, morae
from wire.route import Caveat, Comparison, Crossing, Known, Landmark, Name, Route, StretchKind

OPAM = Name(ja="大分県立美術館", kana="おおいたけんりつびじゅつかん", en="Oita Prefectural Art Museum")
SHOWA = Name(ja="昭和通り", kana="しょうわどおり", en="Showa-dori")
SIGNAL = Crossing(signals="yes", sound="yes", marked="yes", tactile="yes", street=SHOWA)
ALL = tuple(
    Caveat(kind=kind, count=2, length_m=230.0)
    for kind in (
        "no_sidewalk", "unmarked_crossing", "level_crossing", "steps", "no_signal", "tactile_unknown",
        "blocked", "steep", "unlit", "map_gap", "escalator",
    )
)  # fmt: skip


def _start(caveats: tuple[Caveat, ...] = (), outline: Outline | None = None) -> Cue:
    return Cue(CueKind.START, "s", name=OPAM, length_m=1450.0, minutes=27, caveats=caveats, outline=outline)


# --- the start -----------------------------------------------------------------------------------


def test_the_gravest_comes_first_and_the_rest_is_announced_as_more() -> None:
    cue = _start(ALL, Outline(9, 4, 2, 3, 0.42, 0.5))
    assert phrase(cue, "ja") == (
        "大分県立美術館まで、1450メートル、およそ27分です。途中に、通れないという知らせ2か所、踏切2か所などがあります。"
    )
    assert phrase(cue, "en").startswith(
        "To Oita Prefectural Art Museum, 1450 metres, around 27 minutes. On the way: 2 places reported "
        "closed, 2 railway crossings, 2 gaps in the map"
    )
    assert phrase(cue, "en").endswith("and more.")


def test_what_is_all_there_is_is_not_more() -> None:
    cue = _start((Caveat(kind="steps", count=1),))
    assert phrase(cue, "ja").endswith("途中に、階段1か所があります。")
    assert phrase(cue, "en").endswith("On the way: 1 flight of steps.")


@pytest.mark.parametrize("some", range(2 ** len(ALL))[::37])
@pytest.mark.parametrize("outline", [None, Outline(9, 4, 2, 3, 0.42, 0.5), Outline(25, 25, 0, 0, 1.0, 0.0)])
def test_the_start_is_two_breaths(some: int, outline: Outline | None) -> None:
    caveats = tuple(caveat for index, caveat in enumerate(ALL) if some >> index & 1)
    cue = _start(caveats, outline)
    assert morae(speech(cue, "ja")) <= START_MORAE
    assert len(speech(cue, "en")) <= START_LETTERS


def test_a_new_route_tells_the_gravest_in_fewer_words() -> None:
    cue = Cue(CueKind.REROUTED, "r", length_m=620.0, minutes=11, caveats=ALL)
    assert phrase(cue, "ja") == (
        "ここから、新しい経路です。目的地まで、620メートル、およそ11分です。"
        "途中に、通れないという知らせ2か所などがあります。"
    )
    assert phrase(cue, "en").startswith(
        "New route from here. 620 metres, around 11 minutes to the destination. On the way: 2 places"
    )


@pytest.mark.parametrize("caveat", ALL, ids=lambda caveat: caveat.kind)
def test_every_caveat_has_words(caveat: Caveat) -> None:
    for lang in ("ja", "en"):
        told = phrase(_start((caveat,)), lang)
        assert len(told) > len(phrase(_start(), lang))
        assert not re.search(r"[A-Za-z]", told) if lang == "ja" else told.isascii()


@pytest.mark.parametrize(
    ("text", "count"),
    [("踏切2か所", 8), ("1200メートル", 9), ("およそ27分", 10), ("きょう、", 2), ("650", 6)],
)
def test_morae_are_counted_rather_too_many(text: str, count: int) -> None:
    assert count <= morae(text) <= count + 2


def test_the_voice_needs_no_more_morae_than_are_counted() -> None:
    pyopenjtalk = pytest.importorskip("pyopenjtalk", reason="pyopenjtalk-plus is not installed")
    kana = pyopenjtalk.g2p(speech(_start(ALL), "ja"), kana=True)
    heard = [sign for sign in kana if sign not in "、。ャュョァィゥェォ"]
    assert len(heard) <= 12.5 * 7.0


@pytest.mark.parametrize("kind", [CueKind.TURN_NOW, CueKind.CROSSING_NOW, CueKind.STEPS_AHEAD])
@pytest.mark.parametrize("mark", [None, *Mark])
def test_what_is_due_now_is_short(kind: CueKind, mark: Mark | None) -> None:
    known = Crossing(signals="yes", marked="yes", scramble="yes", kerb="flush")
    cue = Cue(
        kind,
        "k",
        distance_m=2.0,
        accuracy_m=5.0,
        turn_deg=-130.0,
        crossing=known if kind is CueKind.CROSSING_NOW else None,
        mark=mark if kind is CueKind.TURN_NOW else None,
        steps=24,
        steps_direction="unknown",
    )
    # 3 s for a turn; at a kerb the walker stands.
    most = {CueKind.TURN_NOW: 32, CueKind.STEPS_AHEAD: 50, CueKind.CROSSING_NOW: 110}[kind]
    assert morae(phrase(cue, "ja")) <= most
    assert morae(phrase(cue, "ja", verbosity="short")) <= 58


# --- why -----------------------------------------------------------------------------------------


def _comparison(**values: float) -> Comparison:
    base = dict.fromkeys(("longer_m", "no_sidewalk_m", "blocks_m"), 0.0)
    counts = dict.fromkeys(("unsignalled", "level_crossings", "steps"), 0)
    return Comparison(**(base | counts | values))  # type: ignore[arg-type]


def _chosen(choice: str, comparison: Comparison | None) -> Route:
    from dataclasses import replace

    return replace(route_of([Leg(0, 100)]), choice=choice, comparison=comparison)


@pytest.mark.parametrize(
    ("choice", "comparison", "ja", "en"),
    [
        ("recommended", None, "", ""),
        (
            "recommended",
            _comparison(longer_m=4.0),
            "いちばん短い道でもあります。",
            "This is also the shortest way.",
        ),
        (
            "recommended",
            _comparison(longer_m=120.0, unsignalled=-2, no_sidewalk_m=-300.0),
            "いちばん短い道より120メートル長いですが、信号の確認できない横断が2か所少なく、歩道のない所が300メートル短い道です。",
            "Beside the shortest way: 120 metres longer, but 2 fewer crossings not known to have a "
            "signal, 300 metres "
            "less without a sidewalk.",
        ),
        (
            "recommended",
            _comparison(longer_m=120.0, steps=1, level_crossings=-1),
            "いちばん短い道より120メートル長く、階段が1か所多いですが、踏切が1か所少ない道です。",
            "Beside the shortest way: 120 metres longer, 1 more flight of steps, but 1 "
            "fewer railway crossing.",
        ),
        (
            "recommended",
            _comparison(longer_m=5.0, blocks_m=200.0),
            "いちばん短い道とほぼ同じ長さで、点字ブロックのある所が200メートル長い道です。",
            "About as long as the shortest way, with 200 metres more of guide blocks.",
        ),
        (
            "blocks",
            _comparison(longer_m=200.0, unsignalled=1, blocks_m=300.0),
            "点字ブロックを優先した道で、いちばん短い道より200メートル長く、信号の確認できない横断が1か所多いですが、"
            "点字ブロックのある所が300メートル長い道です。",
            "This way prefers guide blocks; beside the shortest way: 200 metres longer, 1 more "
            "crossing not known to have a signal, but 300 metres more of guide blocks.",
        ),
        (
            "shortest",
            None,
            "歩道や信号や点字ブロックよりも、短さを優先した道です。",
            "This way prefers a short walk to sidewalks, signals and guide blocks.",
        ),
    ],
)
def test_why(choice: str, comparison: Comparison | None, ja: str, en: str) -> None:
    route = _chosen(choice, comparison)
    assert (why(route, "ja"), why(route, "en")) == (ja, en)


@pytest.mark.parametrize("choice", ["recommended", "safest", "shortest", "blocks"])
@pytest.mark.parametrize("sign", [-1, 0, 1])
def test_why_is_one_sentence_and_never_says_that_a_way_is_safe(choice: str, sign: int) -> None:
    much = _comparison(
        longer_m=200.0, no_sidewalk_m=100.0 * sign, blocks_m=-90.0 * sign, unsignalled=sign,
        level_crossings=sign, steps=-sign,
    )  # fmt: skip
    for comparison in (None, much):
        ja, en = (why(_chosen(choice, comparison), lang) for lang in ("ja", "en"))
        assert ja.count("。") <= 1
        assert "安全" not in ja
        assert en.count(". ") == 0
        assert not re.search(r"\bsaf", en, re.IGNORECASE)


# --- the whole route at home ---------------------------------------------------------------------


def _walk() -> Route:
    return route_of(
        [
            Leg(0, 100, tactile="yes"),
            Leg(-20, 0, StretchKind.CROSSING, crossing=SIGNAL),
            Leg(-60, 0, tactile="no"),
        ]
    )


def test_a_rehearsal_tells_the_whole_route_in_order() -> None:
    ja, en = rehearsal(_walk(), "ja"), rehearsal(_walk(), "en")
    assert len(ja) == len(en)
    assert [line.split(".")[0] for line in ja] == [str(number) for number in range(1, len(ja) + 1)]
    assert tuple(line.split(". ", 1)[1] for line in ja[: len(summary(_walk(), "ja"))]) == summary(
        _walk(), "ja"
    )
    told = "\n".join(ja)
    assert "道路の横断は1か所で、信号があります。" in told
    assert "点字ブロックのある所は、道のりの6割ほどです。" in told
    assert "北に向かって歩き始めます。" in told
    assert "100メートル先、左に曲がって、昭和通りを渡る、信号のある横断歩道" in told
    assert "点字ブロックが終わります" in told
    assert "60メートル先、目的地" in ja[-1]


def test_at_home_nobody_stands_at_a_kerb() -> None:
    route = route_of(
        [
            Leg(0, 40),
            Leg(0, 10, StretchKind.LEVEL_CROSSING),
            Leg(0, 8, StretchKind.STEPS, steps=12),
            Leg(0, 30),
        ]
    )
    told = "\n".join(rehearsal(route, "ja"))
    assert "手前です" not in told
    assert "ここ" not in told
    assert "40メートル先、踏切。手前で止まってください。" in told
    assert "続いて、階段。" in told
    assert "Then, steps." in "\n".join(rehearsal(route, "en"))


def test_a_landmark_that_tells_a_corner_is_told_once() -> None:
    bank = Landmark(at_m=98.0, side="left", name=Name(ja="大分銀行", en="Oita Bank"))
    route = route_of([Leg(0, 100), Leg(80, 0)], landmarks=(bank,))
    assert sum("大分銀行" in line for line in rehearsal(route, "ja")) == 1


def test_what_is_underfoot_is_told_behind_the_corner() -> None:
    route = route_of([Leg(0, 100), Leg(0, 3, StretchKind.ROAD), Leg(80, 0, StretchKind.ROAD)])
    ja = rehearsal(route, "ja")
    turn = next(number for number, line in enumerate(ja) if "右に曲がります" in line)
    road = next(number for number, line in enumerate(ja) if "歩道がありません" in line)
    assert turn < road
    assert "そこから" in ja[road]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_each_language_is_written_in_its_own_letters(lang: Lang) -> None:
    for line in rehearsal(_walk(), lang):
        text = line.split(". ", 1)[1]
        assert not re.search(r"[A-Za-z]", text) if lang == "ja" else text.isascii()


def test_the_opening_counts_what_is_known() -> None:
    cue = opening(_walk())
    assert cue.outline is not None
    assert (cue.outline.crossings, cue.outline.signals, cue.outline.no_signals) == (1, 1, 0)
    assert cue.outline.blocks_share == pytest.approx(100.0 / 180.0, abs=0.01)
    assert cue.outline.blocks_unknown_share == 0.0


@pytest.mark.parametrize(
    ("mark", "ja", "en"),
    [
        (
            Mark.BLOCKS_TURN,
            "20メートル先、点字ブロックに沿って、右に曲がります。",
            "turn right along the guide",
        ),
        (
            Mark.BLOCKS_LEFT,
            "20メートル先、点字ブロックから離れて、右に曲がります。",
            "away from the guide blocks",
        ),
        (Mark.AFTER_STEPS, "20メートル先、階段の終わりで、右に曲がります。", "at the end of the steps"),
        (
            Mark.AFTER_SIGNAL,
            "20メートル先、信号のある横断歩道の先で、右に曲がります。",
            "behind the crossing with",
        ),
    ],
)
def test_a_corner_without_a_name_is_told_by_what_is_felt(mark: Mark, ja: str, en: str) -> None:
    cue = Cue(CueKind.PREPARE_TURN, "t", distance_m=20.0, accuracy_m=5.0, turn_deg=90.0, mark=mark)
    assert phrase(cue, "ja") == ja
    assert en in phrase(cue, "en")


@pytest.mark.parametrize("mark", Mark)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_mark_has_words_and_leaves_the_side_alone(mark: Mark, lang: Lang) -> None:
    for kind in (CueKind.PREPARE_TURN, CueKind.TURN_NOW):
        cue = Cue(kind, "t", distance_m=20.0, accuracy_m=5.0, turn_deg=-90.0, mark=mark)
        text = phrase(cue, lang)
        own, other = ("左に", "右に") if lang == "ja" else ("turn left", "right")
        assert own in text.lower()
        assert other not in text.lower()


def test_a_way_that_is_not_paved_is_told_as_such() -> None:
    cue = Cue(
        CueKind.PREPARE_TURN, "t", distance_m=20.0, accuracy_m=5.0, turn_deg=90.0, unpaved=True,
        stretch=StretchKind.PATH,
    )  # fmt: skip
    assert "舗装されていない小道に入ります。" in phrase(cue, "ja")
    assert "into a path, unpaved." in phrase(cue, "en")


def test_however_long_the_name_the_gravest_is_told() -> None:
    name = Name(ja="東京都" * 12, kana="とうきょうと" * 12, en="Tokyo " * 30)
    cue = Cue(CueKind.START, "s", name=name, length_m=1450.0, minutes=27, caveats=ALL)
    assert "通れないという知らせ2か所など" in phrase(cue, "ja")
    assert "2 places reported closed, and more" in phrase(cue, "en")


@pytest.mark.parametrize(
    ("signals", "ja", "en"),
    [
        (("yes",), "道路の横断は1か所で、信号があります。", "1 road crossing, with a signal."),
        (
            ("no", "no"),
            "道路の横断は2か所で、どれも、信号がありません。",
            "2 road crossings, all without a signal.",
        ),
        (
            ("yes", "unknown", "unknown"),
            "道路の横断は3か所です。信号のあるもの1か所、信号の有無が分からないもの2か所。",
            "3 road crossings: 1 with a signal, 2 where a signal is not known.",
        ),
        ((), "", ""),
    ],
)
def test_crossings_are_counted_by_their_signals(signals: tuple[Known, ...], ja: str, en: str) -> None:
    legs = [Leg(0, 50)]
    for known in signals:
        legs += [Leg(0, 10, StretchKind.CROSSING, crossing=Crossing(signals=known)), Leg(0, 50)]
    route = route_of(legs)
    assert ja in summary(route, "ja") if ja else "道路の横断" not in "".join(summary(route, "ja"))
    assert en in summary(route, "en") if en else "road crossing" not in "".join(summary(route, "en"))
