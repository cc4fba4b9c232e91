"""The uplink by plain requests, for networks that let no WebSocket through, and for loggers.

The same store, limits and answers as the WebSocket's (`server.uplink`), one request at a time.
"""

from fastapi import APIRouter, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from server.api_bodies import PREFIX, PROBLEMS, Caller, as_json, body_of, problems, read_body
from server.callers import device_by_key
from server.errors import Conflict, Forbidden, Malformed, Unavailable
from server.late_routes import LateRoute
from server.loggers import DESCRIPTION, as_bearer, check_logger, positions_of
from server.parts import Parts, parts_of
from server.uplink import NOTICES_SINCE, too_old
from wire.codec import BATCH, BATCH_ANSWER
from wire.held import Held
from wire.uplink import OLDEST_PROTOCOL, PROTOCOL, Batch, BatchAnswer, Notice

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)


@router.post(
    "/uplink/events",
    responses=problems(409),
    response_model=BatchAnswer,
    summary="記録を送る(WebSocketの代わり) / Send events, in place of the WebSocket",
    openapi_extra=body_of(Batch),
)
async def send_events(request: Request, caller: Caller) -> Response:
    """For devices. What is answered is on the disk; sending the same again changes nothing.

    Without events: what of this log the server holds. 409: the device speaks an older protocol. 503: nothing
    was stored, send it again later.
    """
    if caller.device_id is None:
        raise Forbidden("記録を送れるのは端末だけです。", "Only a device sends events.")
    batch = await read_body(request, BATCH)
    return as_json(BATCH_ANSWER, await answer_to(parts_of(request), caller.device_id, batch))


async def answer_to(parts: Parts, device_id: str, batch: Batch) -> BatchAnswer:
    """Store what is new of the batch, and say what is held. Raises `Conflict`, and as `Ingest.store`."""
    if batch.protocol < OLDEST_PROTOCOL:
        raise Conflict(*too_old(batch.protocol))
    if any(event.boot != batch.boot for event in batch.events):
        raise Malformed(
            "記録の boot が要求の boot と違います。", "An event's boot is not the one of the request."
        )
    held = await _stored(parts, device_id, batch)
    return BatchAnswer(
        protocol=min(batch.protocol, PROTOCOL),
        boot=batch.boot,
        acked=held.acked,
        beyond=held.beyond,
        notices=await _notices(parts, device_id, batch.protocol),
    )


async def _stored(parts: Parts, device_id: str, batch: Batch) -> Held:
    if not batch.events:
        return await parts.ingest.held(device_id, batch.boot)
    return await parts.ingest.store(device_id, batch.boot, batch.events, batch.sent_utc_s)


async def _notices(parts: Parts, device_id: str, protocol: int) -> tuple[Notice, ...]:
    if protocol < NOTICES_SINCE:
        return ()
    try:
        return await parts.board.pending(device_id)
    except (SQLAlchemyError, Unavailable):
        return ()  # what was stored must be acknowledged; the notices come with the next request


@router.post(
    "/loggers/owntracks",
    summary="電話の位置を記録する(OwnTracks) / Log a phone's positions (OwnTracks)",
    openapi_extra=DESCRIPTION,
)
async def owntracks(request: Request) -> list[str]:
    """For the app OwnTracks in its HTTP mode: the password is the key of a device of kind "logger".

    Each position is stored once, however often it is sent. What is no position is taken and forgotten. The
    answer is always an empty list: the server asks nothing of the phone.
    """
    parts = parts_of(request)
    device = await device_by_key(parts, as_bearer(request.headers))
    device_id = await check_logger(parts.db, device.device_id)
    boot, events = positions_of(device_id, await request.body(), parts.clock.utc_s())
    if events:
        held = await parts.ingest.store(device_id, boot, events, parts.clock.utc_s())
        if not all(held.has(event.seq) for event in events):
            raise Unavailable(
                "位置を保存できませんでした。あとで送り直してください。",
                "The position could not be stored: send it again later.",
            )
    return []
