"""Alerts on pages: "I am taking care of this" for caregivers and the duty, the wearer's "I am all right"."""

from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from server.access import Actor, Role
from server.alerts.book import PAGE, Alert
from server.callers import form_session, page_session, session_of
from server.late_routes import LateRoute
from server.lookout import standing
from server.pages.done import done
from server.pages.render import page
from server.parts import Parts, parts_of
from server.words import Pair, age_words

router = APIRouter(include_in_schema=False, route_class=LateRoute)
Secret = Annotated[str, Form(alias="csrf", max_length=64)]
AlertId = Annotated[str, Path(min_length=1, max_length=32)]
After = Annotated[str | None, Query(max_length=32)]
_PAGES: Final = {Role.CAREGIVER: "/caregiver/alerts", Role.ADMINISTRATOR: "/administrator/alerts"}


class Shown(NamedTuple):
    """An alert, and how long ago it was raised, in words and in seconds."""

    alert: Alert
    age: Pair
    age_s: float


async def banner(parts: Parts, actor: Actor) -> list[Shown]:
    """What goes on now, for the first place on each of the person's pages."""
    return _aged(parts, await parts.alerts.book.active(actor))


async def late(parts: Parts) -> Pair | None:
    """What to say where the watch over walks or the telling is late; None: both are on time."""
    now = await standing(parts.db, parts.clock.utc_s())
    if now.watch_fault is None and now.telling_fault is None:
        return None
    return (
        "知らせの見張りが遅れています。知らせがなくても、何もないとは限りません。",
        "Alerts are late: no alert does not mean that nothing happened.",
    )


def _aged(parts: Parts, found: list[Alert]) -> list[Shown]:
    now_s = parts.clock.utc_s()
    ages = ((alert, max(now_s - alert.raised_utc_s, 0.0)) for alert in found)
    return [Shown(alert, age_words(age_s), age_s) for alert, age_s in ages]


@router.get("/alerts/{alert_id}")
async def to_own(request: Request, alert_id: AlertId) -> Response:
    """A notification leads here, which knows nothing of roles: on to the reader's own page."""
    session = await session_of(parts_of(request), request.cookies)
    base = _PAGES.get(session.actor.role)
    return RedirectResponse("/" if base is None else f"{base}/{alert_id}", 303)


@router.get("/caregiver/alerts")
async def caregivers(request: Request, after: After = None) -> Response:
    """Newest first."""
    return await _list(request, Role.CAREGIVER, after)


@router.get("/caregiver/alerts/{alert_id}")
async def one(request: Request, alert_id: AlertId) -> Response:
    """One alert: what happened, who takes care, where it was."""
    return await _one(request, Role.CAREGIVER, alert_id)


@router.post("/caregiver/alerts/{alert_id}/acknowledge")
async def take(request: Request, alert_id: AlertId, csrf: Secret) -> Response:
    """I am taking care of this. Who comes second reads who it is already."""
    return await _take(request, Role.CAREGIVER, alert_id, csrf)


@router.get("/administrator/alerts")
async def of_duty(request: Request, after: After = None) -> Response:
    """What came to who is on duty, newest first."""
    return await _list(request, Role.ADMINISTRATOR, after)


@router.get("/administrator/alerts/{alert_id}")
async def one_of_duty(request: Request, alert_id: AlertId) -> Response:
    """One of these: what happened and who takes care, never where."""
    return await _one(request, Role.ADMINISTRATOR, alert_id)


@router.post("/administrator/alerts/{alert_id}/acknowledge")
async def take_on_duty(request: Request, alert_id: AlertId, csrf: Secret) -> Response:
    """I am taking care of this, for the organisation."""
    return await _take(request, Role.ADMINISTRATOR, alert_id, csrf)


async def _list(request: Request, role: Role, after: str | None) -> Response:
    parts, session = parts_of(request), await page_session(request, role)
    found = await parts.alerts.book.page(session.actor, after)
    return page(
        request,
        "alerts.html",
        session,
        base=_PAGES[role],
        found=_aged(parts, found),
        more=found[-1].id if len(found) == PAGE else None,
        **await _above(parts, session.actor),
    )


async def _one(request: Request, role: Role, alert_id: str) -> Response:
    parts, session = parts_of(request), await page_session(request, role)
    alert = await parts.alerts.book.read(session.actor, alert_id)
    (this,) = _aged(parts, [alert])
    above = await _above(parts, session.actor, alert_id)
    return page(request, "alert.html", session, base=_PAGES[role], **above, **this._asdict())


async def _take(request: Request, role: Role, alert_id: str, csrf: str) -> Response:
    session = await form_session(request, role, csrf)
    await parts_of(request).alerts.book.acknowledge(session.actor, alert_id)
    return done(request, f"{_PAGES[role]}/{alert_id}", "alert_taken")


async def _above(parts: Parts, actor: Actor, but: str = "") -> dict[str, Any]:
    """The first place of the page: what goes on beside the one that it shows, and whether alerts are late."""
    others = [shown for shown in await banner(parts, actor) if shown.alert.id != but]
    return {"alerts": others, "alerts_late": await late(parts)}


@router.get("/wearer/alerts")
async def wearers(request: Request, after: After = None) -> Response:
    """The wearer's own, and who was told."""
    parts = parts_of(request)
    session = await page_session(request, Role.WEARER)
    found = await parts.alerts.book.page(session.actor, after)
    return page(
        request,
        "wearer_alerts.html",
        session,
        found=_aged(parts, found),
        told=await parts.alerts.book.told(session.actor, [alert.id for alert in found]),
        more=found[-1].id if len(found) == PAGE else None,
    )


@router.post("/wearer/alerts/{alert_id}/end")
async def end(request: Request, alert_id: AlertId, csrf: Secret) -> Response:
    """I am all right."""
    session = await form_session(request, Role.WEARER, csrf)
    await parts_of(request).alerts.book.end(session.actor, alert_id)
    return done(request, "/wearer/alerts", "alert_ended")
