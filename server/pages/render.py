"""Templates to pages: the language, the logged-in person, and nothing from elsewhere."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, get_args

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from routing.manner import Lang
from server.errors import ApiError
from server.pages.done import done_words, forget_done
from server.pages.navigation import pages_of
from server.parts import parts_of
from server.sessions import Session
from server.words import Pair

# system: light or dark, as the reader's system has it.
Theme = Literal["system", "light", "dark", "contrast"]
THEMES: Final[tuple[Theme, ...]] = get_args(Theme)
_LANG: Final = "lang"
_THEME: Final = "theme"
_YEAR_S: Final = 365 * 86_400


def _render(template: str, told: Mapping[str, object]) -> str:
    from server.pages.compiled import templates  # late: a start needs no Jinja

    return templates().get_template(template).render(**told)


def _cookie(request: Request, name: str) -> str:
    return f"__Host-{name}" if parts_of(request).settings.https else name


def lang_of(request: Request) -> Lang:
    """Japanese, unless the address or the cookie says English."""
    said = request.query_params.get(_LANG) or request.cookies.get(_cookie(request, _LANG))
    return "en" if said == "en" else "ja"


def theme_of(request: Request) -> Theme:
    """What the reader chose in this browser; else as their system has it."""
    said = request.cookies.get(_cookie(request, _THEME))
    return next((theme for theme in THEMES if theme == said), "system")


def keep_lang(request: Request, answer: Response, lang: Lang) -> None:
    """This browser's language from now on, for a year."""
    _keep(request, answer, _LANG, lang)


def keep_theme(request: Request, answer: Response, theme: Theme) -> None:
    """As `keep_lang`, its colours."""
    _keep(request, answer, _THEME, theme)


def _keep(request: Request, answer: Response, name: str, value: str) -> None:
    https = parts_of(request).settings.https
    answer.set_cookie(
        _cookie(request, name), value, max_age=_YEAR_S, httponly=True, samesite="lax", secure=https
    )


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
    kept: bool = False,
    **context: Any,  # noqa: ANN401  (whatever the template shows)
) -> Response:
    """The page in the reader's language and colours. `typed`: what stood in its fields, by id; no secrets.

    `kept`: browsers keep it for when there is no line, so that it says nothing of this moment.
    """
    lang = lang_of(request)

    def t(ja: str, en: str) -> str:
        return en if lang == "en" else ja

    def pick(pair: Pair) -> str:
        return pair[1] if lang == "en" else pair[0]

    actor = None if session is None else session.actor
    unfinished = session is not None and session.missing is not None
    told = {
        "t": t,
        "pick": pick,
        "lang": lang,
        "theme": theme_of(request),
        "other_lang": _address_in(request, "ja" if lang == "en" else "en", fault),
        "actor": actor,
        "pages": () if actor is None or unfinished else pages_of(actor.role, request.url.path),
        "csrf": None if session is None else session.csrf,
        "unfinished": unfinished,
        "sentence": None if fault is None else (fault.error.ja, fault.error.en),
        "wrong_field": "" if fault is None else fault.field,
        "typed": typed,
        "done": None if kept else done_words(request),
    }
    html = _render(template, told | context)
    answer = HTMLResponse(html, status if fault is None else fault.error.status)
    if not kept:
        forget_done(request, answer)
    if request.query_params.get(_LANG) in ("ja", "en"):
        keep_lang(request, answer, lang)
    return answer


def script(template: str, told: Mapping[str, object]) -> Response:
    """A script that is made of a template, where `told` is put in as JSON."""
    return Response(_render(template, told), media_type="text/javascript")


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
