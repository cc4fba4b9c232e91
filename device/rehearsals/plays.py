"""The rehearsed walks: together they have every kind of announcement spoken at least once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Final

from device.announcements import AlertKind as A
from device.battery import BatteryNews
from device.facts import Nearby
from device.rehearsals.script import PLANE, Given, Play, Walker, presses
from device.rehearsals.sights import Shown, a_hazard, blocks, followed, shown
from device.rerouting import RerouteAnswer
from device.senses import AroundAnswer, BeginTrip, Health, Noticed, PlanAnswer, Settings, Turn
from routing.simulated import Leg, route_of
from wire.route import Caveat, Crossing, Landmark, Name, Place, Route, StretchKind
from wire.trip import Part
from wire.uplink import NoticeKind

_SHOWA: Final = Name(ja="昭和通り", kana="しょうわどおり", en="Showa-dori")
_MUSEUM: Final = Name(ja="県立美術館", kana="けんりつびじゅつかん", en="the art museum")
_KNOWN: Final = Crossing(signals="yes", sound="yes", button="yes", marked="yes", tactile="yes", street=_SHOWA)
_LISTENS_S: Final = 16.0  # to the opening sentences
_NO_CAMERA: Final = Settings(camera=False)


def _route(legs: Sequence[Leg], **changes: object) -> Route:
    route = route_of(legs, **changes)  # type: ignore[arg-type]
    return replace(route, destination=replace(route.destination, name=_MUSEUM))


def _path(route: Route) -> tuple[tuple[float, float], ...]:
    return tuple(PLANE.to_xy(point) for point in route.points)


def _along(
    name: str, about: str, route: Route, stops: tuple[tuple[float, float], ...], lang: str = "ja"
) -> Play:
    walker = Walker(_path(route), from_s=_LISTENS_S, stops=stops)
    settings = replace(_NO_CAMERA, lang=lang, shared=True)  # type: ignore[arg-type]
    return Play(name, about, walker.seconds() + 14.0, settings, route, walker)


# --- along a route


def town() -> Play:
    """Guide blocks, a corner, a crossing with a signal, a landmark, the goal."""
    legs = (
        Leg(0.0, 45.0, tactile="yes", name=_SHOWA),
        Leg(50.0, 0.0, tactile="yes"),
        Leg(14.0, 0.0, StretchKind.CROSSING, crossing=_KNOWN),
        Leg(45.0, 0.0, tactile="no"),
        Leg(0.0, -50.0, tactile="unknown"),
    )
    tower = Landmark(
        at_m=172.0, side="right", name=Name(ja="時計台", kana="とけいだい", en="the clock tower")
    )
    route = _route(legs, landmarks=(tower,))
    return _along(
        "town", "点字ブロック、角、信号のある横断 / blocks, a corner, a crossing", route, ((93.5, 9.0),)
    )


def rough() -> Play:
    """What one has to be warned of: steps, rails, an underpass, no sidewalk, a slope, a gap in the map."""
    legs = (
        Leg(0.0, 40.0, StretchKind.ROAD),
        Leg(0.0, 12.0, StretchKind.STEPS, steps=14),
        Leg(0.0, 35.0),
        Leg(0.0, 8.0, StretchKind.LEVEL_CROSSING),
        Leg(0.0, 40.0),
        Leg(0.0, 30.0, StretchKind.UNDERPASS),
        Leg(0.0, 40.0),
        Leg(0.0, 30.0),
        Leg(0.0, 6.0),
        Leg(0.0, 40.0),
    )
    route = _route(legs)
    stretches = list(route.stretches)
    stretches[7] = replace(stretches[7], incline_pct=-9)
    stretches[8] = replace(stretches[8], gap=True)
    route = replace(route, stretches=tuple(stretches), caveats=(Caveat(kind="steps", count=1),))
    stops = ((38.0, 8.0), (85.0, 8.0), (130.0, 4.0))
    return _along(
        "rough", "階段、踏切、地下道、坂、歩道のない道 / steps, rails, an underpass", route, stops, "en"
    )


def branching() -> Play:
    """Long straight blocks, which begin, fork and end."""
    legs = (
        Leg(0.0, 30.0, tactile="no"),
        Leg(0.0, 60.0, tactile="yes"),
        Leg(30.0, 52.0, tactile="yes"),
        Leg(45.0, 78.0, tactile="unknown"),
    )
    return _along(
        "branching", "点字ブロックの始まりと分かれ目 / blocks that begin and fork", _route(legs), ()
    )


# --- away from it


def _reroutes(turn: Turn) -> Sequence[tuple[float, Given]]:
    """No network at first, then a way from where one stands."""
    request = turn.reroute
    if request is None:
        return ()
    if request.number == 1:
        return ((1.0, {"rerouted": RerouteAnswer(1, failure="no_network")}),)
    start = PLANE.to_xy(request.origin)
    end = PLANE.to_xy((request.destination.lat, request.destination.lon))
    corner = (end[0], start[1])
    route = _route((Leg(corner[0] - start[0], 0.0), Leg(0.0, end[1] - corner[1])))
    points = tuple(PLANE.from_xy(xy) for xy in (start, corner, end))
    route = replace(route, route_id="second", points=points, destination=request.destination)
    return ((1.0, {"rerouted": RerouteAnswer(request.number, route)}),)


def astray() -> Play:
    """Past a corner: told, no network, then another way; the position is poor, lost and back."""
    route = _route((Leg(0.0, 60.0), Leg(60.0, 0.0)))
    walker = Walker(
        ((0.0, 0.0), (0.0, 125.0), (60.0, 125.0), (60.0, 60.0)),
        from_s=_LISTENS_S,
        stops=((122.0, 85.0),),
        silent=((196.0, 208.0),),
        poor=((216.0, 238.0),),
    )
    settings = replace(_NO_CAMERA, reroute=True)
    about = "角を過ぎて別の道へ / past a corner and along another way"
    return Play("astray", about, walker.seconds() + 14.0, settings, route, walker, answers=_reroutes)


def turned() -> Play:
    """The wrong way at the start, then back; off the route, and on it again."""
    route = _route((Leg(0.0, 110.0),))
    path = ((0.0, 0.0), (0.0, 40.0), (0.0, 5.0), (0.0, 55.0), (36.0, 55.0), (0.0, 56.0), (0.0, 110.0))
    walker = Walker(path, from_s=_LISTENS_S, stops=((75.0, 4.0), (161.0, 4.0)))
    about = "逆向き、道を外れて戻る / the wrong way, off the route and back"
    return Play("turned", about, walker.seconds() + 14.0, _NO_CAMERA, route, walker)


# --- what the camera sees


def hazards() -> Play:
    """One thing after the other in the way, and one that is nearly touched."""
    kinds = (
        A.OBSTACLE_ON_PAVING, A.OBSTACLE_AHEAD, A.EDGE_AHEAD, A.STAIRS_AHEAD, A.OVERHEAD_AHEAD,
        A.PERSON_APPROACHING, A.VEHICLE_APPROACHING,
    )  # fmt: skip
    # Where the worked example is too far for a first word.
    near = {A.OBSTACLE_ON_PAVING: 4.5, A.OBSTACLE_AHEAD: 4.0, A.OVERHEAD_AHEAD: 4.0, A.STAIRS_AHEAD: 5.0}
    sights = []
    for number, kind in enumerate(kinds):
        changes = {"ttc_s": near[kind]} if kind in near else {}
        sights.append(Shown(22.0 + 8.0 * number, 2.5, a_hazard(kind, number + 1, **changes)))
    beside = a_hazard(A.OBSTACLE_DETAIL, 20, distance_m=4.5, ttc_s=4.8)
    sights += [Shown(80.0, 7.0, beside), Shown(94.0, 3.0, a_hazard(A.STOP_NOW, 21))]
    about = "行く手にあるもの / things in the way"
    route = _route((Leg(0.0, 300.0),))
    return Play("hazards", about, 102.0, Settings(), route, sees=shown(*sights))


def paving() -> Play:
    """The guide blocks ahead: dots, a branch, a corner, a bend, an end, and leaving them."""
    kinds = (A.DOTS_AHEAD, A.BLOCKS_BRANCH, A.BLOCKS_TURN, A.BLOCKS_BEND, A.BLOCKS_DRIFT, A.BLOCKS_END)
    sights = [Shown(22.0, 6.0, paving=blocks(A.PAVING_SIGHTED))]  # beside them: the feet do not know
    sights += [Shown(34.0 + 8.0 * n, 2.0, paving=blocks(kind)) for n, kind in enumerate(kinds)]
    sights += [Shown(96.0, 6.0, paving=followed()), Shown(102.0, 9.0)]
    about = "点字ブロックの先 / what the guide blocks do"
    route = _route((Leg(0.0, 300.0),))
    return Play("paving", about, 116.0, Settings(lang="en"), route, sees=shown(*sights))


def silent() -> Play:
    """The last minute of a silent week: nothing is told of what is in the way; then it speaks again."""
    day = date(2026, 11, 22)
    before_midnight = datetime(2026, 11, 22, 23, 59, 0, tzinfo=timezone(timedelta(hours=9))).timestamp()
    sights = (
        Shown(30.0, 2.5, a_hazard(A.OBSTACLE_AHEAD, 1, ttc_s=4.0)),
        Shown(84.0, 2.5, a_hazard(A.OBSTACLE_AHEAD, 2, ttc_s=4.0)),
    )
    walker = Walker(((0.0, 0.0), (0.0, 300.0)), start_utc_s=before_midnight)
    about = "静かな週の終わり / the end of a silent week"
    settings = Settings(silent=((day - timedelta(days=6), day),))
    return Play("silent", about, 98.0, settings, _route((Leg(0.0, 300.0),)), walker, sees=shown(*sights))


# --- what fails


def _fails(at_s: float, back_s: float, part: Part, reason: str = "") -> tuple[tuple[float, Given], ...]:
    return (
        (at_s, {"health": (Health(part, False, reason),)}),
        (back_s, {"health": (Health(part, True),)}),
    )


def faults() -> Play:
    """Each part fails and comes back; some at once; one again and again."""
    one: tuple[tuple[Part, str], ...] = (
        ("model", ""), ("uplink", ""), ("speech", "en"), ("recorder", "full"), ("board", "hot"), ("imu", ""),
        ("position", "error"), ("buttons", ""),
    )  # fmt: skip
    given: list[tuple[float, Given]] = []
    for n, (part, reason) in enumerate(one):
        given += _fails(14.0 + 16.0 * n, 22.0 + 16.0 * n, part, reason)
    given += _fails(144.0, 152.0, "uplink", "refused")
    several: tuple[Part, ...] = ("model", "recorder", "uplink")
    given.append((164.0, {"health": tuple(Health(part, False, "stopped") for part in several)}))
    given.append((178.0, {"health": tuple(Health(part, True) for part in several)}))
    for n in range(5):
        given += _fails(190.0 + 6.0 * n, 193.0 + 6.0 * n, "imu")
    sights = (
        Shown(228.0, 5.0, fault="dark"),
        Shown(240.0, 5.0, fault="blurred"),
    )
    stands = Walker(((0.0, 0.0), (0.0, 300.0)), from_s=999.0, silent=((110.0, 118.0),))
    about = "部分が止まり、戻る / parts fail and come back"
    return Play("faults", about, 272.0, Settings(), _route((Leg(0.0, 300.0),)), stands, tuple(given),
                sees=shown(*sights), blind=((254.0, 260.0),))  # fmt: skip


# --- hands


_PLACES: Final = (
    Place(name=_MUSEUM, lat=33.2350, lon=131.6066),
    Place(name=Name(ja="家", kana="いえ", en="home"), lat=33.2500, lon=131.6200),
)


def _world(turn: Turn) -> Sequence[tuple[float, Given]]:
    """A planner, a log and a phone that answer."""
    came: list[tuple[float, Given]] = []
    if turn.plan is not None and turn.plan.number == 1:
        came.append(
            (2.0, {"planned": PlanAnswer(1, failure="goal_outside_map", map_name="oita", off_km=2.2)})
        )
    elif turn.plan is not None:
        came.append((2.0, {"planned": PlanAnswer(turn.plan.number, _route((Leg(0.0, 160.0),)))}))
    if turn.begin is not None:
        came.append((0.25, {"begin": BeginTrip("t1", turn.begin.route)}))
    return came


def worn() -> Play:
    """A device that is put on: it says that it is up, answers each press, plans, and is told to go."""
    given: tuple[tuple[float, Given], ...] = (
        (1.0, {"ready": True}),
        *presses(
            (16.0, 1, 0.2), (24.0, 1, 1.0), (34.0, 2, 0.2),  # again, where am I, what is ahead
            (46.0, 2, 1.0), (52.0, 2, 0.2), (58.0, 3, 0.2), (64.0, 2, 0.2),  # a place off the map
            (78.0, 3, 0.2), (142.0, 3, 0.2),  # a pause, of which one is reminded; and its end
            (150.0, 3, 1.2),  # neither short nor long
            (158.0, 2, 1.0), (164.0, 1, 0.2), (168.0, 1, 0.2), (172.0, 2, 0.2), (178.0, 3, 0.2),
            (182.0, 3, 0.2), (186.0, 2, 0.2), (192.0, 2, 1.0),  # the menu backwards: more words; closed
            (200.0, 2, 1.0), (206.0, 2, 0.2), (212.0, 2, 0.2),  # menu, go, first place: a route
        ),
        *presses((292.0, 1, 12.0),),  # a strap holds it down
        (318.0, {"ending": True}),
    )  # fmt: skip
    walker = Walker(
        ((0.0, 0.0), (0.0, 160.0)), from_s=240.0, silent=((0.0, 16.0), (28.0, 54.0), (68.0, 200.0))
    )
    settings = replace(_NO_CAMERA, places=_PLACES)
    about = "身につけ、ボタンで使う / put on, and used by its buttons"
    return Play("worn", about, 326.0, settings, walker=walker, given=given, answers=_world)


def _map_around(turn: Turn) -> Sequence[tuple[float, Given]]:
    """A map that knows the street, and another one further on."""
    if turn.around is None:
        return _world(turn)
    street = (
        _SHOWA if turn.around.number < 3 else Name(ja="府内五番街", kana="ふないごばんがい", en="Funai 5")
    )
    nearby = Nearby(Name(ja="市役所", kana="しやくしょ", en="the city hall"), 120.0, 90.0)
    return ((3.0, {"around": AroundAnswer(turn.around.number, street, nearby)}),)


def stroll() -> Play:
    """A walk without a destination: the streets by the map, and where one is."""
    given: tuple[tuple[float, Given], ...] = (
        (1.0, {"ready": True}),
        *presses((6.0, 2, 1.0), (14.0, 2, 0.2)),  # the greeting is cut by the menu; its first line: walk
        *presses((46.0, 1, 1.0), (62.0, 1, 0.2)),  # where am I; the last words again
        *presses((116.0, 2, 1.0), (124.0, 2, 0.2), (130.0, 2, 0.2)),  # end the walk, yes
    )
    walker = Walker(((0.0, 0.0), (0.0, 120.0)), from_s=26.0)
    settings = replace(_NO_CAMERA, verbosity="detailed", reroute=True)
    about = "行き先なしの散歩 / a walk without a destination"
    return Play("stroll", about, 140.0, settings, walker=walker, given=given, answers=_map_around)


def help_() -> Play:
    """The call for help: cancelled, sent, taken back, failed. A phone is paired. The device begins anew."""
    given: tuple[tuple[float, Given], ...] = (
        (0.5, {"begin": BeginTrip("t1", None, resumed=True)}),
        (2.0, {"ready": True}),
        *presses((14.0, 3, 2.4), (20.0, 1, 0.2)),  # begun, and cancelled
        *presses((30.0, 3, 2.4)),
        (41.0, {"sos": "stored"}),
        (52.0, {"sos": "sent"}),
        *presses((64.0, 2, 1.0), (70.0, 2, 0.2)),  # the menu's first line takes it back
        *presses((82.0, 3, 2.4)),  # nothing is heard of it
        *presses((106.0, 2, 1.0), (112.0, 3, 0.2), (116.0, 3, 0.2), (120.0, 2, 0.2)),  # menu: pair
        (121.0, {"code": "407193"}),
        (136.0, {"phone": "paired"}),
        (146.0, {"phone": "refused"}),
        (158.0, {"phone": "second"}),
        (170.0, {"phone": "left"}),
        (182.0, {"phone": "back"}),
        *presses((192.0, 2, 1.0), (198.0, 3, 0.2), (202.0, 3, 0.2), (206.0, 2, 0.2)),  # pair: no answer
        *presses((222.0, 2, 1.0), (228.0, 3, 0.2), (232.0, 2, 0.2), (236.0, 2, 0.2)),  # end the walk
    )  # fmt: skip
    settings = replace(_NO_CAMERA, phone=True, server=True, lang="en")
    about = "助けを呼ぶ、スマートフォンとつなぐ / a call for help, and a phone"
    return Play("help", about, 252.0, settings, given=given)


def watched() -> Play:
    """What the server tells and asks; a possible fall that nobody answers; the battery."""

    def told(at_s: float, kind: NoticeKind, name: str = "", count: int = 0) -> tuple[float, Given]:
        lasts_s = 60.0 if kind == "are_you_ok" else 600.0
        return at_s, {"notices": (Noticed(f"{kind}/{at_s:g}", kind, at_s + lasts_s, name, count),)}

    given: tuple[tuple[float, Given], ...] = (
        (0.5, {"begin": BeginTrip("t1", None, resumed=True)}),
        (2.0, {"ready": True}),
        told(12.0, "link_opened", "お母さん"),
        told(12.5, "watching", "となり"),
        told(30.0, "are_you_ok"),
        *presses((44.0, 1, 0.2)),  # all is well
        told(60.0, "are_you_ok"),  # asked twice, and not answered
        (70.0, {"battery": BatteryNews("warn", 20)}),
        (130.0, {"fall": "fell"}),
        told(133.0, "are_you_ok"),  # about the same: not asked twice
        (188.5, {"sos": "stored"}),
        (195.0, {"sos": "sent"}),
        told(206.0, "sos_sent", count=2),
        told(222.0, "sos_seen", "お母さん"),
        told(234.0, "sos_sent"),  # nobody is there to be told
        (256.0, {"battery": BatteryNews("error", 10)}),
        (276.0, {"battery": BatteryNews("ok", 30)}),
    )
    about = "サーバーからの知らせ、転んだとき、電池 / what the server tells, a fall, the battery"
    return Play("watched", about, 286.0, replace(_NO_CAMERA, server=True), given=given)


PLAYS: Final = (
    town, rough, branching, astray, turned, hazards, paving, silent, faults, worn, stroll, help_, watched,
)  # fmt: skip
