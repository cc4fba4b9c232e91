"""A recorded run holds what was known of the guide blocks, and one that is older is still read."""

import json
from dataclasses import replace

import pytest

from device.run_format import SCENES, Moment, as_recorded, decode, encode
from vision.types import Bend, Branch, Dots, Drift, End, PavingSight, Quality, Scene

WHOLE = PavingSight(
    True,
    1.0 / 3,
    -0.123456,
    Quality.KNOWN,
    4.56789,
    -2.3456,
    True,
    Dots(1, 3.14159, 0.27182, True),
    Branch(2, 3.5555555, 0.3, "both", False),
    End(3, 4.123456, 0.4, True),
    Bend(4, 2.0, 0.55555, -33.33333),
    Drift(5, 0.654321, 0.08, 0.23456),
)


def test_what_was_known_is_read_back_exactly_as_the_guidance_saw_it() -> None:
    scene = as_recorded(Scene(7, 1.23456, (), WHOLE))
    assert scene.paving.dots == Dots(1, 3.142, 0.272, True)
    assert scene.paving.branch == Branch(2, 3.556, 0.3, "both", False)
    assert scene.paving.drift == Drift(5, 0.654, 0.08, 0.235)
    assert as_recorded(scene) == scene
    assert decode(SCENES, encode(SCENES, Moment(1.2, scene))).what == scene


@pytest.mark.parametrize("missing", ["dots", "branch", "end", "bend", "drift"])
def test_what_was_not_known_stays_not_known(missing: str) -> None:
    scene = as_recorded(Scene(7, 1.2, (), replace(WHOLE, **{missing: None})))
    again = decode(SCENES, encode(SCENES, Moment(1.2, scene))).what.paving
    assert getattr(again, missing) is None
    assert again == scene.paving


def test_a_run_from_before_the_course_was_told_is_still_read() -> None:
    scene = as_recorded(Scene(7, 1.2, (), PavingSight(True, 1.5, -0.1)))
    line = json.loads(encode(SCENES, Moment(1.2, scene)))
    line["scene"]["paving"] = {"seen": True, "bearing_deg": 1.5, "offset_m": -0.1}
    old = decode(SCENES, json.dumps(line)).what.paving
    assert (old.seen, old.bearing_deg, old.offset_m) == (True, 1.5, -0.1)
    assert (old.quality, old.followed, old.dots) == (Quality.LOST, False, None)
