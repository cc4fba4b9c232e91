"""`protocol.toml` -> Protocol. What contradicts itself in it, or is not known, is told in one sentence."""

import hashlib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, get_args

from field_tests.errors import ProtocolError
from field_tests.study.protocol import Design, FeeTarget, Gates, Protocol, ValidDay
from field_tests.study.protocol_rules import FIRST_YEAR, LAST_YEAR, faults, in_years
from field_tests.study.reading_csv import read_bytes

FILE: Final = "protocol.toml"
_SECTIONS: Final[Mapping[str, type[Any]]] = {"valid": ValidDay, "gates": Gates, "fees": FeeTarget}


def read(root: Path) -> Protocol:
    """The plan of the trial in `root`; ProtocolError says what is wrong in it and what to do."""
    path = root / FILE
    if not path.is_file():
        raise ProtocolError(
            f"{root} に {FILE} がありません。`shirube study protocol new` で作れます。 / "
            f"There is no {FILE} in {root}: `shirube study protocol new` makes one."
        )
    return parsed(read_bytes(path))


def parsed(raw: bytes) -> Protocol:
    """The plan that these bytes of a `protocol.toml` say."""
    try:
        told = tomllib.loads(raw.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"{FILE}: TOML として読めません / is no TOML in UTF-8: {error}") from error
    values = _values(Protocol, told, "")
    plan = Protocol(**values, sha256=hashlib.sha256(raw).hexdigest())
    for ja, en in faults(plan):
        raise ProtocolError(f"{FILE}: {ja}。直してください。 / {en}: correct it.")
    return plan


def _values(kind: type[Any], told: Mapping[str, object], where: str) -> dict[str, Any]:
    known = {field.name: field for field in fields(kind) if field.name != "sha256"}
    for name in told:
        if name not in known:
            raise ProtocolError(
                f"{FILE}: {where}{name} は知らない項目です。つづりを直すか、消してください。 / "
                f"{where}{name} is not known: correct its spelling or take it out."
            )
    for name, field in known.items():
        if name not in told and field.default is MISSING:
            raise ProtocolError(f"{FILE}: {where}{name} がありません。 / {where}{name} is missing: add it.")
    return {name: _value(name, value, known[name].type, where) for name, value in told.items()}


def _value(name: str, value: object, kind: object, where: str) -> object:
    if name in _SECTIONS and isinstance(value, dict):
        return _SECTIONS[name](**_values(_SECTIONS[name], value, f"{name}."))
    reading = _READINGS.get(kind)
    try:
        if reading is None:
            raise ValueError("a table is needed here")
        return reading(value)
    except ValueError as error:
        raise ProtocolError(
            f"{FILE}: {where}{name} = {str(value)[:60]!r} は使えません / cannot be used: {error}"
        ) from error


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime) and in_years(value):
        return value
    raise ValueError(f"a day such as 2026-04-13 is needed, of {FIRST_YEAR} to {LAST_YEAR} and without quotes")


def _days(value: object) -> tuple[date, ...]:
    if not isinstance(value, list):
        raise ValueError("a list of days is needed, such as [2026-05-11, 2026-05-25]")
    return tuple(_day(one) for one in value)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("a text in quotes is needed")


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    raise ValueError("a whole number from 0 is needed")


def _real(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise ValueError("a number is needed")


def _yes(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("true or false is needed")


def _design(value: object) -> str:
    if isinstance(value, str) and value in get_args(Design):
        return value
    raise ValueError(f"one of {', '.join(get_args(Design))} is needed")


_READINGS: Final[Mapping[object, Any]] = {
    date: _day,
    date | None: _day,
    tuple[date, ...]: _days,
    str: _text,
    int: _whole,
    float: _real,
    bool: _yes,
    Design: _design,
}
