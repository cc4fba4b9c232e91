"""What is doubted because boxes stay wrong for longer than their fits believe: closing speeds, and ways."""

from math import log

import numpy as np
import pytest

import vision.courses
from vision.camera import Camera
from vision.courses import WALKS, courses
from vision.fits import Line, shares
from vision.rays import Rays, Usual, fitted
from vision.sightings import measure
from vision.tracking import Track, Tracks, update
from vision.types import Detection, ObjectClass

SINCE = np.linspace(-1.5, 0.0, 16)
LINE = Line(5.0, -1.2, 0.04, 0.0, 0.04, 0.0)  # 5 m ahead, closing at 1.2 m/s
CAMERA = Camera(640, 480, hfov_deg=100.0, pitch_deg=10.0, pitch_sigma_deg=0.5)


def test_rays_straight_ahead_tell_nothing_of_how_fast_it_comes_and_what_tells_it_is_doubted() -> None:
    still = np.zeros(len(SINCE))
    seen = Rays(SINCE, still, still, np.eye(len(SINCE)) * 0.02**2, np.full(len(SINCE), 0.03))
    ((fit,),) = fitted([(seen, [(LINE, Usual(1.0, 0, 0.0, 0.1))])])
    assert fit.mean == pytest.approx([LINE.value, LINE.rate, 0.0, 0.0], abs=1e-6)
    assert fit.cov[1, 1] > 2 * LINE.var_rate


@pytest.mark.parametrize("trust", [0.0, 0.5, 1.0])
def test_what_was_seen_is_raised_to_the_power_of_trust(trust: float) -> None:
    usual = (0.9, 0.1)
    one, other = shares(usual, (-3.0, -1.0), trust)
    assert one + other == pytest.approx(1.0)
    assert log(other / one) == pytest.approx(log(usual[1] / usual[0]) + 2.0 * trust)


def crosser() -> Track:
    """Somebody who goes from right to left as he comes nearer, for a second and a half."""
    tracks = Tracks()
    for step in range(13):
        t_s = step / 8
        x_m, z_m = 2.4 - 0.8 * t_s, 5.0 - 1.2 * t_s
        foot, top = CAMERA.project(x_m, z_m), CAMERA.project(x_m, z_m, 1.63)
        assert foot
        assert top
        half = 0.15 * (foot[1] - top[1])
        box = (foot[0] - half, top[1], foot[0] + half, foot[1])
        found = measure(CAMERA, Detection(ObjectClass.PERSON, 0.9, box))
        assert found
        tracks = update(tracks, [found], t_s)
    (track,) = tracks.items
    return track


def test_who_seems_to_cross_is_not_believed_to_as_surely_as_the_fits_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    track = crosser()
    along, left = WALKS[0], WALKS[1]

    def proof() -> float:
        (goes_along, _), (goes_left, way), _ = courses([track])[0]
        assert way.speed_mps == pytest.approx(-0.8, abs=0.2)
        return log(goes_left / goes_along) - log(left.often / along.often)

    told = proof()
    monkeypatch.setattr(vision.courses, "TRUST", 1.0)
    assert 0.0 < told < 0.75 * proof()
