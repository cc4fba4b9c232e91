"""Two crossings over each other, as a scramble's diagonals: in on one, out on the same."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from routing.drawn import PLANE, Piece, drawn_map
from routing.locality import spatially_ordered
from routing.network import WalkingMap, walking_map
from routing.plan import plan
from routing.tags import CrossingFacts
from routing.whole_crossings import parted
from wire.route import StretchKind

DAY = datetime(2026, 5, 1, 10, tzinfo=ZoneInfo("Asia/Tokyo"))
ONE, OTHER = (CrossingFacts(osm_id=f"way/{way}", signals="yes", road="primary") for way in (1, 2))


def half(a: int, b: int, facts: CrossingFacts) -> Piece:
    return Piece(a, b, StretchKind.CROSSING, crossing=facts, crossing_share=0.5)


def diagonals(*more: Piece) -> WalkingMap:
    """Corners 1 to 4 of a square, the diagonals 1-3 and 2-4 over its middle 5, a sidewalk from 3 to 4."""
    corners = {1: (0.0, 0.0), 2: (20.0, 0.0), 3: (20.0, 20.0), 4: (0.0, 20.0), 5: (10.0, 10.0)}
    outside = {6: (-40.0, 0.0), 7: (60.0, 0.0)}
    return drawn_map(
        corners | outside,
        [
            half(1, 5, ONE), half(5, 3, ONE), half(2, 5, OTHER), half(5, 4, OTHER),
            Piece(1, 6), Piece(2, 7), Piece(3, 4), *more,
        ],
    )  # fmt: skip


def at(east: float, north: float) -> str:
    lat, lon = PLANE.from_xy((east, north))
    return f"{lat:.7f},{lon:.7f}"


def test_nobody_turns_in_the_middle_of_a_scramble() -> None:
    drawn = diagonals()
    bent = plan(drawn, at(-40, 0), at(60, 0), "cane", DAY)
    columns, made = parted(drawn.columns)
    assert made == 1
    whole = plan(walking_map(drawn.source, columns), at(-40, 0), at(60, 0), "cane", DAY)
    crossings = [part for part in whole.stretches if part.crossing]
    assert [part.crossing.osm_id for part in crossings if part.crossing] == ["way/1", "way/2"]
    assert whole.length_m > bent.length_m + 15.0


def test_the_carriageway_keeps_its_joint_with_one_of_them() -> None:
    drawn = diagonals(Piece(5, 2, StretchKind.ROAD, highway="residential"))
    columns, made = parted(drawn.columns)
    assert made == 1
    middle = int(columns.link_a[1])  # of the first diagonal's second half
    road = len(columns.link_a) - 1
    assert middle in {int(columns.link_a[road]), int(columns.link_b[road])}


def test_a_crossing_alone_is_left_as_it_is() -> None:
    drawn = drawn_map(
        {1: (0, 0), 2: (10, 0), 3: (20, 0)}, [half(1, 2, ONE), half(2, 3, ONE), Piece(2, 3, way=3)]
    )
    assert parted(drawn.columns) == (drawn.columns, 0)


def test_the_order_in_memory_changes_no_way() -> None:
    drawn = diagonals()
    moved = spatially_ordered(drawn.columns)
    assert sorted(moved.link_length_m) == sorted(drawn.columns.link_length_m)
    assert not np.array_equal(moved.link_length_m, drawn.columns.link_length_m)
    route = plan(drawn, at(-40, 0), at(60, 0), "cane", DAY)
    again = plan(walking_map(drawn.source, moved), at(-40, 0), at(60, 0), "cane", DAY)
    assert again.points == route.points
    assert again.stretches == route.stretches
