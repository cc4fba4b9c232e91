"""The frozen file of definitions: its hash, and clear words for each way to get it wrong."""

import hashlib
import json
from importlib.resources import files
from pathlib import Path

import pytest

from field_tests.errors import MissingExtraError, OutingError
from field_tests.outings.definitions import ESTIMATOR, Definitions, read, shipped
from field_tests.outings.native import need_numba

TEXT = files("field_tests.outings").joinpath("definitions.toml").read_text(encoding="utf-8")


def of(folder: Path, text: str) -> Definitions:
    path = folder / "definitions.toml"
    path.write_text(text, encoding="utf-8")
    return read(path)


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    assert shipped().sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    assert of(tmp_path, TEXT) == shipped()
    assert of(tmp_path, TEXT + "\n# a remark\n").sha256 != shipped().sha256


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("tail = 8.0", "tial = 8.0", "unknown: tial; take them out"),
        ("tail = 8.0", "", "missing: tail; copy"),
        ("gate_m = 200.0", 'gate_m = "200"', "gate_m must be a number, not '200'"),
        ("gate_m = 200.0", "gate_m = true", "gate_m must be a number, not True"),
        ("gate_m = 200.0", "gate_m = nan", "gate_m = nan makes no sense"),
        ("gate_m = 200.0", "gate_m = 0", "gate_m = 0 makes no sense"),
        ("gap_s = 900.0", "gap_s = -1", "gap_s = -1 makes no sense"),
        ("waking = [6, 22]", "waking = [22, 6]", "waking must be two whole hours"),
        ("waking = [6, 22]", "waking = [6.5, 22]", "waking must be two whole hours"),
        ("risk = 0.04", "risk = 0.7", "risk is a chance a day below 0.5"),
        ("night = [1, 5]", "night = [1]", "night must be two whole hours"),
        ("blur_leave = [1.0, 2.0, 1.0]", "blur_leave = [1.0, 2.0]", "blur_leave must be an odd number"),
        ("blur_leave = [1.0, 2.0, 1.0]", "blur_leave = [1.0, 0.0, 1.0]", "blur_leave = 0.0 makes no sense"),
        ("rounds = 6", "rounds = 6.5", "rounds must be a whole number"),
        ("rounds = 6", "rounds = 0", "rounds must be a whole number"),
        (f"estimator = {ESTIMATOR}", "estimator = 0", "its estimator is 0; this Shirube counts by estimator"),
        (f"estimator = {ESTIMATOR}", "estimator = true", "its estimator is True"),
        (f"estimator = {ESTIMATOR}", "", "its estimator is None"),
        (f"estimator = {ESTIMATOR}", "estimator 1", "is no TOML"),
    ],
)
def test_each_mistake_is_named(before: str, after: str, words: str, tmp_path: Path) -> None:
    assert before in TEXT
    with pytest.raises(OutingError, match=words.replace("[", r"\[")) as caught:
        of(tmp_path, TEXT.replace(before, after))
    assert "definitions.toml" in str(caught.value)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(OutingError, match="cannot be read"):
        read(tmp_path / "none.toml")


def test_without_numba_the_command_that_helps_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("field_tests.outings.native.numba", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'shirube\[study\]'"):
        need_numba()


def test_equal_numbers_of_the_estimator_mean_equal_counting() -> None:
    """A change of results needs a new number: what was frozen must be counted as it was frozen."""
    pytest.importorskip("numba", reason="the extra `study` is not installed: numba is missing")
    from tests import outing_golden

    golden = json.loads(outing_golden.FILE.read_text(encoding="utf-8"))
    assert golden["estimator"] == ESTIMATOR, "run `python -m tests.outing_golden`"
    now = outing_golden.counted()
    changed = "results changed: raise ESTIMATOR in definitions.py and `estimator` in definitions.toml"
    assert len(now["outings"]) == len(golden["outings"]), changed
    for told, known in zip(now["days"], golden["days"], strict=True):
        assert told == pytest.approx(known, abs=1e-5), changed
    for told, known in zip(now["outings"], golden["outings"], strict=True):
        assert told[:2] == pytest.approx(known[:2], abs=1e-3), changed
        assert told[2:] == known[2:], changed
