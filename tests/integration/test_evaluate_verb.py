"""`shirube vision evaluate` from end to end with the model that ships: table, JSON, or one line of fault."""

import dataclasses
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from shirube import app
from vision.errors import VisionError
from vision.evaluation.run import Options, evaluate, told
from vision.labelling.records import REAL, read_records
from vision.video import VideoWriter

KEYS = {
    "model", "data", "pictures", "paving_iou", "paving_iou_pooled", "miou", "blocked_path_recall",
    "false_alarms_per_min", "false_alarm_share", "recall", "ap50", "slices", "baselines", "intervals",
    "skipped", "ms_per_picture",
}  # fmt: skip


def street(path: Path, seed: int) -> None:
    """A yellow strip on noisy grey."""
    rng = np.random.default_rng(seed)
    image = rng.integers(90, 130, (240, 320, 3), np.uint8)
    drawn = np.zeros((240, 320, 3), np.uint8)
    for y in range(80, 240):
        half = round(0.1 * (y - 60))
        image[y, 160 - half : 160 + half] = (40, 190, 220)
        drawn[y, 160 - half : 160 + half] = (0, 255, 255)
    for name, picture in (("images", image), ("masks", drawn)):
        (path / name).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path / name / f"{seed}.png"), picture)


@pytest.fixture(scope="module")
def masks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("masks")
    for seed in range(3):
        street(folder, seed)
    (folder / "images" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    shutil.copy(folder / "masks" / "0.png", folder / "masks" / "broken.png")
    return folder


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes")
    lines = []
    for seed in range(2):
        street(folder, seed)
        cone = {"cls": "cone", "box": [150, 140, 170, 180], "distance_m": 3.0, "on_paving": True}
        blocked = {"cls": "cone", "distance_m": 3.0}
        lines.append(
            {
                "image": f"{seed}.png",
                "slices": ["shadow"],
                "objects": [] if seed else [cone],
                "blocked": None if seed else blocked,
            }
        )
    (folder / "truth.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def as_json(data: Path, **options: Any) -> dict[str, Any]:
    report = evaluate(data, Options(weights=Path("nowhere"), **options))
    found: dict[str, Any] = json.loads(told(report, as_json=True))
    return found


def test_masks_give_paving_figures_and_nothing_that_they_do_not_tell(masks: Path) -> None:
    found = as_json(masks)
    assert set(found) >= KEYS
    assert found["pictures"] == 3
    assert ["broken.png" in line for line in found["skipped"]] == [True]
    assert 0 <= found["paving_iou"] <= 1
    assert found["blocked_path_recall"] is None
    assert found["false_alarms_per_min"] is None
    assert found["recall"] is None
    assert found["slices"] is None
    hsv = found["baselines"]["hsv"]
    assert hsv["paving_iou"] > 0.95
    assert hsv["recall"] is None
    assert "blocked_path_recall" in hsv["reasons"]
    missing = found["baselines"]["yolov8n_int8"]
    assert missing["paving_iou"] is None
    assert "no such file" in missing["reasons"]["paving_iou"]


def test_the_same_data_give_the_same_report(masks: Path) -> None:
    first, second = as_json(masks, baselines=False), as_json(masks, baselines=False)
    for found in (first, second):
        found.pop("ms_per_picture")
    assert first == second


def test_pictures_that_taught_the_model_are_told(masks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vision.evaluation import real
    from vision.labelling.records import Record, sha256_of

    def record(name: str, split: str) -> Record:
        one = read_records(REAL / "stills.jsonl")[0]
        return dataclasses.replace(one, sha256=sha256_of(masks / "images" / name), split=split)

    quiet = Options(baselines=False)
    assert evaluate(masks, quiet).notes == ()
    known = [record("0.png", "train"), record("1.png", "val"), record("2.png", "test")]
    monkeypatch.setattr(real, "record_files", lambda _: [masks])
    monkeypatch.setattr(real, "read_records", lambda _: known)
    told_as_it_happens: list[str] = []
    (note,) = evaluate(masks, quiet, tell=told_as_it_happens.append).notes
    assert note.startswith("うち 2 枚は")
    assert note in told_as_it_happens


def test_scenes_give_blocked_paths_and_slices(scenes: Path) -> None:
    found = as_json(scenes)
    assert found["blocked"] == 1
    assert found["clear"] == 1
    assert found["blocked_path_recall"] in (0.0, 1.0)
    assert found["slices"]["shadow"]["n"] == 2
    assert found["slices"]["night"] == {"paving_iou": None, "blocked_path_recall": None, "n": 0}
    assert found["blocked_by"]["cone"]["of"] == 1


def test_the_verb_prints_a_table_or_json_and_shows_progress(masks: Path) -> None:
    run = CliRunner()
    usual = ["vision", "evaluate", str(masks), "--weights", "nowhere"]
    table = run.invoke(app, [*usual, "--limit", "2", "--size-report"])
    assert table.exit_code == 0, table.output
    assert "ブロックの IoU 平均 / paving IoU, mean" in table.stdout
    assert " MB · " in table.stdout
    assert "2/2" in table.stderr
    plain = run.invoke(app, [*usual, "--json"])
    assert json.loads(plain.stdout)["pictures"] == 3
    assert "broken.png" in plain.stderr


def test_a_video_that_breaks_off_is_evaluated_up_to_the_break(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    rng = np.random.default_rng(2)
    with VideoWriter(whole, (320, 240), 10.0) as writer:
        for _ in range(60):
            writer.write(rng.integers(0, 255, (240, 320, 3), np.uint8))
    _index_first(whole)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    spans = tmp_path / "spans.toml"
    spans.write_text("[cut]\nclear = [[0, 59]]\n[whole]\nclear = [[0, 59]]\n")
    full, found = (as_json(path, baselines=False, spans=spans) for path in (whole, cut))
    assert full["pictures"] == 60
    assert full["notes"] == []
    assert 10 < found["pictures"] < 50
    assert "broke off at frame" in found["notes"][-1]
    assert found["clear_minutes"] < full["clear_minutes"] == pytest.approx(0.1)
    unknown = as_json(cut, baselines=False)
    assert unknown["false_alarms_per_min"] is None
    assert "no spans are known" in unknown["notes"][0]


def _index_first(path: Path) -> None:
    """Move the index before the pictures, as cameras that write in pieces do."""
    import av

    moved = path.with_name("moved.mp4")
    with av.open(str(path)) as source, av.open(str(moved), "w", options={"movflags": "faststart"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    moved.replace(path)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: p / "gone", "no such file or folder"),
        (lambda p: p, "no images/ in it"),
        (lambda p: _written(p / "notes.txt"), "neither a folder"),
        (lambda p: _written(p / "clip.mp4"), "not a video"),
        (lambda p: _written(p / "labels.jsonl"), r"labels\.jsonl:1"),
    ],
)
def test_data_of_no_use_is_one_line_and_exit_code_two(tmp_path: Path, make: Any, words: str) -> None:
    data = make(tmp_path)
    with pytest.raises(VisionError, match=words) as caught:
        evaluate(data, Options(weights=Path("nowhere")))
    assert "\n" not in str(caught.value)


def _written(path: Path) -> Path:
    path.write_text("nothing of the kind\n")
    return path


def test_a_folder_in_which_nothing_can_be_read_is_a_fault(tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.png").write_bytes(b"")
    with pytest.raises(VisionError, match=r"a\.png: .*the file is empty"):
        evaluate(tmp_path, Options(weights=Path("nowhere")))


def test_a_model_that_is_not_there_or_not_a_model(masks: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"no graph")
    for model in ("paving-v0", str(tmp_path / "gone.onnx"), str(tmp_path / "bad.onnx")):
        with pytest.raises(VisionError):
            evaluate(masks, Options(model=model, weights=Path("nowhere")))


def test_the_command_line_ends_with_two(tmp_path: Path) -> None:
    verb = [sys.executable, "-m", "shirube", "vision", "evaluate", str(tmp_path)]
    done = subprocess.run(verb, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
