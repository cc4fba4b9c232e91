"""The API's consents: their texts to read and to hear, one's own, giving and withdrawing."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field, TypeAdapter
from starlette.responses import FileResponse, Response

from server.api_bodies import PREFIX, PROBLEMS, Caller, body_of, problems, read_body
from server.consent import Purpose
from server.consent_texts import Text, current_text, text_of
from server.consents import ConsentGiven, ConsentState, ConsentWithdrawn
from server.errors import NotFound
from server.late_routes import LateRoute
from server.parts import Parts, parts_of
from wire.base import message
from wire.codec import Codec

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)
_GIVEN: Codec[ConsentGiven] = Codec("consent", TypeAdapter(ConsentGiven))
_WITHDRAWN: Codec[ConsentWithdrawn] = Codec("withdrawal", TypeAdapter(ConsentWithdrawn))
Lang = Annotated[Literal["ja", "en"], Query()]
Version = Annotated[str, Path(max_length=16)]
_WAV: dict[int | str, dict[str, Any]] = {200: {"content": {"audio/wav": {}}, "description": "WAV"}}


@message
class ConsentText:
    """A text as it is agreed to: each paragraph's first line is its question."""

    purpose: Purpose
    version: str
    lang: str
    title: str
    paragraphs: tuple[str, ...]
    sha256: str
    has_audio: bool


@message
class ConsentStates:
    """Every purpose, in the order in which they are asked."""

    consents: Annotated[tuple[ConsentState, ...], Field(max_length=len(Purpose))]


@router.get("/consents", summary="自分の同意 / One's own consents")
async def read_consents(request: Request, caller: Caller) -> ConsentStates:
    """For wearers: what is in force, what is asked again, and all that was said before."""
    return ConsentStates(consents=await parts_of(request).privacy.consents.states(caller))


@router.post(
    "/consents",
    responses=problems(409),
    status_code=204,
    summary="同意する / Give consent",
    openapi_extra=body_of(ConsentGiven),
)
async def give_consent(request: Request, caller: Caller) -> Response:
    """For wearers. 409: the text has a newer version, which is to be read or heard first. Twice is once."""
    await parts_of(request).privacy.consents.give(caller, await read_body(request, _GIVEN))
    return Response(status_code=204)


@router.post(
    "/consents/withdrawals",
    status_code=204,
    summary="同意をやめる / Withdraw consent",
    openapi_extra=body_of(ConsentWithdrawn),
)
async def withdraw_consent(request: Request, caller: Caller) -> Response:
    """For wearers, at any time: open views close at once, shares and links end. Twice is once."""
    said = await read_body(request, _WITHDRAWN)
    await parts_of(request).privacy.consents.withdraw(caller, said.purpose)
    return Response(status_code=204)


@router.get("/consents/texts/{purpose}", summary="今の説明の文 / The current text")
async def read_current_text(
    request: Request, caller: Caller, purpose: Purpose, lang: Lang = "ja"
) -> ConsentText:
    """What is asked now. For everybody who is known: a caregiver may read what a wearer agrees to."""
    return _told(parts_of(request), current_text(purpose.value, lang))


@router.get("/consents/texts/{purpose}/{version}", summary="ある版の説明の文 / The text of one version")
async def read_text(
    request: Request, caller: Caller, purpose: Purpose, version: Version, lang: Lang = "ja"
) -> ConsentText:
    """Also an older one: what somebody agreed to can always be read again."""
    return _told(parts_of(request), text_of(purpose.value, version, lang))


@router.get(
    "/consents/texts/{purpose}/{version}/audio",
    response_class=Response,
    responses=_WAV,
    summary="説明の文を聞く / The text as sound",
)
async def read_audio(
    request: Request, caller: Caller, purpose: Purpose, version: Version, lang: Lang = "ja"
) -> Response:
    """WAV. 404 also where no recording of exactly this text was made on this server."""
    text = text_of(purpose.value, version, lang)
    folder = parts_of(request).settings.consent_audio
    path = None if folder is None else folder / text.audio_name
    if path is None or not path.is_file():
        raise NotFound(
            "この文の録音は、このサーバーにありません。文を読んでください。",
            "This server has no recording of this text: read the text instead.",
        )
    return FileResponse(path, media_type="audio/wav")


def has_audio(parts: Parts, text: Text) -> bool:
    """Whether a recording of exactly this text is there."""
    folder = parts.settings.consent_audio
    return folder is not None and (folder / text.audio_name).is_file()


def _told(parts: Parts, text: Text) -> ConsentText:
    return ConsentText(
        purpose=Purpose(text.purpose),
        version=text.version,
        lang=text.lang,
        title=text.title,
        paragraphs=text.paragraphs,
        sha256=text.sha256,
        has_audio=has_audio(parts, text),
    )
