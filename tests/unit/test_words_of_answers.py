"""What the wearer is answered: nothing that is not known, nothing forbidden, the right side."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import get_args

import pytest

from device.announcements import LANGS, Again, AlertKind, Fault, Fresh, Lang, Params, PartsLost, TripInfo
from device.examples import example
from device.facts import AheadNow, Chosen, Goal, Item, MenuNow, Nearby, Pressed, Ready, WhereNow
from device.faultbook import ORDER
from device.producers import announcement
from device.senses import PlanFailure
from device.words import NEVER_SAID, render
from vision.types import Hazard, Motion, ObjectClass
from wire.route import Name

STREET = Name(ja="昭和通り", kana="しょうわどおり", en="Showa-dori")
NEARBY = Nearby(STREET, 320.0, 135.0)
HAZARD = Hazard(42, ObjectClass.BICYCLE, 0.8, 3.2, 0.3, 0.0, True, None, Motion.STANDING, None)
CUE = example(AlertKind.WHAT_IS_AHEAD).params.cue  # type: ignore[union-attr]


def facts() -> Iterator[tuple[AlertKind, Params]]:
    """Every kind of answer in every form that its values can take."""
    for located, age_s, street, goal, on, near, heading, looking in product(
        (True, False),
        (None, 0.0, 70.0),
        (None, STREET),
        (None, STREET),
        (True, False),
        (None, NEARBY),
        (None, 200.0),
        (True, False),
    ):
        yield (
            AlertKind.WHERE_AM_I,
            WhereNow(located, age_s, 12.0, street, goal, 300.0, on, near, heading, looking),
        )
    for guided, located, on, camera, hazards, blocks in product(
        (True, False), (True, False), (True, False), ("sees", "lost", "none"), ((), (HAZARD,)), (True, False)
    ):
        for cue in (None, CUE):
            yield AlertKind.WHAT_IS_AHEAD, AheadNow(guided, located, on, cue, camera, hazards, 1, blocks)  # type: ignore[arg-type]
    for item, opened, name in product(Item, (True, False), (None, STREET)):
        if item is Item.PLACE and name is None:
            continue  # a place has a name
        yield AlertKind.MENU_ITEM, MenuNow(item, 1, 3, opened, name, None if name is None else 240.0)
    for item, limit in product(
        (Item.LOUDER, Item.SOFTER, Item.FASTER, Item.SLOWER, Item.QUIET, Item.NORMAL, Item.DETAILED),
        (True, False),
    ):
        yield AlertKind.CHOSEN, Chosen(item, 1.2, limit)
    for failure, map_name, name in product(
        (*get_args(PlanFailure), "practice", ""), ("", "oita"), (None, STREET)
    ):
        yield AlertKind.PLAN_FAILED, Goal(name, failure, map_name)
    for part, located in product(ORDER, (True, False)):
        yield AlertKind.DEVICE_READY, Ready((part,), located)
        yield AlertKind.PART_UNSTEADY, Fault(part)
        yield AlertKind.SEVERAL_LOST, PartsLost((Fault(part), Fault("imu"), Fault("recorder")))
    for touch, button in product(("together", "almost", "short", "long"), (1, 2, 3)):
        yield AlertKind.NOT_UNDERSTOOD, Pressed(button, touch)
    for kind, reason, still in product(
        (AlertKind.CAMERA_LOST, AlertKind.MODEL_LOST, AlertKind.RECEIVER_LOST, AlertKind.STORAGE_LOST),
        ("", "ended", "stalled", "gave_up", "full"),
        ("", "warnings", "guidance"),
    ):
        yield kind, Fault("camera", reason, still)  # type: ignore[arg-type]
    for kind, guided, shared in product(
        (AlertKind.TRIP_STARTED, AlertKind.TRIP_RESUMED, AlertKind.TRIP_ENDED), (True, False), (True, False)
    ):
        yield kind, TripInfo(shared=shared, guided=guided, blind=shared)


def words(kind: AlertKind, params: Params, lang: Lang, *, clock: bool = False) -> str:
    return render(announcement(kind, "k", params, 0.0), lang, clock=clock).text


@pytest.mark.parametrize("lang", LANGS)
def test_every_answer_says_something_and_nothing_forbidden(lang: Lang) -> None:
    for kind, params in facts():
        for clock in (False, True):
            said = render(announcement(kind, "k", params, 0.0), lang, clock=clock)
            for text in (said.text, said.speech):
                assert text.strip(), (kind, params)
                assert not re.search(r"None|_|  |。。|\.\.", text), text
                assert not [word for word in NEVER_SAID[lang] if word in text.lower()], text


@pytest.mark.parametrize("lang", LANGS)
def test_a_camera_that_makes_out_nothing_is_told_with_its_doubt(lang: Lang) -> None:
    doubt = {"ja": "ないとは限りません", "en": "Something may still be there"}[lang]
    unknown = {"ja": "障害物は、わかりません", "en": "I do not know of obstacles"}[lang]
    for kind, params in facts():
        if isinstance(params, AheadNow):
            text = words(kind, params, lang)
            expected = unknown if params.camera != "sees" else doubt if not params.hazards else ""
            assert expected in text


@pytest.mark.parametrize("bearing_deg", [-80.0, -40.0, -12.0, 12.0, 40.0, 80.0])
@pytest.mark.parametrize(
    "kind",
    [
        AlertKind.STOP_NOW,
        AlertKind.OBSTACLE_ON_PAVING,
        AlertKind.OBSTACLE_AHEAD,
        AlertKind.VEHICLE_APPROACHING,
    ],
)
def test_a_clock_position_is_on_the_side_of_the_thing(kind: AlertKind, bearing_deg: float) -> None:
    hazard = replace(HAZARD, bearing_deg=bearing_deg, distance_m=5.0)
    for worse in (hazard, replace(hazard, ttc_s=1.6)):
        hours = []
        for lang, pattern in (("ja", r"(\d+)時の方向"), ("en", r"at (\d+) o'clock")):
            found = re.search(pattern, words(kind, worse, lang, clock=True))
            assert found, words(kind, worse, lang, clock=True)
            hours.append(int(found[1]))
        assert hours[0] == hours[1]
        assert (1 <= hours[0] <= 5) if bearing_deg > 0 else (7 <= hours[0] <= 11)


def test_straight_ahead_is_ahead_by_the_clock_too() -> None:
    assert words(AlertKind.OBSTACLE_AHEAD, HAZARD, "ja", clock=True) == "正面に自転車。"
    aside = replace(HAZARD, bearing_deg=62.0, distance_m=5.0)
    assert words(AlertKind.OBSTACLE_AHEAD, aside, "ja", clock=True) == "2時の方向に自転車。"
    assert words(AlertKind.OBSTACLE_AHEAD, aside, "en", clock=True) == "Bicycle at 2 o'clock."
    left = replace(aside, bearing_deg=-62.0)
    assert words(AlertKind.VEHICLE_APPROACHING, left, "ja", clock=True) == "10時の方向から自転車。"


@pytest.mark.parametrize("bearing_deg", [-30.0, 30.0])
@pytest.mark.parametrize("lang", LANGS)
def test_what_is_ahead_tells_the_side_of_the_thing(lang: Lang, bearing_deg: float) -> None:
    seen = AheadNow(False, False, camera="sees", hazards=(replace(HAZARD, bearing_deg=bearing_deg),))
    text = words(AlertKind.WHAT_IS_AHEAD, seen, lang)
    left, right = {"ja": ("左", "右"), "en": ("left", "right")}[lang]
    mine, other = (right, left) if bearing_deg > 0 else (left, right)
    assert mine in text
    assert other not in text


def test_a_thing_that_is_gone_is_repeated_as_gone() -> None:
    again = announcement(AlertKind.REPEATED, "answer", Again(AlertKind.OBSTACLE_AHEAD, HAZARD), 0.0)
    assert render(again, "ja", Fresh(hazards={42: HAZARD})).text == "正面に自転車。"
    for gone in (Fresh(hazards={}), Fresh()):
        assert render(again, "ja", gone).text == "さきほどのお知らせ。正面に自転車。"
        assert render(again, "en", gone).text == "A moment ago: Bicycle ahead."


def test_names_are_read_by_their_readings() -> None:
    said = render(announcement(AlertKind.PLANNING, "plan", Goal(STREET), 0.0), "ja")
    assert said.text == "昭和通りへの経路を探しています。"
    assert said.speech == "しょうわどおりへの経路を探しています。"
