"""The administrator's pages: people, devices and the audit of their own organisation; no walks."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import Response

from server.access import PEOPLE, Role
from server.callers import form_session, page_session
from server.consent_texts import current_text, purposes, text_of, versions
from server.errors import ApiError
from server.pages.done import done
from server.pages.render import Fault, lang_of, page
from server.pages.steps import Secret
from server.parts import parts_of
from server.sessions import Session

router = APIRouter(prefix="/administrator", include_in_schema=False)
_HOME = "/administrator"
_PAGE = 100
ShortId = Annotated[str, Path(max_length=32)]
After = Annotated[str, Query(max_length=32)]


async def _home(
    request: Request, session: Session, after: str = "", fault: Fault | None = None, **typed: str
) -> Response:
    people = await parts_of(request).people.listed(session.actor, after, _PAGE)
    return page(
        request,
        "administrator.html",
        session,
        fault=fault,
        typed=typed,
        people=people,
        next=people[-1].id if len(people) == _PAGE else None,
        roles=[role.value for role in PEOPLE],
    )


@router.get("")
async def home(request: Request, after: After = "") -> Response:
    """People, and a form for a new one."""
    return await _home(request, await page_session(request, Role.ADMINISTRATOR), after)


@router.post("/people")
async def add(
    request: Request,
    csrf: Secret,
    role: Annotated[Role, Form()],
    login: Annotated[str, Form(min_length=1, max_length=64)],
    name: Annotated[str, Form(min_length=1, max_length=100)],
) -> Response:
    """A new account, with a one-time password that is shown once."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    try:
        made = await parts_of(request).people.add(session.actor, role, login, name)
    except ApiError as error:
        return await _home(request, session, fault=Fault(error, "login"), role=role, login=login, name=name)
    return page(request, "one_time.html", session, login=made.login, password=made.password)


@router.get("/people/{person_id}")
async def person(request: Request, person_id: ShortId) -> Response:
    """One account."""
    session = await page_session(request, Role.ADMINISTRATOR)
    row = await parts_of(request).people.one(session.actor, person_id)
    return page(request, "person.html", session, person=row)


@router.post("/people/{person_id}/disable")
async def disable(request: Request, person_id: ShortId, csrf: Secret) -> Response:
    """At once."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    await parts_of(request).people.disable(session.actor, person_id)
    return done(request, f"{_HOME}/people/{person_id}", "person_disabled")


@router.post("/people/{person_id}/enable")
async def enable(request: Request, person_id: ShortId, csrf: Secret) -> Response:
    """It may again."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    await parts_of(request).people.enable(session.actor, person_id)
    return done(request, f"{_HOME}/people/{person_id}", "person_enabled")


@router.post("/people/{person_id}/password")
async def reset_password(request: Request, person_id: ShortId, csrf: Secret) -> Response:
    """A one-time password, shown once."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    people = parts_of(request).people
    row = await people.one(session.actor, person_id)
    password = await people.reset_password(session.actor, person_id)
    return page(request, "one_time.html", session, login=row.login, password=password)


@router.post("/people/{person_id}/second-factor")
async def reset_second_factor(request: Request, person_id: ShortId, csrf: Secret) -> Response:
    """For who has lost it."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    await parts_of(request).people.reset_second_factor(session.actor, person_id)
    return done(request, f"{_HOME}/people/{person_id}", "factor_reset")


@router.get("/devices")
async def devices(request: Request, after: After = "") -> Response:
    """The devices of the organisation's wearers."""
    session = await page_session(request, Role.ADMINISTRATOR)
    rows = await parts_of(request).devices.listed(session.actor, after, _PAGE)
    return page(
        request,
        "organisation_devices.html",
        session,
        devices=rows,
        next=rows[-1].id if len(rows) == _PAGE else None,
    )


@router.post("/devices/{device_id}/revoke")
async def revoke(request: Request, device_id: ShortId, csrf: Secret) -> Response:
    """Its key opens nothing from now on."""
    parts, session = parts_of(request), await form_session(request, Role.ADMINISTRATOR, csrf)
    await parts.devices.revoke(session.actor, device_id)
    parts.hub.rights_changed()
    return done(request, f"{_HOME}/devices", "device_revoked")


@router.get("/audit")
async def audit(request: Request, after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0) -> Response:
    """What was done, oldest first."""
    session = await page_session(request, Role.ADMINISTRATOR)
    acts = await parts_of(request).people.audited(session.actor, after, _PAGE)
    return page(
        request,
        "audit.html",
        session,
        acts=acts,
        next=acts[-1].id if len(acts) == _PAGE else None,
    )


@router.get("/consents")
async def consents(request: Request) -> Response:
    """The texts that wearers are asked to agree to, every version: to read. Who agreed is not shown."""
    session, lang = await page_session(request, Role.ADMINISTRATOR), lang_of(request)
    texts = [(current_text(purpose, lang), versions(purpose)[::-1]) for purpose in purposes()]
    return page(request, "consent_texts.html", session, texts=texts)


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
async def kept(request: Request) -> Response:
    """For how long this server keeps what."""
    session = await page_session(request, Role.ADMINISTRATOR)
    return page(request, "kept.html", session, kept=parts_of(request).settings)
