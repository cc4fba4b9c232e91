"""The recorded run: names of its files, and one line of each, to and from values.

Numbers of a scene are rounded to fixed decimals, so that equal scenes are equal bytes on every
machine; guidance that is to be replayed exactly must act on `as_recorded(scene)`. Times of playback
are kept whole: a replay compares them.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final, Generic, Literal, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError

from device.ports import Playback
from device.rerouting import RerouteAnswer
from device.senses import Health, Senses
from vision.types import Bend, Branch, Dots, Drift, End, Hazard, PavingSight, Scene
from wire.base import message
from wire.position import Fix
from wire.trip import Announced, Happening, Urgency

FORMAT: Final = 4  # 1 had no REROUTES, 2 no STEPS, 3 no TOLD, EVENTS and SAID
MANIFEST: Final = "run.json"
ROUTE: Final = "route.json"
POSITION: Final = "position.nmea"
SCENES: Final = "scenes.jsonl"
HEALTH: Final = "health.jsonl"
PLAYBACK: Final = "playback.jsonl"
ANNOUNCEMENTS: Final = "announcements.jsonl"
REROUTES: Final = "reroutes.jsonl"
STEPS: Final = "steps.jsonl"
TOLD: Final = "told.jsonl"
EVENTS: Final = "events.jsonl"
SAID: Final = "said.jsonl"
STREAMS: Final = (STEPS, POSITION, SCENES, HEALTH, PLAYBACK, REROUTES, TOLD, SAID, EVENTS, ANNOUNCEMENTS)
# What each format lacks of these.
WITHOUT: Final[Mapping[int, tuple[str, ...]]] = {
    1: (STEPS, REROUTES, TOLD, SAID, EVENTS),
    2: (STEPS, TOLD, SAID, EVENTS),
    3: (TOLD, SAID, EVENTS),
    4: (),
}

Setting = str | int | float | bool | None
T = TypeVar("T")


@message
class Manifest:
    """What `run.json` says. `files` holds the sha256 of each file once the run is `finished`.

    `utc_offset_s` is UTC minus the run's own seconds at the first step (None: nothing was recorded).
    `settings` are those of whoever recorded: language, seed, seconds between steps. `map` None: the run
    begins without a route.
    """

    format: Literal[1, 2, 3, 4] = FORMAT
    created: str | None = None  # ISO 8601, of the run's own clock
    map: str | None
    practice: bool
    settings: dict[str, Setting]
    utc_offset_s: float | None = None
    finished: bool = False
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment(Generic[T]):
    """Something, and the run's second at which a step took it in or brought it out."""

    t_s: float
    what: T


@dataclass(frozen=True, slots=True)
class Step:
    """One step was made, whatever came in. `frame`: a picture came, looked at or not yet.

    In real time steps come when something comes, not on a grid, and what is said depends on when.
    """

    frame: bool = False


@dataclass(frozen=True, slots=True)
class Rerouting:
    """The wearer said that the path is closed, or an answer to what was asked came: a route, or none."""

    path_closed: bool = False
    answer: RerouteAnswer | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What else came in: the fields of `Senses` that no other file holds, as far as they said something.

    `utc_offset_s`: from here on UTC minus the run's own seconds; at first, and where the clock is corrected.
    """

    values: Mapping[str, object]
    utc_offset_s: float | None = None


@message
class Said:
    """What was begun to be said, on a trip or not. What became of it is in the speaker's answers."""

    utterance: int
    kind: str
    urgency: Urgency
    text_ja: str
    text_en: str


Input = Step | Fix | Scene | Health | Playback | Rerouting | Told

MANIFESTS: Final = TypeAdapter(Manifest)
_ADAPTERS: Final[Mapping[str, tuple[str, TypeAdapter[Any]]]] = {
    STEPS: ("step", TypeAdapter(Step)),
    SCENES: ("scene", TypeAdapter(Scene)),
    HEALTH: ("health", TypeAdapter(Health)),
    PLAYBACK: ("playback", TypeAdapter(Playback)),
    REROUTES: ("rerouting", TypeAdapter(Rerouting)),
    ANNOUNCEMENTS: ("announced", TypeAdapter(Announced)),
    EVENTS: ("event", TypeAdapter(Happening)),
    SAID: ("said", TypeAdapter(Said)),
}
# The fields of `Senses` that have a file of their own, or are a step's time.
_ELSEWHERE: Final = frozenset({
    "now_s", "utc_s", "fixes", "scene", "health", "playback", "frame", "path_closed", "rerouted",
})  # fmt: skip
_TYPES: Final = get_type_hints(Senses)
# By name: how a value is written, and the value that says nothing.
REST: Final[Mapping[str, tuple[TypeAdapter[Any], object]]] = {
    each.name: (TypeAdapter(_TYPES[each.name]), each.default)
    for each in fields(Senses)
    if each.name not in _ELSEWHERE
}


