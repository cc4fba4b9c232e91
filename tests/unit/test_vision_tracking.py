"""Boxes over time: the same thing keeps its number, its distance settles, its rate is found."""

import numpy as np
import pytest

from vision.boxes import likeness, overlap
from vision.camera import Camera
from vision.corridor import Corridor
from vision.families import FIXED, WALKING, WHEELED, alike
from vision.hazards import real
from vision.motion import growth, ttc_s
from vision.samples import sample
from vision.sightings import Sighting, measure
from vision.tracking import Tracks, carried, elsewhere, expected_box, update
from vision.types import THINGS, Detection, ObjectClass

CAMERA = Camera(480, 360, pitch_deg=10, pitch_sigma_deg=1.5)


def thing(
    z_m: float, x_m: float = 0.0, cls: ObjectClass = ObjectClass.PERSON, score: float = 0.8
) -> Sighting:
    foot, top = CAMERA.project(x_m, z_m), CAMERA.project(x_m, z_m, 1.63)
    assert foot
    assert top
    half = 0.15 * (foot[1] - top[1])
    found = measure(CAMERA, Detection(cls, score, (foot[0] - half, top[1], foot[0] + half, foot[1])))
    assert found
    return found


def test_one_thing_keeps_its_number_and_two_keep_theirs() -> None:
    tracks = Tracks()
    for step in range(6):
        z = 6 - 0.3 * step
        tracks = update(tracks, [thing(z, -0.8), thing(z, 0.8)], step * 0.25)
    assert [track.id for track in tracks.items] == [1, 2]
    assert all(track.hits == 6 for track in tracks.items)
    left, right = tracks.items
    assert left.latest.left_m < 0 < right.latest.right_m


def test_a_place_a_step_aside_is_elsewhere_and_where_one_walked_up_to_is_not() -> None:
    tracks = Tracks()
    for step in range(10):
        tracks = update(tracks, [thing(6.0 - step / 10)], step / 10)
    track = carried(tracks.items[0], 1.0)
    there, aside, behind = (sample(thing(z, x), 1.0, Corridor(None)) for z, x in ((5, 0), (5, 1.2), (8, 0)))
    assert elsewhere(track, there) < 0.1
    assert elsewhere(track, aside) > 0.3
    assert elsewhere(track, behind) > 0.3
    branch = sample(thing(8.0, 1.2, ObjectClass.OVERHEAD), 1.0, Corridor(None))
    assert elsewhere(track, branch) == 0.0  # only its size says where it is


@pytest.mark.parametrize(("looks", "misses"), [(2, 3), (4, 4)])
def test_it_survives_missed_frames_and_no_more_after_that(looks: int, misses: int) -> None:
    """Three frames; what is known well, 1.2 s."""
    tracks = Tracks()
    for step in range(looks):
        tracks = update(tracks, [thing(5)], step * 0.25)
    for step in range(looks, looks + misses):
        tracks = update(tracks, [], step * 0.25)
        assert [track.id for track in tracks.items] == [1]
    after_s = (looks + misses) * 0.25
    seen_again = update(tracks, [thing(5)], after_s)
    assert [track.id for track in seen_again.items] == [1]
    assert update(tracks, [], after_s).items == ()


def test_names_that_are_mistaken_for_each_other_stay_one_thing() -> None:
    tracks = update(Tracks(), [thing(4, cls=ObjectClass.BICYCLE, score=0.6)], 0.0)
    tracks = update(tracks, [thing(3.9, cls=ObjectClass.MOTORCYCLE, score=0.4)], 0.2)
    assert [track.cls for track in tracks.items] == [ObjectClass.BICYCLE]
    tracks = update(tracks, [thing(3.8, cls=ObjectClass.PERSON)], 0.4)
    assert len(tracks.items) == 2


def test_what_was_nameless_before_is_the_same_thing_and_its_name_is_the_one_it_was_given() -> None:
    names = [ObjectClass.OBSTACLE, ObjectClass.BICYCLE, ObjectClass.OBSTACLE, ObjectClass.BICYCLE]
    tracks = Tracks()
    for step, name in enumerate(names):
        score = 0.7 if name is ObjectClass.OBSTACLE else 0.5
        tracks = update(tracks, [thing(5, cls=name, score=score)], step * 0.2)
    (track,) = tracks.items
    assert (track.cls, track.score) == (ObjectClass.BICYCLE, 0.5)
    for step in range(4, 9):
        tracks = update(tracks, [thing(5, cls=ObjectClass.OBSTACLE, score=0.7)], step * 0.2)
    assert [track.cls for track in tracks.items] == [ObjectClass.OBSTACLE]


