"""How long mistakes last is found again where it is known, and looked for where things have gone."""

import numpy as np
import pytest

from vision.encounters.clips import Clip, chains, followed
from vision.encounters.errors import FiguresError
from vision.encounters.failing import NORMAL
from vision.encounters.figures import read_figures
from vision.encounters.gait import wander
from vision.encounters.lasting import TAUS_S, Pair, agreeing, best, correlated, likelihoods, pairs_of
from vision.encounters.persistence import as_toml, cautious, main
from vision.encounters.wobble import LAGS_S, Change, best_tau, changes, quantiles, simulated
from vision.labelling.records import LabelledThing, Record
from vision.types import Detection, Detections
from vision.types import ObjectClass as C

MODEL = read_figures().model
Box = tuple[float, float, float, float]


def clip(*frames: tuple[Detection, ...], records: tuple[Record, ...] = ()) -> Clip:
    """Frames of 10 a second."""
    nothing = np.zeros((1, 1), np.bool_)
    answers = tuple(Detections(n, n / 10, (640, 480), boxes, nothing) for n, boxes in enumerate(frames))
    return Clip("a.mp4", 10.0, (640, 480), answers, records)


def labelled(frame: int, *things: LabelledThing) -> Record:
    return Record("0" * 64, "walks", "a.mp4", 640, 480, "a", "test", frame, things=things)


def test_a_thing_is_followed_by_its_boxes_and_over_short_gaps() -> None:
    post = [Detection(C.POLE, 0.6, (100 + 4 * n, 100, 130 + 4 * n, 200)) for n in range(6)]
    far = Detection(C.POLE, 0.5, (500, 100, 520, 180))
    seen = clip((post[0],), (post[1], far), (), (post[3],), (Detection(C.PERSON, 0.9, post[4].box), post[4]))
    assert chains(seen) == ((0,), (0, 1), (), (0,), (2, 0))


def test_labelled_things_are_followed_by_class_and_nearness() -> None:
    def person(x: float) -> LabelledThing:
        return LabelledThing(C.PERSON, (x, 100, x + 40, 200))

    first = labelled(0, person(100), person(300), LabelledThing(C.POLE, (110, 50, 120, 200)))
    second = labelled(5, person(330), person(150))
    third = labelled(9, person(700), LabelledThing(C.POLE, (150, 50, 160, 200)))
    assert followed((first, second, third)) == ((0, 1, 2), (1, 0), (3, 4))


def test_pairs_are_looked_for_where_the_thing_is_then() -> None:
    """Not where it was: half a second later it stands two widths aside, and is found."""
    boxes: tuple[Box, ...] = ((100, 100, 140, 200), (180, 100, 220, 200))
    records = tuple(labelled(5 * n, LabelledThing(C.PERSON, box)) for n, box in enumerate(boxes))
    found = tuple(Detection(C.PERSON, 0.9, box) for box in boxes)
    ((pair),) = pairs_of(clip((found[0],), (), (), (), (), (found[1],), records=records), MODEL)
    assert (pair.lag_s, pair.found) == (0.5, (True, True))
    assert pair.chances[0] == pytest.approx(MODEL.chance(C.PERSON, 63.2), abs=0.01)
    assert correlated([pair], 0) == (None, 1)


def test_errors_of_edges_are_told_against_the_labels() -> None:
    """The left edge is off alike in both frames, the right one is not; the foot is below the picture."""
    pairs: list[Pair] = []
    for n in range(12):
        off = (-1) ** n * (6.0 + n)
        true: Box = (100, 100, 200, 480)
        found = [Detection(C.BOX, 0.9, (100 + off, 100, 200 + side * off, 480)) for side in (1, -1)]
        records = tuple(labelled(k, LabelledThing(C.BOX, true)) for k in (0, 1))
        pairs += pairs_of(clip((found[0],), (found[1],), records=records), MODEL)
    left, right = (correlated(pairs, edge)[0] for edge in (0, 2))
    assert left == pytest.approx(1.0)
    assert right is not None
    assert right < 0
    assert correlated(pairs, 3) == (None, 0)


