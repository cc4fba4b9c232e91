"""What the map has at a point: the street's name, and a named place near. Read from the map's columns."""

from typing import TYPE_CHECKING, Final

import numpy as np

from device.planning.question import Around, NamedPlace
from routing.geo import Local, Point, bearing_deg, distance_m
from routing.places import STREET, name_at, text_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routing.network import WalkingMap

# Half of a wide street with its sidewalks, which often have no name of their own, and a position's error.
STREET_WITHIN_M: Final = 30.0
PLACE_WITHIN_M: Final = 200.0  # what is further tells little of where one is


def around(on: "WalkingMap", point: Point) -> Around:
    """The nearest street that has a name and the nearest place that has one, where they are near enough."""
    return Around(street=name_at(on.columns, _street(on, point)), place=_place(on, point))


def _street(on: "WalkingMap", point: Point) -> int:
    """The number of the name; -1: none is near. All pieces of ways at once: a city takes milliseconds."""
    of = on.columns
    xy = _metres(point, of.shape_lat_e7, of.shape_lon_e7)
    link = np.repeat(np.arange(len(of.link_a)), np.diff(of.shape_first))
    piece = np.flatnonzero((link[:-1] == link[1:]) & (of.link_name[link[:-1]] >= 0))
    if len(piece) == 0:
        return -1
    begin, along = xy[piece], xy[piece + 1] - xy[piece]
    length2 = np.maximum((along**2).sum(axis=1), 1e-9)
    share = np.clip(-(begin * along).sum(axis=1) / length2, 0.0, 1.0)
    off_m = np.hypot(*(begin + share[:, None] * along).T)
    nearest = int(np.argmin(off_m))
    return int(of.link_name[link[piece[nearest]]]) if off_m[nearest] <= STREET_WITHIN_M else -1


def _place(on: "WalkingMap", point: Point) -> NamedPlace | None:
    """Not a street's middle, which stands for the street."""
    of = on.columns
    off_m = np.hypot(*_metres(point, of.place_lat_e7, of.place_lon_e7).T)
    for index in np.argsort(off_m).tolist():
        if off_m[index] > PLACE_WITHIN_M:
            return None
        name = name_at(of, int(of.place_name[index]))
        if name is not None and text_at(of, int(of.place_kind[index])) != STREET:
            there = of.place_lat_e7[index] / 1e7, of.place_lon_e7[index] / 1e7
            return NamedPlace(
                name=name,
                distance_m=round(distance_m(point, there), 1),
                bearing_deg=bearing_deg(point, there),
            )
    return None


def _metres(point: Point, lat_e7: "NDArray[np.int32]", lon_e7: "NDArray[np.int32]") -> "NDArray[np.float64]":
    """Metres east and north of `point` [n, 2]."""
    plane = Local.around(point)
    east = (np.asarray(lon_e7) / 1e7 - point[1]) * plane.metres_per_lon
    north = (np.asarray(lat_e7) / 1e7 - point[0]) * plane.metres_per_lat
    return np.stack((east, north), axis=1)
