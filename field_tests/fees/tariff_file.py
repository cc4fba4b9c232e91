"""A tariff as text (TOML): read strictly, and looked at for gaps and overlaps of its dates."""

import tomllib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

from pydantic import TypeAdapter, ValidationError

from field_tests.errors import TariffError
from field_tests.fees.tariff import Service, Tariff, Version
from field_tests.study.found import Found

FILE: Final = "fees/tariff.toml"
_ADAPTER: Final = TypeAdapter(Tariff)


def read(text: str, found: Found) -> Tariff:
    """The tariff of `text`; TariffError where it contradicts itself. Gaps and overlaps of dates: to `found`.

    A day on which two versions hold has no price: nobody can say which.
    """
    try:
        tariff = _ADAPTER.validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise TariffError(
            f"{FILE}: TOML として読めません（{error}）。 / {FILE}: no TOML ({error}): correct it."
        ) from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise TariffError(
            f"{FILE}: {where} が正しくありません（形式は docs/fees.md）。 / {FILE}: {where}: {fault['msg']};"
            " docs/fees.md shows the form."
        ) from error
    for why in _faults(tariff):
        raise TariffError(f"{FILE}: {why}。直してください。 / {FILE}: {why}: correct it.")
    _tell_dates(sorted(tariff.version, key=lambda one: one.since), found)
    return tariff


def _faults(tariff: Tariff) -> Iterator[str]:
    for version in tariff.version:
        named = f"version {version.since}"
        if version.until is not None and version.until < version.since:
            yield f"{named}: until {version.until} < since"
        if not 0 <= version.self_pay_percent <= 100:
            yield f"{named}: self_pay_percent {version.self_pay_percent}"
        if version.yen_a_unit <= 0 or min(version.caps.values(), default=0) < 0:
            yield f"{named}: yen_a_unit > 0, caps >= 0"
        names = [service.name for service in version.service]
        if len(set(names)) != len(names):
            yield f"{named}: a service twice"
        yield from (f"{named}, {service.name}: {why}" for service in version.service for why in _bad(service))


def _bad(service: Service) -> Iterator[str]:
    if not service.bands:
        yield "no bands"
    if any(a[0] >= b[0] or a[1] > b[1] for a, b in pairwise(((0, 0), *service.bands))):
        yield "bands do not rise"
    if service.beyond is not None and (service.beyond[0] <= 0 or service.beyond[1] < 0):
        yield "beyond (minutes > 0, units >= 0)"


def _tell_dates(versions: Sequence[Version], found: Found) -> None:
    for one, other in pairwise(versions):
        if one.until is None or one.until >= other.since:
            found.add(
                "tariff_overlap", "left_out", FILE, detail=f"{one.since} … {one.until}, {other.since} …"
            )
        elif other.since - one.until > timedelta(days=1):
            found.add("tariff_gap", "note", FILE, detail=f"{one.until} - {other.since}")
