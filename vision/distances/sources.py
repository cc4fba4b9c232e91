"""Sources of error, to be taken away one by one: which of them keeps distances from their target. Pure.

What is taken away is not there any more; the pipeline goes on believing in it, but for a lens height that
is known: intervals then are wider than they need be.
"""

from dataclasses import replace

from vision.distances.trials import Trial
from vision.encounters.detector import perfect
from vision.encounters.figures import Figures
from vision.encounters.gait import Head
from vision.paving import BLOCK_M
from vision.sightings import HEIGHTS

Without = frozenset[str]
NOTHING: Without = frozenset()
NAMES = {
    "outliers": "箱の大きな外れ / large errors of boxes",
    "boxes": "箱の縁の誤差すべて / all errors of boxes",
    "lens": "レンズの高さ / height of the lens",
    "kind": "物の高さと奥行き / height and depth of the thing",
    "pitch": "傾きの誤差 / errors of pitch",
    "slope": "坂 / slope of the ground",
    "blocks": "ブロックの幅と向き / width and taper of the blocks",
}
EVERY: Without = frozenset(NAMES)
# In turn; then all that is no box, and all: what is left then is what the picture does not show.
TAKEN_AWAY: tuple[Without, ...] = (
    NOTHING,
    *(frozenset({name}) for name in NAMES),
    EVERY - {"boxes", "outliers"},
    EVERY - {"boxes"},
    EVERY,
)


def mended(trial: Trial, without: Without) -> Trial:
    """The trial without these sources, as far as they are drawn with it."""
    size = HEIGHTS[trial.cls]
    if "kind" in without:
        trial = replace(trial, tall_m=size.mean_m, back_m=size.back_m)
    if "pitch" in without:
        trial = replace(trial, aligned_deg=0.0)
    if "slope" in without:
        trial = replace(trial, slope_deg=0.0)
    if "blocks" in without:
        trial = replace(trial, strip_m=BLOCK_M, taper_deg=0.0)
    return trial


def still(errors: tuple[Head, ...]) -> tuple[Head, ...]:
    """The errors of an IMU that has none."""
    return tuple(Head(0.0, 0.0, 0.0, 0.0) for _ in errors)


def boxes(figures: Figures, without: Without) -> Figures:
    """A detector that finds everything under its right name, with the measured errors of boxes.

    A mask is cut short as measured; errors of its width and taper are the trial's (`trials.looks`).
    """
    model, sure = figures.model, perfect(figures).model
    if "boxes" not in without:
        shape = None if "outliers" in without else model.edge_shape
        sure = replace(sure, edge_sigma=model.edge_sigma, edge_shape=shape)
    return replace(figures, model=replace(sure, covered=model.covered))
