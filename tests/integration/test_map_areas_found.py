"""Where a map comes from: places that are found by name, boxes, and where answers are kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from routing.areas import Box, ready_made
from routing.errors import MapNotFetched
from routing.fetch.cached import usual_folder
from routing.fetch.fakes import recorded_pauses
from routing.fetch.line import PAUSES_S
from routing.fetch.maps import area_of
from tests.map_fetching import (
    AREA,
    BUSY,
    GATEWAY,
    NOW,
    PRACTICE,
    Fetching,
    fetched,
    only_loopback,
    practice_map,
    raw,
    without_strays,
)


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    only_loopback(monkeypatch)


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Fetching]:
    with practice_map(tmp_path / "kept") as made:
        yield made


OUTLINE = {
    "type": "Polygon",
    "coordinates": [
        [
            [131.5997, 33.2324],
            [131.6135, 33.2324],
            [131.6135, 33.2407],
            [131.5997, 33.2407],
            [131.5997, 33.2324],
        ]
    ],
}


FOUND = {
    "display_name": "大分市, 大分県, 日本",
    "importance": 0.6,
    "lat": "33.2362",
    "lon": "131.6066",
    "boundingbox": ["33.2324", "33.2407", "131.5997", "131.6135"],
    "geojson": OUTLINE,
}


def test_a_city_is_found_by_its_name_once(practice: Fetching, tmp_path: Path) -> None:
    server, terms = practice
    server.places["大分市"] = [FOUND]
    area = area_of(" 大分市 ", None, now=NOW, terms=terms)
    assert area.box == AREA.box
    assert (area.ja, area.en) == ("大分市", "大分市, 大分県, 日本")
    assert area.outline is not None
    assert area_of("大分市", None, now=NOW, terms=terms) == area
    assert server.questions == ["search 大分市"]
    assert raw(fetched(practice, tmp_path / "a.osm", area=area).path) == without_strays(raw(PRACTICE))


@pytest.mark.parametrize(
    ("answer", "en"),
    [
        ([], "no place is called"),
        ([FOUND | {"geojson": {"type": "Point", "coordinates": [131.6, 33.2]}}], "is a point"),
        ({"error": "x"}, "cannot look up"),
        ([{"importance": 1}], "cannot look up|is a point"),
    ],
)
def test_a_name_that_gives_no_area_is_told(practice: Fetching, answer: Any, en: str) -> None:
    practice[0].places["大分駅"] = answer
    with pytest.raises(MapNotFetched, match=en) as caught:
        area_of("大分駅", None, now=NOW, terms=practice[1], sleep=lambda _: None)
    assert "--bbox" in caught.value.ja


def test_a_busy_geocoder_is_waited_for(practice: Fetching) -> None:
    server, terms = practice
    server.places["大分市"] = [FOUND]
    server.misfortunes.extend([BUSY, GATEWAY])
    pauses, sleep = recorded_pauses()
    assert area_of("大分市", None, now=NOW, terms=terms, sleep=sleep).box == AREA.box
    assert pauses == [7.0, PAUSES_S[1]]


def test_ready_made_names_and_boxes_ask_nobody(practice: Fetching) -> None:
    assert area_of("Oita", None, now=NOW, terms=practice[1]) == ready_made()["oita"]
    assert area_of(None, "33.22,131.59,33.25,131.63", now=NOW).box == Box(33.22, 131.59, 33.25, 131.63)
    for place, bbox in ((None, None), ("", None), ("oita", "33.22,131.59,33.25,131.63")):
        with pytest.raises(MapNotFetched, match="beppu"):
            area_of(place, bbox, now=NOW)
    assert practice[0].questions == []


def test_answers_are_kept_in_the_user_s_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert usual_folder() == tmp_path / "shirube" / "maps"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert usual_folder() == Path.home() / ".cache" / "shirube" / "maps"
