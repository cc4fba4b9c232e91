"""The API of alerts: who is in need, who takes care of it, and the stream that says so at once."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import StreamingResponse

from server.access import Action, Actor, role_may
from server.alerts.book import PAGE, Alert
from server.api_bodies import PREFIX, PROBLEMS, AfterId, Caller, problems
from server.callers import session_token
from server.errors import NotLoggedIn
from server.late_routes import LateRoute
from server.parts import parts_of
from server.words import Pair
from wire.base import message

AlertId = Annotated[str, Path(min_length=1, max_length=32)]
router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)


@message
class Words:
    """The same in both languages."""

    ja: str
    en: str


@message
class AlertPlace:
    """Where they were when it was raised; `fix_utc_s`: as of when."""

    lat: float
    lon: float
    accuracy_m: float | None
    fix_utc_s: float | None


@message
class AlertInfo:
    """One alert. `state`: asking (the wearer, first), open, acknowledged, over.

    `unanswered`: everybody was told, and nobody has answered. `place`: null where it is unknown or not shown.
    """

    id: str
    trip_id: str
    kind: str
    state: str
    urgent: bool
    unanswered: bool
    raised_utc_s: float
    title: Words
    sentence: Words
    outcome: Words | None
    taken_by: str | None
    place: AlertPlace | None


@message
class AlertPage:
    """Some alerts, newest first. Ask again with `after=next` until that is null."""

    alerts: tuple[AlertInfo, ...]
    next: str | None


@router.get("/alerts", summary="知らせの一覧 / List alerts")
async def list_alerts(
    request: Request,
    caller: Caller,
    after: AfterId = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
) -> AlertPage:
    """A caregiver's: of the wearers who let them see. A wearer's: their own. Without places.

    An administrator's: calls for help and falls that came to them on duty.
    """
    found = await parts_of(request).alerts.book.page(caller, after, limit)
    infos = tuple(_info(alert, placed=False) for alert in found)
    return AlertPage(alerts=infos, next=found[-1].id if len(found) == limit else None)


@router.get(
    "/alerts/live",
    summary="知らせを待つ / Wait for alerts",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Server-Sent Events"}},
)
async def live(
    request: Request, actor: Caller, last_event_id: Annotated[str | None, Header(max_length=64)] = None
) -> StreamingResponse:
    """Server-Sent Events: `alerts` (all that go on), `told` (numbered), `beat`. See `Last-Event-ID`."""
    parts = parts_of(request)
    role_may(actor, Action.READ_ALERT)
    parts.alerts.stream.has_room(actor.user_id)
    token = session_token(parts, request.cookies)

    async def who() -> Actor:
        # Waiting alone does not keep a session alive: its expiry ends the stream.
        session = None if token is None else await parts.sessions.look_up(token, touch=False)
        if session is None or session.missing is not None or session.actor.user_id != actor.user_id:
            raise NotLoggedIn("ログインの期限が切れました。", "The login has expired.")
        return session.actor

    body = parts.alerts.stream.follow(who, last_event_id)
    return StreamingResponse(body, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.get("/alerts/{alert_id}", summary="知らせを読む / Read an alert")
async def read_alert(request: Request, alert_id: AlertId, caller: Caller) -> AlertInfo:
    """One alert, with the place (not for the duty). Who looks is written down for the wearer."""
    return _info(await parts_of(request).alerts.book.read(caller, alert_id), placed=True)


@router.post(
    "/alerts/{alert_id}/acknowledge", responses=problems(409), summary="知らせに対応する / Take an alert"
)
async def acknowledge(request: Request, alert_id: AlertId, caller: Caller) -> AlertInfo:
    """For caregivers and the duty: "I am taking care of this". 409: who does, or that it is over."""
    return _info(await parts_of(request).alerts.book.acknowledge(caller, alert_id), placed=True)


@router.post(
    "/alerts/{alert_id}/end", responses=problems(409), summary="大丈夫だと伝える / Say that one is all right"
)
async def end(request: Request, alert_id: AlertId, caller: Caller) -> AlertInfo:
    """For wearers: ends an alert of their own; who was told is told that too. 409: it is over."""
    return _info(await parts_of(request).alerts.book.end(caller, alert_id), placed=True)


def _info(alert: Alert, *, placed: bool) -> AlertInfo:
    place = alert.place if placed else None
    return AlertInfo(
        id=alert.id,
        trip_id=alert.trip_id,
        kind=alert.kind,
        state=alert.state,
        urgent=alert.urgent,
        unanswered=alert.unanswered,
        raised_utc_s=alert.raised_utc_s,
        title=_words(alert.title),
        sentence=_words(alert.sentence),
        outcome=None if alert.outcome is None else _words(alert.outcome),
        taken_by=alert.taker,
        place=None
        if place is None
        else AlertPlace(lat=place.lat, lon=place.lon, accuracy_m=place.accuracy_m, fix_utc_s=place.fix_utc_s),
    )


def _words(pair: Pair) -> Words:
    return Words(ja=pair[0], en=pair[1])
