"""A detector that fails as the measured one does: a `vision.ports.Detector` over looks at the truth.

One standard normal, made of what all of a scene shares (night, tiles) and of what lasts a while (a pose, a
background), says whether a thing is found, found faintly or missed, and how sure it is then; its name and the
errors of its box last too. Second boxes of a thing that is found are left out. The same seed gives the same
detections.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from vision.camera import Camera
from vision.encounters.eye import Glimpse, Look, cut, strip_mask
from vision.encounters.failing import COCO_SIDE, NORMAL, ModelFigures, Tier, decile, graded
from vision.encounters.figures import Figures
from vision.encounters.gait import wander
from vision.encounters.ghosts import Ghost, box_of, placed
from vision.families import ALIKE
from vision.types import Detection, Detections, Frame, Mask, ObjectClass

FALSE = -1  # the number of what is not there, in place of a thing's
LOST = 0.2  # a mask that holds less of the paving than this is no mask
SURE_PAVING = 0.9


@dataclass(frozen=True, slots=True)
class Answer:
    """One frame's detections, each with the thing that it is of (`FALSE`: of none), in the same order.

    `things`: of `detections.objects`; `faint`: of `detections.faint`.
    """

    detections: Detections
    things: tuple[int, ...]
    faint: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Course:
    """How the detector's mind about one thing goes, one value a frame, each a standard normal."""

    found: tuple[float, ...]  # the lower, the surer
    name: tuple[float, ...]
    edges: tuple[tuple[float, ...], ...]
    alike: ObjectClass


class EncounterDetector:
    """The detections of one encounter, frame by frame. `looks`: one a frame, in order."""

    def __init__(self, looks: Sequence[Look], figures: Figures, seed: Sequence[int]) -> None:
        self._looks = {look.index: (number, look) for number, look in enumerate(looks)}
        self._model = figures.model
        self._rng = np.random.default_rng([*seed, 1])
        self._times = tuple(look.t_s for look in looks)
        self._scene = float(self._rng.standard_normal())
        self._paving = self._mixed(figures.model.found_tau_s)
        self._bare = float(self._rng.random())
        things = sorted({g.thing: g.cls for look in looks for g in look.glimpses}.items())
        self._courses = {number: self._course(cls) for number, cls in things}
        self._ghosts = self._haunt(looks)

    def detect(self, frame: Frame) -> Detections:
        """What the detector says of the frame with this index."""
        return self.answer(frame.index).detections

    def answer(self, index: int) -> Answer:
        """The detections of a frame with what each is of; the surest first. `KeyError` for no such frame."""
        number, look = self._looks[index]
        seen = [
            (*told, glimpse.thing)
            for glimpse in look.glimpses
            if (told := self._find(number, glimpse, look.view.camera)) is not None
        ]
        seen += [
            (*told, FALSE)
            for ghost in self._ghosts
            if (told := self._imagine(number, ghost, look)) is not None
        ]
        seen.sort(key=lambda each: -each[1].score)
        (sure, things), (faint, faint_things) = (_tier_of(seen, sure=sure) for sure in (True, False))
        mask = self._mask(number, look)
        size, score = look.view.camera.size, SURE_PAVING if mask.any() else 0.0
        detections = Detections(look.index, look.t_s, size, sure, mask, score, faint=faint)
        return Answer(detections, things, faint_things)

    # --- things

    def _find(self, number: int, glimpse: Glimpse, camera: Camera) -> tuple[bool, Detection] | None:
        """Whether it is sure, and what is said of the thing; None: missed."""
        model, course, cls, box = self._model, self._courses[glimpse.thing], glimpse.cls, glimpse.box
        wide, tall = box[2] - box[0], box[3] - box[1]
        side_px = sqrt(wide * tall) * COCO_SIDE / max(camera.size)
        chances = model.chance(cls, side_px), model.faint_chance(cls, side_px)
        told = graded(NORMAL.cdf(course.found[number]), chances, self._scores(true=True))
        if told is None:
            return None
        sure, score = told
        tier = self._tier(sure=sure)
        noise = [
            tier.off(edge, values[number]) * (wide if edge % 2 == 0 else tall)
            for edge, values in enumerate(course.edges)
        ]
        # A box that the picture's edge cuts ends at the edge: there is nothing to be wrong about.
        noisy = [
            side if _at_edge(side, edge, camera) else side + noise[edge] for edge, side in enumerate(box)
        ]
        seen = cut((noisy[0], noisy[1], noisy[2], noisy[3]), camera.size)
        if seen[2] - seen[0] < 2 or seen[3] - seen[1] < 2:
            return None
        return sure, Detection(_name(tier, course, cls, number), score, seen)

    def _tier(self, *, sure: bool) -> Tier:
        return self._model if sure or self._model.faint is None else self._model.faint

    def _scores(self, *, true: bool) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Deciles of both tiers."""
        tiers = self._model, self._tier(sure=False)
        first, second = (tier.true_scores if true else tier.false_scores for tier in tiers)
        return first, second

    def _course(self, cls: ObjectClass) -> _Course:
        model = self._model
        others = sorted({c for group in ALIKE if cls in group for c in group} - {cls})
        pick = int(self._rng.integers(max(len(others), 1)))
        return _Course(
            found=self._mixed(model.found_tau_s),
            name=wander(self._times, model.score_tau_s, self._rng),
            edges=tuple(wander(self._times, tau, self._rng) for tau in model.edge_tau_s),
            alike=others[pick] if others else ObjectClass.OBSTACLE,
        )

    def _mixed(self, tau_s: float) -> tuple[float, ...]:
        """A standard normal of which the scene's share is the same for all things and all the time."""
        share = self._model.scene_share
        own = wander(self._times, tau_s, self._rng)
        return tuple(sqrt(share) * self._scene + sqrt(1 - share) * value for value in own)

    # --- what is not there

    def _haunt(self, looks: Sequence[Look]) -> tuple[Ghost, ...]:
        """False boxes by chance: as many at a time as were measured, each as long as they last."""
        model, rng = self._model, self._rng
        rate = self._false_per_frame
        if not looks or rate == 0:
            return ()
        step = (self._times[-1] - self._times[0]) / max(len(looks) - 1, 1)
        stay = min(model.false_tau_s, 1e6)
        born = [0] * int(rng.poisson(rate))  # those already there
        births = rng.poisson(rate * step / stay, len(looks) - 1) if step else ()
        born += [n + 1 for n, count in enumerate(births) for _ in range(int(count))]
        ghosts = []
        for first in born:
            shape = model.false_boxes[int(rng.integers(len(model.false_boxes)))]
            lasts = float(rng.exponential(stay))
            last = min(first + int(lasts / step) if step else first, len(looks) - 1)
            camera = looks[first].view.camera
            box = (
                (shape.middle - shape.wide / 2) * camera.width, (shape.foot - shape.tall) * camera.height,
                (shape.middle + shape.wide / 2) * camera.width, shape.foot * camera.height,
            )  # fmt: skip
            score = wander(self._times, model.score_tau_s, rng)
            ghosts.append(placed(shape.cls, box, looks[first], (first, last), score))
        return tuple(ghosts)

    @property
    def _false_per_frame(self) -> float:
        faint = self._model.faint
        return self._model.false_per_frame + (0.0 if faint is None else faint.false_per_frame)

    def _imagine(self, number: int, ghost: Ghost, look: Look) -> tuple[bool, Detection] | None:
        """What is said of nothing, as `_find`: sure for as much of the time as such boxes are sure."""
        if not ghost.first <= number <= ghost.last or (box := box_of(ghost, look)) is None:
            return None
        sure = self._model.false_per_frame / self._false_per_frame
        told = graded(NORMAL.cdf(ghost.score[number]), (sure, 1.0), self._scores(true=False))
        return None if told is None else (told[0], Detection(ghost.cls, told[1], box))

    # --- paving

    def _mask(self, number: int, look: Look) -> Mask:
        model, camera = self._model, look.view.camera
        if not look.strip:
            return self._bare_mask(look)
        covered = decile(model.covered, NORMAL.cdf(self._paving[number]))
        if covered < LOST:
            return np.zeros((camera.height, camera.width), np.bool_)
        spilt = decile(model.spilt, NORMAL.cdf(-self._paving[number]))
        # Far blocks are a few pixels and are lost first; what is spilt lies along both edges.
        return strip_mask(look, covered, 1 / (1 - min(spilt, 0.5)))

    def _bare_mask(self, look: Look) -> Mask:
        """Paving seen where there is none: a patch beside the way, for the whole of a scene."""
        mask = np.zeros(look.view.camera.size[::-1], np.bool_)
        found, of = self._model.bare
        if of and self._bare < found / of:
            middle = look.view.pixel(1.2, look.view.walked_m + 3.0, 0.0)
            if middle is not None:
                x, y = round(middle[0]), round(middle[1])
                mask[max(y - 20, 0) : max(y + 20, 0), max(x - 60, 0) : max(x + 60, 0)] = True
        return mask


