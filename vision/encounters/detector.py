"""A detector that fails as the measured one does: a `vision.ports.Detector` over looks at the truth.

Whether a thing is found is a threshold on a standard normal made of what all of a scene shares (night,
tiles) and of what lasts a while (a pose, a background); its score, its name and the errors of its box last
too. The same seed gives the same detections.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import hypot, sqrt

import numpy as np

from vision.camera import Box, Camera
from vision.encounters.eye import Glimpse, Look, cut, strip_mask
from vision.encounters.figures import COCO_SIDE, NORMAL, Figures, ModelFigures
from vision.encounters.gait import wander
from vision.families import ALIKE
from vision.types import Detection, Detections, Frame, Mask, ObjectClass

FALSE = -1  # the number of what is not there, in place of a thing's
LOST = 0.2  # a mask that holds less of the paving than this is no mask
SURE_PAVING = 0.9
FARTHEST_M = 25.0  # where a false box stands whose foot is at the horizon
DECILES = np.linspace(0.0, 1.0, 11)


@dataclass(frozen=True, slots=True)
class Answer:
    """One frame's detections, each with the thing that it is of (`FALSE`: of none), in the same order."""

    detections: Detections
    things: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Course:
    """How the detector's mind about one thing goes, one value a frame, each a standard normal."""

    found: tuple[float, ...]
    score: tuple[float, ...]
    name: tuple[float, ...]
    edges: tuple[tuple[float, ...], ...]
    alike: ObjectClass


@dataclass(frozen=True, slots=True)
class _Ghost:
    """A false box: fixed in the world at a place and of a size in metres, from one frame to another."""

    cls: ObjectClass
    first: int
    last: int
    x_m: float
    z_m: float
    up_m: float
    wide_m: float
    tall_m: float
    score: tuple[float, ...] = field(repr=False)


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
        found: list[tuple[Detection, int]] = []
        for glimpse in look.glimpses:
            detection = self._find(number, glimpse, look.view.camera)
            if detection is not None:
                found.append((detection, glimpse.thing))
        for ghost in self._ghosts:
            if ghost.first <= number <= ghost.last and (box := _ghost_box(ghost, look)) is not None:
                score = _decile(self._model.false_scores, ghost.score[number])
                found.append((Detection(ghost.cls, score, box), FALSE))
        found.sort(key=lambda pair: -pair[0].score)
        mask = self._mask(number, look)
        detections = Detections(
            look.index,
            look.t_s,
            look.view.camera.size,
            tuple(detection for detection, _ in found),
            mask,
            SURE_PAVING if mask.any() else 0.0,
        )
        return Answer(detections, tuple(thing for _, thing in found))

    # --- things

    def _find(self, number: int, glimpse: Glimpse, camera: Camera) -> Detection | None:
        model, course, cls, box = self._model, self._courses[glimpse.thing], glimpse.cls, glimpse.box
        wide, tall = box[2] - box[0], box[3] - box[1]
        chance = model.chance(cls, sqrt(wide * tall) * COCO_SIDE / max(camera.size))
        if NORMAL.cdf(course.found[number]) >= chance:
            return None
        noise = [
            model.off(edge, values[number]) * (wide if edge % 2 == 0 else tall)
            for edge, values in enumerate(course.edges)
        ]
        # A box that the picture's edge cuts ends at the edge: there is nothing to be wrong about.
        noisy = [
            side if _at_edge(side, edge, camera) else side + noise[edge] for edge, side in enumerate(box)
        ]
        seen = cut((noisy[0], noisy[1], noisy[2], noisy[3]), camera.size)
        if seen[2] - seen[0] < 2 or seen[3] - seen[1] < 2:
            return None
        score = _decile(model.true_scores, course.score[number])
        return Detection(self._name(course, cls, number), score, seen)

    def _name(self, course: _Course, cls: ObjectClass, number: int) -> ObjectClass:
        if cls is ObjectClass.OBSTACLE:
            return cls
        turn = NORMAL.cdf(course.name[number])
        if turn < self._model.names["right"]:
            return cls
        if turn < self._model.names["right"] + self._model.names["obstacle"]:
            return ObjectClass.OBSTACLE
        return course.alike

    def _course(self, cls: ObjectClass) -> _Course:
        model = self._model
        others = sorted({c for group in ALIKE if cls in group for c in group} - {cls})
        pick = int(self._rng.integers(max(len(others), 1)))
        return _Course(
            found=self._mixed(model.found_tau_s),
            score=wander(self._times, model.score_tau_s, self._rng),
            name=wander(self._times, model.score_tau_s, self._rng),
            edges=tuple(wander(self._times, model.found_tau_s, self._rng) for _ in range(4)),
            alike=others[pick] if others else ObjectClass.OBSTACLE,
        )

    def _mixed(self, tau_s: float) -> tuple[float, ...]:
        """A standard normal of which the scene's share is the same for all things and all the time."""
        share = self._model.scene_share
        own = wander(self._times, tau_s, self._rng)
        return tuple(sqrt(share) * self._scene + sqrt(1 - share) * value for value in own)

    # --- what is not there

    def _haunt(self, looks: Sequence[Look]) -> tuple[_Ghost, ...]:
        """False boxes by chance: as many at a time as were measured, each as long as they last."""
        model, rng = self._model, self._rng
        if not looks or model.false_per_frame == 0:
            return ()
        step = (self._times[-1] - self._times[0]) / max(len(looks) - 1, 1)
        stay = min(model.false_tau_s, 1e6)
        born = [0] * int(rng.poisson(model.false_per_frame))  # those already there
        births = rng.poisson(model.false_per_frame * step / stay, len(looks) - 1) if step else ()
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
            ghosts.append(_placed(shape.cls, box, looks[first], (first, last), score))
        return tuple(ghosts)

    # --- paving

    def _mask(self, number: int, look: Look) -> Mask:
        model, camera = self._model, look.view.camera
        if not look.strip:
            return self._bare_mask(look)
        covered = _decile(model.covered, self._paving[number])
        if covered < LOST:
            return np.zeros((camera.height, camera.width), np.bool_)
        spilt = _decile(model.spilt, -self._paving[number])
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


