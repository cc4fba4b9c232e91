"""Closed paths: in force until they expire, on the links that they touch, and where along them."""

from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.blockages import Blockage, active
from routing.closures import closures
from routing.columns import E7
from routing.geo import Local

HERE = (33.2334, 131.6066)
PLANE = Local.around(HERE)
NOW = datetime(2026, 11, 22, 5, 2, tzinfo=UTC)


def closed(east_m: float, north_m: float, radius_m: float = 8.0) -> Blockage:
    lat, lon = PLANE.from_xy((east_m, north_m))
    return Blockage(lat, lon, NOW.timestamp() - 60.0, NOW.timestamp() + 3600.0, radius_m)


def network(*lines: list[tuple[float, float]]) -> SimpleNamespace:
    """As much of a map as geometry needs: lines in metres east and north."""
    points = [PLANE.from_xy(xy) for line in lines for xy in line]
    first = np.cumsum([0, *(len(line) for line in lines)], dtype=np.int32)
    columns = SimpleNamespace(
        shape_first=first,
        shape_lat_e7=np.array([round(lat * E7) for lat, _ in points], np.int32),
        shape_lon_e7=np.array([round(lon * E7) for _, lon in points], np.int32),
    )
    return SimpleNamespace(columns=columns)


LINES = (
    [(0.0, 0.0), (100.0, 0.0)],
    [(100.0, 0.0), (100.0, 50.0), (150.0, 50.0)],
    [(0.0, 12.0), (100.0, 12.0)],
)
STREETS = network(*LINES)


def test_a_blockage_touches_the_links_within_its_radius_only() -> None:
    assert closures(STREETS, [closed(50.0, 1.0)]).links.tolist() == [0]
    assert closures(STREETS, [closed(50.0, 6.0)]).links.tolist() == [0, 2]
    assert closures(STREETS, [closed(50.0, 30.0)]).links.tolist() == []
    assert closures(STREETS, [closed(50.0, 30.0, radius_m=18.1)]).links.tolist() == [2]


def test_the_end_of_one_link_and_the_start_of_the_next_are_no_way() -> None:
    # Between the end of the second line and the start of the third there is nothing.
    assert closures(STREETS, [closed(75.0, 31.0)]).links.tolist() == []


def test_several_blockages_give_each_link_once() -> None:
    found = closures(STREETS, [closed(20.0, 0.0), closed(60.0, 0.0), closed(102.0, 3.0)]).links
    assert found.tolist() == [0, 1]
    assert found.dtype == np.int32


def test_no_blockage_blocks_nothing() -> None:
    found = closures(STREETS, [])
    assert found.links.tolist() == []
    assert found.share.tolist() == []


def test_the_share_tells_where_along_the_link_it_is() -> None:
    assert closures(STREETS, [closed(25.0, -3.0)]).share[0] == pytest.approx(0.25, abs=0.001)
    assert closures(STREETS, [closed(110.0, 51.0)]).share[0] == pytest.approx(0.6, abs=0.001)
    both = [closed(80.0, 5.0), closed(30.0, 1.0)]
    assert closures(STREETS, both).share[0] == pytest.approx(0.3, abs=0.001), "the nearer one counts"


@given(st.floats(-20.0, 170.0), st.floats(-20.0, 70.0), st.floats(1.0, 40.0))
def test_what_the_box_finds_is_what_a_look_at_every_link_finds(
    east_m: float, north_m: float, radius_m: float
) -> None:
    offs = [min(_off_m((east_m, north_m), a, b) for a, b in pairwise(line)) for line in LINES]
    near = {number for number, off_m in enumerate(offs) if off_m <= radius_m - 0.05}
    far = {number for number, off_m in enumerate(offs) if off_m > radius_m + 0.05}
    found = set(closures(STREETS, [closed(east_m, north_m, radius_m)]).links.tolist())
    assert near <= found
    assert not found & far


def _off_m(p: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    steps = np.linspace(0.0, 1.0, 2001)
    xs, ys = a[0] + steps * (b[0] - a[0]), a[1] + steps * (b[1] - a[1])
    return float(np.min(np.hypot(xs - p[0], ys - p[1])))


def test_a_blockage_ends_when_it_expires() -> None:
    one = closed(0.0, 0.0)
    assert active([one], NOW) == (one,)
    assert active([one], datetime.fromtimestamp(one.expires_utc_s, UTC)) == ()
    assert active([one], datetime.fromtimestamp(one.reported_utc_s - 5.0, UTC)) == (one,)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        active([closed(0.0, 0.0)], NOW.replace(tzinfo=None))
