"""The whole walk of the demonstration through planner, receiver, follower and arbiter; no camera, no server.

Sentences take as long as their letters need, so no voice is started and a walk takes seconds.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from device.clocks import VirtualClock
from device.companion import Companion, CompanionState, Hush, Senses, Settings
from device.demo.walker import Walk, rehearse
from device.demo.world import SimulatedReceiver
from device.ports import SAMPLE_RATE
from device.speakers import TimelineSpeaker
from device.words import NEVER_SAID
from routing.cues import CueKind
from routing.network import load_map
from routing.plan import plan
from routing.practice import practice_map
from wire.route import Route
from wire.trip import Announced, TripEnded

TICK_S = 0.1
# What a walk through the city must tell; the rest of the table depends on chance.
MUST_BE_SAID = {
    "trip_started",
    CueKind.START,
    CueKind.FACE,
    CueKind.PREPARE_TURN,
    CueKind.TURN_NOW,
    CueKind.CROSSING_AHEAD,
    CueKind.CROSSING_NOW,
    CueKind.REASSURE,
    CueKind.PAVING_BEGINS,
    CueKind.PAVING_ENDS,
    CueKind.PAVING_UNKNOWN,
    CueKind.OFF_ROUTE,
    CueKind.BACK_ON_ROUTE,
    CueKind.ARRIVED,
    "trip_ended",
}
SEEDS = (1, 7, 42)


@dataclass(frozen=True)
class Said:
    item: Announced
    true_m: float  # where the wearer truly was when it was settled


@dataclass(frozen=True)
class Told:
    walk: Walk
    said: tuple[Said, ...]
    ended: tuple[TripEnded, ...]

    def spoken(self) -> list[Announced]:
        return [said.item for said in self.said if said.item.outcome == "spoken"]


@cache
def _route() -> Route:
    at = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
    return plan(load_map(practice_map("oita")), "大分駅 府内中央口", "大分県立美術館", "cane", at)


@cache
def _told(seed: int) -> Told:
    walk = rehearse(_route())
    clock = VirtualClock(1_793_581_200.0)
    receiver = SimulatedReceiver(walk, clock, seed)
    speaker = TimelineSpeaker()
    companion = Companion(_route(), Settings(camera=False))
    state, said, ended = CompanionState(), list[Said](), list[TripEnded]()
    for number in range(round((walk.duration_s + 60.0) / TICK_S)):
        clock.advance_to(round(number * TICK_S, 2))
        now_s = clock.now_s()
        senses = Senses(now_s, clock.utc_s(), receiver.poll(), playback=speaker.playback(now_s))
        state, turn = companion.step(state, senses)
        for command in turn.commands:
            if isinstance(command, Hush):
                speaker.stop(now_s)
            else:
                length_s = 0.3 + 0.13 * len(command.words["ja"].text)
                speaker.play(command.utterance, np.ones(int(SAMPLE_RATE * length_s), np.int16), now_s)
        said += [Said(h, walk.at(now_s).route_m) for h in turn.happenings if isinstance(h, Announced)]
        ended += [h for h in turn.happenings if isinstance(h, TripEnded)]
        if state.done:
            break
    return Told(walk, tuple(said), tuple(ended))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_walk_arrives_and_tells_all_that_it_must(seed: int) -> None:
    told = _told(seed)
    assert told.ended == (TripEnded(arrived=True, reason="arrived"),)
    assert {item.kind for item in told.spoken()} >= {str(kind) for kind in MUST_BE_SAID}


@pytest.mark.parametrize("seed", SEEDS)
def test_it_begins_with_the_greeting_and_ends_with_the_farewell(seed: int) -> None:
    kinds = [item.kind for item in _told(seed).spoken()]
    assert kinds[:3] == ["trip_started", "start", "face"]
    assert kinds[-2:] == ["arrived", "trip_ended"]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_turn_is_told_near_the_corner_and_once(seed: int) -> None:
    told = _told(seed)
    turns = [said for said in told.said if said.item.kind == "turn_now" and said.item.outcome == "spoken"]
    assert max(Counter(said.item.key for said in turns).values()) == 1
    corners_m = (20.0, 75.0, 676.0, 1184.0)
    assert len(turns) == len(corners_m)
    for said, corner_m in zip(turns, corners_m, strict=True):
        # A city's fixes are 5-15 m off; the sentence itself takes two metres.
        assert abs(said.true_m - corner_m) < 20.0, said


@pytest.mark.parametrize("seed", SEEDS)
def test_off_route_is_told_only_off_the_route(seed: int) -> None:
    told = _told(seed)
    astray_m = next(sample.route_m for sample in told.walk.samples if sample.off_route)
    for said in told.said:
        if said.item.kind == "off_route" and said.item.outcome == "spoken":
            assert said.true_m == pytest.approx(astray_m, abs=2.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_sentences_never_overlap(seed: int) -> None:
    spans = sorted(
        (said.item.started_s, said.item.ended_s)
        for said in _told(seed).said
        if said.item.started_s is not None and said.item.ended_s is not None
    )
    assert all(one[1] <= two[0] for one, two in pairwise(spans))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_words_never_said_are_not_said(seed: int) -> None:
    for item in _told(seed).spoken():
        assert not [word for word in NEVER_SAID["ja"] if word in item.text_ja], item.text_ja
        assert not [word for word in NEVER_SAID["en"] if word in item.text_en.lower()], item.text_en


def test_the_path_goes_round_the_route_and_one_side_street() -> None:
    walk = rehearse(_route())
    astray = [sample for sample in walk.samples if sample.off_route]
    assert len(astray) * 0.28 == pytest.approx(90.0, abs=3.0)  # 45 m in and 45 m out
    assert walk.samples[-1].route_m == pytest.approx(_route().length_m, abs=1.0)
