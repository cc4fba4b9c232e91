"""The scenes as drawn: masks, depth and labels against geometry; both commands end to end.

Needs off-screen OpenGL (libegl1 libgl1 libgl1-mesa-dri); skips, with the reason, where there is none.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from vision.scenes import dataset, gl, labels, records, walk
from vision.scenes.blocks import BLOCK_M, dot_field, strip
from vision.scenes.camera import Camera
from vision.scenes.city import STEP_M
from vision.scenes.encounters import Kind
from vision.scenes.errors import NoRendererError
from vision.scenes.gl import Picture, Renderer
from vision.scenes.lens import Lens, bent, source_camera
from vision.scenes.look import Look
from vision.scenes.mesh import Mesh, Paint, box, fan
from vision.scenes.truth import PAVING_ID, Sighting, box_of
from vision.scenes.world import SLICES
from vision.types import Mask, ObjectClass
from wire.codec import ROUTE
from wire.route import Crossing, MapSource, Name, Place, Route, Stretch, StretchKind

SIZE = (320, 240)
COUNT = 14
CAMERA = Camera(0.1, 0.0, 1.6, 4.0, 14.0, 2.0, 70.0, *SIZE)
GREY, YELLOW = Paint((0.5, 0.5, 0.5)), (0.93, 0.71, 0.13)
FLOOR = fan([(-30, -5), (30, -5), (30, 60), (-30, 60)], 0.0, GREY)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    try:
        with Renderer(*SIZE) as made:
            yield made
    except NoRendererError as error:
        pytest.skip(str(error))


def _draw(renderer: Renderer, parts: list[tuple[Mesh, int]], camera: Camera = CAMERA) -> Picture:
    batch = renderer.upload(parts)
    picture = renderer.render([batch], camera, Look())
    batch.release()
    return picture


def _projected(corners: np.ndarray, camera: Camera = CAMERA) -> Mask:
    pixels, depth = camera.project(corners)
    assert (depth > 0).all()
    canvas = np.zeros(SIZE[::-1], np.uint8)
    hull = cv2.convexHull(np.round(pixels - 0.5).astype(np.int32))
    cv2.fillConvexPoly(canvas, hull, 1)
    return canvas > 0


def _iou(a: Mask, b: Mask) -> float:
    return float((a & b).sum() / (a | b).sum())


def test_the_mask_of_a_box_is_its_projection(renderer: Renderer) -> None:
    solid = box((0.6, 5.0, 0.6), (0.8, 0.5, 1.2), GREY)
    picture = _draw(renderer, [(FLOOR, 0), (solid, 7)])
    wanted = _projected(solid.positions.astype(np.float64))
    assert _iou(picture.ids == 7, wanted) > 0.95
    assert np.abs(np.subtract(box_of(picture.ids == 7), box_of(wanted))).max() <= 2.0


def test_depth_is_metres_along_the_axis(renderer: Renderer) -> None:
    picture = _draw(renderer, [(FLOOR, 0)])
    for ahead in (2.0, 4.0, 9.0):
        pixels, depth = CAMERA.project(np.array([[0.3, ahead, 0.0]]))
        column, row = (int(v) for v in pixels[0])
        assert picture.depth_m[row, column] == pytest.approx(depth[0], rel=0.03)


@pytest.mark.parametrize("ahead", [2.2, 3.5, 6.0])
def test_guide_blocks_are_30_cm_wide_where_they_are_seen(renderer: Renderer, ahead: float) -> None:
    line = np.array([[0.2, 0.5], [0.2, 20.0]])
    picture = _draw(renderer, [(FLOOR, 0), (strip(line, 0.004, YELLOW, 0.0), PAVING_ID)])
    edges, _ = CAMERA.project(
        np.array([[0.2 - BLOCK_M / 2, ahead, 0.004], [0.2 + BLOCK_M / 2, ahead, 0.004]])
    )
    # The camera leans: count along the projected edge-to-edge line.
    samples = np.linspace(edges[0] - 0.5 * (edges[1] - edges[0]), edges[1] + 0.5 * (edges[1] - edges[0]), 801)
    ids = picture.ids[samples[:, 1].astype(int), samples[:, 0].astype(int)]
    width = float((ids == PAVING_ID).mean()) * 2.0 * BLOCK_M
    assert width == pytest.approx(BLOCK_M, abs=3.0 * BLOCK_M / np.linalg.norm(edges[1] - edges[0]))


def test_paving_is_yellow_and_warning_blocks_differ_from_guiding_ones(renderer: Renderer) -> None:
    near = Camera(0.0, 0.0, 0.8, 0.0, 60.0, 0.0, 60.0, *SIZE)
    line = np.array([[0.0, 0.0], [0.0, 2.0]])
    bars = _draw(renderer, [(FLOOR, 0), (strip(line, 0.004, YELLOW, 0.0), PAVING_ID)], near)
    dots = _draw(renderer, [(FLOOR, 0), (dot_field((0, 1), 1, 6, 0.0, 0.004, YELLOW, 0.0), PAVING_ID)], near)
    blue, green, red = bars.image[bars.ids == PAVING_ID].mean(axis=0)
    assert red > green > blue + 40
    # Bars change across the way only, dots both ways.
    grain = []
    for picture in (bars, dots):
        green_of = picture.image[100:150, 145:175, 1].astype(float)
        grain.append(np.abs(np.diff(green_of, axis=1)).mean() / np.abs(np.diff(green_of, axis=0)).mean())
    assert grain[0] > 1.5 * grain[1]


def test_the_sun_throws_a_shadow_to_its_other_side(renderer: Renderer) -> None:
    post = box((0.0, 5.0, 1.0), (0.3, 0.3, 2.0), GREY)
    look = Look(sun_azimuth_deg=270.0, sun_height_deg=40.0)
    level = Camera(0.0, 0.0, 1.6, 0.0, 14.0, 0.0, 70.0, *SIZE)
    batch = renderer.upload([(FLOOR, 0), (post, 2)])
    picture = renderer.render([batch], level, look)
    batch.release()
    spots, _ = level.project(np.array([[1.0, 5.0, 0.0], [-1.0, 5.0, 0.0]]))
    east, west = (picture.image[int(v), int(u)].mean() for u, v in spots)
    assert east < 0.75 * west


def test_what_hides_behind_a_wall_is_partly_visible(renderer: Renderer) -> None:
    thing = box((0.0, 6.0, 0.5), (1.0, 0.3, 1.0), GREY)
    wall = box((0.5, 4.0, 0.5), (0.9, 0.1, 1.0), GREY)
    level = Camera(0.0, 0.0, 1.6, 0.0, 10.0, 0.0, 70.0, *SIZE)
    shown = int((_draw(renderer, [(FLOOR, 0), (thing, 3), (wall, 0)], level).ids == 3).sum())
    whole = int((_draw(renderer, [(FLOOR, 0), (thing, 3)], level).ids == 3).sum())
    assert 0.2 < shown / whole < 0.8
    assert renderer.visible_alone(thing, level) == pytest.approx(whole, rel=0.25)


@pytest.mark.parametrize("lens", [Lens("pinhole", 200.0), Lens("barrel", 200.0, 0.1), Lens("fisheye", 170.0)])
def test_a_lens_bends_picture_and_ids_by_the_same_map(renderer: Renderer, lens: Lens) -> None:
    """White board on black ground: where the id is, the picture is white, and where the lens puts it."""
    board = box((0.9, 5.0, 1.2), (1.2, 0.1, 1.4), Paint((3.0, 3.0, 3.0)))
    dark = fan([(-30, -5), (30, -5), (30, 60), (-30, 60)], 0.0, Paint((0.02, 0.02, 0.02)))
    sky = box((0.0, 90.0, 20.0), (400.0, 1.0, 60.0), Paint((0.02, 0.02, 0.02)))
    camera = Camera(0.0, 0.0, 1.6, 0.0, 5.0, 0.0, 70.0, *SIZE)
    source = source_camera(lens, camera)
    batch = renderer.upload([(dark, 0), (sky, 0), (board, 7)])
    whole = renderer.render([batch], source, Look(zenith=(0, 0, 0), horizon=(0, 0, 0)))
    batch.release()
    shown = bent(lens, whole, source, *SIZE)
    assert shown.image.shape[:2] == shown.ids.shape == shown.depth_m.shape == SIZE[::-1]
    assert _iou(shown.ids == 7, shown.image.mean(axis=2) > 110) > 0.93
    corner = np.array([1.5, 4.95, 1.9]) - camera.eye
    right, up, ahead = camera.axes() @ corner
    tangent = float(np.hypot(right, up) / ahead)
    r = np.linspace(0, 1.2, 4001)
    bends = {"pinhole": r, "barrel": r / (1 - lens.bend * r * r), "fisheye": np.tan(r)}
    out = float(np.interp(tangent, bends[lens.kind], r)) * lens.focal_px
    x = 160 + out * right / np.hypot(right, up)
    assert box_of(shown.ids == 7)[2] == pytest.approx(x, abs=2.0)


def test_no_opengl_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(**_: object) -> None:
        raise ImportError("libEGL.so.1 not loaded")

    monkeypatch.setattr(gl.moderngl, "create_context", missing)
    with pytest.raises(NoRendererError, match=r"libEGL\.so\.1 not loaded.*install libegl1"):
        Renderer(64, 64)


@pytest.fixture(scope="module")
def pictures(renderer: Renderer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("set")
    assert dataset.main(["--n", str(COUNT), "--seed", "5", "--size", "320x240", "--out", str(out)]) == 0
    return out


def _truths(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()]


def test_a_set_holds_picture_boxes_mask_outlines_and_truth(pictures: Path) -> None:
    truths = _truths(pictures)
    assert [t["image"] for t in truths] == [f"{k:06d}.jpg" for k in range(1, COUNT + 1)]
    assert (pictures / "classes.txt").read_text().split() == [c.value for c in ObjectClass]
    about = json.loads((pictures / "dataset.json").read_text())
    assert about == {"n": COUNT, "seed": 5, "size": [320, 240], "generator": dataset.VERSION}
    named = 0
    for t in truths:
        name = t["image"].removesuffix(".jpg")
        image = cv2.imread(str(pictures / "images" / t["image"]))
        assert image is not None
        assert image.shape == (240, 320, 3)
        assert set(t["slices"]) <= set(SLICES)
        assert t["lens"]["kind"] in {"pinhole", "barrel", "fisheye"}
        kept = [o for o in t["objects"] if records.labelled(Sighting(**{**o, "cls": ObjectClass(o["cls"])}))]
        rows = (pictures / "labels" / f"{name}.txt").read_text().splitlines()
        assert len(rows) == len(kept)
        for row, thing in zip(rows, kept, strict=True):
            number, cx, cy, w, h = (float(v) for v in row.split())
            assert list(ObjectClass)[int(number)] == thing["cls"]
            corners = [(cx - w / 2) * 320, (cy - h / 2) * 240, (cx + w / 2) * 320, (cy + h / 2) * 240]
            assert corners == pytest.approx(thing["box"], abs=0.01)
        text = (pictures / "outlines" / f"{name}.txt").read_text().splitlines()
        drawn = [labels.rasterise(line, 320, 240) for line in text]
        for thing in kept:
            if thing["visible_px"] > 300:
                named += 1
                boxes = [box_of(mask) for cls, mask in drawn if cls == thing["cls"]]
                assert min(np.abs(np.subtract(b, thing["box"])).max() for b in boxes) <= 14
    assert named >= 8


def test_the_mask_holds_the_two_colours_of_paving_and_no_other(pictures: Path) -> None:
    bars = dots = 0
    for t in _truths(pictures):
        mask = cv2.imread(str(pictures / "masks" / t["image"].replace("jpg", "png")))
        assert mask is not None
        rgb = mask[..., ::-1]
        bar, dot = (rgb == records.BARS_RGB).all(axis=2), (rgb == records.DOTS_RGB).all(axis=2)
        assert (bar | dot | (rgb == 0).all(axis=2)).all()
        assert (bar | dot).mean() == pytest.approx(t["paving_share"], abs=1e-4)
        assert dot.mean() == pytest.approx(t["warning_share"], abs=1e-4)
        bars, dots = bars + int(bar.sum()), dots + int(dot.sum())
    assert bars > 0
    assert dots > 0


def test_what_blocks_is_the_nearest_thing_on_the_paving(pictures: Path) -> None:
    found = 0
    for t in _truths(pictures):
        near = [
            o for o in t["objects"]
            if o["on_paving"] and o["distance_m"] <= records.NEAR_M and abs(o["bearing_deg"]) < 60
            and records.labelled(Sighting(**{**o, "cls": ObjectClass(o["cls"])}))
        ]  # fmt: skip
        if not near:
            assert t["blocked"] is None
            continue
        first = min(near, key=lambda o: o["distance_m"])
        assert t["blocked"]["id"] == first["id"]
        assert t["blocked"]["cls"] == first["cls"]
        found += 1
    assert 2 <= found < COUNT


def test_several_processes_make_what_one_makes(pictures: Path, tmp_path: Path) -> None:
    given = ["--n", "3", "--seed", "5", "--size", "320x240", "--jobs", "2", "--out", str(tmp_path)]
    assert dataset.main(given) == 0
    for folder in ("images", "labels", "masks", "outlines"):
        for path in sorted((tmp_path / folder).iterdir()):
            assert path.read_bytes() == (pictures / folder / path.name).read_bytes()
    assert _truths(tmp_path) == _truths(pictures)[:3]


def test_distances_agree_with_the_foot_of_the_box(pictures: Path) -> None:
    """The lowest pixel of a thing that stands free in the frame meets the ground at its distance."""
    checked = 0
    for t in _truths(pictures):
        if t["lens"]["kind"] != "pinhole":
            continue
        camera = Camera(**t["camera"])
        for thing in t["objects"]:
            hangs = thing["overhead"] or thing["cls"] in {"stairs", "platform_edge"}
            free = thing["visible_share"] > 0.97 and not thing["cut_off"] and not hangs
            if not free or not 1.5 < thing["distance_m"] < 10:
                continue
            x1, _, x2, foot = thing["box"]
            ray = np.array([((x1 + x2) / 2 - 160) / camera.focal_px, (120 - foot) / camera.focal_px, 1.0])
            world = ray @ camera.axes()
            ground = world * camera.height_m / -world[2]
            seen = float(np.hypot(ground[0], ground[1]))
            assert thing["distance_m"] == pytest.approx(seen, rel=0.25, abs=0.4)
            checked += 1
    assert checked >= 3


def test_the_same_seed_makes_the_same_set_and_parts_join(pictures: Path, tmp_path: Path) -> None:
    arguments = ["--seed", "5", "--size", "320x240", "--out", str(tmp_path)]
    assert dataset.main([*arguments, "--n", "1", "--first", "4"]) == 0
    for name in ("images/000004.jpg", "labels/000004.txt", "masks/000004.png"):
        assert (tmp_path / name).read_bytes() == (pictures / name).read_bytes()


_FOREIGN = '{"route_id": "x", "samples": [[0, 0, 0, 0, 0], [0, 1, 0, 1, 0]]}'


def _write_route(folder: Path) -> tuple[Path, Path, int]:
    lat, lon = 33.2334, 131.6066
    points = tuple((lat + y / 110_900, lon + x / 93_200) for x, y in ((0, 0), (0, 60), (0, 70), (0, 100)))
    walked = {"kind": StretchKind.SIDEWALK, "side": "left", "width_m": 4.0}
    crossed = Crossing(signals="yes", marked="yes")
    stretches = (
        Stretch(first=0, last=1, tactile="yes", **walked),  # type: ignore[arg-type]
        Stretch(first=1, last=2, kind=StretchKind.CROSSING, crossing=crossed),
        Stretch(first=2, last=3, tactile="no", **walked),  # type: ignore[arg-type]
    )
    ends = [Place(name=Name(ja="駅"), lat=p[0], lon=p[1]) for p in (points[0], points[-1])]
    route = Route(
        route_id="r1", source=MapSource(name="m", practice=True, attribution="a"), walker="cane",
        origin=ends[0], destination=ends[1], points=points, stretches=stretches,
        length_m=100.0, duration_s=100.0,
    )  # fmt: skip
    samples = [[0.0, round(float(m), 3), 0.0, round(float(m), 3), False] for m in np.arange(0, 99, STEP_M)]
    route_file, path_file = folder / "route.json", folder / "path.json"
    route_file.write_text(ROUTE.encode(route), encoding="utf-8")
    path_file.write_text(json.dumps({"route_id": "r1", "samples": samples}), encoding="utf-8")
    return route_file, path_file, len(samples)


def _film(folder: Path, *more: str) -> int:
    route, path, _ = _write_route(folder)
    given = ["--route", str(route), "--path", str(path), "--size", "320x240", "--oversample", "1"]
    return walk.main([*given, "--out", str(folder / "c.mp4"), "--truth", str(folder / "t.jsonl.gz"), *more])


def test_a_walk_becomes_a_clip_with_truth(renderer: Renderer, tmp_path: Path) -> None:
    assert _film(tmp_path, "--last", "40") == 0
    about = json.loads((tmp_path / "c.json").read_text())
    assert about["frames"] == 40
    assert (about["hfov_deg"], about["width"], about["height"], about["fps"]) == (70.0, 320, 240, 4)
    with av.open(str(tmp_path / "c.mp4")) as clip:
        frames = list(clip.decode(video=0))
        assert clip.streams.video[0].codec_context.name == "h264"
    assert (len(frames), frames[0].format.name) == (40, "yuv420p")
    with gzip.open(tmp_path / "t.jsonl.gz", "rt", encoding="utf-8") as text:
        truth = [json.loads(line) for line in text]
    assert all(t["paving_share"] > 0.01 for t in truth[:20])
    met = [(t["route_m"], o) for t in truth for o in t["objects"] if o["encounter"] == Kind.BICYCLE.value]
    assert met
    assert all(o["on_paving"] and o["cls"] == "bicycle" for _, o in met)
    nearing = [o["distance_m"] for _, o in met]
    assert nearing[0] > nearing[-1]
    # Its foot stands at one place: the walked way and the distance add up, the step aside apart.
    far = [m + o["distance_m"] for m, o in met if o["distance_m"] > 4]
    assert max(far) - min(far) < 0.4


def test_a_walk_over_unpaved_ground_shows_no_blocks(renderer: Renderer, tmp_path: Path) -> None:
    assert _film(tmp_path, "--first", "262", "--last", "270") == 0
    with gzip.open(tmp_path / "t.jsonl.gz", "rt", encoding="utf-8") as text:
        assert [json.loads(line)["paving_share"] for line in text] == [0.0] * 8


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda f: (f / "path.json").write_text("{"), "path file"),
        (lambda f: (f / "path.json").write_text('{"route_id": "r1", "samples": [[0, 0]]}'), "path file"),
        (lambda f: (f / "path.json").unlink(), "No such file"),
        (lambda f: (f / "route.json").write_text("{}"), "route file"),
        (
            lambda f: (f / "path.json").write_text('{"route_id": "x", "samples": [[0,0,0,0,0],[0,1,0,1,0]]}'),
            "r1",
        ),
    ],
)
def test_bad_input_is_one_line_and_exit_2_and_leaves_an_earlier_clip(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: object, says: str
) -> None:
    route, path, _ = _write_route(tmp_path)
    (tmp_path / "c.mp4").write_bytes(b"earlier")
    assert callable(damage)
    damage(tmp_path)
    given = ["--route", str(route), "--path", str(path)]
    assert walk.main([*given, "--out", str(tmp_path / "c.mp4"), "--truth", str(tmp_path / "t.jsonl")]) == 2
    text = capsys.readouterr().err
    assert says in text
    assert text.count("\n") == 1
    assert (tmp_path / "c.mp4").read_bytes() == b"earlier"


def test_two_renderers_do_not_disturb_each_other(renderer: Renderer) -> None:
    parts = [(FLOOR, 0), (strip(np.array([[0.0, -3.0], [0.0, 20.0]]), 0.004, YELLOW, 0.2), PAVING_ID)]
    before = _draw(renderer, parts)
    with Renderer(64, 64) as second:
        second.upload(parts).release()
    after = _draw(renderer, parts)
    np.testing.assert_array_equal(before.ids, after.ids)
    np.testing.assert_array_equal(before.image, after.image)
