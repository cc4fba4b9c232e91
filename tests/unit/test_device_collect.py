"""Collecting pictures: what is kept, what is hidden, and that a fault leaves what is stored whole."""

import errno
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

import device.collect_store as collect_store
import shirube
from device.cameras.uri import without_secrets
from device.clocks import VirtualClock
from device.collect import Collector
from device.collect_camera import camera_frames
from device.collect_choice import Chooser
from device.collect_privacy import blurred, head, plate, regions
from device.collect_store import Manifest, Store
from device.errors import CameraError, ConfigError, RecordError
from vision.labelling.records import LabelError, read_lines, read_records
from vision.types import Detection, Detections, Frame, ObjectClass
from wire.position import Fix

PERSON = Detection(ObjectClass.PERSON, 0.9, (40.0, 30.0, 80.0, 150.0))


def street(seed: int) -> np.ndarray:
    """A picture full of edges, another for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 255, (12, 16, 3), np.uint8)
    return cv2.resize(coarse, (320, 240), interpolation=cv2.INTER_NEAREST)


class FakeFinder:
    """Sees one person, and half of the picture as paving."""

    def detect(self, frame: Frame, least: float | None = None) -> Detections:
        paving = np.zeros(frame.image.shape[:2], np.bool_)
        paving[:, 100:160] = True
        return Detections(frame.index, frame.t_s, (320, 240), (PERSON,), paving, 0.9)


class FakePositions:
    """One fix, once."""

    def __init__(self) -> None:
        self.waiting = [Fix(utc_s=0.0, lat=33.2, lon=131.6, accuracy_m=5.0)]

    def poll(self) -> tuple[Fix, ...]:
        given, self.waiting = tuple(self.waiting), []
        return given

    def close(self) -> None:
        pass


def manifest(blur: bool = True) -> Manifest:
    return Manifest("v4l2:/dev/video0", "m", "0" * 64, 2.0, blur, False, 1, "2026-11-28T00:00:00+00:00")


def collector(folder: Path, **more: object) -> Collector:
    blur = bool(more.pop("blur", True))
    return Collector(Store(folder, 0), FakeFinder(), VirtualClock(1e9), manifest(blur), **more)  # type: ignore[arg-type]


def walk(count: int, step_s: float = 1.0) -> Iterator[Frame]:
    return (Frame(k, k * step_s, street(k)) for k in range(count))


def test_a_picture_at_most_every_two_seconds_with_its_proposal(tmp_path: Path) -> None:
    folder = tmp_path / "walk"
    outcome = collector(folder).run(walk(7), None, lambda _: None)
    assert (outcome.manifest.stored, outcome.manifest.why, outcome.fault) == (4, "end", None)
    lines = read_lines(folder / "labels.jsonl")
    assert [line.record.file for line in lines] == [f"pictures/{k:05d}.jpg" for k in range(1, 5)]
    record = lines[0].record
    assert (record.source, record.proposed, record.things_complete) == ("walk", True, False)
    assert record.things[0].cls is ObjectClass.PERSON
    assert len(record.paving) == 1
    stored = [json.loads(line) for line in (folder / "pictures.jsonl").read_text().splitlines()]
    assert [each["t_s"] for each in stored] == [0, 2, 4, 6]
    assert all(each["place"] is None and each["blurred"] == 1 for each in stored)
    assert json.loads((folder / "manifest.json").read_text())["ended"] is not None
    assert folder.stat().st_mode & 0o077 == 0


def test_proposals_are_no_labels(tmp_path: Path) -> None:
    collector(tmp_path / "walk").run(walk(1), None, lambda _: None)
    with pytest.raises(LabelError, match="proposal"):
        read_records(tmp_path / "walk" / "labels.jsonl")


def test_dark_covered_smeared_and_the_same_again_are_left_out() -> None:
    chooser = Chooser(2.0)
    noise = np.random.default_rng(1).integers(0, 3, (240, 320, 3), np.uint8)
    assert chooser.refusal(Frame(0, 0.0, noise)) == "dark"
    assert chooser.refusal(Frame(1, 1.0, noise + 120)) == "covered"
    smeared = cv2.GaussianBlur(street(1), (0, 0), 12)
    assert chooser.refusal(Frame(2, 2.0, smeared)) == "smeared"
    assert chooser.refusal(Frame(3, 3.0, street(1))) is None
    brighter = cv2.convertScaleAbs(street(1), alpha=1.0, beta=2)
    assert chooser.refusal(Frame(4, 6.0, brighter)) == "same"
    assert chooser.refusal(Frame(5, 9.0, street(2))) is None


def test_trouble_is_told_once(tmp_path: Path) -> None:
    said: list[str] = []
    dark = (Frame(k, k * 0.5, np.full((240, 320, 3), k % 3, np.uint8)) for k in range(6))
    collector(tmp_path / "walk").run(dark, None, said.append)
    assert len(said) == 1
    assert "暗" in said[0]


def test_heads_and_plates_are_hidden_for_good(tmp_path: Path) -> None:
    image = street(3)
    car = Detection(ObjectClass.CAR, 0.2, (150.0, 100.0, 300.0, 220.0))
    boxes = regions((PERSON, car, Detection(ObjectClass.POLE, 0.9, (0.0, 0.0, 9.0, 99.0))))
    assert boxes == (head(PERSON.box), plate(car.box))
    hidden = blurred(image, boxes)
    changed = (hidden != image).any(2)
    assert changed[35:65, 42:78].mean() > 0.8
    assert changed[160:215, 180:270].mean() > 0.8
    assert not changed[75:150, 40:80].any()
    assert blurred(image, ((-50.0, -50.0, -1.0, -1.0),)).tolist() == image.tolist()
    collector(tmp_path / "open", blur=False).run(walk(1), None, lambda _: None)
    stored = cv2.imread(str(tmp_path / "open" / "pictures" / "00001.jpg"))
    assert np.abs(stored.astype(int) - street(0)).mean() < 12


def test_no_position_unless_asked_for(tmp_path: Path) -> None:
    collector(tmp_path / "walk", positions=FakePositions()).run(walk(1), None, lambda _: None)
    line = json.loads((tmp_path / "walk" / "pictures.jsonl").read_text())
    assert line["place"] == {"lat": 33.2, "lon": 131.6, "accuracy_m": 5.0}
    assert b"Exif" not in (tmp_path / "walk" / "pictures" / "00001.jpg").read_bytes()


def lost() -> Iterator[Frame]:
    yield from walk(3)
    raise CameraError("the camera stopped")


def interrupted() -> Iterator[Frame]:
    yield from walk(3)
    raise KeyboardInterrupt


def test_a_lost_camera_and_ctrl_c_leave_all_that_was_stored(tmp_path: Path) -> None:
    gone = collector(tmp_path / "a").run(lost(), None, lambda _: None)
    assert (gone.manifest.stored, gone.manifest.why, gone.fault) == (2, "camera lost", "the camera stopped")
    asked = collector(tmp_path / "b").run(interrupted(), None, lambda _: None)
    assert (asked.manifest.stored, asked.manifest.why, asked.fault) == (2, "asked", None)
    timed = collector(tmp_path / "c").run(walk(200), 0.1, lambda _: None)
    assert (timed.manifest.stored, timed.manifest.why) == (3, "minutes")


@pytest.mark.parametrize("where", ["_append", "_write_whole"])
def test_a_full_disk_leaves_whole_lines_and_pictures(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = getattr(collect_store, where)
    calls = 0

    def full(path: Path, what: object) -> None:
        nonlocal calls
        calls += path.suffix != ".json"
        if calls > 3:
            if where == "_append":
                with path.open("a") as file:
                    file.write('{"half')
                raise OSError(errno.ENOSPC, "No space left on device")
            raise collect_store.FolderFullError("disk full")
        real(path, what)

    monkeypatch.setattr(collect_store, where, full)
    folder = tmp_path / "walk"
    outcome = collector(folder).run(walk(20), None, lambda _: None)
    assert outcome.manifest.why == "disk full"
    assert outcome.fault is not None
    assert "\n" not in outcome.fault
    names = sorted(path.name for path in (folder / "pictures").iterdir())
    for name in ("labels.jsonl", "pictures.jsonl"):
        text = (folder / name).read_text()
        assert text.endswith("}\n")
        assert len(text.splitlines()) == len(names) == outcome.manifest.stored


def test_room_is_left_for_the_rest_of_the_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "walk")
    monkeypatch.setattr(collect_store.shutil, "disk_usage", lambda _: SimpleNamespace(free=10_000))
    with pytest.raises(RecordError, match="full"):
        store.picture("1.jpg", b"x")
    assert list((tmp_path / "walk" / "pictures").iterdir()) == []


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("x")
    with pytest.raises(RecordError, match="empty"):
        Store(tmp_path)


def test_secrets_of_a_camera_are_not_recorded() -> None:
    assert without_secrets("rtsp://me:secret@10.0.0.2:554/live?pw=1") == "rtsp://10.0.0.2:554/live"


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("glasses:1", ConfigError),
        ("file:", ConfigError),
        ("file:/none.mp4", CameraError),
        ("v4l2:/none", CameraError),
    ],
)
def test_a_camera_that_is_not_there_is_told_in_one_line(uri: str, kind: type[Exception]) -> None:
    with pytest.raises(kind) as told:
        camera_frames(uri, VirtualClock(0.0))
    assert "\n" not in str(told.value)


def test_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["shirube", "device", "collect", "--record", str(tmp_path / "w"), "--camera", "file:x.mp4"]
    monkeypatch.setattr("sys.argv", command)
    with pytest.raises(SystemExit) as ended:
        shirube.main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "同意" in told
    assert "rm -r" in told
    assert not (tmp_path / "w").exists()
