"""Labels: what `shirube vision labels` finds, draws and proposes."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

import shirube
from vision.labelling.check import label_findings, look_hash
from vision.labelling.contact import Layout, parse_layout
from vision.labelling.proposals import outlines
from vision.labelling.records import (
    LabelError,
    LabelledThing,
    Line,
    Record,
    read_lines,
    read_records,
    sha256_of,
    write_records,
)
from vision.types import ObjectClass
from vision.video import VideoWriter

STRIP = ((40.0, 0.0), (60.0, 0.0), (60.0, 99.0), (40.0, 99.0))
BIKE = LabelledThing(ObjectClass.BICYCLE, (35.0, 40.0, 65.0, 70.0), on_paving=True, near=True)


def record(name: str = "a.png", **more: object) -> Record:
    sha = f"{name:x<64}"
    fields: dict[str, object] = {"scene": name, "split": "train", "paving": (STRIP,), "things": (BIKE,)}
    return Record(sha, "street", name, 100, 100, **(fields | more))  # type: ignore[arg-type]


def kinds(*records: Record) -> list[str]:
    return [f.kind for f in label_findings([Line(f"f:{k}", r) for k, r in enumerate(records, 1)])]


def test_sound_labels_have_no_findings() -> None:
    assert kinds(record("a"), record("b", split="test")) == []


@pytest.mark.parametrize(
    ("records", "kind"),
    [
        ((record("a", scene="s"), record("b", scene="s", split="test")), "split"),
        ((record("a"), record("a")), "duplicate"),
        ((record("a", things=(replace(BIKE, box=(0.0, 0.0, 101.0, 9.0)),)),), "values"),
        ((record("a", paving=((*STRIP, (0.0, 120.0)),)),), "outside"),
        ((record("a", proposed=True),), "values"),
        ((record("a", things=(replace(BIKE, box=(0.0, 0.0, 20.0, 50.0)),)),), "foot"),
        ((record("a", warning=(((0.0, 0.0), (30.0, 0.0), (30.0, 30.0)),)),), "dots"),
    ],
)
def test_each_fault_is_found(records: tuple[Record, ...], kind: str) -> None:
    assert kinds(*records) == [kind]


def test_frames_of_one_clip_are_no_duplicates() -> None:
    assert kinds(record("a", frame=1), record("a", frame=2)) == []
    assert "split" in kinds(record("a", frame=1), record("a", frame=2, scene="o", split="test"))


def test_a_label_file_comes_back_and_says_proposed_only_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    write_records(path, [record("a"), record("b", proposed=True)])
    assert path.read_text().count("proposed") == 1
    assert [line.record for line in read_lines(path)] == [record("a"), record("b", proposed=True)]
    with pytest.raises(LabelError, match=r"l\.jsonl:2"):
        read_records(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three pictures and a clip below `street`, and their labels."""
    folder = tmp_path / "data" / "street"
    folder.mkdir(parents=True)
    records = []
    for k in range(3):
        image = np.random.default_rng(k).integers(0, 255, (100, 100, 3), np.uint8)
        cv2.imwrite(str(folder / f"{k}.png"), image)
        records.append(replace(record(f"{k}.png"), sha256=sha256_of(folder / f"{k}.png")))
    with VideoWriter(folder / "clip.mp4", (100, 100), 10.0) as writer:
        for k in range(5):
            writer.write(np.full((100, 100, 3), 40 * k, np.uint8))
    sha = sha256_of(folder / "clip.mp4")
    records.append(replace(record("clip.mp4", frame=3, split="test"), sha256=sha))
    write_records(tmp_path / "l.jsonl", records)
    return tmp_path


