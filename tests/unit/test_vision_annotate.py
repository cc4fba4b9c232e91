"""What is drawn: in place, in the right colour, never green, and the frame itself untouched."""

from dataclasses import replace

import numpy as np
import pytest

from vision.annotate import FAULTS, MOTIONS, NAMES, Caption, annotate, framed, hazard_label, track_label
from vision.annotate_colours import AMBER, BLUE, RED
from vision.camera import Camera
from vision.courses import courses
from vision.faults import BLIND
from vision.hazards import Judged
from vision.lettering import fitting, japanese_font, put, smaller, text_width
from vision.pipeline import Seen
from vision.sightings import measure
from vision.tracking import Tracks, update
from vision.types import Detection, Detections, Hazard, Motion, ObjectClass, PavingSight, Scene

CAMERA = Camera(480, 360)


def seen_with(on_paving: bool, fault: str | None = None) -> Seen:
    sighting = measure(CAMERA, Detection(ObjectClass.BICYCLE, 0.8, (200, 150, 280, 250)))
    assert sighting
    track = update(Tracks(), [sighting], 0.0).items[0]
    hazard = Hazard(1, ObjectClass.BICYCLE, 0.8, 3.24, 0.31, 0.0, on_paving, 2.81, Motion.STANDING, None)
    mask = np.zeros((360, 480), bool)
    mask[260:, 220:260] = True
    scene = Scene(0, 0.0, (hazard,), PavingSight(True, 0.0, 0.0), fault, looked=fault not in BLIND)
    detections = Detections(0, 0.0, (480, 360), (sighting.detection,), mask, 0.9)
    return Seen(
        scene, detections, CAMERA, None, (Judged(track, 0.9, courses([track])[0][0][1], 0.8, hazard),)
    )


