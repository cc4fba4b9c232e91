"""`shirube vision run` and `vision bench` from the command line, with the shipped model."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

import shirube
from vision.pictures import read_picture
from vision.video import VideoWriter, open_clip


@pytest.fixture(scope="module")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of a yellow strip on grey, with grain."""
    path = tmp_path_factory.mktemp("clip") / "strip.mp4"
    rng = np.random.default_rng(2)
    with VideoWriter(path, (480, 360), 10.0) as writer:
        for _ in range(40):
            picture = rng.integers(90, 130, (360, 480, 3), np.uint8)
            for y in range(120, 360):
                half = round(480 * 0.06 * (y - 90) / 270)
                picture[y, 240 - half : 240 + half] = (40, 180, 220)
            writer.write(picture)
    return path


def go(*words: object) -> str:
    done = CliRunner().invoke(shirube.app, ["vision", *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> str:
    monkeypatch.setattr("sys.argv", ["shirube", "vision", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        shirube.main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    return line


def test_a_clip_is_drawn_told_plotted_and_summed_up(clip_file: Path, tmp_path: Path) -> None:
    out, events, plots = tmp_path / "a.mp4", tmp_path / "e.jsonl", tmp_path / "plots"
    told = json.loads(
        go(
            "run",
            clip_file,
            "--out",
            out,
            "--events",
            events,
            "--plots",
            plots,
            "--from",
            1,
            "--to",
            3,
            "--json",
        )
    )
    assert told["models"]["paving-v3"]["frames"] == 20
    assert told["seconds"] == 2.0
    assert told["x_real_time"] > 0
    assert told["plots"] == [str(plots / "overview.png")]
    assert read_picture(plots / "overview.png").shape[1] == 1100
    assert open_clip(out).frames == 20
    kinds = [json.loads(line)["event"] for line in events.read_text("utf-8").splitlines()]
    assert kinds[0] == "run"
    assert kinds.count("scene") == 20


def test_two_models_in_one_table(clip_file: Path, tmp_path: Path) -> None:
    told = go("run", clip_file, "--to", 1, "--compare", "paving-v3-384x288", "--out", tmp_path / "both.mp4")
    assert "A: paving-v3\n" in told
    assert "B: paving-v3-384x288" in told
    assert "案内 / announcements" in told
    assert open_clip(tmp_path / "both.mp4").size[0] == 964


def test_a_picture_in_and_a_picture_out(tmp_path: Path, clip_file: Path) -> None:
    capture = cv2.VideoCapture(str(clip_file))
    cv2.imwrite(str(tmp_path / "in.png"), capture.read()[1])
    told = json.loads(go("run", tmp_path / "in.png", "--out", tmp_path / "out.png", "--json"))
    assert told["models"]["paving-v3"]["frames"] == 4
    assert read_picture(tmp_path / "out.png").shape[1] == 480


def test_the_bench_prints_a_table_and_json(clip_file: Path, tmp_path: Path) -> None:
    words = ("bench", clip_file, "--count", 4, "--latency-s", 0, "--ultralytics", tmp_path / "none.onnx")
    table = go(*words)
    assert "Timing(" not in table
    assert "ネットワーク以外 / all but the network" in table
    assert "裸の ONNX セッション / bare ONNX session" in table
    told = json.loads(go(*words, "--json"))
    assert (told["images"], told["size"], told["model"]) == (4, [640, 480], "paving-v3")
    assert {"network", "detect", "bare session", "all but the network"} <= set(told["timings"])
    assert told["detector_over_bare_session"] > 0
    assert told["ultralytics"] is None
    assert told["first_sample"] is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "absent.mp4"], "absent.mp4"),
        (["run", "CLIP", "--from", "99"], "no picture at 99 s"),
        (["run", "CLIP", "--from", "3", "--to", "2"], "nothing lies between"),
        (["run", "CLIP", "--from", "-3"], "before the beginning"),
        (["run", "CLIP", "--out", "CLIP"], "written over"),
        (["run", "CLIP", "--plots", "CLIP"], "cannot be written"),
        (["run", "CLIP", "--out", "x.avi"], "x.avi"),
        (["run", "CLIP", "--camera", "absent.toml"], "absent.toml"),
        (["run", "CLIP", "--imu", "absent.csv"], "absent.csv"),
        (["run", "CLIP", "--compare", "paving-v3"], "nothing would differ"),
        (["run", "CLIP", "--compare", "no-such"], "no-such"),
        (["bench", "absent.mp4"], "absent.mp4"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: list[str],
    says: str,
    clip_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert says in refused(
        capsys, monkeypatch, *[str(clip_file) if word == "CLIP" else word for word in words]
    )
    assert not list(tmp_path.iterdir())