def test_every_name_has_a_place_among_what_moves_and_what_does_not() -> None:
    assert set(ObjectClass) - {ObjectClass.OBSTACLE} == FIXED | WHEELED | WALKING
    assert not FIXED & (WHEELED | WALKING)
    assert {ObjectClass.STAIRS, ObjectClass.PLATFORM_EDGE, ObjectClass.OVERHEAD, ObjectClass.CONE} <= FIXED


@pytest.mark.parametrize("cls", THINGS)
def test_anything_may_be_an_obstacle_and_nothing_is_like_a_person(cls: ObjectClass) -> None:
    assert alike(cls, cls)
    assert alike(cls, ObjectClass.OBSTACLE)
    assert alike(ObjectClass.PERSON, cls) == (cls in (ObjectClass.PERSON, ObjectClass.OBSTACLE))
    assert not alike(cls, ObjectClass.PAVING)


@pytest.mark.parametrize("speed", [0.6, 1.2, 2.4])
@pytest.mark.parametrize("rate_hz", [4, 10])
def test_distance_closing_speed_and_time_to_collision(speed: float, rate_hz: int) -> None:
    rng = np.random.default_rng(1)
    tracks = Tracks()
    z = 0.0
    for step in range(int(2.0 * rate_hz) + 1):
        z = 7.0 - speed * step / rate_hz
        seen = thing(z + rng.normal(0, 0.03))
        tracks = update(tracks, [seen], step / rate_hz)
    track = tracks.items[0]
    assert track.distance_m == pytest.approx(z, rel=0.08)
    assert -track.closing.rate_mps == pytest.approx(speed, abs=0.35)
    time = ttc_s(track)
    assert time
    assert time == pytest.approx(z / speed, rel=0.25)


def test_growth_alone_tells_the_time_to_collision() -> None:
    tracks = Tracks()
    for step in range(6):
        tracks = update(tracks, [thing(6 - 0.3 * step)], step * 0.25)
    rate = growth(tracks.items[0])
    assert rate
    assert 1 / rate.value == pytest.approx(4.5 / 1.2, rel=0.3)


def test_what_does_not_come_nearer_has_no_time_to_collision() -> None:
    rng = np.random.default_rng(3)
    standing, leaving = Tracks(), Tracks()
    for step in range(12):
        standing = update(standing, [thing(4 + rng.normal(0, 0.02))], step * 0.2)
        leaving = update(leaving, [thing(3 + 0.2 * step)], step * 0.2)
    assert ttc_s(standing.items[0]) is None
    assert ttc_s(leaving.items[0]) is None


def test_the_interval_never_shrinks_below_what_averaging_cannot_remove() -> None:
    tracks = Tracks()
    for step in range(30):
        tracks = update(tracks, [thing(5)], step * 0.1)
    own = tracks.items[0].latest.distance
    assert tracks.items[0].sigma_m >= (own.sigma_m**2 - own.jitter_m**2) ** 0.5
    assert tracks.items[0].sigma_m < own.sigma_m


def followed(scores: list[float], rate_hz: float = 4, cls: ObjectClass = ObjectClass.PERSON) -> float:
    """How likely a thing is one, that was found so surely in frame after frame."""
    tracks = Tracks()
    for step, score in enumerate(scores):
        tracks = update(tracks, [thing(5, cls=cls, score=score)], step / rate_hz)
    return real(tracks.items[0])


def test_one_look_is_never_enough_and_each_further_one_says_more() -> None:
    assert followed([0.9]) == 0.0
    likely = [followed([0.5] * looks, cls=ObjectClass.BOLLARD) for looks in range(2, 8)]
    assert likely == sorted(set(likely))
    assert likely[0] < 0.5 < likely[-1] < 1.0


def test_sure_looks_say_more_than_weak_ones_and_none_of_them_alone_decides() -> None:
    assert followed([0.9, 0.9]) > 0.5 > followed([0.3, 0.3])
    assert followed([0.9, 0.3, 0.6]) == pytest.approx(followed([0.3, 0.6, 0.9]))
    assert followed([0.6, 0.6], rate_hz=10) < followed([0.6, 0.6], rate_hz=4)


