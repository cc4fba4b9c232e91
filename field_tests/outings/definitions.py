"""How outings are counted: one frozen file, whose hash stands in the protocol and in each report."""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from field_tests.errors import OutingError

_SHIPPED: Final = Path(__file__).with_name("definitions.toml")
# Of the code that counts. Raised here and in the file with every change of results; a test sees to it.
ESTIMATOR: Final = 1
# Where 0 has a meaning; everything else must be above it.
_MAY_BE_ZERO: Final = ("thin_s", "least_minutes", "least_distance_m", "prior_days")


@dataclass(frozen=True, slots=True)
class Definitions:
    """The numbers of `definitions.toml`, in its units. `sha256`: of the file's bytes, hexadecimal.

    A varied copy (`dataclasses.replace`) keeps the hash of the file that it was varied from.
    """

    gate_m: float
    thin_s: float
    fastest_mps: float
    jump_errors: float
    home_radius_m: float
    home_share: float
    accuracy_factor: float
    tail: float
    away_m: float
    away_tail: float
    most_odds: float
    correlation_s: float
    change_s: float
    near_mark_m: float
    far_mark_m: float
    door_look_s: float
    door_slowest_mps: float
    door_fastest_mps: float
    door_errors: float
    told_s: float
    diary_s: float
    wifi_door_s: float
    pace_s: float
    pace_most_s: float
    moves_mps: float
    rides_mps: float
    on_way_mps: float
    stay_home_h: float
    stay_home_night_h: float
    stay_out_h: float
    share_out: float
    prior_days: float
    window_weeks: float
    other_days: float
    blur_leave: tuple[float, ...]
    blur_back: tuple[float, ...]
    rounds: int
    step_s: float
    waking: tuple[int, int]
    least_minutes: float
    least_distance_m: float
    night: tuple[int, int]
    night_h: float
    gap_s: float
    risk: float
    sure_h: float
    sure_gap_h: float
    same_place_m: float
    same_place_back: float
    walk_mps: float
    ride_beyond_m: float
    ride_mps: float
    longest_way: float
    wifi_stayed_s: float
    wifi_off_h: float
    left_h: float
    sha256: str = ""


def shipped() -> Definitions:
    """The definitions that come with Shirube."""
    return read(_SHIPPED)


def read(path: Path) -> Definitions:
    """The definitions of a file; OutingError says what is wrong in it and what to do."""
    try:
        raw = path.read_bytes()
        table = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise OutingError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OutingError(f"{path}: is no TOML in UTF-8: {error}") from error
    return _checked(table, hashlib.sha256(raw).hexdigest(), str(path))


def _checked(table: Mapping[str, object], sha256: str, where: str) -> Definitions:
    names = {field.name for field in fields(Definitions)} - {"sha256"}
    _same_estimator(table.get("estimator"), where)
    _same_keys(set(table), names | {"estimator"}, where)
    parsed: dict[str, Any] = {name: _parser(name)(name, table[name], where) for name in names}
    if not parsed["risk"] < 0.5:
        raise OutingError(f"{where}: risk is a chance a day below 0.5, not {parsed['risk']}")
    return Definitions(**parsed, sha256=sha256)


def _parser(name: str) -> Callable[[str, object, str], object]:
    """What reads a value: by far the most are numbers."""
    parsers = {
        "waking": _hours,
        "night": _hours,
        "blur_leave": _weights,
        "blur_back": _weights,
        "rounds": _rounds,
    }
    return parsers.get(name, _number)


def _same_estimator(asked: object, where: str) -> None:
    """The file was frozen for this code."""
    if asked != ESTIMATOR or isinstance(asked, bool):
        raise OutingError(
            f"{where}: 数え方の版 (estimator) が {asked} です。この Shirube は版 {ESTIMATOR} で数えます。"
            "凍結したときの Shirube で数えてください。 / "
            f"its estimator is {asked}; this Shirube counts by estimator {ESTIMATOR}: count with the "
            "Shirube that it was frozen with"
        )


def _same_keys(given: set[str], wanted: set[str], where: str) -> None:
    if unknown := sorted(given - wanted):
        names = ", ".join(unknown)[:200]
        raise OutingError(
            f"{where}: {names} は知らない項目です。つづりを直すか、消してください。 / "
            f"unknown: {names}; take them out or correct their spelling"
        )
    if missing := sorted(wanted - given):
        names = ", ".join(missing)
        raise OutingError(
            f"{where}: {names} がありません。付属の定義から写してください。 / "
            f"missing: {names}; copy them from the shipped definitions"
        )


def _number(name: str, value: object, where: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number:
        raise OutingError(f"{where}: {name} must be a number, not {value!r}")
    number = float(str(value))
    least = 0.0 if name in _MAY_BE_ZERO else 1e-9
    if not least <= number < 1e9:
        raise OutingError(f"{where}: {name} = {value} makes no sense; it must be above 0 and finite")
    return number


def _hours(name: str, value: object, where: str) -> tuple[int, int]:
    match value:
        case [int(first), int(last)] if 0 <= first < last <= 24:
            return first, last
    raise OutingError(f"{where}: {name} must be two whole hours such as [6, 22], not {value!r}")


def _weights(name: str, value: object, where: str) -> tuple[float, ...]:
    """Of an hour of day in the middle, and those around it."""
    if not isinstance(value, list) or len(value) % 2 == 0 or len(value) > 23:
        raise OutingError(f"{where}: {name} must be an odd number of weights such as [1.0, 2.0, 1.0]")
    return tuple(_number(name, weight, where) for weight in value)


def _rounds(name: str, value: object, where: str) -> int:
    match value:
        case int(rounds) if 1 <= rounds <= 100 and not isinstance(value, bool):
            return rounds
    raise OutingError(f"{where}: {name} must be a whole number from 1 to 100, not {value!r}")
