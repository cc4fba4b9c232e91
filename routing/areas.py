"""Areas to fetch a map of: ready-made ones, and boxes as people type them."""

import math
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from routing.errors import MapNotFetched

# The mean radius of the Earth; a box's size needs no ellipsoid.
_METRES_A_DEGREE: Final = math.radians(1.0) * 6_371_008.8

# A city with its hills (大分市 is 502 km2, and more as tiles). More than that is a regional extract's
# job: Overpass asks for less than 10,000 requests and 1 GB a day.
LARGEST_KM2: Final = 1_000.0
SMALLEST_SIDE_M: Final = 50.0


@dataclass(frozen=True, slots=True)
class Box:
    """A box in degrees of latitude and longitude (WGS84)."""

    south: float
    west: float
    north: float
    east: float

    @property
    def height_m(self) -> float:
        """North to south, metres."""
        return (self.north - self.south) * _METRES_A_DEGREE

    @property
    def width_m(self) -> float:
        """West to east at its middle, metres."""
        middle = math.radians((self.south + self.north) / 2.0)
        return (self.east - self.west) * _METRES_A_DEGREE * math.cos(middle)

    @property
    def area_km2(self) -> float:
        """Square kilometres."""
        return self.height_m * self.width_m / 1e6

    def text(self) -> str:
        """`south,west,north,east` as Overpass reads it: 1e-7 degree, as OpenStreetMap stores."""
        return ",".join(f"{side:.7f}" for side in (self.south, self.west, self.north, self.east))


@dataclass(frozen=True, slots=True)
class Area:
    """What to fetch. `outline` is well-known text (longitude latitude): tiles off it are not asked for."""

    ja: str
    en: str
    box: Box
    outline: str | None = None


def ready_made() -> dict[str, Area]:
    """The areas of areas.toml by their short names."""
    table = tomllib.loads(files("routing").joinpath("areas.toml").read_text(encoding="utf-8"))
    return {
        key: Area(ja=entry["ja"], en=entry["en"], box=checked(Box(*entry["box"])))
        for key, entry in table.items()
    }


def area_of_box(text: str) -> Area:
    """The area of `S,W,N,E` in degrees; `MapNotFetched` says what is wrong with it."""
    box = checked(Box(*_four_numbers(text)))
    words = ", ".join(f"{side:g}" for side in (box.south, box.west, box.north, box.east))
    return Area(ja=f"範囲 {words}", en=f"box {words}", box=box)


def checked(box: Box) -> Box:
    """The box itself where it can be fetched; `MapNotFetched` says what is wrong with it."""
    sides = (box.south, box.west, box.north, box.east)
    if not all(math.isfinite(side) for side in sides):
        raise _wrong("数でない値があります", "a side is not a finite number")
    if not (abs(box.south) <= 90.0 and abs(box.north) <= 90.0):
        raise _wrong(
            "緯度が90度を超えています。緯度と経度が逆ではありませんか",
            "a latitude is beyond 90 degrees: are latitude and longitude swapped?",
        )
    if not (abs(box.west) <= 180.0 and abs(box.east) <= 180.0):
        raise _wrong("経度が180度を超えています", "a longitude is beyond 180 degrees")
    if box.south >= box.north:
        raise _wrong("南端が北端より北にあります", "south is not south of north: are they swapped?")
    if box.west >= box.east:
        raise _wrong("西端が東端より東にあります", "west is not west of east: are they swapped?")
    if min(box.height_m, box.width_m) < SMALLEST_SIDE_M:
        raise _wrong(
            f"狭すぎます。一辺を{SMALLEST_SIDE_M:.0f}メートル以上にしてください",
            f"too small: at least {SMALLEST_SIDE_M:.0f} m a side",
        )
    return box


def checked_size(area_km2: float) -> None:
    """`MapNotFetched` where that many square kilometres are too many to ask a public server for."""
    if area_km2 > LARGEST_KM2:
        raise MapNotFetched(
            f"範囲が広すぎます（{area_km2:,.0f}平方キロ）。{LARGEST_KM2:,.0f}平方キロまでにするか、"
            "地域の抽出ファイル (.osm.pbf) を使ってください",
            f"the area is too large ({area_km2:,.0f} km2): ask for {LARGEST_KM2:,.0f} km2 at most, "
            "or build from a regional extract (.osm.pbf)",
        )


def _four_numbers(text: str) -> tuple[float, float, float, float]:
    try:
        south, west, north, east = (float(part) for part in text.replace("，", ",").split(","))
    except ValueError:
        raise _wrong("数が四つ必要です", "four numbers are needed") from None
    return south, west, north, east


def _wrong(ja: str, en: str) -> MapNotFetched:
    return MapNotFetched(
        f"範囲が正しくありません: {ja}。南,西,北,東 の順に度で書いてください（例 33.22,131.59,33.25,131.63）",
        f"not a box: {en}. Write south,west,north,east in degrees (for example 33.22,131.59,33.25,131.63)",
    )
