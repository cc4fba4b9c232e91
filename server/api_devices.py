"""The API's devices: the list, names and ends of them, pairing by a code, new keys."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field, TypeAdapter
from starlette.responses import Response

from server.access import Action, role_may
from server.api_bodies import (
    MOST,
    PREFIX,
    PROBLEMS,
    AfterId,
    Caller,
    Limit,
    as_json,
    body_of,
    problems,
    read_body,
)
from server.callers import address_of, api_session
from server.late_routes import LateRoute
from server.parts import parts_of
from server.sessions import Session
from wire.api import DeviceKind, Label, NewKey, PairedDevice, PairRequest
from wire.base import message
from wire.codec import NEW_KEY, PAIR_REQUEST, PAIRED_DEVICE, Codec

DeviceId = Annotated[str, Path(max_length=32)]
Person = Annotated[Session, Depends(api_session)]


@message
class Device:
    """`seen_utc_s`: the last contact; null: none yet. `revoked_utc_s`: since then it opens nothing."""

    id: str
    wearer_id: str
    label: str
    kind: str
    version: str | None
    created_utc_s: float
    seen_utc_s: float | None
    key_utc_s: float
    revoked_utc_s: float | None


@message
class DevicePage:
    """By id. Ask again with `after=next` until that is null."""

    devices: tuple[Device, ...]
    next: str | None


@message
class Rename:
    """What the wearer calls it."""

    label: Label


@message
class PairingWanted:
    """A code for one new device; one's password once more."""

    password: Annotated[str, Field(min_length=1, max_length=400)]
    label: Label
    kind: DeviceKind = "glasses"


@message
class CodeForDevice:
    """Eight digits for the new device, good once; told this once."""

    code: str
    expires_utc_s: float


RENAME: Codec[Rename] = Codec("name of a device", TypeAdapter(Rename))
PAIRING_WANTED: Codec[PairingWanted] = Codec("pairing", TypeAdapter(PairingWanted))

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)


@router.get("/devices", summary="装置の一覧 / Devices")
async def list_devices(
    request: Request,
    caller: Caller,
    after: AfterId = None,
    limit: Limit = MOST,
) -> DevicePage:
    """The wearer's own; an administrator's: of their organisation. Revoked ones too."""
    rows = await parts_of(request).devices.listed(caller, after or "", limit)
    told = tuple(
        Device(
            id=row.id,
            wearer_id=row.wearer_id,
            label=row.label,
            kind=row.kind,
            version=row.version,
            created_utc_s=row.created_utc_s,
            seen_utc_s=row.seen_utc_s,
            key_utc_s=row.created_utc_s if row.key_utc_s is None else row.key_utc_s,
            revoked_utc_s=row.revoked_utc_s,
        )
        for row in rows
    )
    return DevicePage(devices=told, next=told[-1].id if len(told) == limit else None)


@router.patch(
    "/devices/{device_id}",
    status_code=204,
    summary="装置の呼び名 / Rename a device",
    openapi_extra=body_of(Rename),
)
async def rename_device(request: Request, device_id: DeviceId, caller: Caller) -> Response:
    """For its wearer, or an administrator of theirs."""
    wanted = await read_body(request, RENAME)
    await parts_of(request).devices.rename(caller, device_id, wanted.label)
    return Response(status_code=204)


@router.delete("/devices/{device_id}", status_code=204, summary="装置を取り消す / Revoke a device")
async def revoke_device(request: Request, device_id: DeviceId, caller: Caller) -> Response:
    """Its key opens nothing from now on; what it has sent stays. For its wearer and their administrator."""
    parts = parts_of(request)
    await parts.devices.revoke(caller, device_id)
    parts.hub.rights_changed()
    return Response(status_code=204)


@router.post(
    "/devices/self/key",
    responses=problems(409),
    response_model=NewKey,
    summary="装置の新しい鍵 / A new key for this device",
)
async def renew_key(request: Request, caller: Caller) -> Response:
    """For the device itself: valid beside the old key until it is first used, then the old one ends."""
    key, until_s = await parts_of(request).devices.new_key(caller)
    return as_json(NEW_KEY, NewKey(key=key, use_before_utc_s=until_s))


@router.post(
    "/pairings",
    status_code=201,
    summary="装置をつなぐ番号 / A code for a new device",
    openapi_extra=body_of(PairingWanted),
)
async def make_pairing(request: Request, me: Person) -> CodeForDevice:
    """For ten minutes; one that was made before and not used is void."""
    parts = parts_of(request)
    role_may(me.actor, Action.PAIR_DEVICE)
    wanted = await read_body(request, PAIRING_WANTED)
    await parts.sessions.confirm(me.actor, wanted.password)
    made = await parts.pairing.code(me.actor, wanted.label, wanted.kind)
    return CodeForDevice(code=made.code, expires_utc_s=made.expires_utc_s)


@router.post(
    "/pairings/redeem",
    responses=problems(404, 409),
    status_code=201,
    response_model=PairedDevice,
    summary="番号で装置をつなぐ / Pair a device by its code",
    openapi_extra=body_of(PairRequest),
)
async def redeem_pairing(request: Request) -> Response:
    """Without a login: the code is what opens, once. The answer holds the device's key, told this once."""
    wanted = await read_body(request, PAIR_REQUEST)
    made = await parts_of(request).pairing.redeem(wanted, address_of(request))
    return as_json(PAIRED_DEVICE, PairedDevice(device_id=made.device_id, key=made.key), 201)
