"""The API of published trial results, for the evaluators of an organisation."""

from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import Field
from starlette.responses import Response

from field_tests.study.result import SeriesDay
from server.api_bodies import PREFIX, PROBLEMS, Caller, Id
from server.late_routes import LateRoute
from server.parts import parts_of
from server.trial_publishing import MOST_TRIALS
from server.trial_results import ShownTrial, TrialLine
from wire.base import message

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)
_MOST_DAYS = 3660  # ten years
Name = Annotated[str, Path(min_length=1, max_length=100)]
# By the end of a file's name; which of them a report may hold, `trial_publishing` says.
_MEDIA = {
    ".pdf": "application/pdf",
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "ファイル / The file"}
}


@message
class Trials:
    """Newest first."""

    trials: Annotated[tuple[TrialLine, ...], Field(max_length=MOST_TRIALS)]


@message
class ParticipantDays:
    """The raw series, by day."""

    person: str
    days: Annotated[tuple[SeriesDay, ...], Field(max_length=_MOST_DAYS)]


@router.get("/trials", summary="実証実験の結果の一覧 / Results of trials")
async def list_trials(request: Request, caller: Caller) -> Trials:
    """For evaluators: those published for their organisation."""
    return Trials(trials=await parts_of(request).trial_results.listed(caller))


@router.get("/trials/{trial_id}", summary="実証実験の結果 / The result of a trial")
async def read_trial(request: Request, trial_id: Id, caller: Caller) -> ShownTrial:
    """What is of all together; means, fees and events of those participants who agree to the caller.

    Raw days have an address of their own.
    """
    return await parts_of(request).trial_results.of(caller, trial_id)


@router.get("/trials/{trial_id}/participants/{person}", summary="参加者の日ごとの記録 / A participant's days")
async def read_participant(request: Request, trial_id: Id, person: Name, caller: Caller) -> ParticipantDays:
    """The raw daily series of one participant, who agrees to the caller."""
    return ParticipantDays(
        person=person, days=await parts_of(request).trial_results.days(caller, trial_id, person)
    )


@router.get(
    "/trials/{trial_id}/files/{file_name}",
    response_class=Response,
    responses=_FILE,
    summary="結果のファイル / A file of the result",
)
async def read_file(request: Request, trial_id: Id, file_name: Name, caller: Caller) -> Response:
    """PDF, HTML, tables. Of a table the lines of those participants who are shown."""
    return sent(file_name, await parts_of(request).trial_results.file(caller, trial_id, file_name))


def sent(name: str, body: bytes) -> Response:
    """A file to be saved: a report in HTML is not a page of this server."""
    return Response(
        body,
        media_type=_MEDIA.get(PurePosixPath(name).suffix, "application/octet-stream"),
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
