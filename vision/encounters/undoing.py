"""What undoing a bent lens costs: `python -m vision.encounters.undoing`.

No picture is straightened: the network sees it as it is, and of what it found the boxes and the paving's
edges are undone (`vision.lens`). So the cost is the difference of the pipeline's time per frame, network left
out, between a straight lens and a calibrated fisheye on the same encounters.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from statistics import median, quantiles
from time import thread_time

from vision.camera import Camera
from vision.encounters.detector import EncounterDetector
from vision.encounters.eye import assumed_camera, picture
from vision.encounters.figures import Figures, read_figures
from vision.encounters.scripts import draw
from vision.encounters.watch import looks_of
from vision.errors import VisionError
from vision.pipeline import PipelineState, Settings, advance
from vision.types import Frame

CAMERAS = (
    ("90 straight", assumed_camera(90.0)),
    ("120 straight", assumed_camera(120.0)),
    ("120 fisheye", assumed_camera(120.0, bent=True)),
)


def frame_times_s(camera: Camera, n: int, seed: int, figures: Figures) -> Iterator[float]:
    """Processor seconds of the pipeline for each frame of `n` encounters."""
    settings = Settings()
    for number in range(n):
        looks = looks_of(draw(seed, number, figures.world), figures, camera)
        detector = EncounterDetector(looks, figures, (seed, number))
        state = PipelineState()
        for look in looks:
            frame, found = Frame(look.index, look.t_s, picture(look)), detector.answer(look.index).detections
            begun = thread_time()
            state, _ = advance(state, frame, found, camera, settings)
            yield thread_time() - begun


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 2 with one line where the figures cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m vision.encounters.undoing", description=__doc__)
    parser.add_argument("--n", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args(arguments)
    try:
        figures = read_figures()
    except VisionError as error:
        print(f"shirube: {error}", file=sys.stderr)  # noqa: T201
        return 2
    for name, camera in CAMERAS:
        times = [1e3 * t for t in frame_times_s(camera, asked.n, asked.seed, figures)]
        sys.stdout.write(
            f"{name:<14} median {median(times):.1f} ms  p95 {quantiles(times, n=20)[-1]:.1f} ms\n"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