def test_who_is_seldom_imagined_is_believed_sooner_than_a_post() -> None:
    assert followed([0.5] * 3, cls=ObjectClass.BICYCLE) > followed([0.5] * 3, cls=ObjectClass.BOLLARD)


def test_what_has_no_name_is_less_likely_a_thing_and_what_is_unseen_grows_less_likely() -> None:
    assert followed([0.5] * 4, cls=ObjectClass.OBSTACLE) < followed([0.5] * 4)
    tracks = Tracks()
    for step in range(4):
        tracks = update(tracks, [thing(5, score=0.5)], step * 0.25)
    unseen = update(tracks, [], 1.0)
    assert real(unseen.items[0]) < real(tracks.items[0])


def test_overlap_and_likeness() -> None:
    assert overlap((0, 0, 10, 10), (0, 0, 10, 10)) == 1
    assert overlap((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10, 10), (20, 0, 30, 10)) == 0
    thin, swayed = (100, 50, 106, 150), (112, 50, 118, 150)
    assert overlap(thin, swayed) == 0
    assert likeness(thin, swayed) > 0.3
    assert likeness(thin, (300, 50, 306, 150)) == 0


@pytest.mark.parametrize(
    ("second", "cls", "tracks_left"),
    [
        ((300.0, 120.0, 336.0, 300.0), ObjectClass.KICK_SCOOTER, 1),  # the same thing by another name
        ((300.0, 120.0, 336.0, 300.0), ObjectClass.PERSON, 2),  # who rides it
        ((330.0, 100.0, 370.0, 300.0), ObjectClass.BICYCLE, 2),  # the next in the row
    ],
)
def test_a_second_box_of_what_has_its_own_begins_nothing(
    second: tuple[float, float, float, float], cls: ObjectClass, tracks_left: int
) -> None:
    own = measure(CAMERA, Detection(ObjectClass.BICYCLE, 0.8, (300.0, 100.0, 340.0, 300.0)))
    other = measure(CAMERA, Detection(cls, 0.8, second))
    assert own
    assert other
    tracks = Tracks()
    for step in range(6):
        tracks = update(tracks, [own, other] if step > 2 else [own], step / 8)
    assert len(tracks.items) == tracks_left


@pytest.mark.parametrize("reach", [1.0, 1.7])
def test_boxes_are_alike_up_to_so_many_of_their_sizes_and_not_beyond(reach: float) -> None:
    box = (100.0, 100.0, 140.0, 200.0)
    at = [likeness(box, (100.0 + off, 100.0, 140.0 + off, 200.0), reach) for off in (0.0, 60.0, 99.0 * reach)]
    assert at[0] == 1.5
    assert at[0] > at[1] > at[2] > 0.0
    beyond = 101.0 * reach
    assert likeness(box, (100.0 + beyond, 100.0, 140.0 + beyond, 200.0), reach) == 0.0
    # A long thing that lies across is no neighbour, and yet it overlaps.
    across = (-400.0, 150.0, 400.0, 160.0)
    assert likeness((380.0, 0.0, 420.0, 1000.0), (-3000.0, 450.0, 400.0, 460.0)) == pytest.approx(
        overlap((380.0, 0.0, 420.0, 1000.0), (-3000.0, 450.0, 400.0, 460.0))
    )
    assert likeness(box, across) >= overlap(box, across) > 0.0


@pytest.mark.parametrize("later_s", [0.0, 0.3, 1.0, 30.0])
def test_an_expected_box_grows_as_the_track_that_is_carried_comes_near(later_s: float) -> None:
    tracks = Tracks()
    for step in range(8):
        tracks = update(tracks, [thing(6.0 - 0.2 * step)], step * 0.2)
    (track,) = tracks.items
    after = carried(track, track.t_s + later_s)
    box = expected_box(track, track.t_s + later_s)
    assert box == after.box
    grown = min(track.closing.ahead_m / after.closing.ahead_m, 2.0)
    assert box[3] - box[1] == pytest.approx(grown * (track.box[3] - track.box[1]))
    assert (grown > 1.0) is (later_s > 0.0)
