"""The API's saved places: a wearer's own words for places, for planning by them."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import Field, TypeAdapter
from starlette.responses import Response

from server.api_bodies import PREFIX, PROBLEMS, Caller, body_of, read_body
from server.late_routes import LateRoute
from server.parts import parts_of
from server.places_saved import MOST_PLACES, PlaceToSave, SavedPlace
from wire.base import message
from wire.codec import Codec

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)
_PLACE: Codec[PlaceToSave] = Codec("place", TypeAdapter(PlaceToSave))


@message
class Places:
    """Home first, then by name; all stand in one answer."""

    places: Annotated[tuple[SavedPlace, ...], Field(max_length=MOST_PLACES)]


@router.get("/saved-places", summary="覚えた場所 / Saved places")
async def list_places(request: Request, caller: Caller) -> Places:
    """The caller's own. A plan takes one by `saved:NAME` in place of a place on the map."""
    return Places(places=await parts_of(request).privacy.places.listed(caller))


@router.post(
    "/saved-places",
    status_code=201,
    summary="場所を覚える / Save a place",
    openapi_extra=body_of(PlaceToSave),
)
async def save_place(request: Request, caller: Caller) -> SavedPlace:
    """Under the caller's own name for it; the same name again moves it. 422: outside Japan.

    `kind` home: near it, maps that others see are blurred.
    """
    return await parts_of(request).privacy.places.save(caller, await read_body(request, _PLACE))


@router.delete("/saved-places/{place_id}", status_code=204, summary="場所を忘れる / Forget a place")
async def remove_place(
    request: Request, place_id: Annotated[str, Path(max_length=32)], caller: Caller
) -> Response:
    """For whose place it is."""
    await parts_of(request).privacy.places.remove(caller, place_id)
    return Response(status_code=204)
