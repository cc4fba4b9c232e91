"""The scenes' arithmetic: camera, truth, labels, the ground of a route. Nothing here draws."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from vision.scenes import encounters, labels, odd, records, truth
from vision.scenes.blocks import BLOCK_M
from vision.scenes.camera import Camera
from vision.scenes.catalogue import CATALOGUE, make_thing
from vision.scenes.city_ground import paving
from vision.scenes.crowd import any_plan
from vision.scenes.dataset import parse_size
from vision.scenes.errors import BadWalkError
from vision.scenes.layers import Layer
from vision.scenes.local import Line, plane_of
from vision.scenes.mesh import LAYER, Paint, box, place, ribbon
from vision.scenes.places import Ground, Plot
from vision.scenes.route_plan import detours, ways
from vision.scenes.textures import Canvas, bake
from vision.scenes.world import World
from vision.types import THINGS, ObjectClass
from wire.route import Crossing, MapSource, Name, Place, Route, Stretch, StretchKind

LEVEL = Camera(0.0, 0.0, 1.6, 0.0, 0.0, 0.0, 70.0, 480, 360)


def _route(tactile: tuple[str, str, str] = ("yes", "unknown", "no")) -> Route:
    lat, lon = 33.2334, 131.6066
    xy = [(0, 0), (0, 80), (0, 92), (0, 160), (-120, 160)]
    points = tuple((lat + y / 110_900, lon + x / 93_200) for x, y in xy)
    walk = StretchKind.SIDEWALK
    stretches = (
        Stretch(first=0, last=1, kind=walk, side="left", tactile=tactile[0], width_m=4.0),
        Stretch(first=1, last=2, kind=StretchKind.CROSSING, crossing=Crossing(signals="yes", marked="yes")),
        Stretch(first=2, last=3, kind=walk, side="left", tactile=tactile[1], width_m=4.0),
        Stretch(first=3, last=4, kind=walk, side="right", tactile=tactile[2], width_m=4.0),
    )
    name = Name(ja="駅")
    return Route(
        route_id="r",
        source=MapSource(name="m", practice=True, attribution="a"),
        walker="cane",
        origin=Place(name=name, lat=lat, lon=lon),
        destination=Place(name=name, lat=points[-1][0], lon=points[-1][1]),
        points=points,
        stretches=stretches,
        length_m=280.0,
        duration_s=280.0,
    )


@pytest.mark.parametrize(("height", "pitch", "ahead"), [(1.6, 0.0, 5.0), (1.5, 12.0, 3.0), (1.65, 20.0, 2.0)])
def test_a_ground_point_projects_where_the_pinhole_formula_says(
    height: float, pitch: float, ahead: float
) -> None:
    camera = replace(LEVEL, height_m=height, pitch_deg=pitch)
    pixels, depth = camera.project(np.array([[0.0, ahead, 0.0]]))
    below = np.degrees(np.arctan2(height, ahead)) - pitch
    assert pixels[0] == pytest.approx([240.0, 180.0 + camera.focal_px * np.tan(np.radians(below))])
    assert depth[0] == pytest.approx(np.hypot(height, ahead) * np.cos(np.radians(below)))


def test_right_is_right() -> None:
    pixels, _ = LEVEL.project(np.array([[1.0, 5.0, 1.6]]))
    assert pixels[0, 0] > 240
    assert LEVEL.bearing_deg(1.0, 5.0) == pytest.approx(11.31, abs=0.01)
    east = replace(LEVEL, heading_deg=90.0)
    assert east.bearing_deg(5.0, -5.0) == pytest.approx(45.0)
    assert east.project(np.array([[5.0, -1.0, 1.6]]))[0][0, 0] > 240


def test_a_head_that_leans_right_sees_the_right_side_higher_up() -> None:
    pixels, _ = replace(LEVEL, roll_deg=10.0).project(np.array([[2.0, 5.0, 1.6]]))
    assert pixels[0, 1] < 180


def test_a_thing_turned_by_90_degrees_points_to_the_east() -> None:
    nose = place(box((0, 2, 0.5), (0.1, 0.1, 0.1), Paint((1, 1, 1))), (10, 0, 0), 90.0)
    assert nose.positions.mean(axis=0) == pytest.approx([12.0, 0.0, 0.5], abs=1e-5)


def test_distance_is_to_the_nearest_point_below_head_height() -> None:
    thing = place(box((0, 0, 1), (2, 1, 2), Paint((1, 1, 1))), (0, 5, 0))
    high = place(box((0, 0, 3), (2, 9, 1), Paint((1, 1, 1))), (0, 5, 0))
    both = truth.footprint(thing), truth.footprint(type(thing)(np.vstack([thing.data, high.data])))
    for outline in both:
        assert truth.nearest_m(outline, 0.0, 0.0) == pytest.approx(4.5, abs=1e-5)
        assert truth.nearest_m(outline, 4.0, 5.0) == pytest.approx(3.0, abs=1e-5)
        assert truth.nearest_m(outline, 0.2, 5.1) == 0.0


def test_a_mask_with_a_hole_and_two_pieces_survives_the_label_file() -> None:
    mask = np.zeros((200, 300), np.uint8)
    cv2.rectangle(mask, (40, 20), (120, 190), 1, -1)
    cv2.rectangle(mask, (60, 60), (100, 110), 0, -1)
    cv2.circle(mask, (220, 100), 40, 1, -1)
    polygon = labels.outline(mask > 0, holes=True)
    assert polygon is not None
    cls, back = labels.rasterise(labels.line(ObjectClass.SIGN, polygon, 300, 200), 300, 200)
    union, both = ((mask > 0) | back).sum(), ((mask > 0) & back).sum()
    assert cls is ObjectClass.SIGN
    assert both / union > 0.95


def test_specks_are_not_labelled_and_a_leg_does_not_split_the_paving() -> None:
    speck, strip = np.zeros((90, 90), np.bool_), np.zeros((90, 90), np.bool_)
    speck[10:14, 10:14] = True
    strip[5:85, 30:50] = True
    strip[40:45] = False
    text = labels.lines([(ObjectClass.POLE, speck), (ObjectClass.PAVING, strip)])
    assert [line.split()[0] for line in text] == ["0"]


def test_class_numbers_are_the_order_of_the_classes() -> None:
    assert labels.CLASS_ID[ObjectClass.PAVING] == 0
    assert [c.value for c in labels.CLASS_ID] == [c.value for c in ObjectClass]


def test_relief_follows_the_standard() -> None:
    """Four bars and five rows of dots on 30 cm, 5 mm high; texel 1.2 mm."""
    albedo, surface = bake()
    assert len(albedo) == len(surface) == 256 * 256 * 4 * len(Layer)
    heights = {}
    for layer in (Layer.BARS, Layer.DOTS):
        normals = np.frombuffer(surface, np.uint8).reshape(len(Layer), 256, 256, 4)[layer]
        slope = normals[128 if layer is Layer.BARS else 26, :, 0].astype(float) - 127.5
        heights[layer] = int(((slope[:-1] > -60) & (slope[1:] <= -60)).sum())
    assert heights == {Layer.BARS: 4, Layer.DOTS: 5}


def test_canvas_packs_a_flat_surface_as_straight_up() -> None:
    _, surface = Canvas(Layer.PLAIN, np.random.default_rng(1)).packed()
    assert surface[0, 0].tolist() == [128, 128, 0, 0]


def test_a_ribbon_keeps_its_width_round_a_corner() -> None:
    line = np.array([[0.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
    mesh = ribbon(line, 1.0, 0.0, Paint((1, 1, 1)))
    gap = [np.abs(mesh.positions[:, 0] - x).min() for x in (-0.5, 0.5)]
    assert max(gap) < 1e-5
    assert mesh.positions[:, 1].max() == pytest.approx(10.5)


def test_the_plane_of_a_route_measures_like_the_ellipsoid() -> None:
    plane = plane_of(_route())
    assert plane.metres_per_lat == pytest.approx(110_907, abs=15)  # at 33.2 degrees north
    assert plane.metres_per_lon == pytest.approx(93_220, abs=30)


def test_a_line_answers_by_distance() -> None:
    line = Line.of(np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 10.0], [10.0, 10.0]]))
    assert line.length_m == 20.0
    assert line.beside(5.0, 2.0) == pytest.approx([2.0, 5.0])
    assert line.heading_deg(15.0) == pytest.approx(90.0)
    assert line.at(25.0) == pytest.approx([15.0, 10.0])
    assert line.part(5.0, 15.0) == pytest.approx(np.array([[0.0, 5.0], [0.0, 10.0], [5.0, 10.0]]))


def test_streets_lie_on_the_side_that_the_route_says() -> None:
    pieces = ways(_route()).pieces
    # Walking on the left side of a street, the street is to the right.
    assert [p.street for p in pieces] == [1, 0, 1, -1]


@pytest.mark.parametrize(
    "tactile", [("yes", "unknown", "no"), ("yes", "yes", "yes"), ("no", "yes", "unknown")]
)
def test_blocks_lie_exactly_where_the_route_knows_them(tactile: tuple[str, str, str]) -> None:
    on_ground = ways(_route(tactile))
    covered = np.zeros(281, bool)
    for mesh in paving(on_ground):
        assert set(np.unique(mesh.data[:, LAYER])) <= {float(Layer.BARS), float(Layer.DOTS)}
        low, high = mesh.positions.min(axis=0), mesh.positions.max(axis=0)
        for m in range(281):
            x, y = on_ground.line.at(m)
            covered[m] |= bool(low[0] <= x <= high[0] and low[1] <= y <= high[1])
    for piece in on_ground.pieces:
        inside = covered[int(piece.start_m) + 2 : int(piece.end_m) - 1]
        assert inside.all() == inside.any() == (piece.stretch.tactile == "yes")


def test_encounters_keep_to_the_blocks_and_away_from_corners() -> None:
    on_ground = ways(_route(("yes", "yes", "yes")))
    met = encounters.plan(on_ground, seed=3)
    assert len(met) >= 5
    assert met == encounters.plan(on_ground, seed=3)
    assert [e.route_m for e in met] == sorted(e.route_m for e in met)
    for e in met:
        assert on_ground.at(e.route_m).stretch.tactile == "yes"
        assert min(abs(e.route_m - m) for m in (80, 92, 160)) >= 8.9
        on_line = abs(e.right_m) < BLOCK_M
        assert on_line == (e.kind not in encounters.OFF_THE_LINE and e.kind is not encounters.Kind.CAR)
    assert encounters.plan(ways(_route(("no", "no", "no")))) == []


def test_the_wearer_steps_away_from_the_street_and_back() -> None:
    met = encounters.plan(ways(_route(("yes", "yes", "yes"))))
    first = met[0]
    assert encounters.step_aside_m(met, first.route_m) == pytest.approx(-encounters.STEP_ASIDE_M)
    assert encounters.step_aside_m(met, first.route_m - 5.0) == 0.0


def test_a_path_that_strays_gets_a_street() -> None:
    on_ground = ways(_route())
    straight = np.stack([on_ground.line.at(m) for m in np.arange(0, 60, 0.28)])
    out = np.column_stack([np.arange(0, 35, 0.28), np.full(125, 60.0)])
    lanes = detours(on_ground, np.vstack([straight, out, out[::-1]]))
    assert len(lanes) == 1
    assert lanes[0].line.points[-1, 0] == pytest.approx(35.0, abs=3.5)
    assert detours(on_ground, straight) == []


def test_no_house_is_built_on_taken_ground() -> None:
    ground, road = Ground(), Plot.along(np.array([0.0, 0.0]), np.array([0.0, 50.0]), 3.0)
    ground.keep_free(road)
    assert not ground.take(Plot(4.0, 25.0, 0.0, 1.0, 5.0, 4.0))
    assert ground.take(Plot(8.5, 25.0, 0.0, 1.0, 5.0, 4.0))
    assert not ground.take(Plot(9.5, 27.0, 0.0, 1.0, 1.0, 1.0))


@pytest.mark.parametrize("text", ["480", "480x", "axb", "10x10", "480x360x2", "99999x360", "481x360"])
def test_a_wrong_size_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(BadWalkError, match="WIDTHxHEIGHT"):
        parse_size(text)


def test_about_half_of_the_pictures_are_planned_with_something_on_the_line() -> None:
    rng = np.random.default_rng(1)
    plans = [any_plan(rng) for _ in range(2000)]
    assert 0.42 < np.mean([p.on_line > 0 for p in plans]) < 0.5
    assert 0.09 < np.mean([not p.paving for p in plans]) < 0.15
    assert 0.3 < np.mean([p.paving and not p.on_line and not p.far for p in plans]) < 0.45
    assert all(not (p.on_line or p.far) for p in plans if not p.paving)


@pytest.mark.parametrize("cls", list(CATALOGUE))
def test_every_class_has_a_maker_whose_things_stand_on_the_ground(cls: ObjectClass) -> None:
    rng = np.random.default_rng(2)
    for _ in range(6):
        mesh = make_thing(cls, rng)
        assert np.isfinite(mesh.data).all()
        low = float(mesh.positions[:, 2].min())
        assert 1.2 < low < 2.0 if cls is ObjectClass.OVERHEAD else -0.75 < low < 0.25


def test_the_catalogue_and_the_places_hold_every_thing() -> None:
    of_places = {ObjectClass.STAIRS, ObjectClass.PLATFORM_EDGE}
    assert set(CATALOGUE) | of_places == set(THINGS)


def test_random_shapes_differ() -> None:
    rng = np.random.default_rng(3)
    sizes = {len(odd.anything(rng).data) for _ in range(30)}
    assert len(sizes) > 15


def test_what_stands_or_hangs_over_the_line_is_on_the_paving() -> None:
    world = World(lines=[np.array([[0.0, -3.0], [0.0, 20.0]])])
    plate = box((0, 0, 0.3), (2.0, 0.1, 0.6), Paint((1, 1, 1)))
    world.put(ObjectClass.OBSTACLE, place(plate, (0.6, 4.0, 0.0)))  # only its side is over the line
    world.put(ObjectClass.OBSTACLE, place(plate, (1.4, 4.0, 0.0)))
    world.put(ObjectClass.OVERHEAD, place(plate, (0.6, 6.0, 1.2)))
    world.put(ObjectClass.SIGN, place(plate, (0.6, 8.0, 1.2)))
    assert [t.on_paving for t in world.things] == [True, False, True, False]
    assert [t.overhead for t in world.things] == [False, False, True, False]
    assert [t.id for t in world.things] == [2, 3, 4, 5]


def _seen(**changes: object) -> truth.Sighting:
    plain = truth.Sighting(2, ObjectClass.BOX, (10.0, 10.0, 50.0, 60.0), 3.0, 5.0, 900, 1.0, True, False)
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"visible_share": 0.1},
        {"box": (10.0, 10.0, 14.0, 60.0)},
        {"distance_m": 26.0},
        {"distance_m": 61.0, "cls": ObjectClass.BUS},
    ],
)
def test_what_is_hidden_tiny_or_far_is_not_labelled(changes: dict[str, object]) -> None:
    assert records.labelled(_seen())
    assert records.labelled(_seen(distance_m=40.0, cls=ObjectClass.BUS))
    assert not records.labelled(_seen(**changes))


@pytest.mark.parametrize(
    "changes", [{"on_paving": False}, {"distance_m": 5.1}, {"bearing_deg": -80.0}, {"visible_share": 0.1}]
)
def test_only_what_is_near_ahead_seen_and_on_the_blocks_blocks(changes: dict[str, object]) -> None:
    far = _seen(id=3, distance_m=4.5, cls=ObjectClass.DOG)
    assert records.blocked((far, _seen())) == {"id": 2, "cls": "box", "distance_m": 3.0}
    assert records.blocked((far, _seen(**changes))) == {"id": 3, "cls": "dog", "distance_m": 4.5}
    assert records.blocked((_seen(**changes),)) is None


def test_a_box_line_is_the_box_over_the_size() -> None:
    number, *values = records.box_line(_seen(), 100, 200).split()
    assert number == str(labels.CLASS_ID[ObjectClass.BOX])
    assert [float(v) for v in values] == [0.3, 0.175, 0.4, 0.25]
