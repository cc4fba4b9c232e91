"""Routes as GeoJSON (RFC 7946): one feature a stretch, for maps and for looking at."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import TypeAdapter

from wire.route import Route, Stretch

_STRETCH = TypeAdapter(Stretch)


def features(routes: Sequence[Route]) -> dict[str, Any]:
    """A FeatureCollection; the attribution that the licence asks for is in each feature."""
    return {
        "type": "FeatureCollection",
        "features": [each for route in routes for each in (*_stretches(route), *_ends(route))],
    }


def _stretches(route: Route) -> Iterator[dict[str, Any]]:
    for stretch in route.stretches:
        points = route.points[stretch.first : stretch.last + 1]
        yield {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [[lon, lat] for lat, lon in points]},
            "properties": {
                "route": route.route_id,
                "choice": route.choice,
                "attribution": route.source.attribution,
                **_facts(stretch),
            },
        }


def _facts(stretch: Stretch) -> dict[str, Any]:
    facts: dict[str, Any] = _STRETCH.dump_python(stretch, mode="json")
    return {key: value for key, value in facts.items() if key not in {"first", "last"} and value is not None}


def _ends(route: Route) -> Iterator[dict[str, Any]]:
    for role, place in (("origin", route.origin), ("destination", route.destination)):
        yield {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
            "properties": {"route": route.route_id, "role": role, "name": place.name.ja},
        }
