"""The evaluator's pages of trial results: the report's own tables and drawings, participants, downloads."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from server.access import Role
from server.api_trials import sent
from server.callers import page_session
from server.late_routes import LateRoute
from server.pages.render import lang_of, page
from server.parts import parts_of

router = APIRouter(prefix="/evaluator/trials", include_in_schema=False, route_class=LateRoute)
TrialId = Annotated[str, Path(max_length=32)]
Name = Annotated[str, Path(min_length=1, max_length=100)]


@router.get("")
async def listed(request: Request) -> Response:
    """The results published for the evaluator's organisation."""
    session = await page_session(request, Role.EVALUATOR)
    return page(
        request, "trials.html", session, trials=await parts_of(request).trial_results.listed(session.actor)
    )


@router.get("/{trial_id}")
async def one(request: Request, trial_id: TrialId) -> Response:
    """A result, from the verdict down to what it was made of."""
    from server.pages import trial_view  # late: devices read no pages

    session = await page_session(request, Role.EVALUATOR)
    shown = await parts_of(request).trial_results.of(session.actor, trial_id, days=True)
    view = await asyncio.to_thread(trial_view.view, shown.result, lang_of(request))
    return page(request, "trial.html", session, shown=shown, view=view, picture=trial_view.picture)


@router.get("/{trial_id}/participants/{person}")
async def participant(request: Request, trial_id: TrialId, person: Name) -> Response:
    """One participant's days."""
    from server.pages import trial_view

    session, results = await page_session(request, Role.EVALUATOR), parts_of(request).trial_results
    days = await results.days(session.actor, trial_id, person)
    shown = await results.of(session.actor, trial_id)
    view = await asyncio.to_thread(trial_view.person_view, shown.result, person, days, lang_of(request))
    return page(request, "trial_person.html", session, shown=shown, view=view, picture=trial_view.picture)


@router.get("/{trial_id}/files/{file_name}")
async def file(request: Request, trial_id: TrialId, file_name: Name) -> Response:
    """A file to be saved."""
    session = await page_session(request, Role.EVALUATOR)
    return sent(file_name, await parts_of(request).trial_results.file(session.actor, trial_id, file_name))