def test_agreement_grows_from_chance_to_certainty() -> None:
    assert agreeing((0.6, 0.7), np.array([0.0, 0.98])) == pytest.approx([0.42, 0.6], abs=0.02)
    assert agreeing((0.5, 0.5), np.array([0.5]))[0] == pytest.approx(1 / 3, abs=2e-3)


@pytest.mark.parametrize("tau_s", [0.3, 1.2])
def test_a_known_memory_is_found_again(tau_s: float) -> None:
    rng = np.random.default_rng(3)
    times = tuple(0.25 * k for k in range(8))
    pairs = []
    for thing in range(60):
        chance = float(rng.uniform(0.3, 0.9))
        found = [NORMAL.cdf(v) < chance for v in wander(times, tau_s, rng)]
        pairs += [
            Pair(f"{thing}", times[b] - times[a], (found[a], found[b]), (chance, chance))
            for a in range(8)
            for b in range(a + 1, min(a + 4, 8))
        ]
    tau, low, high = best(likelihoods(pairs, 0.0), [pair.thing for pair in pairs])
    assert tau == pytest.approx(tau_s, rel=0.35)
    assert TAUS_S[0] < low <= tau <= high < TAUS_S[-1]


def test_edges_that_wander_slowly_change_sizes_less_and_are_told_apart() -> None:
    slow, quick = (simulated(MODEL, tau, 0.1)["tall"] for tau in (1.5, 0.3))
    assert (slow < 0.6 * quick).all()
    table = {(tau, lag): simulated(MODEL, tau, lag) for tau in (0.3, 0.7, 1.5) for lag in LAGS_S}
    rng = np.random.default_rng(5)
    times = tuple(0.1 * k for k in range(30))
    told = []
    for thing in range(25):
        edges = [[MODEL.off(n, v) for v in wander(times, 0.7, rng)] for n in (1, 3)]
        sizes = np.log(np.maximum(1 + np.array(edges[1]) - np.array(edges[0]), 0.05))
        for k, lag in enumerate(LAGS_S, 1):
            second = sizes[: -2 * k] - 2 * sizes[k:-k] + sizes[2 * k :]
            told += [Change(f"{thing}", "tall", lag, float(v)) for v in second]
    tau, low, high = best_tau(told, "tall", table)
    assert low <= tau == 0.7 <= high


def test_where_nothing_goes_on_one_line_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FiguresError, match="too little goes on"):
        list(as_toml((clip((), (), ()),), "a.mp4", MODEL))
    assert main(["--split", "nonesuch"]) == 2
    assert "no frame of a clip is labelled" in capsys.readouterr().err


def test_figures_move_no_farther_than_a_measurement_asks() -> None:
    assert [cautious(before, (0.6, 0.3, 0.9)) for before in (0.1, 0.5, 2.0)] == [0.3, 0.5, 0.9]


def test_growth_and_turns_of_the_head_are_no_change_and_a_cut_or_a_stride_tells_none() -> None:
    def seen(cls: C, *boxes: Box) -> list[Change]:
        return changes(clip(*((Detection(cls, 0.9, box),) for box in boxes)))

    grown = [1.1**n for n in range(3)]
    steady = seen(
        C.POLE, *((100 + 9 * n, 100, 100 + 9 * n + 40 * g, 100 + 90 * g) for n, g in enumerate(grown))
    )
    assert [(c.side, c.lag_s) for c in steady] == [("wide", 0.1), ("tall", 0.1)]
    assert quantiles([c.value for c in steady]) == pytest.approx(0.0, abs=1e-9)
    still: Box = (100, 100, 140, 190)
    jumped = seen(C.POLE, still, (100, 100, 140, 200), still)
    assert jumped[1].value == pytest.approx(2 * np.log(0.9))
    assert [c.side for c in seen(C.PERSON, still, still, still)] == ["tall"]
    cut: Box = (100, 100, 140, 480)
    assert [c.side for c in seen(C.POLE, cut, cut, cut)] == ["wide"]
