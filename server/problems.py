"""Every error that leaves the server: a problem (RFC 9457) with a sentence in ja and in en, never a trace."""

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from server.errors import ApiError, Malformed, NotLoggedIn, Unfinished
from server.guard import CLOSED
from server.pages.render import error_page

PROBLEM_JSON: Final = "application/problem+json"
_API = "/api/"
_SENTENCES: dict[int, tuple[str, str]] = {
    404: ("そのページはありません。", "There is nothing at this address."),
    405: ("この呼び方はできません。", "This method is not allowed here."),
    408: ("内容が届くのに時間がかかりすぎました。", "The request took too long to arrive."),
    413: ("送られた内容が大きすぎます。", "The request is too large."),
}
_OTHER = ("要求を読めませんでした。", "The request could not be read.")
_NOT_FILLED_IN = (
    "入れたものを受け取れませんでした。前のページにもどり、空の欄や長すぎる欄がないか確かめてください。",
    "What was entered could not be taken: go back, and see that no field is empty or too long.",
)
_OURS = (
    "サーバーの誤りです。くり返すときは管理者に知らせてください。",
    "The server made a mistake: tell its administrator if it happens again.",
)


def problem(error: ApiError) -> JSONResponse:
    """The JSON answer for `error`."""
    return _answer(error.status, error.ja, error.en, error.headers)


def _answer(status: int, ja: str, en: str, more: dict[str, str] | None = None) -> JSONResponse:
    # RFC 9110: a 401 says which scheme would do.
    headers = (more or {}) | ({"WWW-Authenticate": "Bearer"} if status == 401 else {})
    return JSONResponse(problem_body(status, ja, en), status, headers, media_type=PROBLEM_JSON)


def problem_body(status: int, ja: str, en: str) -> dict[str, str | int]:
    """The members of a problem."""
    return {
        # The status says what kind of problem it is, the sentences say which.
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": f"{ja} / {en}",
        "detail_ja": ja,
        "detail_en": en,
    }


async def _on_api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101  (registered for this class)
    if request.url.path.startswith(_API):
        return problem(error)
    if isinstance(error, NotLoggedIn):
        return RedirectResponse("/login", 303)
    if isinstance(error, Unfinished):
        return RedirectResponse(error.page, 303)
    return error_page(request, error.status, error.ja, error.en)


async def _on_bad_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  (registered for this class)
    if not request.url.path.startswith(_API):
        return await _on_api_error(request, Malformed(*_NOT_FILLED_IN))
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"][1:]) or str(fault["loc"][0])
    # The fault's own words and place only: never the input, which may be a password.
    return await _on_api_error(
        request, Malformed(f"要求の {where} が正しくありません。", f"{where}: {fault['msg']}.")
    )


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  (registered for this class)
    ja, en = _SENTENCES.get(error.status_code, _OTHER)
    return _say(request, error.status_code, ja, en)


async def _on_anything(request: Request, error: Exception) -> Response:
    answer = _say(request, 500, *_OURS)
    answer.headers.update(CLOSED)  # this handler runs outside the guard
    return answer


def _say(request: Request, status: int, ja: str, en: str) -> Response:
    if request.url.path.startswith(_API):
        return _answer(status, ja, en)
    return error_page(request, status, ja, en)


def install(app: FastAPI) -> None:
    """Register the handlers. The last one also leaves the trace in the log, where it belongs."""
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(RequestValidationError, _on_bad_request)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_anything)
