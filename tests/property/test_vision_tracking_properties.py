"""Whatever the boxes: numbers are unique and never used again, states stay sane, decoding stays inside."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.boxes import likeness, overlap
from vision.camera import Camera
from vision.decode import letterbox
from vision.layouts import LAYOUTS, layout_of
from vision.model_spec import ModelInput, ModelSpec
from vision.motion import ttc_s
from vision.sightings import measure
from vision.tracking import SECOND_BOX, Tracks, update
from vision.types import THINGS, Detection, ObjectClass

CAMERA = Camera(480, 360)
CLASSES = tuple(ObjectClass)


@st.composite
def boxes(draw: st.DrawFn) -> tuple[float, float, float, float]:
    x, y = draw(st.floats(0, 470)), draw(st.floats(0, 350))
    return x, y, x + draw(st.floats(1, 480 - x)), y + draw(st.floats(1, 360 - y))


detections = st.builds(Detection, st.sampled_from(THINGS), st.floats(0.2, 1.0), boxes())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.lists(detections, max_size=5), st.floats(0.0, 1.0)), min_size=1, max_size=8))
def test_tracks_stay_sane(frames: list[tuple[list[Detection], float]]) -> None:
    tracks, t_s, gone = Tracks(), 0.0, set[int]()
    for found, step in frames:
        t_s += step
        seen = [s for d in found if (s := measure(CAMERA, d))]
        before = {track.id for track in tracks.items}
        tracks = update(tracks, seen, t_s)
        ids = [track.id for track in tracks.items]
        assert len(ids) == len(set(ids))
        assert all(number < tracks.next_id for number in ids)
        gone |= before - set(ids)
        assert not gone & set(ids)
        now = [track for track in tracks.items if track.misses == 0]
        assert len(now) <= len(seen)
        for each in seen:  # its own track, or a second box of what has one
            box = each.detection.box
            assert max(overlap(track.latest.detection.box, box) for track in now) >= SECOND_BOX
        for track in tracks.items:
            assert track.distance_m > 0
            assert track.closing.var_d >= 0
            assert track.sigma_m > 0
            time = ttc_s(track)
            assert time is None or time > 0


@given(boxes(), boxes())
def test_likeness_is_symmetric_and_greatest_for_the_same(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float]
) -> None:
    assert abs(likeness(first, second) - likeness(second, first)) < 1e-9
    assert 0 <= overlap(first, second) <= 1 + 1e-9
    assert likeness(first, second) <= likeness(first, first) + 1e-9


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.tuples(st.integers(64, 900), st.integers(64, 900)),
    st.floats(0.05, 0.9),
    st.sampled_from(sorted(LAYOUTS)),
)
def test_any_output_decodes_to_boxes_inside_the_frame(
    seed: int, size: tuple[int, int], limit: float, name: str
) -> None:
    rng = np.random.default_rng(seed)
    spec = ModelSpec(
        "any", "any.onnx", "", 0, LAYOUTS[name].task, name, "AGPL-3.0-or-later", "any.md", CLASSES,
        ModelInput(384, 288, "RGB", 114), dict.fromkeys(CLASSES, limit),
    )  # fmt: skip
    raw, surfaces = (rng.normal(0, 1, shape[1:]).astype(np.float32) for shape in layout_of(spec).shapes(spec))
    raw = raw[:, :60]
    raw[:4] = rng.uniform(-100, 500, (4, 60))
    raw[4 : 4 + len(CLASSES)] = rng.uniform(0, 1, (len(CLASSES), 60))
    found = layout_of(spec).decode((raw, surfaces), spec, letterbox(size, (384, 288)), None)
    assert 0 <= found.paving_score <= 1
    assert found.warning is None or not (found.warning & ~found.paving).any()
    assert found.paving.shape == (size[1], size[0])
    for thing in found.objects:
        x1, y1, x2, y2 = thing.box
        assert 0 <= x1 < x2 <= size[0]
        assert 0 <= y1 < y2 <= size[1]
        assert limit - 1e-6 <= thing.score <= 1
