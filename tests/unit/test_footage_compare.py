"""Two models over the same frames: what both say within a second is one announcement, found once."""

import pytest

from device.footage.compare import Pair, difference, disagreements, matched, table
from device.footage.history import History, Point, intervals, name_of
from device.footage.telling import Said
from vision.types import Detection, ObjectClass

BOX = (10.0, 10.0, 60.0, 110.0)


def said(t_s: float, kind: str = "obstacle_ahead", track: int | None = 1) -> Said:
    return Said(
        kind,
        "obstacle/1",
        "caution",
        f"障害物 {t_s}",
        f"obstacle {t_s}",
        t_s,
        t_s,
        t_s + 2.0,
        "spoken",
        track,
    )


def history(model: str, *spoken: Said) -> History:
    return History(model, said=list(spoken))


def point(t_s: float, *, hazard: bool = True, cls: ObjectClass = ObjectClass.PERSON) -> Point:
    return Point(t_s, cls, 3.0, 0.3, 3.0, None, hazard)


def test_announcements_match_within_a_second_and_only_of_their_kind() -> None:
    ours = [said(1.0), said(5.0), said(9.0), said(12.0, "stop_now")]
    theirs = [said(1.9), said(6.1), said(9.0, "stop_now"), said(12.0)]
    assert matched(ours, theirs) == [(ours[0], theirs[0])]


def test_each_is_matched_once_and_with_the_nearest() -> None:
    ours, theirs = [said(1.0), said(1.8)], [said(1.7)]
    assert matched(ours, theirs) == [(ours[1], theirs[0])]


def test_the_difference_counts_both_sides_and_the_delay() -> None:
    first = history("a", said(1.0), said(5.0), said(20.0))
    second = history("b", said(1.4), said(5.6))
    first.found = {0: (Detection(ObjectClass.PERSON, 0.9, BOX),), 3: (Detection(ObjectClass.CAR, 0.9, BOX),)}
    second.found = {
        0: (Detection(ObjectClass.PERSON, 0.4, (12.0, 10.0, 62.0, 110.0)),),
        3: (Detection(ObjectClass.TREE, 0.9, BOX),),
        6: (Detection(ObjectClass.CAR, 0.9, BOX),),
    }
    found = difference(first, second)
    assert found.announcements == Pair(3, 2, 2)
    assert found.later_s == pytest.approx(0.6)
    assert found.detections.both == 1
    text = "\n".join(table(found, "a", "b"))
    assert "A: a" in text
    assert "3       2       2  案内 / announcements" in text
    assert disagreements(first, second) == ["  20.0 s  A  障害物 20.0 / obstacle 20.0"]
    assert set(found.as_plain()) == {
        "detections", "frames_with_paving", "frames_with_hazard", "hazards", "announcements", "later_s",
    }  # fmt: skip


def test_a_model_beside_itself_differs_in_nothing() -> None:
    one = history("a", said(1.0), said(5.0))
    found = difference(one, one)
    assert found.announcements == Pair(2, 2, 2)
    assert found.later_s == 0
    assert disagreements(one, one) == []


def test_a_hazard_lasts_through_a_frame_without_it() -> None:
    points = [point(n / 10, hazard=n not in (5, 6, 12, 13, 14, 15, 16)) for n in range(20)]
    assert intervals(points, 0.35) == [(0.0, 1.1), (1.7, 1.9)]


def test_tracks_of_interest_are_those_told_then_hazards_then_what_was_long_in_sight() -> None:
    one = history("a", said(1.0, track=3))
    one.tracks = {
        1: [point(n / 10, hazard=False) for n in range(50)],
        2: [point(n / 10) for n in range(9)],
        3: [point(1.0)],
        4: [point(n / 10) for n in range(20)],
        5: [point(n / 10, hazard=False) for n in range(15)],  # 1.4 s
    }
    assert one.of_interest(9) == [3, 4, 2, 1]
    assert one.of_interest(2) == [3, 4]
    assert name_of([*one.tracks[2], point(2.0, cls=ObjectClass.CAR)]) is ObjectClass.PERSON
