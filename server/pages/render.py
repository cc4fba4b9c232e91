"""Templates to pages: the language, the logged-in person, and nothing from elsewhere."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from routing.manner import Lang
from server.clock import day_hour_minute, hour_minute, in_japan
from server.errors import ApiError
from server.pages.done import done_words, forget_done
from server.pages.navigation import pages_of
from server.parts import parts_of
from server.sessions import Session
from server.words import Pair

_LANG = "lang"
_YEAR_S = 365 * 86_400

_ENV = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENV.filters["hour_minute"] = hour_minute
_ENV.filters["day_hour_minute"] = day_hour_minute
_ENV.filters["day"] = lambda utc_s: in_japan(utc_s).strftime("%Y-%m-%d")


def _lang_cookie(https: bool) -> str:
    return f"__Host-{_LANG}" if https else _LANG


def lang_of(request: Request) -> Lang:
    """Japanese, unless the address or the cookie says English."""
    said = request.query_params.get(_LANG) or request.cookies.get(
        _lang_cookie(parts_of(request).settings.https)
    )
    return "en" if said == "en" else "ja"


class Fault(NamedTuple):
    """Why a form is shown again. `field`: the id of the one that is wrong, if it is one."""

    error: ApiError
    field: str = ""


def page(
    request: Request,
    template: str,
    session: Session | None = None,
    status: int = 200,
    *,
    fault: Fault | None = None,
    typed: Mapping[str, object] = MappingProxyType({}),
    **context: Any,  # noqa: ANN401  (whatever the template shows)
) -> Response:
    """The page in the reader's language. `typed`: what stood in its fields, by id; no secrets."""
    lang = lang_of(request)

    def t(ja: str, en: str) -> str:
        return en if lang == "en" else ja

    def pick(pair: Pair) -> str:
        return pair[1] if lang == "en" else pair[0]

    actor = None if session is None else session.actor
    unfinished = session is not None and session.missing is not None
    html = _ENV.get_template(template).render(
        t=t,
        pick=pick,
        lang=lang,
        other_lang=_address_in(request, "ja" if lang == "en" else "en", fault),
        actor=actor,
        pages=() if actor is None or unfinished else pages_of(actor.role, request.url.path),
        csrf=None if session is None else session.csrf,
        unfinished=unfinished,
        sentence=None if fault is None else (fault.error.ja, fault.error.en),
        wrong_field="" if fault is None else fault.field,
        typed=typed,
        done=done_words(request),
        **context,
    )
    answer = HTMLResponse(html, status if fault is None else fault.error.status)
    forget_done(request, answer)
    if request.query_params.get(_LANG) in ("ja", "en"):
        https = parts_of(request).settings.https
        name = _lang_cookie(https)
        answer.set_cookie(name, lang, max_age=_YEAR_S, httponly=True, samesite="lax", secure=https)
    return answer


def _address_in(request: Request, lang: Lang, fault: Fault | None) -> str:
    """This page in another language; of a form that failed, the start page.

    Empty on the answer to a form: what is shown once would be lost with it.
    """
    if request.method == "GET":
        # "//host" and "/\\host" would be an address on another server.
        return "/" + request.url.path.lstrip("/\\") + "?" + request.url.include_query_params(lang=lang).query
    return f"/?lang={lang}" if fault is not None else ""


def error_page(request: Request, status: int, ja: str, en: str) -> Response:
    """A page with one sentence; for a missing login, with the way to it."""
    return page(request, "error.html", status=status, told=(ja, en), number=status)
