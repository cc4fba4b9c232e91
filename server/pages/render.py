"""Templates to pages: the language, the logged-in person, and nothing from elsewhere."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from routing.manner import Lang
from server.clock import day_hour_minute, hour_minute, in_japan
from server.parts import parts_of
from server.sessions import Session
from server.words import Pair

_LANG_COOKIE = "lang"
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


def lang_of(request: Request) -> Lang:
    """Japanese, unless the address or the cookie says English."""
    said = request.query_params.get("lang") or request.cookies.get(_LANG_COOKIE)
    return "en" if said == "en" else "ja"


def page(
    request: Request,
    template: str,
    session: Session | None = None,
    status: int = 200,
    **context: Any,  # noqa: ANN401  (whatever the template shows)
) -> Response:
    """The page in the reader's language."""
    lang = lang_of(request)

    def t(ja: str, en: str) -> str:
        return en if lang == "en" else ja

    def pick(pair: Pair) -> str:
        return pair[1] if lang == "en" else pair[0]

    html = _ENV.get_template(template).render(
        t=t,
        pick=pick,
        lang=lang,
        other_lang=_address_in(request, "ja" if lang == "en" else "en"),
        actor=None if session is None else session.actor,
        csrf=None if session is None else session.csrf,
        **context,
    )
    answer = HTMLResponse(html, status)
    if request.query_params.get(_LANG_COOKIE) in ("ja", "en"):
        https = parts_of(request).settings.https
        answer.set_cookie(_LANG_COOKIE, lang, max_age=_YEAR_S, samesite="lax", secure=https)
    return answer


def _address_in(request: Request, lang: Lang) -> str:
    """This page in another language; of a form's answer, the start page."""
    if request.method != "GET":
        return f"/?lang={lang}"
    return request.url.path + "?" + request.url.include_query_params(lang=lang).query


def error_page(request: Request, status: int, ja: str, en: str) -> Response:
    """A page with one sentence; for a missing login, with the way to it."""
    return page(request, "error.html", status=status, sentence=(ja, en), number=status)
