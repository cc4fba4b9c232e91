"""Plans on named maps: loaded once and late, every fault of the planner one sentence with its status."""

import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from routing import errors
from routing.blockages import Blockage
from routing.places import MapPlace
from server import planner as server_planner
from server.errors import ApiError, Malformed, NotFound, Unavailable
from server.fakes import straight_route
from server.planner import MapPlanner
from wire.api import PlanRequest
from wire.route import Name, Route

AT = datetime(2026, 11, 22, 5, 2, tzinfo=UTC)
ASKED = PlanRequest(map="city", origin="駅", destination="図書館")


def place(ja: str, kana: str | None = None, en: str | None = None, north: float = 0.0) -> MapPlace:
    return MapPlace(Name(ja=ja, kana=kana, en=en), (33.2334 + north, 131.6066), "amenity=x")


PLACES = (
    place("大分駅", "おおいたえき", "Oita Station"),
    place("大分駅 府内中央口", "おおいたえき ふないちゅうおうぐち"),
    place("西大分駅", "にしおおいたえき", "Nishi-Oita Station", 0.02),
    place("大分駅前", "おおいたえきまえ", north=0.001),
    place("大分駅前", "おおいたえきまえ", north=0.0012),
    place("大分駅前", "おおいたえきまえ", north=0.03),
)


class World:
    """The planner's modules as far as the server calls them."""

    def __init__(self) -> None:
        self.loaded: list[Path] = []
        self.asked: list[tuple[Any, ...]] = []
        self.error: Exception | None = None
        self.broken: set[str] = set()

    def load_map(self, path: Path) -> SimpleNamespace:
        self.loaded.append(path)
        if path.name in self.broken:
            raise errors.MapNotOsm(f"{path} は地図ではありません", f"{path} is no map")
        return SimpleNamespace(places=PLACES, path=path)

    def plan(self, *asked: object, **more: object) -> Route:
        self.asked.append((*asked, more))
        if self.error is not None:
            raise self.error
        return straight_route()

    def alternatives(self, *asked: object, **more: object) -> tuple[Route, ...]:
        return (self.plan(*asked, **more),)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    for name, parts in {
        "routing.network": {"load_map": made.load_map},
        "routing.plan": {"plan": made.plan, "alternatives": made.alternatives},
        "routing.walkers": {"WALKERS": {"cane": None, "dog": None, "low-vision": None}},
    }.items():
        module = ModuleType(name)
        vars(module).update(parts)
        monkeypatch.setitem(sys.modules, name, module)
    return made


def a_planner() -> MapPlanner:
    return MapPlanner({"city": Path("/maps/city.shirube"), "old": Path("/maps/old.osm.pbf")})


def test_a_map_is_loaded_when_it_is_first_asked_for_and_once(world: World) -> None:
    planner = a_planner()
    assert world.loaded == []
    for _ in range(3):
        planner.plan(ASKED, AT)
        planner.places("city", "駅", 5)
    assert world.loaded == [Path("/maps/city.shirube")]
    planner.alternatives(PlanRequest(map="old", origin="a", destination="b"), AT)
    assert world.loaded == [Path("/maps/city.shirube"), Path("/maps/old.osm.pbf")]


def test_many_threads_load_a_map_once(world: World) -> None:
    planner, begun = a_planner(), threading.Barrier(8)

    def ask() -> None:
        begun.wait()
        planner.plan(ASKED, AT)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.loaded) == 1
    assert len(world.asked) == 8


def test_what_was_asked_reaches_the_planner(world: World) -> None:
    closed = Blockage(33.2, 131.6, 1.0, 2.0)
    a_planner().plan(
        PlanRequest(map="city", origin="駅", destination="a", walker="dog", choice="safest"), AT, [closed]
    )
    (on, origin, destination, walker, at, more) = world.asked[0]
    assert (on.path.name, origin, destination, walker, at) == ("city.shirube", "駅", "a", "dog", AT)
    assert more == {"choice": "safest", "blocked": (closed,)}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.UnknownWalker, Malformed),
        (errors.BadProfile, Malformed),
        (errors.SamePlace, Malformed),
        (errors.OutsideMap, Malformed),
        (errors.TooFarFromWay, Malformed),
        (errors.PlaceNotFound, NotFound),
        (errors.PlaceAmbiguous, NotFound),
        (errors.NoRoute, NotFound),
    ],
)
@pytest.mark.parametrize("ask", ["plan", "alternatives"])
def test_every_fault_of_a_question_has_its_status_and_its_words(
    world: World, error: type[errors.PlanError], kind: type[ApiError], ask: str
) -> None:
    world.error = error("だめです", "it is wrong")
    with pytest.raises(ApiError) as told:
        getattr(a_planner(), ask)(ASKED, AT)
    assert type(told.value) is kind
    assert (told.value.ja, told.value.en) == ("だめです", "it is wrong")


def test_every_planning_error_is_decided() -> None:
    # A new kind of error is decided here, not by accident.
    kinds = {kind.__name__ for kind in errors.PlanError.__subclasses__()}
    wrong = {kind.__name__ for kind in server_planner._WRONG_QUESTION}
    assert kinds - wrong == {"PlaceNotFound", "PlaceAmbiguous", "NoRoute"}


def test_a_map_that_cannot_be_used_is_503_and_its_path_is_for_the_operator(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.broken.add("city.shirube")
    planner = a_planner()
    with pytest.raises(Unavailable) as told:
        planner.plan(ASKED, AT)
    assert "/maps" not in str(told.value)
    assert "/maps/city.shirube" in caplog.text
    world.broken.clear()
    assert planner.plan(ASKED, AT).length_m == 200.0, "a repaired map needs no restart"


def test_a_broken_map_does_not_stop_another(world: World) -> None:
    world.broken.add("city.shirube")
    planner = a_planner()
    with pytest.raises(Unavailable):
        planner.places("city", "駅", 1)
    assert planner.plan(PlanRequest(map="old", origin="a", destination="b"), AT)


def test_an_unknown_map_names_those_that_are(world: World) -> None:
    planner = a_planner()
    for ask in (
        lambda: planner.require("tokyo"),
        lambda: planner.places("tokyo", "a", 1),
        lambda: planner.plan(PlanRequest(map="../etc/passwd", origin="a", destination="b"), AT),
    ):
        with pytest.raises(NotFound, match=r"beppu、city、oita、old"):
            ask()
    assert world.loaded == []


@pytest.mark.parametrize("walker", ["/etc/passwd", "../secret.toml", "me.toml", "", "Cane"])
def test_a_caller_cannot_have_files_read_as_a_profile(world: World, walker: str) -> None:
    with pytest.raises(Malformed, match="cane, dog, low-vision"):
        a_planner().plan(PlanRequest(map="city", origin="a", destination="b", walker=walker), AT)
    assert world.asked == []


def test_places_are_found_by_name_reading_and_english_and_no_more_than_asked_for(world: World) -> None:
    planner = a_planner()
    for query in ("大分駅", "オオイタエキ", "oita stat"):
        best = planner.places("city", query, 3)
        assert best[0].name.ja == "大分駅"
        assert (best[0].kind, best[0].lat, best[0].lon) == ("amenity=x", 33.2334, 131.6066)
    assert len(planner.places("city", "駅", 2)) == 2
    assert planner.places("city", "神戸", 2) == ()
    assert planner.places("city", " 　", 2) == ()