class MalformedError(ValueError):
    """A line that is not what its file holds; the text says what is wrong with it."""


def encode(stream: str, moment: Moment[Any]) -> str:
    """One line of a `.jsonl` file, without its end. `ValueError` for what JSON cannot hold (nan)."""
    name, value = _plain(stream, moment.what)
    body = {"t_s": round(moment.t_s, 3), name: value}
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def decode(stream: str, line: str) -> Moment[Any]:
    """The value of one line. `MalformedError`."""
    name = "told" if stream == TOLD else _ADAPTERS[stream][0]
    try:
        body = json.loads(line)
    except ValueError as error:
        raise MalformedError(f"not JSON ({error})") from None
    if not isinstance(body, dict) or set(body) != {"t_s", name}:
        raise MalformedError(f'must be an object with "t_s" and "{name}"')
    try:
        if stream == TOLD:
            return Moment(_second(body["t_s"]), _told(body[name]))
        return Moment(_second(body["t_s"]), _ADAPTERS[stream][1].validate_json(json.dumps(body[name])))
    except ValidationError as error:
        raise MalformedError(first_fault(error)) from None


def _plain(stream: str, what: Any) -> tuple[str, object]:  # noqa: ANN401 - of the stream's kind
    """The name and the value of a line, as JSON can hold it."""
    if stream != TOLD:
        name, adapter = _ADAPTERS[stream]
        return name, adapter.dump_python(what, mode="json") if stream == EVENTS else asdict(what)
    values = {name: REST[name][0].dump_python(value, mode="json") for name, value in what.values.items()}
    offset = {} if what.utc_offset_s is None else {"utc_offset_s": what.utc_offset_s}
    return "told", values | offset


def _told(body: object) -> Told:
    if not isinstance(body, dict) or not body:
        raise MalformedError("told: must be an object that says something")
    offset_s = body.pop("utc_offset_s", None)
    unknown = sorted(set(body) - set(REST))
    if unknown:
        raise MalformedError(f"told.{unknown[0]}: is not known")
    values = {name: REST[name][0].validate_json(json.dumps(value)) for name, value in body.items()}
    return Told(values, None if offset_s is None else _second(offset_s))


def encode_position(t_s: float, sentence: str) -> str:
    """One line of `position.nmea`."""
    return f"{t_s:.3f} {sentence}"


def decode_position(line: str) -> tuple[float, str]:
    """Second and sentence. `MalformedError`."""
    second, space, sentence = line.partition(" ")
    try:
        number = float(second)
    except ValueError:
        number = math.nan
    if not space or not sentence.startswith("$"):
        raise MalformedError('must be a second, a space and a sentence: "12.340 $GNRMC,…"')
    return _second(number), sentence


def as_recorded(scene: Scene) -> Scene:
    """`scene` as a recording holds it: what a replay will see."""
    return replace(
        scene,
        t_s=round(scene.t_s, 4),
        hazards=tuple(_rounded(hazard) for hazard in scene.hazards),
        paving=_rounded_sight(scene.paving),
    )


def first_fault(error: ValidationError) -> str:
    """One sentence of what pydantic found."""
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where}: {fault['msg']}" if where else fault["msg"]


def _rounded(hazard: Hazard) -> Hazard:
    return replace(
        hazard,
        score=round(hazard.score, 4),
        distance_m=round(hazard.distance_m, 3),
        distance_sigma_m=round(hazard.distance_sigma_m, 3),
        bearing_deg=round(hazard.bearing_deg, 2),
        ttc_s=_to(hazard.ttc_s, 3),
    )


def _rounded_sight(sight: PavingSight) -> PavingSight:
    """Degrees to 2 decimals, metres to 3: of the line, and of each place on it."""
    return replace(
        sight,
        bearing_deg=_to(sight.bearing_deg, 2),
        offset_m=_to(sight.offset_m, 3),
        seen_m=round(sight.seen_m, 3),
        heading_deg=_to(sight.heading_deg, 2),
        dots=_rounded_place(sight.dots),
        branch=_rounded_place(sight.branch),
        end=_rounded_place(sight.end),
        bend=_rounded_place(sight.bend),
        drift=_rounded_place(sight.drift),
    )


P = TypeVar("P", Dots, Branch, End, Bend, Drift)


def _rounded_place(place: P | None) -> P | None:
    if place is None:
        return None
    values = {f.name: getattr(place, f.name) for f in fields(place)}
    rounded: dict[str, Any] = {name: round(v, 3) for name, v in values.items() if isinstance(v, float)}
    return replace(place, **rounded)


def _to(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)


def _second(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise MalformedError("the second must be a number")
    return float(value)
