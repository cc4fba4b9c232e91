"""What is said of the guide blocks: which places, how often, and to which side."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from device.announcements import (
    LANGS,
    Again,
    AlertKind,
    Announcement,
    Fresh,
    Lang,
    blocks_place,
    still_true,
)
from device.arbiter import Settled
from device.blocks import BlocksState, from_paving
from device.examples import example
from device.hazards import SceneState, from_scene, settle
from device.policy import POLICY, Urgency
from device.words import NEVER_SAID, render
from vision.types import Bend, Branch, Dots, Drift, End, PavingSight, Quality, Scene

A = AlertKind
ON_THE_LINE = PavingSight(True, 0.0, 0.0, Quality.KNOWN, 5.0, 0.0, followed=True)
BESIDE = replace(ON_THE_LINE, offset_m=0.8, followed=False)
KINDS = (A.DOTS_AHEAD, A.BLOCKS_BRANCH, A.BLOCKS_TURN, A.BLOCKS_BEND, A.BLOCKS_END, A.BLOCKS_DRIFT)


def dots(distance_m: float, number: int = 1) -> Dots:
    return Dots(number, distance_m, 0.2, False)


def branch(distance_m: float, side: str = "right", *, goes_on: bool = True, number: int = 2) -> Branch:
    return Branch(number, distance_m, 0.2, side, goes_on)


def end(distance_m: float, *, sure: bool = True) -> End:
    return End(3, distance_m, 0.2, sure)


def drift(offset_m: float, number: int = 1) -> Drift:
    return Drift(number, offset_m, 0.1, 0.2)


def told(*sights: PavingSight) -> list[Announcement]:
    """What ten sights a second add up to; that they are in sight is left out."""
    state, out = BlocksState(told=True), []
    for frame, sight in enumerate(sights):
        state, new = from_paving(state, sight, frame / 10)
        out += [each for each in new if each.kind in KINDS]
    return out


def kinds(announcements: Sequence[Announcement]) -> list[AlertKind]:
    return [AlertKind(each.kind) for each in announcements]


def approached(sight: PavingSight, start_m: float = 7.0, name: str = "dots") -> list[PavingSight]:
    """Walking up to the place called `name` at a metre a second."""
    place = getattr(sight, name)
    return [
        replace(sight, **{name: replace(place, distance_m=start_m - frame / 10)})
        for frame in range(round(start_m * 10))
    ]


# --- what, and how often


@pytest.mark.parametrize(
    ("name", "place", "kind", "within_m"),
    [
        ("dots", dots(0), A.DOTS_AHEAD, 4.5),
        ("branch", branch(0), A.BLOCKS_BRANCH, 5.0),
        ("branch", branch(0, goes_on=False), A.BLOCKS_TURN, 5.0),
        ("end", end(0), A.BLOCKS_END, 4.5),
        ("bend", Bend(4, 0, 0.5, 30.0), A.BLOCKS_BEND, 4.0),
    ],
)
def test_each_place_is_told_once_when_it_is_near(
    name: str, place: Dots | Branch | End | Bend, kind: AlertKind, within_m: float
) -> None:
    (only,) = told(*approached(replace(ON_THE_LINE, **{name: place}), name=name))
    assert only.kind is kind
    there = blocks_place(only.kind, only.params)  # type: ignore[arg-type]
    assert there
    assert there.distance_m == pytest.approx(within_m, abs=0.11)  # type: ignore[union-attr]


def test_the_next_place_of_the_same_kind_is_told_too() -> None:
    first, second = (replace(ON_THE_LINE, dots=dots(4.0, number)) for number in (1, 5))
    assert kinds(told(first, first, second, second)) == [A.DOTS_AHEAD] * 2


def test_an_end_or_a_bend_that_lies_with_what_is_told_is_not_told_as_well() -> None:
    at_dots = replace(ON_THE_LINE, dots=dots(3.5), end=end(4.0))
    assert kinds(told(at_dots, at_dots)) == [A.DOTS_AHEAD]
    at_corner = replace(
        ON_THE_LINE, branch=branch(3.5, goes_on=False), end=end(4.0), bend=Bend(4, 3.0, 1, 40)
    )
    assert kinds(told(at_corner, at_corner)) == [A.BLOCKS_TURN]
    assert kinds(told(replace(ON_THE_LINE, dots=dots(1.0), end=end(4.0)))) == [A.DOTS_AHEAD, A.BLOCKS_END]


@pytest.mark.parametrize("lang", LANGS)
def test_a_branch_is_told_in_the_same_breath_as_the_dots_that_mark_it(lang: Lang) -> None:
    sight = replace(ON_THE_LINE, dots=dots(4.0), branch=branch(4.3))
    (only,) = told(sight, sight)
    words = {"ja": "警告ブロック、4メートル先。ブロックは、右に分かれます。",
             "en": "Warning blocks, 4 metres ahead. The blocks branch to the right."}  # fmt: skip
    assert render(only, lang).text == words[lang]


def test_a_branch_that_is_elsewhere_is_not_told_with_the_dots() -> None:
    first, second = told(replace(ON_THE_LINE, dots=dots(2.0), branch=branch(4.5)))
    assert render(first, "ja").text == "警告ブロック、2メートル先。"
    assert second.kind is A.BLOCKS_BRANCH


def test_who_does_not_follow_the_blocks_is_told_of_dots_only() -> None:
    everything = replace(
        ON_THE_LINE, dots=dots(1.0), branch=branch(2.8), end=end(4.4), bend=Bend(4, 1.0, 0.5, 40.0),
        drift=Drift(1, 0.6, 0.1, 0.2),
    )  # fmt: skip
    assert len(told(everything)) == 5
    assert kinds(told(replace(everything, followed=False))) == [A.DOTS_AHEAD]
    assert told(replace(everything, followed=False, offset_m=1.4)) == []
    assert kinds(told(replace(everything, offset_m=0.9))) == [A.BLOCKS_DRIFT]


def test_dots_are_told_where_no_line_leads() -> None:
    row = PavingSight(False, dots=dots(3.0))
    assert kinds(told(row, row)) == [A.DOTS_AHEAD]


def test_leaving_is_told_once_and_again_only_after_coming_back() -> None:
    away = replace(ON_THE_LINE, drift=Drift(1, 0.6, 0.1, 0.2))
    assert kinds(told(away, away, ON_THE_LINE, away)) == [A.BLOCKS_DRIFT]
    again = replace(ON_THE_LINE, drift=Drift(2, 0.6, 0.1, 0.2))
    assert kinds(told(away, ON_THE_LINE, again)) == [A.BLOCKS_DRIFT] * 2


def test_after_their_end_it_is_no_news_that_they_are_out_of_sight() -> None:
    state, out = BlocksState(told=True), []
    for frame in range(160):
        sight = replace(ON_THE_LINE, end=end(4.0)) if frame < 30 else PavingSight(False)
        state, new = from_paving(state, sight, frame / 10)
        out += [str(each.kind) for each in new]
    assert out == ["blocks_end"]
    for frame in range(160, 220):
        state, new = from_paving(state, BESIDE, frame / 10)
        out += [str(each.kind) for each in new]
    assert out == ["blocks_end", "paving_sighted"]


@pytest.mark.parametrize(
    ("sight", "news"),
    [
        (ON_THE_LINE, False),
        (replace(ON_THE_LINE, offset_m=0.6), False),  # beside them for a moment, and following still
        (replace(ON_THE_LINE, followed=False), False),
        (replace(BESIDE, offset_m=-0.2), False),
        (BESIDE, True),
        (replace(BESIDE, offset_m=-0.5), True),
        (replace(BESIDE, offset_m=None), True),  # where they are is not known
    ],
)
def test_blocks_underfoot_are_no_news_but_losing_them_is(sight: PavingSight, *, news: bool) -> None:
    state, out = BlocksState(), []
    for frame in range(250):
        state, new = from_paving(state, sight if frame < 100 else PavingSight(False), frame / 10)
        out += [str(each.kind) for each in new]
    assert out == ["paving_sighted"] * news + ["paving_out_of_sight"]


def test_who_was_told_of_dots_need_not_be_told_that_blocks_are_in_sight() -> None:
    state, out = BlocksState(), []
    for frame in range(100):
        state, new = from_paving(state, replace(ON_THE_LINE, dots=dots(4.0)), frame / 10)
        out += [str(each.kind) for each in new]
    assert out == ["dots_ahead"]


def test_what_was_never_heard_is_offered_again_and_what_was_heard_is_not() -> None:
    sight = replace(ON_THE_LINE, dots=dots(4.0))
    state, (first,) = from_scene(SceneState(), Scene(0, 0.0, (), sight), 0.0)
    heard = settle(state, (Settled(first, "spoken", 1, 0.0, 2.0),))
    assert from_scene(heard, Scene(1, 0.1, (), sight), 0.1)[1] == ()
    missed = settle(state, (Settled(first, "expired"),))
    assert kinds(from_scene(missed, Scene(1, 0.1, (), sight), 0.1)[1]) == [A.DOTS_AHEAD]


# --- at play time


def test_distances_are_those_of_the_moment_of_speaking() -> None:
    (only,) = told(replace(ON_THE_LINE, dots=dots(4.4)))
    fresh = Fresh(paving=replace(ON_THE_LINE, dots=dots(3.2)))
    assert render(only, "ja", fresh).text == "警告ブロック、3メートル先。"
    assert render(only, "ja", Fresh(paving=PavingSight(False))).text == "警告ブロック、4メートル先。"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_passed_or_was_wrong_is_not_said_any_more(kind: AlertKind) -> None:
    made = example(kind)
    assert isinstance(made.params, PavingSight)
    assert still_true(made, Fresh())
    assert still_true(made, Fresh(paving=made.params))
    assert still_true(made, Fresh(paving=replace(made.params, seen=False)))  # kept while it is ahead
    # A sight without it: passed. But who leaves the blocks loses sight of them, and is told.
    assert still_true(made, Fresh(paving=PavingSight(False))) is (kind is A.BLOCKS_DRIFT)
    assert not still_true(made, Fresh(paving=ON_THE_LINE))


def test_what_is_out_of_sight_is_told_as_far_as_it_is_left() -> None:
    (only,) = told(replace(ON_THE_LINE, dots=dots(4.4)))
    gone = Fresh(paving=PavingSight(False, dots=Dots(1, 2.1, 1.2, False)))
    assert still_true(only, gone)
    assert render(only, "ja", gone).text == "警告ブロック、およそ2メートル先。"


def test_after_the_camera_was_lost_nothing_of_what_was_ahead_is_told() -> None:
    (only,) = told(replace(ON_THE_LINE, dots=dots(4.4)))
    assert not still_true(only, Fresh(paving=SceneState().blocks.sight))


def test_who_asks_again_once_it_is_passed_hears_that_it_was() -> None:
    (only,) = told(replace(ON_THE_LINE, dots=dots(4.0)))
    again = Announcement(A.REPEATED, "answer", Again(A.DOTS_AHEAD, only.params), 0.0, 1.0)
    ahead = render(again, "ja", Fresh(paving=replace(ON_THE_LINE, dots=dots(3.0)))).text
    passed = render(again, "ja", Fresh(paving=PavingSight(False))).text
    assert ahead == "警告ブロック、3メートル先。"
    assert passed != "警告ブロック、4メートル先。"
    assert passed.endswith("警告ブロック、4メートル先。")


def test_the_next_place_does_not_lend_its_distance() -> None:
    (only,) = told(replace(ON_THE_LINE, dots=dots(1.2)))
    later = Fresh(paving=replace(ON_THE_LINE, dots=dots(6.0, number=9)))
    assert "1メートル" in render(only, "ja", later).text
    assert not still_true(only, later)


# --- words


def say(sight: PavingSight, kind: AlertKind, lang: Lang) -> str:
    return render(replace(example(kind), params=sight), lang).text


SIDE_WORDS = {"ja": ("左", "右"), "en": ("left", "right")}
SIDED = [
    (A.BLOCKS_BRANCH, lambda side: replace(ON_THE_LINE, branch=branch(3.0, side))),
    (A.BLOCKS_TURN, lambda side: replace(ON_THE_LINE, branch=branch(3.0, side, goes_on=False))),
    (A.DOTS_AHEAD, lambda side: replace(ON_THE_LINE, dots=dots(3.0), branch=branch(3.0, side))),
    (A.BLOCKS_BEND, lambda side: replace(ON_THE_LINE, bend=Bend(4, 2, 0.5, 30 if side == "right" else -30))),
    # The line lies to the right of somebody who has left it to the left.
    (A.BLOCKS_DRIFT, lambda side: replace(ON_THE_LINE, drift=drift(0.6 if side == "right" else -0.6))),
]  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("kind", "made"), SIDED, ids=[str(kind) for kind, _ in SIDED])
@pytest.mark.parametrize("side", ["left", "right"])
def test_the_side_is_the_side(lang: Lang, kind: AlertKind, made: object, side: str) -> None:
    text = say(made(side), kind, lang)  # type: ignore[operator]
    left, right = SIDE_WORDS[lang]
    mine, other = (left, right) if side == "left" else (right, left)
    assert mine in text
    assert other not in text


@pytest.mark.parametrize("lang", LANGS)
def test_both_sides_are_both(lang: Lang) -> None:
    text = say(replace(ON_THE_LINE, branch=branch(3.0, "both", goes_on=False)), A.BLOCKS_TURN, lang)
    assert all(word in text for word in SIDE_WORDS[lang])


@pytest.mark.parametrize(
    ("kind", "ja", "en"),
    [
        (A.DOTS_AHEAD, "警告ブロック、3メートル先。", "Warning blocks, 3 metres ahead."),
        (
            A.BLOCKS_BRANCH,
            "点字ブロックが、右に分かれます。3メートル先。",
            "The guide blocks branch to the right, 3 metres ahead.",
        ),
        (
            A.BLOCKS_TURN,
            "点字ブロックが、左に曲がります。3メートル先。",
            "The guide blocks turn to the left, 3 metres ahead.",
        ),
        (
            A.BLOCKS_BEND,
            "点字ブロックが、ゆるく右に曲がります。",
            "The guide blocks bend gently to the right.",
        ),
        (
            A.BLOCKS_END,
            "点字ブロックが切れるようです。3メートル先。",
            "The guide blocks seem to end, 3 metres ahead.",
        ),
        (
            A.BLOCKS_DRIFT,
            "ブロックから外れています。ブロックは右です。",
            "You are leaving the guide blocks. They are on your right.",
        ),
    ],
)
def test_the_words(kind: AlertKind, ja: str, en: str) -> None:
    assert (render(example(kind), "ja").text, render(example(kind), "en").text) == (ja, en)


def test_how_sure_it_is_is_told() -> None:
    assert (
        say(replace(ON_THE_LINE, end=end(3.0)), A.BLOCKS_END, "ja") == "点字ブロックが切れます。3メートル先。"
    )
    for sigma_m, word in ((0.3, "、3メートル先"), (0.8, "、約3メートル先"), (1.5, "、およそ3メートル先")):
        sight = replace(ON_THE_LINE, dots=Dots(1, 3.2, sigma_m, False))
        assert word in say(sight, A.DOTS_AHEAD, "ja")
    assert "すぐ前" in say(replace(ON_THE_LINE, dots=dots(0.6)), A.DOTS_AHEAD, "ja")
    assert "right in front" in say(replace(ON_THE_LINE, dots=dots(0.6)), A.DOTS_AHEAD, "en")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_values_nothing_forbidden_is_said(kind: AlertKind, lang: Lang) -> None:
    for distance_m in (0.3, 1.0, 4.4):
        for side in ("left", "right", "both"):
            for flag in (True, False):
                sight = replace(
                    ON_THE_LINE,
                    dots=Dots(1, distance_m, 0.3, flag),
                    branch=branch(distance_m, side, goes_on=flag),
                    end=end(distance_m, sure=flag),
                    bend=Bend(4, distance_m, 0.5, 40.0 if flag else -40.0),
                    drift=Drift(1, 0.6 if flag else -0.6, 0.1, 0.2),
                )
                text = say(sight, kind, lang)
                assert "None" not in text
                assert not [words for words in NEVER_SAID[lang] if words in text.lower()]


def test_blocks_never_speak_over_danger() -> None:
    assert all(POLICY[kind].urgency <= Urgency.GUIDANCE for kind in KINDS)
    assert POLICY[A.DOTS_AHEAD].rank > max(
        POLICY[k].rank for k in KINDS if k not in (A.DOTS_AHEAD, A.BLOCKS_TURN)
    )
