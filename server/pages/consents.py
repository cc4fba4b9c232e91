"""The wearer's pages of consents: each text to read and to hear, a yes, and taking it back."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import Response

from server.access import Role
from server.api_consent import has_audio
from server.callers import form_session, page_session
from server.consent import Outdated, Purpose
from server.consent_texts import current_text, text_of
from server.consents import ConsentGiven
from server.late_routes import LateRoute
from server.pages.done import done
from server.pages.render import Fault, lang_of, page
from server.pages.steps import Secret
from server.parts import parts_of
from server.sessions import Session

router = APIRouter(prefix="/wearer/consents", include_in_schema=False, route_class=LateRoute)
_HOME = "/wearer/consents"
Version = Annotated[str, Path(max_length=16)]


@router.get("")
async def home(request: Request) -> Response:
    """Every purpose, and how it stands."""
    session = await page_session(request, Role.WEARER)
    states = await parts_of(request).privacy.consents.states(session.actor)
    return page(request, "consents.html", session, states=states)


@router.get("/{purpose}")
async def one(request: Request, purpose: Purpose) -> Response:
    """The text, as sound too where that was made, and the answer."""
    return await _one(request, await page_session(request, Role.WEARER), purpose)


@router.get("/{purpose}/{version}")
async def older(request: Request, purpose: Purpose, version: Version) -> Response:
    """A text that was agreed to, to be read again; no answer is asked."""
    session = await page_session(request, Role.WEARER)
    return await _one(request, session, purpose, version=version)


async def _one(
    request: Request,
    session: Session,
    purpose: Purpose,
    *,
    version: str | None = None,
    fault: Fault | None = None,
) -> Response:
    parts, lang = parts_of(request), lang_of(request)
    current = current_text(purpose.value, lang)
    text = current if version is None else text_of(purpose.value, version, lang)
    states = await parts.privacy.consents.states(session.actor)
    return page(
        request,
        "consent.html",
        session,
        fault=fault,
        text=text,
        is_current=text.version == current.version,
        audio=has_audio(parts, text),
        state=next(state for state in states if state.purpose is purpose),
    )


@router.post("/{purpose}/give")
async def give(
    request: Request,
    purpose: Purpose,
    csrf: Secret,
    version: Annotated[str, Form(max_length=16)],
    how: Annotated[Literal["page", "audio"], Form()] = "page",
) -> Response:
    """Yes to the text that the page showed; where there is a newer one by now, that is shown instead."""
    session = await form_session(request, Role.WEARER, csrf)
    said = ConsentGiven(purpose=purpose, version=version, lang=lang_of(request), how=how)
    try:
        await parts_of(request).privacy.consents.give(session.actor, said)
    except Outdated as error:
        return await _one(request, session, purpose, fault=Fault(error))
    return done(request, _HOME, "consent_given")


@router.post("/{purpose}/withdraw")
async def withdraw(request: Request, purpose: Purpose, csrf: Secret) -> Response:
    """No longer; open views close."""
    session = await form_session(request, Role.WEARER, csrf)
    await parts_of(request).privacy.consents.withdraw(session.actor, purpose)
    return done(request, _HOME, "consent_withdrawn")
