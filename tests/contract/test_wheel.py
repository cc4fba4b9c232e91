"""What an installed Shirube consists of."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
FORMS = sorted((REPO / "field_tests/study/forms").glob("*.md"))
ROOMS = {"wire", "routing", "vision", "device", "server", "field_tests"}


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        return wheel.namelist()


def test_only_the_rooms_are_at_the_top(names: list[str]) -> None:
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == ROOMS | {"shirube.py", "shirube_models"}


@pytest.mark.parametrize(
    "needed",
    [
        "shirube_models/manifest.toml",
        "shirube_models/paving-v3-384x288.onnx",
        "routing/practice/oita.osm",
        "routing/practice/beppu.osm",
        "device/readings.toml",
        "device/demo/clip/walk.mp4",
        "device/demo/clip/walk.json",
        "device/install/templates/shirube.service",
        "device/install/templates/on-trial",
        "server/pages/templates/base.html",
        "server/consent_texts/manifest.toml",
        "server/consent_texts/live_sharing/2026-12.ja.txt",
        "server/migrations/versions/v0004_people.py",
        "server/migrations/versions/v0005_administration.py",
        "server/torture/unsynced.c",
        "server/deploy/compose.yaml",
        "server/pages/templates/sw.js",
        "server/pages/static/icon-192.png",
        "field_tests/outings/definitions.toml",
        "field_tests/study/template/protocol.toml",
        *(f"field_tests/study/forms/{path.name}" for path in FORMS),
    ],
)
def test_the_data_comes_along(names: list[str], needed: str) -> None:
    assert needed in names


def test_nothing_of_the_tests_or_of_development_comes_along(names: list[str]) -> None:
    assert not [name for name in names if name.startswith(("tests/", "docs/", "scripts/", "out/"))]
