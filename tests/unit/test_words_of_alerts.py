"""Every row of the table in every language, and what a word may and may not claim."""

import re
from dataclasses import replace

import pytest

from device.announcements import KINDS, LANGS, AlertKind, Fault, Fresh, Kind, Lang
from device.examples import example
from device.policy import POLICY, Earcon, Urgency, earcon_of, urgency_of
from device.policy_table import policy_table
from device.producers import announcement
from device.words import NEVER_SAID, render
from routing.cues import CueKind
from vision.types import Hazard, Motion, ObjectClass

HAZARD = Hazard(
    track_id=42,
    cls=ObjectClass.BICYCLE,
    score=0.8,
    distance_m=3.2,
    distance_sigma_m=0.3,
    bearing_deg=0.0,
    on_paving=True,
    ttc_s=None,
    motion=Motion.STANDING,
    free_side=None,
)
HAZARD_KINDS = [kind for kind in AlertKind if isinstance(example(kind).params, Hazard)]
FAULTS = ("dark", "covered", "frozen", "undecodable", "stale", "", "ja", "en")


def say(hazard: Hazard, lang: Lang, kind: AlertKind = AlertKind.OBSTACLE_ON_PAVING) -> str:
    return render(announcement(kind, "obstacle/42", hazard, 0.0), lang).text


def variants(kind: Kind) -> list[object]:
    params = example(kind).params
    if isinstance(params, Hazard):
        return [
            replace(params, cls=cls, score=score, distance_m=distance_m, bearing_deg=bearing, free_side=side)
            for cls in ObjectClass
            for score in (0.3, 0.5, 0.9)
            for distance_m in (0.4, 2.0, 5.6)
            for bearing in (-70.0, -15.0, 0.0, 30.0)
            for side in (None, "left")
        ]
    if isinstance(params, Fault):
        return [Fault(params.part, reason) for reason in FAULTS]
    return [params]


def test_every_kind_has_a_row() -> None:
    assert set(POLICY) == set(KINDS)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_row_says_something_and_nothing_forbidden(kind: Kind, lang: Lang) -> None:
    for params in variants(kind):
        said = render(replace(example(kind), params=params), lang)
        for text in (said.text, said.speech):
            assert text.strip()
            assert "None" not in text
            assert "_" not in text
            assert not [words for words in NEVER_SAID[lang] if words in text.lower()], text


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_each_language_is_written_in_its_own_letters(kind: Kind) -> None:
    assert not re.search(r"[ぁ-んァ-ヶ一-龠]", render(example(kind), "en").text)
    assert re.search(r"[ぁ-んァ-ヶ一-龠]", render(example(kind), "ja").text)


@pytest.mark.parametrize("lang", LANGS)
def test_the_table_has_a_row_for_each_kind_most_urgent_first(lang: Lang) -> None:
    rows = policy_table(lang)
    assert {row.kind for row in rows} == {str(kind) for kind in KINDS}
    assert rows[0].kind == "stop_now"
    assert [Urgency[row.urgency.upper()] for row in rows] == sorted(
        (row.urgency for row in POLICY.values()), reverse=True
    )


SIDE_WORDS = {"ja": ("左", "右"), "en": ("left", "right")}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", HAZARD_KINDS)
@pytest.mark.parametrize("bearing_deg", [-80.0, -40.0, -15.0, 15.0, 40.0, 80.0])
@pytest.mark.parametrize("distance_m", [2.0, 5.0])
def test_the_side_is_the_side(kind: AlertKind, lang: Lang, bearing_deg: float, distance_m: float) -> None:
    text = say(replace(HAZARD, bearing_deg=bearing_deg, distance_m=distance_m), lang, kind).lower()
    left, right = SIDE_WORDS[lang]
    mine, other = (right, left) if bearing_deg > 0 else (left, right)
    assert mine in text
    assert other not in text


