"""The companion's promises at its one step."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from device.announcements import AlertKind
from device.companion import (
    CAMERA_STALE_S,
    Companion,
    CompanionState,
    Health,
    Hush,
    Say,
    Senses,
    Settings,
    Turn,
)
from device.ports import Playback
from routing.cues import CueKind
from routing.errors import PracticeMapRefused
from routing.geo import Polyline
from routing.simulated import Leg, route_of
from vision.types import Hazard, Motion, ObjectClass, PavingSight, Scene
from wire.position import Fix
from wire.route import Route
from wire.trip import Announced, HealthChanged, Moved, TripEnded

UTC_0 = 1_760_000_000.0
SPEECH_S = 2.0
TICK_S = 0.1


class Walk:
    """Steps a companion with a speaker whose every sentence takes SPEECH_S."""

    def __init__(self, route: Route, **settings: object) -> None:
        self.companion = Companion(route, replace(Settings(camera=False), **settings))  # type: ignore[arg-type]
        self.state = CompanionState()
        self.now_s = 0.0
        self.turns: list[Turn] = []
        self.said: list[Say] = []
        self._playing: tuple[int, float] | None = None

    def step(self, **senses: object) -> Turn:
        finished: tuple[int, ...] = ()
        playing = self._playing
        if playing is not None and self.now_s >= playing[1] + SPEECH_S:
            finished, self._playing, playing = (playing[0],), None, None
        playback = Playback(
            utterance=playing[0] if playing else None,
            started_s=playing[1] if playing else None,
            ends_s=playing[1] + SPEECH_S if playing else None,
            finished=finished,
        )
        given = Senses(self.now_s, UTC_0 + self.now_s, playback=playback)
        self.state, turn = self.companion.step(self.state, replace(given, **senses))  # type: ignore[arg-type]
        for command in turn.commands:
            if isinstance(command, Hush):
                self._playing = None
            else:
                self.said.append(command)
                self._playing = (command.utterance, self.now_s)
        self.turns.append(turn)
        self.now_s = round(self.now_s + TICK_S, 3)
        return turn

    def run(self, seconds: float, **senses: object) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.step(**senses)

    def kinds(self) -> list[str]:
        return [str(say.announcement.kind) for say in self.said]

    def logged(self, kind: type) -> list[object]:
        return [item for turn in self.turns for item in turn.happenings if isinstance(item, kind)]


def _straight(practice: bool = False) -> Route:
    return route_of([Leg(0.0, 60.0, tactile="yes")], practice=practice)


def _fixes(route: Route, *, source: str = "nmea") -> Iterator[Fix]:
    """One a second at 1.2 m/s from the start to the end, then standing there."""
    line = Polyline.through(route.points)
    second = 0
    while True:
        lat, lon = line.at(1.2 * second)
        yield Fix(
            utc_s=UTC_0 + second,
            lat=lat,
            lon=lon,
            accuracy_m=4.0,
            speed_mps=1.2,
            course_deg=0.0,
            source=source,  # type: ignore[arg-type]
        )
        second += 1


def _walk_all(walk: Walk, route: Route, seconds: int) -> None:
    fixes = _fixes(route)
    for second in range(seconds):
        walk.step(fixes=(next(fixes),))
        while walk.now_s < second + 1:
            walk.step()


def _scene(t_s: float, *hazards: Hazard, fault: str | None = None) -> Scene:
    return Scene(int(t_s * 10), t_s, hazards, PavingSight(True, 0.0, 0.0), fault)


BICYCLE = Hazard(7, ObjectClass.BICYCLE, 0.8, 4.0, 0.4, 3.0, True, 3.5, Motion.STANDING, "right")


def test_a_walk_begins_with_words_and_ends_with_a_farewell() -> None:
    route = _straight()
    walk = Walk(route)
    _walk_all(walk, route, 90)
    kinds = walk.kinds()
    assert kinds[0] == AlertKind.TRIP_STARTED
    assert CueKind.START in kinds
    assert kinds[-2:] == [CueKind.ARRIVED, AlertKind.TRIP_ENDED]
    assert walk.state.done
    assert walk.logged(TripEnded) == [TripEnded(arrived=True, reason="arrived")]


def test_every_fix_is_logged_and_every_announcement_has_one_outcome() -> None:
    route = _straight()
    walk = Walk(route)
    _walk_all(walk, route, 90)
    assert len(walk.logged(Moved)) == 90
    outcomes = [item for item in walk.logged(Announced) if isinstance(item, Announced)]
    spoken = [item for item in outcomes if item.outcome == "spoken"]
    assert [item.text_ja for item in spoken] == [say.words["ja"].text for say in walk.said]
    assert all(item.started_s is not None and item.ended_s is not None for item in spoken)


def test_the_same_senses_give_the_same_turns() -> None:
    route = _straight()
    first, second = Walk(route), Walk(route)
    _walk_all(first, route, 40)
    _walk_all(second, route, 40)
    assert first.turns == second.turns


def test_a_live_position_on_a_practice_map_is_refused() -> None:
    route = _straight(practice=True)
    walk = Walk(route)
    with pytest.raises(PracticeMapRefused):
        walk.step(fixes=(next(_fixes(route, source="gpsd")),))


def test_a_camera_that_never_gives_a_frame_is_told() -> None:
    walk = Walk(_straight(), camera=True)
    walk.run(CAMERA_STALE_S + 20.0)
    assert AlertKind.CAMERA_LOST in walk.kinds()
    assert HealthChanged(part="camera", health="stale") in walk.logged(HealthChanged)


def test_frames_that_nobody_looked_at_yet_are_a_camera_that_works() -> None:
    walk = Walk(_straight(), camera=True)
    for _ in range(400):
        walk.step(frame=True)
    assert AlertKind.CAMERA_LOST not in walk.kinds()
    walk.run(2.0)
    assert walk.kinds().count(AlertKind.CAMERA_LOST) == 1
    for _ in range(200):
        walk.step(frame=True)
    assert walk.kinds().count(AlertKind.CAMERA_BACK) == 1


def test_an_answer_to_an_older_frame_does_not_hide_that_no_new_one_comes() -> None:
    walk = Walk(_straight(), camera=True)
    walk.run(8.0, frame=True)
    since_s = walk.now_s
    walk.run(0.5)
    walk.step(scene=_scene(since_s))
    while AlertKind.CAMERA_LOST not in walk.kinds():
        walk.step()
    assert walk.now_s - since_s <= 1.0


def test_a_model_that_is_lost_makes_what_was_in_the_way_unknown() -> None:
    walk = Walk(_straight(), camera=True)
    walk.run(8.0, scene=_scene(0.0, BICYCLE))
    assert walk.state.hazards
    walk.step(frame=True, health=(Health("model", False, "stalled"),))
    assert walk.state.hazards is None
    assert AlertKind.MODEL_LOST in walk.kinds()


def test_a_camera_that_comes_back_is_told_once() -> None:
    walk = Walk(_straight(), camera=True)
    walk.run(20.0)
    for _ in range(100):
        walk.step(scene=_scene(walk.now_s))
    assert walk.kinds().count(AlertKind.CAMERA_BACK) == 1


def test_a_dark_camera_is_told_and_logged() -> None:
    walk = Walk(_straight(), camera=True)
    for _ in range(200):
        walk.step(scene=_scene(walk.now_s, fault="dark"))
    assert walk.kinds().count(AlertKind.CAMERA_LOST) == 1
    assert HealthChanged(part="camera", health="error", detail="dark") in walk.logged(HealthChanged)


def test_an_obstacle_cuts_the_greeting_with_what_and_where() -> None:
    walk = Walk(_straight(), camera=True)
    walk.run(0.5, scene=_scene(0.0))
    near = replace(BICYCLE, distance_m=1.8, ttc_s=1.6)
    for _ in range(3):
        walk.step(scene=_scene(walk.now_s, near))
    assert walk.said[-1].announcement.kind == AlertKind.OBSTACLE_ON_PAVING
    assert walk.said[-1].words["ja"].text == "正面に自転車、約2メートル。"
    cut = [
        item for item in walk.logged(Announced) if isinstance(item, Announced) and item.outcome == "preempted"
    ]
    assert [item.kind for item in cut] == [AlertKind.TRIP_STARTED]


def test_an_obstacle_that_is_gone_when_its_turn_comes_is_not_told() -> None:
    walk = Walk(_straight(), camera=True)
    walk.run(0.5, scene=_scene(0.0))
    walk.step(scene=_scene(walk.now_s, replace(BICYCLE, distance_m=5.5)))
    walk.run(10.0, scene=_scene(1.0))
    assert AlertKind.OBSTACLE_ON_PAVING not in walk.kinds()


@pytest.mark.parametrize(
    ("part", "lost", "back"),
    [
        ("uplink", AlertKind.LINK_LOST, AlertKind.LINK_BACK),
        ("recorder", AlertKind.STORAGE_LOST, AlertKind.STORAGE_BACK),
    ],
)
def test_a_part_that_fails_is_told_once_and_its_return_once(
    part: str, lost: AlertKind, back: AlertKind
) -> None:
    walk = Walk(_straight())
    walk.run(15.0)
    for healthy in (False, False, True, True):
        walk.step(health=(Health(part, healthy),))  # type: ignore[arg-type]
        walk.run(15.0)
    assert walk.kinds().count(lost) == 1
    assert walk.kinds().count(back) == 1
    assert [item.health for item in walk.logged(HealthChanged) if item.part == part] == ["error", "ok"]  # type: ignore[attr-defined]


def test_guidance_goes_on_while_the_link_is_gone() -> None:
    route = _straight()
    walk = Walk(route)
    walk.step(health=(Health("uplink", False),))
    _walk_all(walk, route, 90)
    assert CueKind.ARRIVED in walk.kinds()
