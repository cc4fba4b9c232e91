"""What the labels leave out: the file of verdicts is whole and belongs to the split "test"."""

import json
from pathlib import Path

import pytest

from vision.encounters.tally import MATCH_IOU
from vision.evaluation.matching import iou
from vision.evaluation.real import record_files
from vision.labelling.records import REAL, LabelError, Record, read_records
from vision.labelling.unlabelled import agreement, counts, main, read_judged, read_unlabelled

FOUND = [10.0, 20.0, 40.0, 60.0]
REAL_ONE = {"cls": "car", "box": [12.0, 21.0, 41.0, 58.0], "verdict": "real", "score": 0.5, "found": FOUND}
FALSE_ONE = {"cls": "pole", "box": FOUND, "verdict": "structure", "score": 0.2, "found": FOUND}
SHA = "a" * 64


def line(*judged: dict[str, object], **more: object) -> str:
    fields = {"sha256": SHA, "source": "street", "file": "a.jpg", "frame": None, "judged": list(judged)}
    return json.dumps(fields | more)


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "v.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def records() -> dict[tuple[str, int | None], Record]:
    return {(r.sha256, r.frame): r for file in record_files(REAL) for r in read_records(file)}


def test_only_real_boxes_are_read_each_once(tmp_path: Path) -> None:
    again = REAL_ONE | {"cls": "truck", "score": 0.2, "found": [11.0, 20.0, 42.0, 61.0]}
    path = written(
        tmp_path, line(REAL_ONE, again, FALSE_ONE), "", line(FALSE_ONE, frame=3), line(REAL_ONE, frame=4)
    )
    assert read_unlabelled(path) == {(SHA, None): ((12, 21, 41, 58),), (SHA, 4): ((12, 21, 41, 58),)}


def test_verdicts_are_counted_by_tier(tmp_path: Path) -> None:
    path = written(
        tmp_path, line(REAL_ONE, FALSE_ONE, REAL_ONE | {"score": 0.3}, FALSE_ONE | {"score": 0.29})
    )
    table = counts(path)
    assert {tier: {k: n for k, n in row.items() if n} for tier, row in table.items()} == {
        0.30: {"real": 2},
        0.15: {"structure": 2},
    }


def test_a_second_look_is_compared(tmp_path: Path) -> None:
    twice = (REAL_ONE | {"again": "part"}, FALSE_ONE | {"again": "structure"}, FALSE_ONE | {"again": "part"})
    assert agreement(written(tmp_path, line(*twice, FALSE_ONE))) == (1, 2, 3)


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ("{", "the line"),
        (line(), "judged"),
        (line(REAL_ONE, sha256="abc"), "sha256"),
        (line(REAL_ONE, frame=-1), "frame"),
        (line(REAL_ONE, file=""), "file"),
        (line(REAL_ONE, split="test"), "split"),
        (line(REAL_ONE | {"cls": "cow"}), "cls"),
        (line(REAL_ONE | {"cls": "tactile_paving"}), "surface"),
        (line(REAL_ONE | {"verdict": "maybe"}), "verdict"),
        (line(REAL_ONE | {"again": "maybe"}), "again"),
        (line(REAL_ONE | {"score": 1.5}), "score"),
        (line(REAL_ONE | {"score": 0.1}), "below the lowest tier"),
        (line(REAL_ONE | {"box": [41.0, 21.0, 12.0, 58.0]}), "box: .* left, top, right, foot"),
        (line(REAL_ONE | {"box": [1.0, 2.0, 3.0]}), "box"),
        (line(REAL_ONE | {"found": [-1.0, 2.0, 3.0, 4.0]}), "found"),
        (line(REAL_ONE | {"found": [1.0, 2.0, float("inf"), 4.0]}), "found"),
        (line(FALSE_ONE | {"box": [12.0, 21.0, 41.0, 58.0]}), "as found"),
    ],
)
def test_each_fault_is_one_line_that_names_the_place(tmp_path: Path, bad: str, word: str) -> None:
    with pytest.raises(LabelError, match=word) as told:
        read_unlabelled(written(tmp_path, line(FALSE_ONE), bad))
    assert ":2: " in str(told.value)
    assert "\n" not in str(told.value)


def test_a_picture_is_judged_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r":2: .*twice"):
        read_judged(written(tmp_path, line(REAL_ONE), line(FALSE_ONE)))


def test_a_file_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--file", str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LabelError, match="UTF-8"):
        counts(tmp_path / "binary")


def test_the_counts_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    for tier, row in counts().items():
        assert f">= {tier:.2f}" in out
        assert all(str(count) in out for count in row.values())


def test_the_file_is_of_complete_pictures_of_the_test_split(
    records: dict[tuple[str, int | None], Record],
) -> None:
    for picture in read_judged():
        record = records[picture.sha256, picture.frame]
        assert (record.source, record.file) == (picture.source, picture.file)
        assert record.split == "test"
        assert record.things_complete
        for judged in picture.judged:
            assert max(judged.box[2], judged.found[2]) <= record.width
            assert max(judged.box[3], judged.found[3]) <= record.height


def test_a_box_is_real_where_and_only_where_it_overlaps_a_real_thing() -> None:
    true = read_unlabelled()
    for picture in read_judged():
        boxes = true.get((picture.sha256, picture.frame), ())
        for judged in picture.judged:
            assert (judged.verdict == "real") == any(iou(judged.found, box) >= MATCH_IOU for box in boxes)


def test_nothing_real_is_a_labelled_thing_or_there_twice(
    records: dict[tuple[str, int | None], Record],
) -> None:
    for key, boxes in read_unlabelled().items():
        labelled = [thing.box for thing in records[key].things]
        for number, box in enumerate(boxes):
            others = [*labelled, *boxes[:number]]
            assert all(iou(box, other) < MATCH_IOU for other in others), (records[key].file, box)
