"""Choosing a place on the ground in a form: of a list, or by latitude and longitude. No map is needed."""

import re
import unicodedata
from typing import Annotated, Final, NamedTuple

from fastapi import Form

from server.access import Actor
from server.errors import ApiError, Malformed
from server.feed import last_seen
from server.pages.render import Fault
from server.parts import Parts
from server.planner import PRACTICE_MAPS
from server.walk_state import NO_CONTACT_S
from server.words import Pair

MOST_FOUND: Final = 20  # a longer list is not listened to
_POSITION: Final = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,、]\s*(-?\d{1,3}(?:\.\d+)?)\s*")
_NOTHING_FOUND: Final = (
    "その名前の場所は、この地図にありません。別の名前で探してください。",
    "There is no place of that name on this map: look for another name.",
)
_HERE: Final = ("今いる所", "where I am now")

Find = Annotated[str, Form(min_length=1, max_length=100)]
MapName = Annotated[str, Form(alias="map", min_length=1, max_length=64)]
# Of a list; empty: the position stands in the next field.
Spot = Annotated[str, Form(max_length=64)]
Position = Annotated[str, Form(max_length=64)]


class NoPosition(Malformed):
    """Neither chosen nor typed."""

    def __init__(self) -> None:
        super().__init__(
            "場所を選ぶか、緯度と経度を 33.2382,131.6126 のように入れてください。",
            "Choose a place, or give latitude and longitude like 33.2382,131.6126.",
        )


class Choice(NamedTuple):
    """A line of the list. `position`: "lat,lon". `name`: of a place of the map."""

    words: Pair
    position: str
    name: str = ""


def maps_of(parts: Parts) -> tuple[str, ...]:
    """The maps that a place can be looked for on: the server's own before those for practice."""
    return tuple(dict.fromkeys((*sorted(parts.settings.maps), *PRACTICE_MAPS)))


async def found(parts: Parts, actor: Actor, map_name: str, name: str) -> tuple[list[Choice], Fault | None]:
    """Places of the map whose name fits; or why there is none."""
    try:
        places = await parts.routes.places(actor, map_name, name, MOST_FOUND)
    except ApiError as error:
        return [], Fault(error, "map")
    if not places:
        return [], Fault(Malformed(*_NOTHING_FOUND), "find")
    # Many places of a town have one name ("入口"): the position tells them apart.
    return [
        Choice(
            (f"{place.name.ja}({position})", f"{place.name.en or place.name.ja} ({position})"),
            position,
            place.name.ja,
        )
        for place in places
        for position in (f"{place.lat:.5f},{place.lon:.5f}",)
    ], None


async def here(parts: Parts, wearer: Actor) -> list[Choice]:
    """Where the wearer is now, while an outing tells it."""
    newest = next(iter(await parts.trips.of_wearer(wearer.user_id, 1)), None)
    if newest is None or newest.ended_utc_s is not None:
        return []
    async with parts.db.read() as connection:
        seen = await last_seen(connection, newest.id)
    if seen is None or parts.clock.utc_s() - seen.utc_s >= NO_CONTACT_S:
        return []
    return [Choice(_HERE, f"{seen.fix.lat:.6f},{seen.fix.lon:.6f}")]


def position_of(spot: str, typed: str) -> tuple[float, float]:
    """Latitude and longitude of what was typed, also in full-width figures, or chosen; else `NoPosition`."""
    match = _POSITION.fullmatch(unicodedata.normalize("NFKC", typed.strip() or spot))
    if match is None:
        raise NoPosition
    return float(match[1]), float(match[2])
