"""Routes whose every word was read beside a drawn map (`scripts/golden_routes.py`)."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "golden_routes.py"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden_routes", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["golden_routes"] = module
    spec.loader.exec_module(module)
    return module


GOLDEN = script()


@pytest.mark.parametrize("golden", GOLDEN.GOLDEN, ids=lambda golden: golden.name)
def test_the_words_are_those_that_were_read(golden: object) -> None:
    path = GOLDEN.path_of(golden)
    if path is None:
        pytest.skip(f"no {golden.map} beside the project")  # type: ignore[attr-defined]
    expected = (GOLDEN.FOLDER / f"{golden.name}.txt").read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert GOLDEN.text_of(golden, path) == expected


def test_every_file_belongs_to_a_route() -> None:
    files = {file.stem for file in GOLDEN.FOLDER.iterdir()}
    assert files == {golden.name for golden in GOLDEN.GOLDEN}
