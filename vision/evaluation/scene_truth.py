"""`truth.jsonl` of rendered scenes: what stands where, exactly."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from vision.evaluation.cases import NEAR_M, Box, TrueThing
from vision.evaluation.errors import EvaluationError
from vision.types import THINGS, ObjectClass

SEEN_SHARE = 0.12  # less of a thing than this is not labelled as seen: finding it is neither right nor wrong


@dataclass(frozen=True, slots=True)
class SceneTruth:
    """What one line tells. `blockers`: what stands on the paving within `NEAR_M`; () where nothing does."""

    scene: str
    slices: tuple[str, ...]
    things: tuple[TrueThing, ...]
    known: frozenset[ObjectClass]
    blockers: tuple[TrueThing, ...]


class _Thing(BaseModel):
    model_config = ConfigDict(extra="ignore")
    cls: ObjectClass
    box: Box
    distance_m: float
    on_paving: bool = False
    visible_share: float = 1.0


class _Blocked(BaseModel):
    model_config = ConfigDict(extra="ignore")
    cls: ObjectClass
    distance_m: float


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")
    image: str
    objects: tuple[_Thing, ...] = ()
    blocked: _Blocked | None = None
    slices: tuple[str, ...] = ()
    scene: str | int | None = None


def read_truth(path: Path) -> Mapping[str, SceneTruth]:
    """The lines by the stem of their picture. Raises `EvaluationError` that names the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: cannot be read as text ({error})") from None
    found: dict[str, SceneTruth] = {}
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        line = _parse(text, f"{path}:{number}")
        found[Path(line.image).stem] = _truth(line)
    return found


def _parse(text: str, where: str) -> _Line:
    try:
        return _Line.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        raise EvaluationError(f"{where}: not JSON ({error.msg}): is the file cut short?") from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        at = ".".join(str(part) for part in fault["loc"])
        raise EvaluationError(f"{where}: {at}: {fault['msg']}") from None


def _truth(line: _Line) -> SceneTruth:
    seen = [thing for thing in line.objects if thing.cls in THINGS]
    things = tuple(_thing(thing) for thing in seen)
    blockers = tuple(t for t in things if t.cls is not None and t.on_paving and t.near)
    if line.blocked is None:
        blockers = ()
    elif not blockers:
        # What blocks is hidden, but for less than is labelled: it is the nearest of its kind.
        same = [thing for thing in seen if thing.cls is line.blocked.cls]
        gap = line.blocked.distance_m
        blockers = tuple(_thing(t) for t in sorted(same, key=lambda t: abs(t.distance_m - gap))[:1])
    scene = Path(line.image).stem if line.scene is None else str(line.scene)
    return SceneTruth(scene, line.slices, things, frozenset(THINGS), blockers)


def _thing(thing: _Thing) -> TrueThing:
    cls = thing.cls if thing.visible_share >= SEEN_SHARE else None
    return TrueThing(cls, thing.box, thing.on_paving, thing.distance_m <= NEAR_M)
