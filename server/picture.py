"""The route as a drawing: a flat frame in metres that a page and its script share. No tiles, no words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from routing.geo import Local
from wire.base import value
from wire.position import Fix
from wire.route import Route, StretchKind

# Room around the route for a wearer who strays, and for circles of accuracy.
_MARGIN_M = 40.0


@value
class Mark:
    """A circle: centre and radius in metres of the frame (x east, y south)."""

    x: float
    y: float
    r: float = 0.0


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of the ground that holds the route; y grows to the south, as in SVG."""

    plane: Local
    left: float
    top: float
    width: float
    height: float

    @classmethod
    def around(cls, route: Route, *later: Route) -> "Frame":
        """The frame of `route`, and of those that a walk followed later, with its margin.

        Its origin is the first route's: an open page and the stream agree also after a new plan.
        """
        return cls.of(tuple(point for each in (route, *later) for point in each.points))

    @classmethod
    def of(cls, points: Sequence[tuple[float, float]]) -> "Frame":
        """The frame of places on the ground, one at least; its origin is the first."""
        plane = Local.around(points[0])
        xs, norths = zip(*(plane.to_xy(point) for point in points), strict=True)
        return cls(
            plane,
            min(xs) - _MARGIN_M,
            -max(norths) - _MARGIN_M,
            max(xs) - min(xs) + 2 * _MARGIN_M,
            max(norths) - min(norths) + 2 * _MARGIN_M,
        )

    @property
    def view_box(self) -> str:
        """For the SVG element."""
        return f"{self.left:.1f} {self.top:.1f} {self.width:.1f} {self.height:.1f}"

    def mark(self, lat: float, lon: float, radius_m: float = 0.0) -> Mark:
        """A place on the ground in the frame."""
        east, north = self.plane.to_xy((lat, lon))
        return Mark(round(east, 1), round(-north, 1), round(radius_m, 1))

    def path(self, points: Iterable[tuple[float, float]]) -> str:
        """The `points` attribute of a polyline."""
        marks = (self.mark(lat, lon) for lat, lon in points)
        return " ".join(f"{mark.x:.1f},{mark.y:.1f}" for mark in marks)


@dataclass(frozen=True, slots=True)
class Picture:
    """What a page draws."""

    frame: Frame
    route: str  # "": there is none
    crossings: tuple[str, ...]  # polylines
    track: str
    start: Mark
    end: Mark | None


def picture(route: Route, fixes: Iterable[Fix], first: Route | None = None) -> Picture:
    """The route, its crossings, and where the wearer was. `first`: what the walk began with, if another."""
    frame = Frame.around(first or route, route)
    crossings = tuple(
        frame.path(route.points[stretch.first : stretch.last + 1])
        for stretch in route.stretches
        if stretch.kind in (StretchKind.CROSSING, StretchKind.LEVEL_CROSSING)
    )
    track = frame.path((fix.lat, fix.lon) for fix in fixes)
    start, end = frame.mark(*route.points[0]), frame.mark(*route.points[-1])
    return Picture(frame, frame.path(route.points), crossings, track, start, end)


def track_picture(fixes: Sequence[Fix]) -> Picture | None:
    """Where the wearer was, without a route; None while there is no position."""
    if not fixes:
        return None
    frame = Frame.of([(fix.lat, fix.lon) for fix in fixes])
    track = frame.path((fix.lat, fix.lon) for fix in fixes)
    return Picture(frame, "", (), track, frame.mark(fixes[0].lat, fixes[0].lon), None)