def told(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(shirube.app, ["vision", "labels", *words])
    return done.exit_code, done.output


def test_check_looks_at_the_pictures(root: Path) -> None:
    words = ("check", str(root / "l.jsonl"), "--pictures", str(root / "data"))
    assert told(*words)[0] == 0
    (root / "data/street/1.png").write_bytes(b"other")
    (root / "data/street/2.png").unlink()
    code, text = told(*words)
    assert code == 1
    assert "sha256" in text
    assert "no such file" in text


def test_check_tells_a_frame_beyond_the_end_and_another_size(root: Path) -> None:
    first, *rest = (line.record for line in read_lines(root / "l.jsonl"))
    clip = next(r for r in rest if r.frame is not None)
    write_records(root / "l.jsonl", [replace(first, width=90, things=()), replace(clip, frame=77)])
    code, text = told("check", str(root / "l.jsonl"), "--pictures", str(root / "data"))
    assert code == 1
    assert "100x100" in text
    assert "ends before frame 77" in text


def test_draw_writes_sheets_and_single_pictures(root: Path) -> None:
    words = ("draw", str(root / "l.jsonl"), "--pictures", str(root / "data"), "--out")
    assert told(*words, str(root / "a"), "--sheet", "3x2")[0] == 0
    sheet = cv2.imread(str(root / "a" / "sheet-001.jpg"))
    assert sheet.shape == (1000, 1440, 3)
    assert told(*words, str(root / "b"), "--split", "test", "--grid")[0] == 0
    assert [path.name for path in (root / "b").iterdir()] == ["street_clip.mp4-3.jpg"]


def test_new_prints_a_line_that_claims_nothing(root: Path) -> None:
    clip = str(root / "data/street/clip.mp4")
    words = ("new", clip, "--source", "street", "--scene", "s", "--split", "val")
    code, text = told(*words, "--frame", "2")
    (root / "t.jsonl").write_text(text)
    (line,) = read_lines(root / "t.jsonl")
    assert code == 0
    assert (line.record.file, line.record.frame, line.record.proposed) == ("clip.mp4", 2, True)
    assert not line.record.paving_known


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["check", "none.jsonl"], "none.jsonl"),
        (["draw", "l.jsonl", "--pictures", "none", "--out", "o"], "none"),
        (["draw", "l.jsonl", "--pictures", "data", "--out", "o", "--sheet", "9x9"], "--sheet"),
        (["draw", "l.jsonl", "--pictures", "data", "--out", "o", "--split", "dev"], "--split"),
        (["new", "data/street/clip.mp4", "--source", "street", "--scene", "s"], "--frame"),
        (["new", "data/street/clip.mp4", "--source", "s", "--scene", "s", "--frame", "99"], "99"),
        (["new", "l.jsonl", "--source", "s", "--scene", "s", "--frame", "1"], "l.jsonl"),
        (["propose", "data", "--scene", "s", "--out", "l.jsonl"], "l.jsonl"),
    ],
)
def test_bad_input_is_one_line(
    root: Path,
    words: list[str],
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setattr("sys.argv", ["shirube", "vision", "labels", *words])
    with pytest.raises(SystemExit) as ended:
        shirube.main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert says in line


def test_outlines_of_a_mask_are_few_points_that_cover_it() -> None:
    mask = np.zeros((300, 400), np.bool_)
    mask[50:290, 180:240] = True
    mask[5:8, 5:8] = True  # a speck
    (outline,) = outlines(mask)
    assert 4 <= len(outline) <= 6
    drawn = np.zeros(mask.shape, np.uint8)
    cv2.fillPoly(drawn, [np.array(outline, np.int32)], 1)
    assert (drawn[50:290, 180:240] == 1).mean() > 0.99


def test_a_picture_scaled_and_saved_anew_looks_alike() -> None:
    coarse = np.random.default_rng(5).integers(0, 255, (8, 9, 3), np.uint8)
    image = cv2.resize(coarse, (360, 320), interpolation=cv2.INTER_CUBIC)
    again = cv2.resize(image, (270, 240), interpolation=cv2.INTER_AREA)
    assert (look_hash(image) ^ look_hash(again)).bit_count() <= 3
    other = cv2.flip(image, 1)
    assert (look_hash(image) ^ look_hash(other)).bit_count() > 10


def test_layouts() -> None:
    assert parse_layout("4x3") == Layout(4, 3)
