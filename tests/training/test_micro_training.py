"""A minute of training: it learns, the same recipe gives the same weights, and a stopped run goes on."""

import dataclasses
import json
import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed: pip install -e '.[train]'")
pytest.importorskip("ultralytics", reason="the train extra is not installed: pip install -e '.[train]'")

from vision.training import recipe  # noqa: E402
from vision.training.__main__ import main  # noqa: E402
from vision.training.curves import draw  # noqa: E402
from vision.training.errors import CheckpointError  # noqa: E402
from vision.training.labels import PAVING, WARNING, Instance, box_polygon  # noqa: E402
from vision.training.losses import KnownClassesLoss, remembered  # noqa: E402
from vision.training.network import (  # noqa: E402
    CLASSES,
    COCO_CLASSES,
    COCO_ROWS,
    OBSTACLE_ROW,
    empty_network,
)
from vision.training.sources import Writer  # noqa: E402
from vision.training.train import read_weights, train, write_weights  # noqa: E402
from vision.types import ObjectClass  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve drawn streets: a yellow strip with a plate of dots, and a red box that stands on it."""
    writer = Writer(tmp_path_factory.mktemp("pictures"))
    rng = np.random.default_rng(1)
    for number in range(12):
        image = rng.integers(90, 130, (96, 128, 3)).astype(np.uint8)
        surfaces = np.zeros((96, 128), np.uint8)
        x = int(rng.integers(20, 90))
        image[:, x : x + 20], surfaces[:, x : x + 20] = (40, 180, 230), PAVING
        image[10:25, x : x + 20], surfaces[10:25, x : x + 20] = (20, 150, 250), WARNING
        cv2.rectangle(image, (x, 50), (x + 24, 85), (30, 30, 220), -1)
        surfaces[50:86, x : x + 25] = 0
        box = box_polygon(x / 128, 50 / 96, (x + 25) / 128, 86 / 96)
        writer.add(("scenes", "train", str(number)), image, surfaces, [Instance(ObjectClass.BOX, box)], "all")
    writer.close()
    return writer.out


def small(iterations: int) -> recipe.Recipe:
    whole = recipe.load()
    found = whole.at(whole.stages[0])
    how = dataclasses.replace(found.optimiser, iterations=iterations, batch=4, warmup=2)
    return dataclasses.replace(found, width=128, height=96, start="", optimiser=how)


def run(pictures: Path, folder: Path, iterations: int) -> dict[str, torch.Tensor]:
    weights = train(small(iterations), pictures, None, folder, 1, lambda _: None)
    state: dict[str, torch.Tensor] = torch.load(weights, weights_only=True)
    return state


def test_it_learns_and_repeats_itself(pictures: Path, tmp_path: Path) -> None:
    first, second = (run(pictures, tmp_path / name, 60) for name in ("a", "b"))
    rows = [json.loads(line) for line in (tmp_path / "a" / "log.jsonl").read_text().splitlines()]
    assert rows[-1]["paving"] < 0.8 * rows[0]["paving"]
    assert rows[-1]["box_loss"] < rows[0]["box_loss"]
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert draw(tmp_path / "a").stat().st_size > 10_000


def test_a_stopped_run_goes_on(pictures: Path, tmp_path: Path) -> None:
    run(pictures, tmp_path, 4)
    run(pictures, tmp_path, 6)
    assert torch.load(tmp_path / "last.pt", weights_only=True)["iteration"] == 6


def test_a_checkpoint_of_another_network_is_refused(pictures: Path, tmp_path: Path) -> None:
    torch.save({"iteration": 1, "model": {}, "average": {}, "optimiser": {}}, tmp_path / "last.pt")
    with pytest.raises(CheckpointError, match="of another network"):
        run(pictures, tmp_path, 2)


def test_what_a_picture_does_not_tell_teaches_nothing_and_all_things_are_obstacles() -> None:
    loss = KnownClassesLoss()
    loss.known = torch.zeros(1, len(CLASSES))
    targets = torch.zeros(1, 1, len(CLASSES))
    targets[..., CLASSES.index(ObjectClass.DOG)] = 0.7
    values = loss(torch.zeros(1, 1, len(CLASSES)), targets)[0, 0]
    taught = {CLASSES[i] for i in torch.nonzero(values)[:, 0].tolist()}
    assert taught == {ObjectClass.DOG, ObjectClass.OBSTACLE}
    expected = torch.nn.functional.binary_cross_entropy_with_logits(torch.tensor(0.0), torch.tensor(0.7))
    assert values[OBSTACLE_ROW] == pytest.approx(float(expected))


def test_the_network_answers_in_the_layout_of_the_contract() -> None:
    model = empty_network().eval()
    head = model.model[-1]
    head.export, head.format = True, "onnx"
    with torch.no_grad():
        detections, paving = model(torch.rand(1, 3, 96, 128))
    assert tuple(detections.shape) == (1, 4 + len(CLASSES), 12 * 16 + 6 * 8 + 3 * 4)
    assert tuple(paving.shape) == (1, 2, 24, 32)


def test_the_stages_follow_each_other_and_a_fold_goes_on_from_the_one_before(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    how = tmp_path / "recipe.toml"
    text = recipe.DEFAULT.read_text()
    text = re.sub(r"width = \d+", "width = 128", re.sub(r"height = \d+", "height = 96", text))
    text = re.sub(
        r"^start = .*$", 'start = ""', re.sub(r"batch = \d+", "batch = 2", text), flags=re.MULTILINE
    )
    how.write_text(text)
    shutil.copytree(pictures, tmp_path / "pictures")
    options = ["--recipe", str(how), "--out", str(tmp_path), "--threads", "1", "--iterations", "2"]
    assert main(options) == 0
    stages = [f"run-{stage.name}" for stage in recipe.load(how).stages]
    assert all((tmp_path / name / "average.pt").is_file() for name in stages)
    made = {name: (tmp_path / name / "average.pt").stat().st_mtime_ns for name in stages}
    capsys.readouterr()
    assert main([*options, "--fold", "1"]) == 0
    assert (tmp_path / f"{stages[-1]}-fold1" / "average.pt").is_file()
    assert made == {name: (tmp_path / name / "average.pt").stat().st_mtime_ns for name in stages}
    told = capsys.readouterr().out
    assert f"stage {recipe.load(how).stages[-1].name}" in told
    assert f"stage {recipe.load(how).stages[0].name}" not in told
    assert main([*options, "--fold", "9"]) == 2


def test_the_teacher_keeps_scores_and_boxes_where_it_was() -> None:
    """Nothing is lost while the network says what its teacher says; moved boxes are, where that is sure."""
    anchors, bins = 5, 64
    scores = torch.full((2, COCO_CLASSES, anchors), -9.0)
    scores[:, COCO_ROWS[ObjectClass.PERSON], 2] = 3.0
    boxes = torch.randn(2, bins, anchors, generator=torch.Generator().manual_seed(1))
    batch = {"img": torch.zeros(2, 3, 8, 8), "real": torch.tensor([True, True])}

    class Teacher(torch.nn.Module):  # type: ignore[misc]
        def forward(self, _: torch.Tensor) -> tuple[None, dict[str, torch.Tensor]]:
            return None, {"scores": scores, "boxes": boxes}

    ours = torch.full((2, len(CLASSES), anchors), -9.0)
    ours[:, CLASSES.index(ObjectClass.PERSON), 2] = 3.0

    def lost(scores: torch.Tensor, boxes: torch.Tensor, real: bool = True) -> float:
        own = {**batch, "real": torch.tensor([real, real])}
        return float(remembered(Teacher(), {"scores": scores, "boxes": boxes}, own))

    same = lost(ours, boxes)
    far, elsewhere = boxes.clone(), boxes.clone()
    far[..., 2] += torch.linspace(0, 20, bins)
    elsewhere[..., 0] += torch.linspace(0, 20, bins)
    assert lost(ours, far) > same + 0.2
    assert lost(ours, elsewhere) == pytest.approx(same)
    assert lost(torch.full_like(ours, -9.0), boxes) > same + 1.0
    assert lost(ours, far, real=False) == 0.0


def test_weights_to_go_on_from_survive_being_halved(tmp_path: Path) -> None:
    state = empty_network().state_dict()
    write_weights(state, tmp_path / "w.safetensors")
    again = read_weights(tmp_path / "w.safetensors")
    assert set(again) == set(state)
    assert all(torch.allclose(again[n].float(), state[n].float(), atol=1e-3) for n in state)
    (tmp_path / "bad.safetensors").write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_weights(tmp_path / "bad.safetensors")
