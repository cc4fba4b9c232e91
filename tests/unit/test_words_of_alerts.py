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
from vision import faults
from vision.types import THINGS, Hazard, Motion, ObjectClass

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
FAULTS = (*faults.FAULTS, "stale", "slow", "hot", "low_power", "", "ja", "en")


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


NAMES = {
    "ja": {
        ObjectClass.PERSON: "人", ObjectClass.BICYCLE: "自転車", ObjectClass.MOTORCYCLE: "バイク",
        ObjectClass.CAR: "車", ObjectClass.BUS: "バス", ObjectClass.TRUCK: "トラック",
        ObjectClass.KICK_SCOOTER: "キックボード", ObjectClass.POLE: "柱", ObjectClass.BOLLARD: "車止め",
        ObjectClass.TREE: "木", ObjectClass.SIGN: "看板", ObjectClass.CONE: "コーン",
        ObjectClass.PLANTER: "植木", ObjectClass.BENCH: "ベンチ", ObjectClass.BOX: "荷物",
        ObjectClass.DOG: "犬", ObjectClass.STAIRS: "階段", ObjectClass.PLATFORM_EDGE: "ホームの端",
        ObjectClass.OVERHEAD: "頭の高さに枝か物", ObjectClass.OBSTACLE: "障害物",
    },
    "en": {
        ObjectClass.KICK_SCOOTER: "kick scooter", ObjectClass.BOX: "box or bag",
        ObjectClass.PLATFORM_EDGE: "platform edge",
        ObjectClass.OVERHEAD: "branch or object at head height",
    },
}  # fmt: skip


@pytest.mark.parametrize("cls", THINGS)
def test_every_thing_is_named_in_every_language(cls: ObjectClass) -> None:
    hazard = replace(HAZARD, cls=cls, score=0.9)
    assert f"点字ブロックの上に{NAMES['ja'][cls]}。3メートル先。" == say(hazard, "ja")
    name = NAMES["en"].get(cls, str(cls))
    assert say(hazard, "en") == f"{name[0].upper()}{name[1:]} on the guide blocks, 3 metres ahead."


@pytest.mark.parametrize("cls", THINGS)
def test_what_lives_is_there_as_living_things_are(cls: ObjectClass) -> None:
    alive = cls in (ObjectClass.PERSON, ObjectClass.DOG)
    text = say(replace(HAZARD, cls=cls, score=0.5), "ja", AlertKind.OBSTACLE_AHEAD)
    assert ("がいるようです" in text) == alive
    assert ("があるようです" in text) == (not alive)
    english = say(replace(HAZARD, cls=cls, score=0.5), "en", AlertKind.OBSTACLE_AHEAD)
    assert english.startswith("Possibly ")
    assert not re.search(r"\ba [aeiou]", english)


UNSURE = {
    ObjectClass.STAIRS: ("段差があるようです", "Possibly a step or edge"),
    ObjectClass.PLATFORM_EDGE: ("段差があるようです", "Possibly a step or edge"),
    ObjectClass.OVERHEAD: ("頭の高さに何かあるようです", "Something at head height"),
}


@pytest.mark.parametrize("cls", THINGS)
def test_a_name_that_is_not_sure_is_not_said_but_what_it_means_is(cls: ObjectClass) -> None:
    ja, en = UNSURE.get(cls, ("何かあるようです", "Something"))
    hazard = replace(HAZARD, cls=cls, score=0.42)
    assert f"に{ja}。" in say(hazard, "ja", AlertKind.OBSTACLE_AHEAD)
    assert say(hazard, "en", AlertKind.OBSTACLE_AHEAD).startswith(f"{en}, ")


@pytest.mark.parametrize(
    ("kind", "ja", "en"),
    [
        (AlertKind.EDGE_AHEAD, "ホームの端。正面、4メートル。", "Platform edge, 4 metres ahead."),
        (AlertKind.STAIRS_AHEAD, "階段。正面、5メートル。", "Stairs, 5 metres ahead."),
        (
            AlertKind.OVERHEAD_AHEAD,
            "頭の高さに枝か物。正面、およそ4メートル。",
            "Branch or object at head height, around 4 metres ahead.",
        ),
    ],
)
def test_where_the_ground_or_the_headroom_ends_what_it_is_comes_first(
    kind: AlertKind, ja: str, en: str
) -> None:
    assert (render(example(kind), "ja").text, render(example(kind), "en").text) == (ja, en)


def test_a_stop_under_a_branch_says_where_once() -> None:
    hazard = replace(HAZARD, cls=ObjectClass.OVERHEAD, distance_m=1.2, ttc_s=1.0)
    assert say(hazard, "ja", AlertKind.STOP_NOW) == "止まって。正面、頭の高さに枝か物。"


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
