"""One encounter through the real pipeline, frame by frame, with the truth of every track beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from vision.camera import Camera
from vision.encounters.detector import FALSE, EncounterDetector
from vision.encounters.eye import Look, assumed_camera, look, picture, view_of
from vision.encounters.figures import Figures
from vision.encounters.gait import heads
from vision.encounters.world import Encounter
from vision.pipeline import PipelineState, Seen, Settings, advance
from vision.types import Detection, Frame


@dataclass(frozen=True, slots=True)
class Watched:
    """One frame: what was there, what was found, what the pipeline made of it.

    `of_detection`, `of_track`: the thing that each is of, by place and by track id; `FALSE`: of none.
    """

    look: Look = field(repr=False)
    seen: Seen = field(repr=False)
    of_detection: tuple[int, ...]
    of_track: dict[int, int]

    @property
    def t_s(self) -> float:
        """Second of exposure."""
        return self.look.t_s


def looks_of(encounter: Encounter, figures: Figures) -> tuple[Look, ...]:
    """The truth of every frame from second 0 to the end."""
    rng = np.random.default_rng([encounter.seed, encounter.number, 2])
    count = int(encounter.seconds * figures.time.rate_hz) + 1
    times = tuple(k / figures.time.rate_hz for k in range(count))
    swaying = heads(encounter.speed_mps, times, figures.world.sway, rng)
    hfov_deg = assumed_camera().hfov_deg
    return tuple(
        look(encounter, k, t, view_of(encounter, t, head, hfov_deg))
        for k, (t, head) in enumerate(zip(times, swaying, strict=True))
    )


def watch(
    encounter: Encounter,
    figures: Figures,
    *,
    camera: Camera | None = None,
    settings: Settings | None = None,
) -> Iterator[Watched]:
    """The frames in order. `camera`: as the device is configured, not as it really sits."""
    looks = looks_of(encounter, figures)
    detector = EncounterDetector(looks, figures, (encounter.seed, encounter.number))
    worn, chosen = camera or assumed_camera(), settings or Settings()
    state = PipelineState()
    known: dict[Detection, int] = {}
    for each in looks:
        answer = detector.answer(each.index)
        frame = Frame(each.index, each.t_s, picture(each))
        state, seen = advance(state, frame, answer.detections, worn, chosen)
        known.update(zip(answer.detections.objects, answer.things, strict=True))
        tracks = {j.track.id: known.get(j.track.latest.detection, FALSE) for j in seen.judged}
        yield Watched(each, seen, answer.things, tracks)
