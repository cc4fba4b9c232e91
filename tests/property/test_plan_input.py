"""Whatever people type as a place, a time or a walker: a route or one clear sentence."""

from datetime import UTC, datetime, timedelta, timezone
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.errors import RoutingError
from routing.network import WalkingMap, load_map
from routing.plan import CHOICES, alternatives, plan
from routing.practice import practice_map
from routing.walkers import from_values
from wire.route import Choice

DAY = datetime(2026, 5, 1, 1, tzinfo=UTC)
NAMES = ["大分駅 府内中央口", "大分県立美術館", "トキハ本店", "竹町", "昭和通り", "おおいた", "station"]

numbers = st.one_of(
    st.floats(33.22, 33.25), st.floats(131.59, 131.63), st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-(10**20), 10**20),
)  # fmt: skip
points = st.tuples(numbers, st.sampled_from([",", "、", ", ", " ", ";"]), numbers).map(
    lambda parts: f"{parts[0]}{parts[1]}{parts[2]}"
)
places = st.one_of(st.sampled_from(NAMES), points, st.text(max_size=30), st.just("5" * 400))
times = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).flatmap(  # noqa: DTZ001 - made aware next
    lambda moment: st.integers(-14, 14).map(
        lambda hours: moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    )
)


@cache
def oita() -> WalkingMap:
    return load_map(practice_map("oita"))


@given(origin=places, destination=places, choice=st.sampled_from(CHOICES), at=times)
@settings(max_examples=300, deadline=None)
def test_a_route_or_a_sentence(origin: str, destination: str, choice: Choice, at: datetime) -> None:
    try:
        route = plan(oita(), origin, destination, "cane", at, choice=choice)
    except RoutingError:
        return
    assert route.length_m > 0.0
    assert route.choice == choice


@given(at=times, who=st.sampled_from(["cane", "dog", "low-vision"]))
@settings(max_examples=60, deadline=None)
def test_alternatives_are_different_ways_and_the_shortest_is_the_shortest(at: datetime, who: str) -> None:
    routes = alternatives(oita(), NAMES[0], NAMES[1], who, at)
    assert routes[0].choice == "recommended"
    assert len({route.points for route in routes}) == len(routes)
    shortest = plan(oita(), NAMES[0], NAMES[1], who, at, choice="shortest")
    assert all(shortest.length_m <= route.length_m + 0.1 for route in routes)


@given(
    values=st.dictionaries(
        st.sampled_from(["base", "speed_mps", "paving_factor", "unlit_factor", "speed", ""]),
        st.one_of(st.floats(), st.integers(), st.text(max_size=9), st.booleans(), st.none(), st.just([])),
        max_size=4,
    )
)
@settings(max_examples=200, deadline=None)
def test_a_person_s_profile_is_taken_or_told(values: dict[str, object]) -> None:
    try:
        mine = from_values(values, "mine")
    except RoutingError:
        return
    assert plan(oita(), NAMES[0], NAMES[1], mine, DAY).walker == "mine"
