"""The administrator's pages to read: the audit, the consent texts, the clocks, how the server goes."""

import json
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import Row
from starlette.responses import Response

from server import audit
from server.access import Role
from server.callers import page_session
from server.clock import in_japan
from server.consent_counts import consent_counts
from server.consent_texts import current_text, purposes, text_of, versions
from server.errors import ApiError
from server.late_routes import LateRoute
from server.pages.lists import Choice, Number, Words, day_begins_s, kept
from server.pages.render import Fault, lang_of, page
from server.parts import parts_of
from server.program import program_version
from server.retention import last_run
from server.status import status_of
from server.status_words import lines
from wire.spreadsheets import table as spreadsheet

router = APIRouter(prefix="/administrator", include_in_schema=False, route_class=LateRoute)
Day = Annotated[str, Query(max_length=20)]
_COLUMNS = ("time_jst", "what", "by", "to", "detail")


def _wanted(what: str, q: str, since: str, until: str) -> tuple[audit.Wanted, Fault | None]:
    """What to look for, and what is wrong with a day; the day of `until` is in."""
    days: list[float | None] = []
    for field, text, later in (("since", since, 0), ("until", until, 1)):
        try:
            days.append(day_begins_s(text, days_later=later))
        except ApiError as error:
            return audit.Wanted(what, q), Fault(error, field)
    return audit.Wanted(what, q, *days), None


@router.get("/audit")
async def audited(
    request: Request, what: Choice = "", q: Words = "", since: Day = "", until: Day = "", number: Number = 1
) -> Response:
    """What was done, newest first."""
    session = await page_session(request, Role.ADMINISTRATOR)
    wanted, fault = _wanted(what, q, since, until)
    found, kinds = await parts_of(request).people.audit_page(session.actor, wanted, number)
    return page(
        request,
        "audit.html",
        session,
        fault=fault,
        typed={"since": since, "until": until},
        found=found.of([(row, _detail(row)) for row in found.rows]),
        kinds=kinds,
        wanted=wanted,
        query=kept(what=what, q=q, since=since, until=until),
    )


@router.get("/audit.csv")
async def table(
    request: Request, what: Choice = "", q: Words = "", since: Day = "", until: Day = ""
) -> Response:
    """The same as CSV, all of it."""
    session = await page_session(request, Role.ADMINISTRATOR)
    wanted, fault = _wanted(what, q, since, until)
    if fault is not None:
        raise fault.error
    rows = await parts_of(request).people.audit_table(session.actor, wanted)
    return Response(
        spreadsheet(_COLUMNS, (_line(row) for row in rows)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
    )


def _line(row: Row[tuple[object, ...]]) -> tuple[object, ...]:
    by = "server" if row.actor_id is None else row.by_name
    details = "; ".join(f"{name}={value}" for name, value in _detail(row).items())
    to = row.object_name if row.object_name is not None else row.object_id
    return (in_japan(row.utc_s).isoformat(timespec="seconds"), row.what, by, to, details)


def _detail(row: Row[tuple[object, ...]]) -> dict[str, object]:
    return dict(json.loads(row.detail))


@router.get("/consents")
async def consents(request: Request) -> Response:
    """The texts that wearers are asked to agree to, every version; how many agreed, and never who."""
    parts, session, lang = (
        parts_of(request),
        await page_session(request, Role.ADMINISTRATOR),
        lang_of(request),
    )
    texts = [(current_text(purpose, lang), versions(purpose)[::-1]) for purpose in purposes()]
    counts = await consent_counts(parts.db, session.actor)
    return page(request, "consent_texts.html", session, texts=texts, counts=counts)


@router.get("/consents/{purpose}/{version}")
async def consent_text(
    request: Request,
    purpose: Annotated[str, Path(max_length=32)],
    version: Annotated[str, Path(max_length=16)],
) -> Response:
    """One text."""
    session = await page_session(request, Role.ADMINISTRATOR)
    text = text_of(purpose, version, lang_of(request))
    return page(request, "consent_text.html", session, text=text, newest=versions(purpose)[-1])


@router.get("/kept")
async def clocks(request: Request) -> Response:
    """For how long this server keeps what, and when it last deleted what is over."""
    parts, session = parts_of(request), await page_session(request, Role.ADMINISTRATOR)
    return page(request, "kept.html", session, clocks=parts.settings, run=await last_run(parts.db))


@router.get("/status")
async def status(request: Request) -> Response:
    """How the server goes: what is wrong, and what to do."""
    parts, session = parts_of(request), await page_session(request, Role.ADMINISTRATOR)
    told = lines(await status_of(parts, session.actor))
    return page(
        request,
        "status.html",
        session,
        wrong=[line for line in told if line.state != "ok"],
        fine=[line for line in told if line.state == "ok"],
        now_s=parts.clock.utc_s(),
        version=program_version(),
    )
