"""`shirube demo` as its user runs it: real server, model, voice and film; cut short for the suite's sake."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from device.demo.backstage import Backstage
from device.demo.chart import read_sketch
from device.demo.output import Output
from device.demo.run import MAP, Options, Result, perform
from device.demo.screening import Screening
from routing.practice import practice_map

REPO = Path(__file__).parents[2]
SHARED_CLIP = REPO.parent / "shared/data/vision/walk_videos/pedestrian_on_paving.mp4"
FILES = (
    "walk.mp4",
    "transcript.md",
    "route.svg",
    "route.png",
    "announcements.jsonl",
    "outing.json",
    "summary.json",
    "run/run.json",
)
MINUTES = "1.5"


def _shirube(*words: str, **limits: int) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, name), (value, value))

    return subprocess.run(
        [sys.executable, "-m", "shirube", *words],
        cwd=REPO,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=240,
        preexec_fn=limit if limits else None,
        check=False,
    )


def _demo(out: Path, *words: str) -> dict[str, object]:
    done = _shirube("demo", "--json", "--minutes", MINUTES, "--out", str(out), *words)
    assert done.returncode == 0, done.stderr
    summary: dict[str, object] = json.loads(done.stdout)
    return summary


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    out = tmp_path_factory.mktemp("demo") / "out"
    return out, _demo(out)


def test_it_makes_every_file(demo: tuple[Path, dict[str, object]]) -> None:
    out, _ = demo
    assert [name for name in FILES if not (out / name).stat().st_size] == []
    assert not (out.parent / ".out.new").exists()


def test_the_store_holds_exactly_what_the_device_made(demo: tuple[Path, dict[str, object]]) -> None:
    events = demo[1]["events"]
    assert isinstance(events, dict)
    assert events["made"] == events["stored"] > 60
    assert events["duplicate"] == 0


def test_frames_were_really_inferred(demo: tuple[Path, dict[str, object]]) -> None:
    assert demo[1]["frames_inferred"] == 4 * 60 * float(MINUTES) + 1


def test_the_film_has_sound_as_long_as_its_pictures(demo: tuple[Path, dict[str, object]]) -> None:
    with av.open(str(demo[0] / "walk.mp4")) as film:
        lengths = {
            s.type: float(s.duration * s.time_base) for s in film.streams if s.duration and s.time_base
        }
        assert abs(lengths["video"] - lengths["audio"]) <= 0.5
        assert lengths["video"] == pytest.approx(60 * float(MINUTES), abs=1.0)
        samples = np.concatenate([frame.to_ndarray().ravel() for frame in film.decode(audio=0)])
    assert float(np.sqrt(np.mean(samples**2))) > 0.01  # of full scale 1.0: not silence


def test_the_outing_was_computed_from_positions(demo: tuple[Path, dict[str, object]]) -> None:
    outing = json.loads((demo[0] / "outing.json").read_text("utf-8"))
    assert outing["practice"] is True
    assert outing["ended"] is True
    assert 0.0 < outing["minutes"] <= float(MINUTES) + 0.1


def test_the_same_seed_gives_the_same_bytes(demo: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
    _, again = _walk_unfilmed(tmp_path / "again", minutes=float(MINUTES))
    assert again == (demo[0] / "announcements.jsonl").read_bytes()
    assert b"spoken" in again


def test_the_recorded_run_replays_to_the_same_words(demo: tuple[Path, dict[str, object]]) -> None:
    done = _shirube("device", "replay", "check", str(demo[0] / "run"))
    assert done.returncode == 0, done.stderr


def test_a_changed_recording_is_noticed_and_can_be_made_the_expectation(
    demo: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(demo[0] / "run", run)
    heard = (run / "announcements.jsonl").read_text("utf-8")
    (run / "announcements.jsonl").write_text(heard.replace("練習用の地図", "本物の地図"), "utf-8")
    manifest = json.loads((run / "run.json").read_text("utf-8"))
    manifest |= {"finished": False, "files": {}}
    (run / "run.json").write_text(json.dumps(manifest), "utf-8")
    done = _shirube("device", "replay", "check", str(run))
    assert done.returncode == 1
    assert "本物の地図" in done.stderr
    assert _shirube("device", "replay", "update", str(run)).returncode == 0
    assert _shirube("device", "replay", "check", str(run)).returncode == 0


@pytest.mark.skipif(not SHARED_CLIP.exists(), reason=f"{SHARED_CLIP.name} is not here (shared data)")
def test_the_person_who_steps_on_the_blocks_is_announced(tmp_path: Path) -> None:
    _, said = _walk_unfilmed(tmp_path / "out", video=SHARED_CLIP, minutes=0.5)
    rows = [json.loads(line) for line in said.decode("utf-8").splitlines()]
    spoken = [row for row in rows if row["outcome"] == "spoken" and row["key"].startswith("obstacle/")]
    assert any("人" in row["ja"] and "person" in row["en"].lower() for row in spoken), rows
    # The clip is shorter than the walk: its end is told, silence would look like safety.
    assert "camera_lost" in {row["kind"] for row in rows if row["outcome"] == "spoken"}


def _walk_unfilmed(out: Path, **options: object) -> tuple[Result, bytes]:
    """A walk in this process, and what was said in it."""
    given = Options(out=out, film=False, **options)  # type: ignore[arg-type]
    output = Output(out)
    backstage = Backstage(output.folder / "server.sqlite", output.folder / "server.log")
    try:
        screening = Screening(read_sketch(practice_map(MAP)), film=False, quiet=True)
        result = perform(given, backstage, output, screening)
        return result, (output.folder / "announcements.jsonl").read_bytes()
    finally:
        backstage.kill()
        output.discard()


def test_a_server_that_is_killed_in_the_middle_loses_and_doubles_nothing(tmp_path: Path) -> None:
    result, _ = _walk_unfilmed(tmp_path / "out", camera=False, crash=True, minutes=2.5)
    assert result.made == result.stored > 130
    assert result.doubled == 0


# --- bad input: one clear line, exit 2, earlier output kept ---------------------------------------


def _earlier(out: Path) -> None:
    out.mkdir()
    (out / "transcript.md").write_text("earlier", "utf-8")


def _refused(out: Path, done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("shirube: ")
    assert "Traceback" not in done.stderr
    assert (out / "transcript.md").read_text("utf-8") == "earlier"
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    return last


def test_a_missing_video_is_refused(tmp_path: Path) -> None:
    _earlier(out := tmp_path / "out")
    line = _refused(out, _shirube("demo", "--out", str(out), "--video", "no-such.mp4"))
    assert "no-such.mp4" in line


def test_a_video_that_is_none_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, elsewhere = tmp_path_factory.mktemp("bad"), tmp_path_factory.mktemp("clip")
    (elsewhere / "noise.mp4").write_bytes(os.urandom(4096))
    _earlier(out := folder / "out")
    line = _refused(out, _shirube("demo", "--out", str(out), "--video", str(elsewhere / "noise.mp4")))
    assert "noise.mp4" in line


def test_a_full_disk_is_refused(tmp_path: Path) -> None:
    _earlier(out := tmp_path / "out")
    # The system's own limit for one file: 300 kB, then writing fails as on a full disk.
    _refused(out, _shirube("demo", "--minutes", "0.5", "--out", str(out), RLIMIT_FSIZE=300_000))


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", "utf-8")
    done = _shirube("demo", "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert (tmp_path / "out").read_text("utf-8") == "mine"


def test_an_unknown_language_is_refused() -> None:
    done = _shirube("demo", "--lang", "fr")
    assert done.returncode == 2
    assert "fr" in done.stderr


def test_a_demo_that_is_told_to_end_ends_its_server_too(tmp_path: Path) -> None:
    _earlier(out := tmp_path / "out")
    command = [sys.executable, "-m", "shirube", "demo", "--out", str(out)]
    with subprocess.Popen(
        command, cwd=REPO, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        for line in running.stderr:  # until the walk has begun
            if "%" in line:
                break
        running.terminate()
        running.stderr.read()
        assert running.wait(timeout=60) == 130
    ours = str(tmp_path).encode()
    left = [p for p in Path("/proc").glob("[0-9]*/cmdline") if _holds(p, ours)]
    assert left == []
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def _holds(cmdline: Path, text: bytes) -> bool:
    try:
        return text in cmdline.read_bytes()
    except OSError:  # it ended meanwhile
        return False
