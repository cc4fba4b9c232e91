"""What would be said: the arbiter's timing in the source's seconds, words held while they sound."""

from dataclasses import replace
from itertools import pairwise

import pytest

from device.announcements import AlertKind
from device.encounters.channel import Channel, speech_s
from device.footage.telling import Said, Teller
from vision.encounters.figures import SpeechFigures
from vision.types import Hazard, Motion, ObjectClass, PavingSight, Scene

FIGURES = SpeechFigures(0.27, 0.1, 0.19, 0.12, 0.5, 0.25)
DELAY_S, LATENCY_S = 0.06, 0.05
BICYCLE = Hazard(
    track_id=7,
    cls=ObjectClass.BICYCLE,
    score=0.9,
    distance_m=5.0,
    distance_sigma_m=0.3,
    bearing_deg=0.0,
    on_paving=True,
    ttc_s=4.5,
    motion=Motion.STANDING,
    free_side=None,
)


def told(hazards: dict[int, tuple[Hazard, ...]], frames: int = 60, fault: str | None = None) -> Teller:
    """Ten scenes a second; `hazards`: from that frame on."""
    teller = Teller(Channel(FIGURES, DELAY_S), LATENCY_S)
    now: tuple[Hazard, ...] = ()
    for index in range(frames):
        now = hazards.get(index, now)
        teller.until(index / 10)
        teller.hear(Scene(index, index / 10, now, PavingSight(False), fault, looked=fault is None))
    teller.until(frames / 10)
    return teller


def spoken(teller: Teller) -> list[Said]:
    return [said for said in teller.said if said.started_s is not None]


def test_a_thing_is_said_when_its_scene_is_there_and_for_as_long_as_the_words_take() -> None:
    said, rest = spoken(told({10: (BICYCLE,)}))
    assert (said.kind, rest.kind) == (AlertKind.OBSTACLE_ON_PAVING, AlertKind.OBSTACLE_DETAIL)
    assert rest.track_id == said.track_id
    assert (said.key, said.track_id, said.outcome) == ("obstacle/7", 7, "spoken")
    assert said.created_s == pytest.approx(1.0 + LATENCY_S)
    assert said.started_s == pytest.approx(1.0 + LATENCY_S + DELAY_S)
    assert said.ended_s is not None
    assert said.ended_s - said.started_s > speech_s(said.text_ja, FIGURES)  # and the earcon before
    assert "自転車" in said.text_ja
    assert "icycle" in said.text_en


def test_it_is_heard_from_its_start_to_its_end_and_not_before_or_after() -> None:
    teller = Teller(Channel(FIGURES, DELAY_S), LATENCY_S)
    heard = []
    for index in range(60):
        t_s = index / 10
        teller.until(t_s)
        teller.hear(Scene(index, t_s, (BICYCLE,) if index >= 10 else (), PavingSight(False)))
        if teller.sounding(t_s):
            heard.append(t_s)
    said, rest = spoken(teller)
    assert said.ended_s is not None
    assert rest.ended_s is not None
    assert heard == [n / 10 for n in range(60) if said.sounds(n / 10) or rest.sounds(n / 10)]
    assert heard[0] == 1.2
    assert any(said.ended_s - 0.1 <= t_s < said.ended_s for t_s in heard)
    assert rest.ended_s - 0.1 <= heard[-1] < rest.ended_s


def test_there_is_one_voice() -> None:
    near = replace(BICYCLE, track_id=8, distance_m=1.0, ttc_s=0.9)
    all_said = spoken(told({10: (BICYCLE,), 15: (BICYCLE, near)}))
    first, second = all_said[:2]
    assert first.outcome == "preempted"
    assert second.kind == AlertKind.STOP_NOW
    assert first.ended_s is not None
    assert second.started_s is not None
    assert first.ended_s <= second.started_s
    for early, late in pairwise(all_said):
        assert (early.ended_s or 0.0) <= (late.started_s or 0.0) + 1e-9


def test_what_the_source_ends_in_the_middle_of_has_no_outcome_yet() -> None:
    (said,) = spoken(told({10: (BICYCLE,)}, frames=20))
    assert said.outcome is None
    assert said.sounds(1.9)


def test_what_is_dropped_is_told_as_dropped() -> None:
    teller = told({10: (BICYCLE,), 12: (), 14: (replace(BICYCLE, track_id=9),)})
    assert [said.track_id for said in spoken(teller)][:1] == [7]
    assert all(said.outcome is not None for said in teller.said)


def test_a_dark_camera_is_said_too() -> None:
    said = spoken(told({}, fault="dark"))
    assert [each.kind for each in said] == [AlertKind.CAMERA_LOST]
    assert said[0].track_id is None


def test_the_same_scenes_give_the_same_words() -> None:
    one, other = told({10: (BICYCLE,)}), told({10: (BICYCLE,)})
    assert one.said == other.said
