"""One picture and one system's answer, as numbers that can be summed. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from vision.evaluation.blocked import is_false_alarm, is_told, on_the_paving
from vision.evaluation.cases import LEAST_PAVING_SHARE, Truth, in_class_order
from vision.evaluation.matching import Scored, found_count, score
from vision.evaluation.systems import Answer
from vision.types import ObjectClass

ANY = None  # the key of "a thing of whatever class, found as whatever class"
SMALL, MEDIUM, LARGE = "small", "medium", "large"
# COCO's sizes: areas below 32^2 and 96^2, for pictures whose longer side is 640.
SMALL_SIDE, MEDIUM_SIDE, COCO_SIDE = 32, 96, 640


@dataclass(frozen=True, slots=True)
class Pixels:
    """Counts of one mask against the truth; `neither`: both say no paving."""

    both: int
    either: int
    neither: int
    truth_or_found: int  # for the IoU of the background


@dataclass(frozen=True, slots=True)
class Row:
    """One picture. Whatever the picture's truth does not tell is None, or not among the keys."""

    scene: str
    slices: tuple[str, ...]
    took_ms: float
    pixels: Pixels | None = None
    blocked: bool | None = None  # found or not, where the path is blocked
    blocked_by: tuple[ObjectClass, ...] = ()
    unseen: bool = False  # blocked, and next to nothing of the paving shows: one picture cannot tell
    false_alarm: bool | None = None  # raised or not, where the path is clear
    truths: Mapping[ObjectClass, int] = field(default_factory=dict)
    recall: Mapping[ObjectClass | None, tuple[int, int]] = field(default_factory=dict)  # found, of
    scored: Mapping[ObjectClass, Scored] = field(default_factory=dict)
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def measure(
    truth: Truth, answer: Answer, names: frozenset[ObjectClass], scene: str, slices: tuple[str, ...]
) -> Row:
    """The row of one picture. `names`: the things that the system can name; without any it finds none."""
    blocked = false_alarm = None
    if names and truth.blockers is not None and answer.paving is not None:
        told = on_the_paving(answer.reported, answer.paving)
        if truth.blockers:
            blocked = is_told(told, truth.blockers)
        else:
            false_alarm = is_false_alarm(told, truth.things or ())
    kinds = in_class_order(t.cls for t in truth.blockers or () if t.cls)
    unseen = truth.paving is not None and float(truth.paving.mean()) < LEAST_PAVING_SHARE
    return Row(
        scene,
        slices,
        answer.took_ms,
        _pixels(truth, answer),
        blocked,
        kinds,
        unseen,
        false_alarm,
        Counter(thing.cls for thing in truth.things or () if thing.cls),
        _recall(truth, answer, names),
        _scored(truth, answer, names),
        _sizes(truth, answer, names),
    )


def _pixels(truth: Truth, answer: Answer) -> Pixels | None:
    if truth.paving is None or answer.paving is None:
        return None
    found, true = answer.paving, truth.paving
    if truth.unsure is not None:
        sure = ~truth.unsure
        found, true = found[sure], true[sure]
    both, either = int((found & true).sum()), int((found | true).sum())
    return Pixels(both, either, int(true.size) - either, int(true.size) - both)


def _recall(
    truth: Truth, answer: Answer, names: frozenset[ObjectClass]
) -> Mapping[ObjectClass | None, tuple[int, int]]:
    if truth.things is None or not names:
        return {}
    classes = {thing.cls for thing in truth.things if thing.cls in names}
    found: dict[ObjectClass | None, tuple[int, int]] = {
        cls: (found_count(answer.reported, truth.things, cls), sum(t.cls is cls for t in truth.things))
        for cls in classes
    }
    every = sum(thing.cls is not None for thing in truth.things)
    if every:
        found[ANY] = (found_count(answer.reported, truth.things, None), every)
    return found


def _scored(truth: Truth, answer: Answer, names: frozenset[ObjectClass]) -> Mapping[ObjectClass, Scored]:
    if truth.things is None or answer.scored is None:
        return {}
    return {cls: score(answer.scored, truth.things, cls) for cls in truth.known & names}


def _sizes(truth: Truth, answer: Answer, names: frozenset[ObjectClass]) -> Mapping[str, tuple[int, int]]:
    """(found, of) of things of whatever class by how large they are seen."""
    if truth.things is None or not names:
        return {}
    scale = COCO_SIDE / max(truth.image.shape[:2])
    named = [thing for thing in truth.things if thing.cls is not None]
    found = {}
    for size in (SMALL, MEDIUM, LARGE):
        mine = [thing for thing in named if _size(thing.box, scale) == size]
        if mine:
            found[size] = (found_count(answer.reported, mine, None), len(mine))
    return found


def _size(box: tuple[float, float, float, float], scale: float) -> str:
    side = ((box[2] - box[0]) * (box[3] - box[1])) ** 0.5 * scale
    return SMALL if side < SMALL_SIDE else MEDIUM if side < MEDIUM_SIDE else LARGE
