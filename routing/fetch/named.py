"""A place's name to its area, through OSMnx's geocoder (Nominatim)."""

from datetime import datetime

from routing.areas import Area, Box, checked
from routing.errors import MapNotFetched
from routing.fetch.cached import LONGEST_KEPT, KeptAnswers
from routing.fetch.line import Line
from routing.fetch.trouble import Trouble


def area_named(place: str, line: Line, nominatim: str, kept: KeptAnswers, now: datetime) -> Area:
    """The area that OpenStreetMap knows by that name. `MapNotFetched` where it knows none.

    Only inside `polite`. The answer is kept, as Nominatim's rules ask.
    """
    found = kept.find(nominatim, place, now, LONGEST_KEPT)
    if found is not None:
        return _area(place, found.answer)
    try:
        answer, area = line.again(lambda: _geocoded(place), lambda answer: _area(place, answer))
    except Trouble as trouble:
        raise MapNotFetched(
            f"「{place}」の場所を調べられません。{trouble.ja}。--bbox で範囲を指定することもできます",
            f"cannot look up {place!r}: {trouble.en}. A box (--bbox) needs no look-up",
        ) from trouble
    kept.keep(nominatim, place, answer, now)
    return area


def _geocoded(place: str) -> object:
    """The name's boundary as [name, bounds, well-known text]; None where there is none."""
    import osmnx

    try:
        row = osmnx.geocode_to_gdf(place).iloc[0]
        name, outline = str(row["display_name"]), row["geometry"]
        west, south, east, north = (float(side) for side in outline.bounds)
        return [name, [south, west, north, east], outline.wkt]
    except osmnx._errors.InsufficientResponseError as error:
        # Its message tells "0 results" from an answer that was no JSON list.
        if "0 results" in str(error):
            return None
        raise
    except (TypeError, KeyError, AttributeError, IndexError, ValueError) as error:
        if isinstance(error, TypeError) and "geometry of type" in str(error):
            return [place, None, None]
        raise osmnx._errors.InsufficientResponseError(str(error)) from error


def _area(place: str, answer: object) -> Area:
    if not isinstance(answer, list) or len(answer) != 3:
        raise MapNotFetched(
            f"「{place}」という場所は見つかりません。名前を確かめるか、--bbox で範囲を指定してください",
            f"no place is called {place!r}: check the name, or give a box (--bbox)",
        )
    name, bounds, outline = answer
    if bounds is None:
        raise MapNotFetched(
            f"「{place}」は点で、広さがありません。市区町村の名前か --bbox を指定してください",
            f"{place!r} is a point, not an area: give a town or ward, or a box (--bbox)",
        )
    box = checked(Box(*(round(float(side), 7) for side in bounds)))
    return Area(ja=place, en=str(name), box=box, outline=outline)
