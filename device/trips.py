"""How a trip begins and ends on a device that is worn all day, and how the day begins. Pure."""

from dataclasses import replace
from typing import Final

from device.announcements import AlertKind, Announcement
from device.answers import located
from device.arbiter import SpeechArbiter
from device.companion_state import CompanionState
from device.facts import Plain, Ready
from device.faultbook import ORDER
from device.producers import announcement, from_health, of_route, trip_ended, trip_resumed, trip_started
from device.rerouting import RerouteState
from device.senses import BeginTrip, Senses, Settings
from routing.follow import Follower
from routing.progress import FollowState
from wire.position import Fix
from wire.trip import Answered, Fell, Happening, HealthChanged, Sos, TripEnded, TripStarted

# Whoever has not come up by then is told of as lost: nobody waits in silence.
READY_BY_S: Final = 20.0
_NEVER: Final = float("-inf")


def begin(
    state: CompanionState, settings: Settings, senses: Senses, happened: list[Happening]
) -> tuple[CompanionState, tuple[Announcement, ...]]:
    """The rim has set up a trip: it begins, or goes on, now."""
    trip = senses.begin
    if trip is None:
        return state, ()
    guided = trip.route is not None
    if not trip.resumed:
        happened.append(_started(trip))
    told: tuple[Announcement, ...]
    if trip.resumed:
        blind = settings.camera and state.hazards is None
        told = (trip_resumed(senses.now_s, guided=guided, blind=blind),)
    elif state.sos_waits:
        told = ()  # it is there for the call for help, of which is told enough
    else:
        practice = trip.route is not None and trip.route.source.practice
        told = (trip_started(senses.now_s, practice=practice, shared=trip.shared, guided=guided),)
    if state.sos_waits:
        happened.append(sos_event(state.fix, raised=True))
    state = _along(replace(state, trip=trip, sos_waits=False, leg=state.leg + 1), trip)
    return state, tuple(_of_this(state, each) for each in told)


def _of_this(state: CompanionState, told: Announcement) -> Announcement:
    """Its own subject: that another trip began a minute ago is no reason to be silent of this one."""
    return told if state.trip is None else replace(told, key=f"{told.key}/{state.leg}")


def _started(trip: BeginTrip) -> TripStarted:
    route = trip.route
    if route is None:
        return TripStarted(route_id=None, practice=False)
    return TripStarted(
        route_id=route.route_id, practice=route.source.practice, route=None if trip.known else route
    )


def _along(state: CompanionState, trip: BeginTrip | None) -> CompanionState:
    """With the follower of this trip, and nothing remembered of another."""
    route = trip.route if trip else None
    return replace(
        state,
        follower=None if route is None else Follower(route, begun=trip is not None and trip.resumed),
        follow=FollowState(),
        followed_s=_NEVER,
        progress=None,
        reroute=RerouteState(),
        arrival_told=False,
        farewell=False,
    )


def end(
    state: CompanionState, arbiter: SpeechArbiter, now_s: float, happened: list[Happening], event: TripEnded
) -> CompanionState:
    """The trip is over. What waits to be said of its route is dropped."""
    happened.append(event)
    waiting, _ = arbiter.forget(state.arbiter, now_s, of_route)
    return replace(_along(state, None), trip=None, ended=True, arbiter=waiting)


def farewell(state: CompanionState, settings: Settings, now_s: float) -> Announcement:
    """That guidance ends."""
    shared = state.trip.shared if state.trip else settings.shared
    guided = state.trip is None or state.trip.route is not None
    return _of_this(state, trip_ended(now_s, shared=shared, guided=guided))


def sos_event(fix: Fix | None, *, raised: bool) -> Sos:
    """A call for help, or that it is taken back, with the newest position there is."""
    return Sos(
        state="raised" if raised else "cancelled",
        lat=fix.lat if fix else None,
        lon=fix.lon if fix else None,
        accuracy_m=fix.accuracy_m if fix else None,
        fix_utc_s=fix.utc_s if fix else None,
    )


def fell_event(fix: Fix | None) -> Fell:
    """A possible fall, with the newest position there is."""
    return Fell(
        lat=fix.lat if fix else None,
        lon=fix.lon if fix else None,
        accuracy_m=fix.accuracy_m if fix else None,
        fix_utc_s=fix.utc_s if fix else None,
    )


def of_trip(happened: tuple[Happening, ...], *, trip: bool) -> tuple[Happening, ...]:
    """What is logged: of a walk everything up to its end, else the device's health, and what was answered."""
    kept: list[Happening] = []
    for event in happened:
        if trip or isinstance(event, (Answered, HealthChanged)):
            kept.append(event)
        trip = trip and not isinstance(event, TripEnded)
    return tuple(kept)


# --- the day


def greeting(
    state: CompanionState, settings: Settings, senses: Senses, happened: list[Happening]
) -> tuple[CompanionState, tuple[Announcement, ...]]:
    """The first word at once, and what works as soon as it is known."""
    now_s = senses.now_s
    told: list[Announcement] = []
    if not state.greeted:
        state = replace(state, greeted=True, begun_s=now_s)
        if state.trip is None:
            told.append(announcement(AlertKind.DEVICE_STARTING, "device", Plain(), now_s))
    waits_s = 0.0 if state.begun_s is None else now_s - state.begun_s
    if not state.ready and (senses.ready or waits_s >= READY_BY_S):
        state = replace(state, ready=True)
        if settings.camera and not (senses.frame or senses.scene):
            state = _camera_by_now(state, happened)
        told += _ready_told(state, settings, now_s)
    if senses.ending and not state.leaving:
        state = replace(state, leaving=True)
        told.append(announcement(AlertKind.DEVICE_ENDING, "device", Plain(), now_s))
    return state, tuple(told)


def _ready_told(state: CompanionState, settings: Settings, now_s: float) -> tuple[Announcement, ...]:
    """What works now. Who has begun anew amid a walk knows the device: only what is missing, or is back."""
    ready = _ready(state, now_s)
    if state.trip is None or not state.trip.resumed:
        return (announcement(AlertKind.DEVICE_READY, "device", ready, now_s),)
    told = tuple(one for part in ready.lost for one in from_health(part, False, now_s))
    sees = settings.camera and not {"camera", "model"} & set(ready.lost)
    return (*told, *(from_health("model", True, now_s) if sees else ()))


def _camera_by_now(state: CompanionState, happened: list[Happening]) -> CompanionState:
    """Who has shown no picture by now is lost."""
    if state.frame_s is not None or state.camera_stale:
        return state
    happened.append(HealthChanged(part="camera", health="stale"))
    return replace(state, camera_stale=True)


def _ready(state: CompanionState, now_s: float) -> Ready:
    lost = {*state.unhealthy, *(("camera",) if state.camera_stale or state.scene.fault_told else ())}
    return Ready(tuple(part for part in ORDER if part in lost), located(state, now_s))