def _decile(deciles: tuple[float, ...], normal: float) -> float:
    """The value of a distribution, given by its deciles, at a standard normal's place."""
    return float(np.interp(NORMAL.cdf(normal), DECILES, deciles))


def _placed(
    cls: ObjectClass, box: Box, look: Look, span: tuple[int, int], score: tuple[float, ...]
) -> _Ghost:
    """The block of the world that looks like `box` now."""
    camera, box = look.view.camera.levelled, look.view.camera.level_box(box)
    ground = camera.ground((box[0] + box[2]) / 2, box[3])
    ahead = FARTHEST_M if ground is None or not 0 < ground[1] < FARTHEST_M else ground[1]
    # Pixels to a metre at that distance; above the ground as much as its foot is seen above it.
    per_m = camera.focal_px / hypot(ahead, camera.lens_height_m)
    foot = camera.project(0.0, ahead) or (0.0, float(camera.height))
    return _Ghost(
        cls,
        *span,
        x_m=((box[0] + box[2]) / 2 - camera.width / 2) / per_m,
        z_m=look.view.walked_m + ahead,
        up_m=max((foot[1] - box[3]) / per_m, 0.0),
        wide_m=(box[2] - box[0]) / per_m,
        tall_m=(box[3] - box[1]) / per_m,
        score=score,
    )


def _ghost_box(ghost: _Ghost, look: Look) -> Box | None:
    if look.view.turned(ghost.x_m, ghost.z_m)[1] < 0.5:
        return None
    foot = look.view.pixel(ghost.x_m, ghost.z_m, ghost.up_m)
    top = look.view.pixel(ghost.x_m, ghost.z_m, ghost.up_m + ghost.tall_m)
    if foot is None or top is None:
        return None
    half = ghost.wide_m / max(ghost.tall_m, 1e-3) * abs(foot[1] - top[1]) / 2
    box = cut(
        (foot[0] - half, min(top[1], foot[1]), foot[0] + half, max(top[1], foot[1])), look.view.camera.size
    )
    return box if box[2] - box[0] >= 2 and box[3] - box[1] >= 2 else None


def perfect(figures: Figures) -> Figures:
    """The same world and times with a detector that never fails."""
    sure = tuple([1.0] * 11)
    model: ModelFigures = replace(
        figures.model,
        id="perfect",
        recall=dict.fromkeys(ObjectClass, (1e9, 1e9 + 1)),
        by_size=tuple((1e9, 1e9 + 1) for _ in figures.model.by_size),
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
