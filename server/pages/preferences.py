"""How a browser shows Shirube and speaks: language and colours in cookies, voice and sound by scripts.

Open to all, also before a login: who cannot read the form cannot log in.
"""

from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from routing.manner import Lang
from server.callers import half_session_of
from server.errors import NotLoggedIn
from server.late_routes import LateRoute
from server.pages.done import done
from server.pages.render import Theme, keep_lang, keep_theme, page
from server.parts import parts_of
from server.sessions import Session
from server.words import Pair

router = APIRouter(prefix="/settings", include_in_schema=False, route_class=LateRoute)


class Choice(NamedTuple):
    """A line to choose, and what it is good for."""

    value: Theme
    words: Pair


_CHOICES: Final = (
    Choice("system", ("この端末の設定に合わせる", "As this device is set")),
    Choice("light", ("明るい(白い地に黒い文字)", "Light: dark words on white")),
    Choice("dark", ("暗い(黒い地に白い文字)", "Dark: light words on black")),
    Choice(
        "contrast",
        ("はっきり(黒い地に白と黄の文字、太い線)", "High contrast: white and yellow on black, thick lines"),
    ),
)


async def _session(request: Request) -> Session | None:
    try:
        return await half_session_of(parts_of(request), request.cookies)
    except NotLoggedIn:
        return None


@router.get("")
async def show(request: Request) -> Response:
    """The forms, as this browser has them."""
    return page(request, "settings.html", await _session(request), themes=_CHOICES)


@router.post("")
async def keep(request: Request, lang: Annotated[Lang, Form()], theme: Annotated[Theme, Form()]) -> Response:
    """From now on so, in this browser. No secret of a form: it changes nothing but how pages look here."""
    answer = done(request, "/settings", "settings_kept")
    keep_lang(request, answer, lang)
    keep_theme(request, answer, theme)
    return answer
