"""What every endpoint of the API shares: bodies in and out, paging, and the shape of a refusal."""

import re
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Path, Query, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from server.access import Actor
from server.callers import api_caller
from server.errors import Malformed
from server.problems import PROBLEM_JSON
from wire.base import message
from wire.codec import Codec
from wire.errors import WireError

T = TypeVar("T")
PREFIX: Final = "/api/v1"
Caller = Annotated[Actor, Depends(api_caller)]
Id = Annotated[str, Path(min_length=1, max_length=64)]  # of anything
MOST: Final = 200  # of a list, in one answer
Limit = Annotated[int, Query(ge=1, le=MOST)]
AfterId = Annotated[str | None, Query(min_length=1, max_length=64)]
AfterNumber = Annotated[int | None, Query(ge=0, le=2**31 - 1)]
# A NUL as JSON writes it: PostgreSQL can store none, and no word that a person says holds one.
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@message
class Problem:
    """The body of every 4xx and 5xx answer, as `application/problem+json` (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    detail_ja: str
    detail_en: str


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=`: refusals of this operation beside those that follow from its shape.

    Which follow, `server.api_document` says: from a caller, a body, parameters.
    """
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _WHY[status], "content": content} for status in statuses}


_WHY: Final = {
    401: "鍵もログインもないか、もう使えません / No valid key and no valid login",
    403: "この役割ではできないか、合言葉が違います / Not for this role, or the CSRF token is wrong",
    404: "ないか、あなたのものではありません / Not there, or not yours: which of the two is not told",
    408: "内容が届くのが遅すぎました / The body took too long to come",
    409: "その間に変わったか、終わっています / It was changed, used or ended in between",
    413: "内容が大きすぎます / The body is too large",
    422: "要求がこの説明と合いません / The request is not as described here",
    429: "多すぎます。Retry-After 秒待ってください / Too many: wait `Retry-After` seconds, where told",
    503: "今はできません。あとで同じ要求を送ってください / Not now: nothing was changed, send it again later",
}
PROBLEMS: Final = problems(429, 503)


async def read_body(request: Request, codec: Codec[T]) -> T:
    """The body, read by the wire's own codec: stricter than the framework's, and the same as a device's."""
    body = await request.body()
    if _NUL.search(body):
        raise Malformed("使えない文字(NUL)があります。", "There is a character that cannot be kept (NUL).")
    try:
        return codec.decode(body)
    except WireError as error:
        raise Malformed(f"要求が正しくありません({error})。", f"{error}.") from None


class BodyOf(dict[str, Any]):
    """The request body for the OpenAPI document: empty until `fill`, so that no start works schemas out."""

    def __init__(self, kind: type) -> None:
        super().__init__()
        self._kind = kind

    def fill(self) -> None:
        """Say what the body must be; `server.api_document` gives the schema's parts their place."""
        schema = TypeAdapter(self._kind).json_schema(ref_template="#/components/schemas/{model}-Input")
        self["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}


def body_of(kind: type) -> BodyOf:
    """For `openapi_extra=` of an endpoint that reads its body itself."""
    return BodyOf(kind)


def as_json(codec: Codec[T], value: T, status: int = 200) -> Response:
    """The answer, written by the wire's own codec: the same bytes as the device's."""
    return Response(codec.encode(value), status, media_type="application/json")