@pytest.mark.parametrize(
    ("side", "ja", "en"),
    [
        ("left", "左側があいているようです", "left side seems open"),
        ("right", "右側があいて", "right side seems open"),
    ],
)
def test_the_free_side_is_the_free_side(side: str, ja: str, en: str) -> None:
    hazard = replace(HAZARD, free_side=side)
    assert ja in say(hazard, "ja")
    assert en in say(hazard, "en")


@pytest.mark.parametrize("lang", LANGS)
def test_a_free_side_that_was_not_seen_is_not_told(lang: Lang) -> None:
    assert not any(word in say(HAZARD, lang).lower() for word in (*SIDE_WORDS[lang], "open", "あいて"))


def test_what_where_how_far() -> None:
    assert say(HAZARD, "ja") == "点字ブロックの上に自転車。3メートル先。"
    assert say(HAZARD, "en") == "Bicycle on the guide blocks, 3 metres ahead."


def test_low_confidence_is_told() -> None:
    assert say(replace(HAZARD, score=0.5), "ja").startswith("点字ブロックの上に自転車があるようです。")
    assert say(replace(HAZARD, score=0.3), "ja").startswith("点字ブロックの上に何かあるようです。")
    person = replace(HAZARD, cls=ObjectClass.PERSON, score=0.5)
    assert say(person, "ja").startswith("点字ブロックの上に人がいるようです。")
    assert say(replace(HAZARD, score=0.5), "en").startswith("Possibly a bicycle on")
    assert say(replace(HAZARD, score=0.3), "en").startswith("Something on")


def test_the_distance_says_how_exact_it_is() -> None:
    for sigma_m, word in (
        (0.3, "。3メートル先"),
        (0.8, "。約3メートル先"),
        (1.5, "。およそ3メートル先"),
    ):
        assert word in say(replace(HAZARD, distance_sigma_m=sigma_m), "ja")


def test_half_metres_are_told_as_the_nearer_one() -> None:
    assert "2メートル" in say(replace(HAZARD, distance_m=2.5), "ja")
    assert "3メートル" in say(replace(HAZARD, distance_m=2.51, free_side=None), "ja")
    assert "すぐ前" in say(replace(HAZARD, distance_m=0.9), "ja")


def test_worse_is_said_short_with_the_thing_first_and_sounds_more_urgent() -> None:
    near = announcement(AlertKind.OBSTACLE_ON_PAVING, "obstacle/42", replace(HAZARD, distance_m=2.0), 0.0)
    far = announcement(AlertKind.OBSTACLE_ON_PAVING, "obstacle/42", HAZARD, 0.0)
    assert render(near, "ja").text == "自転車。正面、2メートル。"
    assert render(near, "en").text == "Bicycle! 2 metres ahead."
    assert (urgency_of(far), earcon_of(far)) == (Urgency.CAUTION, Earcon.CAUTION)
    assert (urgency_of(near), earcon_of(near)) == (Urgency.HAZARD, Earcon.HAZARD)


def test_distances_are_those_of_the_moment_of_speaking() -> None:
    made = announcement(AlertKind.OBSTACLE_ON_PAVING, "obstacle/42", HAZARD, 0.0)
    fresh = Fresh(hazards={42: replace(HAZARD, distance_m=2.7)})
    assert "3メートル" in render(made, "ja", fresh).text
    fresh = Fresh(hazards={42: replace(HAZARD, distance_m=4.2)})
    assert "4メートル" in render(made, "ja", fresh).text


def test_the_distance_to_a_place_shrinks_while_the_words_wait() -> None:
    made = example(CueKind.STEPS_AHEAD)
    made = replace(made, params=replace(made.params, at_m=100.0))  # type: ignore[type-var]
    assert "10メートル" in render(made, "ja", Fresh(route_m=90.0)).text
    assert "10 metres" in render(made, "en", Fresh(route_m=90.0)).text


def test_names_are_read_in_kana() -> None:
    said = render(example(CueKind.ARRIVED), "ja")
    assert "大分県立美術館" in said.text
    assert "おおいたけんりつびじゅつかん" in said.speech
