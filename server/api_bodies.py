"""What every endpoint of the API shares: bodies in and out, and the shape of a refusal."""

from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from server.access import Actor
from server.callers import api_caller
from server.errors import Malformed
from wire.base import message
from wire.codec import Codec, WireError

T = TypeVar("T")
PREFIX: Final = "/api/v1"
Caller = Annotated[Actor, Depends(api_caller)]


@message
class Problem:
    """The body of every 4xx and 5xx answer."""

    detail_ja: str
    detail_en: str


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "理由 / the reason"},
    "5XX": {"model": Problem, "description": "理由 / the reason"},
}


async def read_body(request: Request, codec: Codec[T]) -> T:
    """The body, read by the wire's own codec: stricter than the framework's, and the same as a device's."""
    try:
        return codec.decode(await request.body())
    except WireError as error:
        raise Malformed(f"要求が正しくありません({error})。", f"{error}.") from None


def body_of(kind: type) -> dict[str, Any]:
    """The request body for the OpenAPI document."""
    schema = TypeAdapter(kind).json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def as_json(codec: Codec[T], value: T, status: int = 200) -> Response:
    """The answer, written by the wire's own codec: the same bytes as the device's."""
    return Response(codec.encode(value), status, media_type="application/json")