def _at_edge(side: float, edge: int, camera: Camera) -> bool:
    return side <= 0.0 or side >= (camera.width if edge % 2 == 0 else camera.height)


def _tier_of(
    seen: Sequence[tuple[bool, Detection, int]], *, sure: bool
) -> tuple[tuple[Detection, ...], tuple[int, ...]]:
    """The detections of a tier, and what each is of."""
    mine = [(detection, thing) for reached, detection, thing in seen if reached == sure]
    return tuple(detection for detection, _ in mine), tuple(thing for _, thing in mine)


def _name(tier: Tier, course: _Course, cls: ObjectClass, number: int) -> ObjectClass:
    if cls is ObjectClass.OBSTACLE:
        return cls
    turn = NORMAL.cdf(course.name[number])
    if turn < tier.names["right"]:
        return cls
    return ObjectClass.OBSTACLE if turn < tier.names["right"] + tier.names["obstacle"] else course.alike


def perfect(figures: Figures) -> Figures:
    """The same world and times with a detector that never fails."""
    sure = tuple([1.0] * 11)
    model: ModelFigures = replace(
        figures.model,
        id="perfect",
        recall=dict.fromkeys(ObjectClass, (1e9, 1e9, 1e9 + 1)),
        by_size=tuple((1e9, 1e9, 1e9 + 1) for _ in figures.model.by_size),
        faint=None,
        names={"right": 1.0, "obstacle": 0.0, "other": 0.0},
        true_scores=tuple([0.9] * 11),
        edge_sigma=(0.0, 0.0, 0.0, 0.0),
        edge_shape=None,
        covered=sure,
        spilt=tuple([0.0] * 11),
        bare=(0.0, 1.0),
        false_boxes=(),
        false_per_frame=0.0,
    )
    return replace(figures, model=model)