def has(image: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((np.abs(image.astype(int) - colour).max(axis=-1) < 6).any())


@pytest.mark.parametrize(("on_paving", "shown", "absent"), [(True, RED, AMBER), (False, AMBER, RED)])
def test_red_is_on_the_paving_amber_is_not(
    on_paving: bool, shown: tuple[int, int, int], absent: tuple[int, int, int]
) -> None:
    grey = np.full((360, 480, 3), 90, np.uint8)
    drawn = annotate(grey, seen_with(on_paving))
    assert (grey == 90).all()
    assert drawn.shape == grey.shape
    assert has(drawn[150:252, 198:282], shown)
    assert not has(drawn[130:260, 190:290], absent)


def test_dots_are_drawn_unlike_bars() -> None:
    grey = np.full((360, 480, 3), 90, np.uint8)
    seen = seen_with(True)
    assert seen.detections
    dots = seen.detections.paving.copy()
    dots[:310] = False
    bars = annotate(grey, seen)
    both = annotate(grey, replace(seen, detections=replace(seen.detections, warning=dots)))
    assert (bars[:305] == both[:305]).all()
    assert has(both[312:], BLUE)
    assert (bars[312:] != both[312:]).any()


def test_nothing_is_green() -> None:
    drawn = annotate(np.full((360, 480, 3), 90, np.uint8), seen_with(True))
    drawn = framed(drawn, "paving-v3", Caption("止まれ", "Stop", True))
    blue, green, red = (drawn[..., i].astype(int) for i in range(3))
    assert not ((green > blue + 40) & (green > red + 40)).any()


def test_a_fault_is_written_instead_of_a_scene() -> None:
    drawn = annotate(np.full((360, 480, 3), 90, np.uint8), seen_with(True, "dark"))
    assert has(drawn[:30], RED)
    assert (drawn[100:] == 90).all()
    assert all("/" in text for text in FAULTS.values())


def test_a_blurred_picture_is_named_and_its_things_drawn() -> None:
    drawn = annotate(np.full((360, 480, 3), 90, np.uint8), seen_with(True, "blurred"))
    assert has(drawn[:30], RED)
    assert has(drawn[150:252, 198:282], RED)


def test_the_label_says_name_distance_interval_and_seconds() -> None:
    hazard = seen_with(True).scene.hazards[0]
    assert hazard_label(hazard) == ("#1 自転車 bicycle", "3.2±0.3 m  2.8 s")
    assert set(NAMES) == set(ObjectClass)


@pytest.mark.parametrize("motion", Motion)
def test_the_label_says_how_it_moves_where_it_does(motion: Motion) -> None:
    label = hazard_label(replace(seen_with(True).scene.hazards[0], motion=motion))
    moves = motion not in (Motion.STANDING, Motion.UNKNOWN)
    assert label[2:] == ((f"{MOTIONS[motion][0]} {motion}",) if moves else ())


def test_words_stand_below_the_picture_and_hide_nothing_of_it() -> None:
    drawn = annotate(np.full((360, 480, 3), 200, np.uint8), seen_with(True))
    words = Caption("点字ブロックの上に自転車。3メートル先。", "Bicycle on the paving")
    whole, silent = framed(drawn, "", words), framed(drawn, "", None)
    assert whole.shape == silent.shape
    assert whole.shape[0] > 360
    assert (whole[:360] == drawn).all()
    assert has(whole[360:], (255, 255, 255))
    assert not has(silent[360:], (255, 255, 255))
    headed = framed(drawn, "paving-v3", words)
    above = headed.shape[0] - whole.shape[0]
    assert above > 0
    assert (headed[above:] == whole).all()


def test_labels_of_things_side_by_side_do_not_lie_on_each_other() -> None:
    two = seen_with(True)
    (one,) = two.judged
    other = replace(one, track=replace(one.track, id=2, box=(210, 150, 290, 250)))
    grey = np.full((360, 480, 3), 90, np.uint8)
    alone = (annotate(grey, two)[..., 2] == RED[2]) & (annotate(grey, two)[..., 1] == RED[1])
    both = annotate(grey, replace(two, judged=(one, other)))
    both_red = (both[..., 2] == RED[2]) & (both[..., 1] == RED[1])
    assert both_red.sum() > 1.6 * alone.sum()


def test_a_known_thing_stays_in_the_picture_through_a_missed_frame() -> None:
    seen = seen_with(True)
    beside = replace(seen.judged[0], hazard=None)
    missed = replace(beside, track=replace(beside.track, misses=1))
    far = f"{beside.track.distance_m:.1f}±{beside.track.sigma_m:.1f} m"
    assert track_label(beside) == f"#{beside.track.id} 自転車 {far}"
    assert track_label(missed) == f"({track_label(beside)})"
    plain = np.full((360, 480, 3), 90, np.uint8)
    drawn, doubted, nothing = (
        annotate(plain, replace(seen, judged=judged))
        for judged in ((missed,), (replace(missed, real=0.3),), ())
    )
    assert (drawn != nothing).any()
    assert (doubted == nothing).all()


def test_japanese_is_drawn_with_the_font_that_ships() -> None:
    assert japanese_font() is not None
    one, other = np.zeros((2, 40, 200, 3), np.uint8)
    put(one, "点字", (2, 2), 24, (255, 255, 255))
    put(other, "ブロック", (2, 2), 24, (255, 255, 255))
    assert one.any()
    assert (one != other).any()
    put(one, "はみ出す文字", (-50, 35), 24, (255, 255, 255))


def test_long_words_grow_smaller_and_then_end_in_an_ellipsis() -> None:
    text = "点字ブロックの上に自転車があります。3メートル先。右側があいているようです。 Bicycle on the paving"
    assert smaller("止まれ", 18, 200) == 18
    assert smaller(text, 18, 200) == 10
    assert 10 < smaller(text, 18, 700) < 18
    cut = fitting(text, 10, 200)
    assert cut.endswith("…")
    assert text_width(cut, 10) <= 200
    assert text.startswith(cut[:-1])
    assert fitting("止まれ", 18, 200) == "止まれ"
