"""A chance that was told is held against what became of the thing, once for each."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from device.announcements import AlertKind
from device.encounters.calibration import EDGES, Row, Tally, as_table, counted, last_call_s, main
from device.encounters.options import Options
from device.policy import POLICY
from vision.encounters.detector import FALSE, perfect
from vision.encounters.errors import FiguresError
from vision.encounters.figures import read_figures
from vision.encounters.scripts import draw
from vision.encounters.watch import Watched, watch
from vision.encounters.world import Encounter, Kind, Thing
from vision.hazards import Judged
from vision.types import Hazard, Motion
from vision.types import ObjectClass as C

FIGURES = read_figures()
BICYCLE = Thing(0, C.BICYCLE, 0.0, 8.0, 0.6, 1.0, 1.05)
WALK = Encounter(0, 1, Kind.STATIC, False, 1.0, 0.0, 0.0, 1.55, 12.0, 3.0, (BICYCLE,))
SOON_S = 4.6
COMING = Hazard(1, C.PERSON, 0.9, 4.0, 0.3, 0.0, False, 3.0, Motion.APPROACHING, None, 0.7)
STANDING = replace(COMING, cls=C.POLE, motion=Motion.STANDING)


@cache
def template() -> tuple[Watched, Judged]:
    """A frame that holds something, and what it holds."""
    return next((w, w.seen.judged[0]) for w in watch(WALK, perfect(FIGURES)) if w.seen.judged)


def frame(*told: tuple[int, Hazard | None], first: int = 1) -> Watched:
    """A frame of hazards, each beside the thing that it is of; tracks are numbered from `first`."""
    watched, judged = template()
    each = [
        replace(judged, track=replace(judged.track, id=n), hazard=hazard)
        for n, (_, hazard) in enumerate(told, first)
    ]
    of_track = {n: thing for n, (thing, _) in enumerate(told, first)}
    return replace(watched, seen=replace(watched.seen, judged=tuple(each)), of_track=of_track)


def filled(tally: Tally) -> list[tuple[bool, float, int, int]]:
    return [(row.moving, row.low, row.things, row.touched) for row in tally.rows() if row.things]


def count(frames: Sequence[Watched], *contacts: int) -> list[tuple[bool, float, int, int]]:
    return filled(counted(frames, contacts, SOON_S))


def test_a_thing_counts_once_in_a_bin_in_however_many_frames_and_tracks() -> None:
    frames = [frame((5, COMING)), frame((5, COMING)), frame((5, COMING), first=9)]
    assert count(frames, 5) == [(True, 0.65, 1, 1)]
    assert count([*frames, frame((5, replace(COMING, chance=0.97)))], 5) == [
        (True, 0.65, 1, 1),
        (True, 0.95, 1, 1),
    ]


def test_those_that_are_touched_are_counted_among_all() -> None:
    assert count([frame((0, COMING), (1, COMING), (2, COMING))], 1, 7) == [(True, 0.65, 3, 1)]


def test_what_is_of_nothing_counts_by_track_and_is_never_touched() -> None:
    frames = [frame((FALSE, COMING), (FALSE, COMING)), frame((FALSE, COMING), first=2)]
    assert count(frames, 0, 1, 2) == [(True, 0.65, 2, 0)]


@pytest.mark.parametrize(
    ("chance", "low"),
    [
        (0.3, 0.3),
        (0.399, 0.3),
        (0.4, 0.4),
        (0.649, 0.6),
        (0.65, 0.65),
        (0.949, 0.85),
        (0.95, 0.95),
        (1.0, 0.95),
    ],
)
def test_a_bin_holds_its_lower_edge_and_the_last_holds_certainty(chance: float, low: float) -> None:
    assert count([frame((0, replace(COMING, chance=chance)))]) == [(True, low, 1, 0)]


@pytest.mark.parametrize(
    "hazard",
    [
        None,
        replace(COMING, ttc_s=None),
        replace(COMING, ttc_s=SOON_S + 0.01),
        replace(COMING, chance=EDGES[0] - 0.001),
    ],
)
def test_what_is_no_hazard_not_soon_or_hardly_likely_does_not_count(hazard: Hazard | None) -> None:
    assert count([frame((0, hazard))], 0) == []
    assert count([frame((0, replace(COMING, ttc_s=SOON_S)))], 0) != []


@pytest.mark.parametrize(
    ("hazard", "moving"),
    [
        (COMING, True),
        (replace(COMING, cls=C.BICYCLE, motion=Motion.CROSSING), True),
        (STANDING, False),
        (replace(COMING, motion=Motion.OVERTAKEN), False),
        (replace(COMING, cls=C.OBSTACLE), False),
    ],
)
def test_moving_is_what_comes_or_crosses_and_can(hazard: Hazard, moving: bool) -> None:
    assert count([frame((0, hazard))]) == [(moving, 0.65, 1, 0)]


def test_the_share_is_of_the_things_and_none_where_there_are_none() -> None:
    shares = [
        Row(True, 0.3, 0.4, things, touched).share for things, touched in ((4, 4), (4, 1), (4, 0), (0, 0))
    ]
    assert shares == [1.0, 0.25, 0.0, None]


def test_encounters_add_up_and_every_cell_has_a_line() -> None:
    tally = counted([frame((0, COMING))], [0], SOON_S) + counted(
        [frame((0, COMING), (1, STANDING))], [], SOON_S
    )
    assert filled(tally) == [(True, 0.65, 2, 1), (False, 0.65, 1, 0)]
    lines = list(as_table(tally, Options(2, 11), SOON_S))
    assert len(lines) == 2 + 2 * (len(EDGES) - 1)
    (told,) = [line.split() for line in lines if line.startswith("moving") and "0.65 - " in line]
    assert told[-3:] == ["2", "1", "0.50"]
    assert lines[-1].split() == ["other", "0.95", "-", "1.00", "0", "0", "-"]


def test_soon_is_the_last_call_of_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    row = POLICY[AlertKind.PERSON_APPROACHING]
    assert row.last_call is not None
    assert last_call_s() == row.last_call.ttc_s
    monkeypatch.setitem(POLICY, AlertKind.PERSON_APPROACHING, replace(row, last_call=None))
    with pytest.raises(FiguresError, match="no last call"):
        last_call_s()


def test_a_bicycle_in_the_way_and_a_perfect_detector_all_come_true() -> None:
    walk = replace(WALK, seconds=7.35)
    frames = tuple(watch(walk, perfect(FIGURES), imu=True, speed=True))
    rows = [row for row in counted(frames, walk.contacts, last_call_s()).rows() if row.things]
    assert rows
    assert {row.share for row in rows} == {1.0}
    assert not any(row.moving for row in rows)


def test_the_verb_counts_encounters_with_an_imu_and_a_speed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--n", "2", "--jobs", "2", "--json"]) == 0
    out, progress = capsys.readouterr()
    told = json.loads(out)
    assert (told["n"], told["seed"], told["within_s"]) == (2, 11, last_call_s())
    assert "2/2" in progress
    tally = Tally()
    for number in range(2):
        encounter = draw(11, number, FIGURES.world)
        tally += counted(watch(encounter, FIGURES, imu=True, speed=True), encounter.contacts, last_call_s())
    assert [(row["things"], row["touched"]) for row in told["rows"]] == [
        (row.things, row.touched) for row in tally.rows()
    ]
    assert sum(tally.things.values()) > 0


@pytest.mark.parametrize(
    "arguments", [["--n", "0"], ["--seed", "-1"], ["--jobs", "0"], ["--n", "x"], ["--m"]]
)
def test_bad_options_are_one_line_and_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    out, told = capsys.readouterr()
    assert out == ""
    assert told.startswith("shirube: ")
    assert " / " in told  # in Japanese, then in English
    assert told.count("\n") == 1
