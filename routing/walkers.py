"""Who walks: the three profiles, and a person's own from a TOML file."""

import difflib
import math
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from routing.errors import BadProfile, UnknownWalker

# Guide blocks make a metre worth 0.4: HULOP/NavCog, in use in Japan, divides by 3; a little less,
# because here a tag may be wrong.
PAVING_FACTOR = 0.4


@dataclass(frozen=True, slots=True)
class Walker:
    """What differs from person to person. Factors multiply walking time; 1.0 is indifferent.

    `paving_cap`: blocks never make the way longer than this times the plain one. `danger_factor`:
    on all that comes once (crossings, steps, rails). `road_factor`: on roads without a sidewalk.
    """

    key: str
    speed_mps: float = 1.0  # with a cane along unknown streets; sighted people walk 1.3
    paving_factor: float = PAVING_FACTOR
    paving_cap: float = 1.5
    escalator_s: float = 60.0
    unlit_factor: float = 1.0  # after dark
    stairs_without_rail_factor: float = 1.0
    steps_factor: float = 1.0
    slope_factor: float = 1.0
    road_factor: float = 1.0
    danger_factor: float = 1.0


WALKERS = {
    walker.key: walker
    for walker in (
        Walker("cane"),
        # A dog follows the kerb line and goes round obstacles, not along blocks; its paws are
        # caught by escalators.
        Walker("dog", speed_mps=1.2, paving_factor=1.0, escalator_s=900.0),
        # Sees contrast and light: blocks help as a yellow line, steps are seen late.
        Walker("low-vision", speed_mps=1.1, paving_factor=0.7, unlit_factor=1.4,
               stairs_without_rail_factor=1.5),
    )
}  # fmt: skip

# What a person may set, from and to. Below: nobody walks so; above: the search would lose its sense.
_BOUNDS = {
    "speed_mps": (0.2, 2.5), "paving_factor": (0.1, 1.0), "paving_cap": (1.0, 5.0),
    "escalator_s": (0.0, 7200.0), "unlit_factor": (1.0, 10.0), "stairs_without_rail_factor": (1.0, 10.0),
    "steps_factor": (0.0, 60.0), "slope_factor": (1.0, 10.0), "road_factor": (0.5, 20.0),
    "danger_factor": (0.1, 20.0),
}  # fmt: skip


def walker(key: str) -> Walker:
    """The profile of that name, or the one in the TOML file of that name.

    Raises `UnknownWalker`, `BadProfile`.
    """
    if key in WALKERS:
        return WALKERS[key]
    if key.endswith(".toml"):
        return from_file(Path(key))
    names = ", ".join(WALKERS)
    raise UnknownWalker(
        f"「{key}」という歩き方の設定はありません。{names} か、設定ファイル(.toml)を指定してください",
        f'no walker profile "{key}": choose one of {names}, or give a .toml file',
    )


def from_file(path: Path) -> Walker:
    """A person's profile: `base = "cane"` and the keys that differ from it."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadProfile(
            f"設定ファイルを開けません: {path}",
            f"cannot open the walker's file {path} ({error.strerror})",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadProfile(
            f"設定ファイルを TOML として読めません: {path}({error})", f"{path} is not TOML: {error}"
        ) from error
    return from_values(values, path.stem)


def from_values(values: dict[str, Any], key: str) -> Walker:
    """The profile of a mapping as a file holds it; `BadProfile` names the first wrong key."""
    base = values.get("base", "cane")
    if not isinstance(base, str) or base not in WALKERS:
        raise _bad(f"base = {base!r}", f"{', '.join(WALKERS)} のどれか", f"one of {', '.join(WALKERS)}")
    changes = {name: _number(name, value) for name, value in values.items() if name != "base"}
    return replace(WALKERS[base], key=key, **changes)


def _number(name: str, value: object) -> float:
    if name not in _BOUNDS:
        near = difflib.get_close_matches(name, _BOUNDS, n=1) or [", ".join(_BOUNDS)]
        raise _bad(name, f"使える名前: {near[0]}", f"no such key; {near[0]}?")
    low, high = _BOUNDS[name]
    right = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not right or not low <= float(value) <= high:  # type: ignore[arg-type]
        raise _bad(f"{name} = {value!r}", f"{low:g} から {high:g} の数", f"a number from {low:g} to {high:g}")
    return float(value)  # type: ignore[arg-type]


def _bad(what: str, ja: str, en: str) -> BadProfile:
    return BadProfile(f"歩き方の設定が読めません: {what}({ja})", f"walker's profile: {what} ({en})")
