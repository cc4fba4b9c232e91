"""What tags measure: widths, slopes, surfaces, as the codes of `routing.columns`. Pure."""

import math
import re
from collections.abc import Mapping
from typing import Final

from routing.columns import INCLINE_UNKNOWN

Tags = Mapping[str, str]

# https://wiki.openstreetmap.org/wiki/Key:surface: what a cane's tip runs on without catching.
_PAVED = frozenset({
    "paved", "asphalt", "concrete", "concrete:plates", "concrete:lanes", "paving_stones",
    "paving_stones:lanes", "chipseal", "bricks", "brick", "tiles", "metal", "metal_grid", "wood",
    "rubber", "acrylic", "tartan", "plastic", "glass", "stone", "granite", "marble", "carpet",
    "sett", "cobblestone", "cobblestone:flattened", "unhewn_cobblestone", "grass_paver", "interlock",
})  # fmt: skip
_UNPAVED = frozenset({
    "unpaved", "compacted", "fine_gravel", "gravel", "pebblestone", "rock", "dirt", "earth", "ground",
    "grass", "mud", "sand", "woodchips", "snow", "ice", "salt", "clay", "soil", "trail", "bark",
})  # fmt: skip
# Paved, but a cane catches in the joints.
_ROUGH_SURFACES = frozenset({"sett", "cobblestone", "unhewn_cobblestone", "grass_paver", "metal_grid"})
_SMOOTHNESS = {
    "excellent": 1, "good": 1, "intermediate": 2, "bad": 2, "very_bad": 3, "horrible": 3,
    "very_horrible": 3, "impassable": 3,
}  # fmt: skip
_SLOPE = re.compile(r"\s*([+-]?\d+(?:[.,]\d+)?)\s*(%|°|deg)?\s*")
_RATIO = re.compile(r"\s*([+-]?)(\d+(?:\.\d+)?)\s*:\s*(\d+(?:\.\d+)?)\s*")
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(m|cm|')?\s*(?:$|;|-)")
_TO_METRES: Final = {None: 1.0, "m": 1.0, "cm": 0.01, "'": 0.3048}
STEEPEST_PCT: Final = 100  # steeper is a slip of the keyboard, or steps
_COUNT_MAX = 30_000  # what the column holds


def number(value: str | None) -> float | None:
    """A positive finite number at the start of a value ("3", "3 m"); None for anything else."""
    match = re.match(r"\s*(\d+(?:\.\d+)?)\s*(?:m\b|$)", value or "")
    result = float(match[1]) if match else 0.0
    return result if 0.0 < result < math.inf else None


def count(value: str | None) -> int:
    """A whole number of things; 0 where unknown."""
    found = number(value)
    return min(int(found), _COUNT_MAX) if found else 0


def metres(value: str | None) -> float | None:
    """A length in metres: "3", "3 m", "150 cm"; the smaller of a span ("2-3")."""
    match = _LENGTH.match(value or "")
    if match is None:
        return None
    result = float(match[1]) * _TO_METRES[match[2]]
    return result if 0.0 < result < math.inf else None


def width_dm(tags: Tags) -> int:
    """Width in decimetres: 0 unknown, 255 for more."""
    found = metres(tags.get("width")) or metres(tags.get("est_width"))
    return 0 if found is None else min(max(round(found * 10.0), 1), 255)


def incline_pct(tags: Tags) -> int:
    """Slope along the way's direction in per cent, positive up; `INCLINE_UNKNOWN`."""
    value = tags.get("incline", "")
    ratio = _RATIO.fullmatch(value)
    if ratio:
        rise, run = float(ratio[2]), float(ratio[3])
        slope = 100.0 * rise / run if run > 0.0 else math.inf
        slope = -slope if ratio[1] == "-" else slope
    else:
        match = _SLOPE.fullmatch(value)
        if match is None:
            return INCLINE_UNKNOWN
        slope = float(match[1].replace(",", "."))
        if match[2] in {"°", "deg"}:
            slope = 100.0 * math.tan(math.radians(slope)) if abs(slope) < 60.0 else math.inf
    return round(slope) if abs(slope) <= STEEPEST_PCT else INCLINE_UNKNOWN


def climb(tags: Tags) -> int:
    """`UP_DOWN` along the way's direction."""
    value = tags.get("incline", "")
    if value in {"up", "down"}:
        return 1 if value == "up" else 2
    slope = incline_pct(tags)
    return 0 if slope in {INCLINE_UNKNOWN, 0} else 1 if slope > 0 else 2


def surface(tags: Tags) -> int:
    """`SURFACES`."""
    value = tags.get("surface", "")
    return 1 if value in _PAVED else 2 if value in _UNPAVED else 0


def smoothness(tags: Tags) -> int:
    """`SMOOTHNESS`: as tagged, else rough where the surface alone says so."""
    tagged = _SMOOTHNESS.get(tags.get("smoothness", ""), 0)
    return tagged or (2 if tags.get("surface") in _ROUGH_SURFACES else 0)


def layer(tags: Tags) -> int:
    """Which of several things above each other; 0 is the ground, also where the tag is nonsense."""
    try:
        return max(-9, min(9, int(float(tags.get("layer", "0")))))
    except (ValueError, OverflowError):
        return 0
