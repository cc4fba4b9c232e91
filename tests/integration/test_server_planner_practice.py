"""The server's planner on the practice map, with nothing in between faked."""

from datetime import UTC, datetime
from functools import cache

import pytest

from routing.blockages import Blockage
from routing.geo import Polyline
from server.errors import ApiError, Malformed, NotFound
from server.planner import MapPlanner
from wire.api import PlanRequest
from wire.route import Choice, Route

AT = datetime(2026, 11, 22, 5, 2, tzinfo=UTC)
FROM, TO = "大分駅 府内中央口", "大分県立美術館"


@cache
def planner() -> MapPlanner:
    return MapPlanner({})


def asked(origin: str = FROM, destination: str = TO, choice: Choice = "recommended") -> PlanRequest:
    return PlanRequest(map="oita", origin=origin, destination=destination, choice=choice)


def passes(route: Route, blockage: Blockage) -> bool:
    line = Polyline.through(route.points)
    return abs(line.project((blockage.lat, blockage.lon)).offset_m) <= blockage.radius_m


def test_every_alternative_says_why_in_both_languages() -> None:
    found = planner().alternatives(asked(), AT)
    assert found[0].choice == "recommended"
    assert len({route.points for route in found}) == len(found)
    for route in found:
        ja, en = planner().why(route, "ja"), planner().why(route, "en")
        assert ja.endswith("。")
        assert en.endswith(".")
        assert en.isascii()


@pytest.mark.parametrize("choice", ["recommended", "safest", "shortest", "blocks"])
def test_each_choice_gives_a_route_of_its_own_kind(choice: Choice) -> None:
    assert planner().plan(asked(choice=choice), AT).choice == choice


@pytest.mark.parametrize("at_m", range(40, 1100, 60))
def test_a_closed_path_ahead_is_walked_round_from_where_one_stands(at_m: int) -> None:
    line = Polyline.through(planner().plan(asked(), AT).points)
    (lat, lon), place = line.at(at_m), line.at(at_m + 15.0)
    closed = Blockage(*place, AT.timestamp() - 1.0, AT.timestamp() + 3600.0)
    around = planner().plan(asked(f"{lat:.7f},{lon:.7f}"), AT, (closed,))
    assert not passes(around, closed)


def test_an_expired_report_changes_nothing() -> None:
    plain = planner().plan(asked(), AT)
    place = Polyline.through(plain.points).at(300.0)
    over = Blockage(*place, AT.timestamp() - 7200.0, AT.timestamp() - 3600.0)
    assert planner().plan(asked(), AT, (over,)).points == plain.points


@pytest.mark.parametrize(
    ("origin", "destination", "kind"),
    [
        (FROM, FROM, Malformed),
        ("33.2,131.6", TO, Malformed),
        ("35.0,135.0", TO, Malformed),
        ("月", TO, NotFound),
        (FROM, "nan,nan", NotFound),
    ],
)
def test_a_bad_question_is_told_in_both_languages(
    origin: str, destination: str, kind: type[ApiError]
) -> None:
    with pytest.raises(kind) as told:
        planner().plan(asked(origin, destination), AT)
    assert told.value.ja != told.value.en


def test_places_are_found_by_their_reading() -> None:
    assert planner().places("oita", "オオイタケンリツビジュツカン", 3)[0].name.ja == "大分県立美術館"
