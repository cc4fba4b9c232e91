"""JSON in and out. Bad input raises `WireError` with one sentence that says what is wrong."""

from typing import Generic, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from wire import api, route, trip, uplink
from wire.base import LATE
from wire.errors import WireError

T = TypeVar("T")


class Codec(Generic[T]):
    """Encode and decode one type."""

    def __init__(self, what: str, adapter: TypeAdapter[T]) -> None:
        self._what = what
        self._adapter = adapter

    def encode(self, value: T) -> str:
        """JSON text; keys in declaration order, so equal values give equal bytes."""
        # Not by the adapter's own method, whose many options cost as much as the work.
        return self._adapter.serializer.to_json(value).decode()

    def decode(self, text: str | bytes) -> T:
        """The value, or `WireError`."""
        try:
            return cast(T, self._adapter.validator.validate_json(text))
        except ValidationError as error:
            raise WireError(f"{self._what}: {_first_fault(error)}") from None


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"]) or "the whole text"
    more = error.error_count() - 1
    return f"{where}: {fault['msg']}" + (f" (and {more} more)" if more else "")


ROUTE: Codec[route.Route] = Codec("route", TypeAdapter(route.Route))
PLAN_REQUEST: Codec[api.PlanRequest] = Codec("plan request", TypeAdapter(api.PlanRequest))
ALTERNATIVES: Codec[api.Alternatives] = Codec("alternatives", TypeAdapter(api.Alternatives))
FOUND_PLACES: Codec[api.FoundPlaces] = Codec("places", TypeAdapter(api.FoundPlaces))
BLOCKAGE_REPORT: Codec[api.BlockageReport] = Codec("blockage report", TypeAdapter(api.BlockageReport))
BLOCKED: Codec[api.Blocked] = Codec("blockage", TypeAdapter(api.Blocked))
BLOCKED_PLACES: Codec[api.BlockedPlaces] = Codec("blockages", TypeAdapter(api.BlockedPlaces))
TRIP_REQUEST: Codec[api.TripRequest] = Codec("trip request", TypeAdapter(api.TripRequest))
TRIP_ACCEPTED: Codec[api.TripAccepted] = Codec("trip answer", TypeAdapter(api.TripAccepted))
PAIR_REQUEST: Codec[api.PairRequest] = Codec("pairing", TypeAdapter(api.PairRequest))
PAIRED_DEVICE: Codec[api.PairedDevice] = Codec("pairing answer", TypeAdapter(api.PairedDevice))
NEW_KEY: Codec[api.NewKey] = Codec("new key", TypeAdapter(api.NewKey))
EVENT: Codec[trip.TripEvent] = Codec("trip event", TypeAdapter(trip.TripEvent))
FROM_DEVICE: Codec[uplink.FromDevice] = Codec("uplink message", TypeAdapter(uplink.FromDevice, config=LATE))
FROM_SERVER: Codec[uplink.FromServer] = Codec("uplink answer", TypeAdapter(uplink.FromServer, config=LATE))
BATCH: Codec[uplink.Batch] = Codec("uplink batch", TypeAdapter(uplink.Batch))
BATCH_ANSWER: Codec[uplink.BatchAnswer] = Codec("uplink batch answer", TypeAdapter(uplink.BatchAnswer))
