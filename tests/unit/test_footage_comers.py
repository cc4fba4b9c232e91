"""Bicycles put into the network's answers: they come up in turn, and the device warns of them."""

from itertools import pairwise

import numpy as np
import pytest

from device.footage.comers import COMES_LOOKS, COMES_S, Comers
from device.hazards import SceneState, from_scene
from vision.camera import unknown_camera
from vision.pipeline import PipelineState, Settings, advance
from vision.types import Detections, Frame, Hazard, Motion, ObjectClass

CAMERA = unknown_camera(640, 480)
BLANK = np.zeros((480, 640, 3), np.uint8)
NO_PAVING = np.zeros((480, 640), np.bool_)


def test_each_grows_until_it_has_come_and_the_next_is_on_its_way_by_then() -> None:
    comers = Comers(CAMERA, 10.0)
    (first,) = comers.at(0.0)
    assert first.cls is ObjectClass.BICYCLE
    heights = [comers.at(tenth / 10)[0].box for tenth in range(12)]
    assert all(after[3] > before[3] for before, after in pairwise(heights))
    assert len(comers.at(1.2 * comers.every_s)) == 2


def test_boxes_lie_within_the_picture() -> None:
    boxes = [thing.box for twentieth in range(200) for thing in Comers(CAMERA, 10.0).at(twentieth / 20)]
    assert all(0 <= x1 < x2 <= 640 and 0 <= y1 < y2 <= 480 for x1, y1, x2, y2 in boxes)


def test_a_network_that_looks_seldom_still_sees_each_often_enough() -> None:
    assert Comers(CAMERA, 10.0).way_s == COMES_S
    assert Comers(CAMERA, 1.0).way_s == COMES_LOOKS


@pytest.mark.parametrize("rate_hz", [10.0, 5.0, 2.0])
def test_the_device_follows_judges_and_tells_of_nearly_every_one(rate_hz: float) -> None:
    comers, state, memory = Comers(CAMERA, rate_hz), PipelineState(), SceneState()
    told: list[Hazard] = []
    seconds = 12 * comers.every_s
    for number in range(round(seconds * rate_hz)):
        t_s = number / rate_hz
        seen = Detections(number, t_s, (640, 480), comers.at(t_s), NO_PAVING)
        state, understood = advance(state, Frame(number, t_s, BLANK), seen, CAMERA, Settings())
        memory, announcements = from_scene(memory, understood.scene, t_s)
        new = [each.params for each in announcements if isinstance(each.params, Hazard)]
        assert all(comers.among(hazard, t_s) for hazard in new)
        told += new
    assert len(told) >= 8


def test_what_is_elsewhere_or_something_else_is_the_clips_own() -> None:
    there = Hazard(1, ObjectClass.BICYCLE, 0.9, 8.0, 0.5, -2.0, False, 2.0, Motion.APPROACHING, None)
    comers = Comers(CAMERA, 10.0)
    assert comers.among(there, 0.2)
    aside = Hazard(1, ObjectClass.BICYCLE, 0.9, 8.0, 0.5, 25.0, False, 2.0, Motion.APPROACHING, None)
    person = Hazard(1, ObjectClass.PERSON, 0.9, 8.0, 0.5, -2.0, False, 2.0, Motion.APPROACHING, None)
    assert not comers.among(aside, 0.2)
    assert not comers.among(person, 0.2)
