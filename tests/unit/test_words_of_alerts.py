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
DETAIL = AlertKind.OBSTACLE_DETAIL
FIRST_KINDS = [kind for kind in HAZARD_KINDS if kind is not DETAIL]  # the rest says no direction
WORSE_KINDS = [kind for kind in FIRST_KINDS if POLICY[kind].escalation is not None]
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
            assert text.strip() or (text is said.speech and kind is AlertKind.PRESSED)  # a sound alone
            assert "None" not in text
            assert "_" not in text
            assert not [words for words in NEVER_SAID[lang] if words in text.lower()], text


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_each_language_is_written_in_its_own_letters(kind: Kind) -> None:
    assert not re.search(r"[ぁ-んァ-ヶ一-龠]", render(example(kind), "en").text)
    if kind is not AlertKind.SOS_COUNT:  # a number
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
@pytest.mark.parametrize("kind", FIRST_KINDS)
@pytest.mark.parametrize("bearing_deg", [-80.0, -40.0, -15.0, 15.0, 40.0, 80.0])
@pytest.mark.parametrize("distance_m", [2.0, 5.0])
@pytest.mark.parametrize("score", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("cls", [ObjectClass.BICYCLE, ObjectClass.OVERHEAD])
def test_the_side_is_the_side(
    kind: AlertKind, lang: Lang, bearing_deg: float, distance_m: float, score: float, cls: ObjectClass
) -> None:
    hazard = replace(HAZARD, cls=cls, bearing_deg=bearing_deg, distance_m=distance_m, score=score)
    left, right = SIDE_WORDS[lang]
    mine, other = (right, left) if bearing_deg > 0 else (left, right)
    # First and, where it got worse, once more: 1.6 s before contact is worse in every row.
    for told in (hazard, replace(hazard, ttc_s=1.6)):
        text = say(told, lang, kind).lower()
        assert mine in text
        assert other not in text


WHERE = [
    (-70.0, "左", "on the left"),
    (-30.0, "左前", "front left"),
    (-15.0, "少し左", "slightly left"),
    (0.0, "正面", "ahead"),
    (15.0, "少し右", "slightly right"),
    (30.0, "右前", "front right"),
    (70.0, "右", "on the right"),
]


@pytest.mark.parametrize(("bearing_deg", "ja", "en"), WHERE)
def test_every_direction_in_every_sentence(bearing_deg: float, ja: str, en: str) -> None:
    hazard = replace(HAZARD, bearing_deg=bearing_deg)
    worse = replace(hazard, ttc_s=1.6)
    on, ahead, stop = AlertKind.OBSTACLE_ON_PAVING, AlertKind.OBSTACLE_AHEAD, AlertKind.STOP_NOW
    blocks_ja, blocks_en = ("", "") if bearing_deg == 0.0 else (f"{ja}の", f", {en}")
    assert say(hazard, "ja", ahead) == f"{ja}に自転車。"
    assert say(hazard, "en", ahead) == f"Bicycle {en}."
    assert say(hazard, "ja", on) == f"{blocks_ja}ブロックに自転車。"
    assert say(hazard, "en", on) == f"Bicycle on the blocks{blocks_en}."
    assert say(worse, "ja", on) == f"{ja}に自転車、3メートル。"
    assert say(worse, "en", on) == f"Bicycle {en}, 3 metres."
    assert say(hazard, "ja", stop) == f"止まって。{ja}に自転車。"
    assert say(hazard, "en", stop) == f"Stop! Bicycle {en}."
    assert say(hazard, "ja", AlertKind.VEHICLE_APPROACHING) == f"{ja}から自転車。"
    assert say(hazard, "en", AlertKind.VEHICLE_APPROACHING) == f"Bicycle coming, {en}."


@pytest.mark.parametrize(
    ("side", "ja", "en"),
    [
        ("left", "3メートル。左側があいているようです。", "3 metres. The left side seems open."),
        ("right", "3メートル。右側があいているようです。", "3 metres. The right side seems open."),
        (None, "3メートル。", "3 metres."),
    ],
)
@pytest.mark.parametrize("bearing_deg", [-30.0, 0.0, 30.0])
def test_the_rest_is_how_far_and_the_free_side(
    side: str | None, ja: str, en: str, bearing_deg: float
) -> None:
    """Where the thing itself is has just been said: no side but the free one may be heard."""
    hazard = replace(HAZARD, free_side=side, bearing_deg=bearing_deg)
    assert say(hazard, "ja", DETAIL) == ja
    assert say(hazard, "en", DETAIL) == en


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", FIRST_KINDS)
def test_the_free_side_waits_for_the_rest(lang: Lang, kind: AlertKind) -> None:
    told = say(replace(HAZARD, free_side="left", ttc_s=1.6), lang, kind).lower()
    assert not any(word in told for word in (*SIDE_WORDS[lang], "open", "あいて"))


def test_the_first_telling_is_what_and_where_and_no_distance() -> None:
    assert say(HAZARD, "ja") == "ブロックに自転車。"
    assert say(HAZARD, "en") == "Bicycle on the blocks."


def test_low_confidence_is_told() -> None:
    assert say(replace(HAZARD, score=0.5), "ja") == "ブロックに自転車らしい。"
    assert say(replace(HAZARD, score=0.3), "ja") == "ブロックに何か。"
    assert say(replace(HAZARD, score=0.5), "en") == "Maybe a bicycle on the blocks."
    assert say(replace(HAZARD, score=0.3), "en") == "Something on the blocks."
    coming = AlertKind.PERSON_APPROACHING
    person = replace(HAZARD, cls=ObjectClass.PERSON, score=0.5)
    assert say(person, "ja", coming) == "正面から人らしい。"
    assert say(person, "en", coming) == "Maybe a person coming, ahead."


@pytest.mark.parametrize(("score", "ja", "en"), [(0.5, "自転車", "Bicycle"), (0.3, "何か", "Something")])
def test_close_to_contact_no_doubt_is_said_but_no_unsure_name_either(score: float, ja: str, en: str) -> None:
    """Doubt takes half a second; by then what it is matters less than that it is there."""
    worse = replace(HAZARD, score=score, ttc_s=1.6)
    assert say(worse, "ja") == f"正面に{ja}、3メートル。"
    assert say(worse, "en") == f"{en} ahead, 3 metres."
    assert say(worse, "ja", AlertKind.STOP_NOW) == f"止まって。正面に{ja}。"
    assert say(worse, "en", AlertKind.STOP_NOW) == f"Stop! {en} ahead."


NAMES = {
    "ja": {
        ObjectClass.PERSON: "人", ObjectClass.BICYCLE: "自転車", ObjectClass.MOTORCYCLE: "バイク",
        ObjectClass.CAR: "車", ObjectClass.BUS: "バス", ObjectClass.TRUCK: "トラック",
        ObjectClass.KICK_SCOOTER: "キックボード", ObjectClass.POLE: "柱", ObjectClass.BOLLARD: "車止め",
        ObjectClass.TREE: "木", ObjectClass.SIGN: "看板", ObjectClass.CONE: "コーン",
        ObjectClass.PLANTER: "植木", ObjectClass.BENCH: "ベンチ", ObjectClass.BOX: "荷物",
        ObjectClass.DOG: "犬", ObjectClass.STAIRS: "階段", ObjectClass.PLATFORM_EDGE: "ホームの端",
        ObjectClass.OVERHEAD: "頭上に注意", ObjectClass.OBSTACLE: "障害物",
    },
    "en": {
        ObjectClass.KICK_SCOOTER: "kick scooter", ObjectClass.BOX: "box or bag",
        ObjectClass.PLATFORM_EDGE: "platform edge",
        ObjectClass.OVERHEAD: "watch your head",
    },
}  # fmt: skip


@pytest.mark.parametrize("cls", THINGS)
def test_every_thing_is_named_in_every_language(cls: ObjectClass) -> None:
    hazard = replace(HAZARD, cls=cls, score=0.9)
    hangs = cls is ObjectClass.OVERHEAD  # over the blocks, not on them
    assert say(hazard, "ja") == f"{'' if hangs else 'ブロックに'}{NAMES['ja'][cls]}。"
    name = NAMES["en"].get(cls, str(cls))
    assert say(hazard, "en") == f"{name[0].upper()}{name[1:]}{'' if hangs else ' on the blocks'}."


def ahead(cls: ObjectClass) -> tuple[str, str]:
    # 頭上 says where already; what hangs is ahead if nothing else is said.
    return ("", "") if cls is ObjectClass.OVERHEAD else ("正面に", " ahead")


@pytest.mark.parametrize("cls", [cls for cls in THINGS if cls is not ObjectClass.OVERHEAD])
def test_a_likely_name_is_said_as_likely(cls: ObjectClass) -> None:
    hazard = replace(HAZARD, cls=cls, score=0.5)
    assert say(hazard, "ja", AlertKind.OBSTACLE_AHEAD) == f"正面に{NAMES['ja'][cls]}らしい。"
    english = say(hazard, "en", AlertKind.OBSTACLE_AHEAD)
    article = {ObjectClass.STAIRS: "", ObjectClass.OBSTACLE: "an "}.get(cls, "a ")
    assert english == f"Maybe {article}{NAMES['en'].get(cls, str(cls))} ahead."
    assert not re.search(r"\ba [aeiou]", english)


UNSURE = {
    ObjectClass.STAIRS: ("段差らしい", "Maybe a step or edge"),
    ObjectClass.PLATFORM_EDGE: ("段差らしい", "Maybe a step or edge"),
    ObjectClass.OVERHEAD: ("頭上に何か", "Something at head height"),
}


@pytest.mark.parametrize("cls", THINGS)
def test_a_name_that_is_not_sure_is_not_said_but_what_it_means_is(cls: ObjectClass) -> None:
    ja, en = UNSURE.get(cls, ("何か", "Something"))
    hazard = replace(HAZARD, cls=cls, score=0.42)
    before, after = ahead(cls)
    assert say(hazard, "ja", AlertKind.OBSTACLE_AHEAD) == f"{before}{ja}。"
    assert say(hazard, "en", AlertKind.OBSTACLE_AHEAD) == f"{en}{after}."


@pytest.mark.parametrize(
    ("kind", "ja", "en"),
    [
        (AlertKind.EDGE_AHEAD, "正面にホームの端。", "Platform edge ahead."),
        (AlertKind.STAIRS_AHEAD, "正面に階段。", "Stairs ahead."),
        (AlertKind.OVERHEAD_AHEAD, "頭上に注意。", "Watch your head."),
    ],
)
def test_where_the_ground_or_the_headroom_ends_it_is_named(kind: AlertKind, ja: str, en: str) -> None:
    assert (render(example(kind), "ja").text, render(example(kind), "en").text) == (ja, en)


def test_a_branch_says_where_once_and_its_side_where_it_has_one() -> None:
    hazard = replace(HAZARD, cls=ObjectClass.OVERHEAD, distance_m=1.2, ttc_s=1.0)
    aside = replace(hazard, bearing_deg=30.0)
    assert say(hazard, "ja", AlertKind.STOP_NOW) == "止まって。頭上に注意。"
    assert say(hazard, "en", AlertKind.STOP_NOW) == "Stop! Watch your head."
    assert say(aside, "ja", AlertKind.STOP_NOW) == "止まって。右前の頭上に注意。"
    assert say(aside, "en", AlertKind.STOP_NOW) == "Stop! Watch your head, front right."
    assert say(hazard, "ja", AlertKind.OVERHEAD_AHEAD) == "頭上に注意、約1メートル。"
    assert say(aside, "ja", AlertKind.OVERHEAD_AHEAD) == "右前の頭上に注意、約1メートル。"


@pytest.mark.parametrize(("bearing_deg", "side"), [(0.0, ""), (30.0, "右前の")])
@pytest.mark.parametrize(("score", "ja"), [(0.9, "頭上に注意"), (0.5, "頭上に何か"), (0.42, "頭上に何か")])
def test_what_hangs_is_told_in_few_words_and_its_doubt_too(
    score: float, ja: str, bearing_deg: float, side: str
) -> None:
    hazard = replace(HAZARD, cls=ObjectClass.OVERHEAD, score=score, bearing_deg=bearing_deg)
    assert say(hazard, "ja", AlertKind.OVERHEAD_AHEAD) == f"{side}{ja}。"


def test_the_distance_says_how_exact_it_is() -> None:
    for sigma_m, ja, en in ((0.3, "", "3"), (0.8, "約", "About 3"), (1.5, "およそ", "Around 3")):
        hazard = replace(HAZARD, distance_sigma_m=sigma_m)
        assert say(hazard, "ja", DETAIL) == f"{ja}3メートル。"
        assert say(hazard, "en", DETAIL) == f"{en} metres."
        assert f"、{ja}3メートル。" in say(replace(hazard, ttc_s=1.6), "ja")


def test_half_metres_are_told_as_the_nearer_one() -> None:
    assert say(replace(HAZARD, distance_m=1.5, distance_sigma_m=0.1), "en", DETAIL) == "1 metre."
    assert say(replace(HAZARD, distance_m=2.5), "ja", DETAIL) == "2メートル。"
    assert say(replace(HAZARD, distance_m=2.51), "ja", DETAIL) == "3メートル。"
    assert say(replace(HAZARD, distance_m=0.9), "ja", DETAIL) == "すぐ前。"
    assert say(replace(HAZARD, distance_m=0.9), "en", DETAIL) == "Right in front of you."


@pytest.mark.parametrize("kind", WORSE_KINDS)
def test_worse_is_said_with_its_distance_and_sounds_as_danger(kind: AlertKind) -> None:
    hazard = replace(HAZARD, distance_m=2.0, ttc_s=1.6)
    near = announcement(kind, "obstacle/42", hazard, 0.0)
    assert render(near, "ja").text == "正面に自転車、2メートル。"
    assert render(near, "en").text == "Bicycle ahead, 2 metres."
    assert (urgency_of(near), earcon_of(near)) == (Urgency.HAZARD, Earcon.HAZARD)
    # Seconds and chance say what is worse, not metres.
    for calm in (replace(hazard, ttc_s=1.8), replace(hazard, chance=0.5), replace(hazard, ttc_s=None)):
        first = announcement(kind, "obstacle/42", calm, 0.0)
        assert "2" not in render(first, "ja").text
        assert urgency_of(first) is POLICY[kind].urgency


def test_distances_are_those_of_the_moment_of_speaking() -> None:
    made = announcement(DETAIL, "obstacle/42", HAZARD, 0.0)
    fresh = Fresh(hazards={42: replace(HAZARD, distance_m=2.4)})
    assert render(made, "ja", fresh).text == "2メートル。"
    fresh = Fresh(hazards={42: replace(HAZARD, distance_m=4.2)})
    assert render(made, "ja", fresh).text == "4メートル。"


def test_the_distance_to_a_place_shrinks_while_the_words_wait() -> None:
    made = example(CueKind.STEPS_AHEAD)
    made = replace(made, params=replace(made.params, at_m=100.0))  # type: ignore[type-var]
    assert "10メートル" in render(made, "ja", Fresh(route_m=90.0)).text
    assert "10 metres" in render(made, "en", Fresh(route_m=90.0)).text


def test_names_are_read_in_kana() -> None:
    said = render(example(CueKind.ARRIVED), "ja")
    assert "大分県立美術館" in said.text
    assert "おおいたけんりつびじゅつかん" in said.speech
