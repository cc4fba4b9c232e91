"""A minute of training: it learns, the same recipe gives the same weights, and a stopped run goes on."""

import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed: pip install -e '.[train]'")
pytest.importorskip("ultralytics", reason="the train extra is not installed: pip install -e '.[train]'")

from vision.training import recipe  # noqa: E402
from vision.training.curves import draw  # noqa: E402
from vision.training.errors import CheckpointError  # noqa: E402
from vision.training.labels import PAVING, WARNING, Instance, box_polygon  # noqa: E402
from vision.training.losses import KnownClassesLoss  # noqa: E402
from vision.training.network import CLASSES, OBSTACLE_ROW, empty_network  # noqa: E402
from vision.training.second import second_recipe, settle  # noqa: E402
from vision.training.sources import Writer  # noqa: E402
from vision.training.third import features, third_recipe, train_paving  # noqa: E402
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
    found = recipe.load()
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


def test_the_third_stage_teaches_the_paving_head_and_nothing_else(pictures: Path, tmp_path: Path) -> None:
    before = run(pictures, tmp_path / "first", 4)
    whole = third_recipe(small(4))
    how = dataclasses.replace(
        whole, optimiser=dataclasses.replace(whole.optimiser, iterations=30, batch=4, warmup=2)
    )
    weights = train_paving(
        how, pictures, tmp_path / "first" / "average.pt", tmp_path / "third", 1, lambda _: None
    )
    after = read_weights(weights)
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    assert changed
    assert all(".paving." in name for name in changed)
    rows = [json.loads(line) for line in (tmp_path / "third" / "log.jsonl").read_text().splitlines()]
    assert rows[-1]["paving"] < rows[0]["paving"]


def test_the_paving_head_reads_the_same_alone_as_in_the_network() -> None:
    model = empty_network().eval()
    picture = torch.rand(1, 3, 96, 128)
    with torch.no_grad():
        whole = model(picture)[1]
        alone = model.model[-1].paving(*features(model, picture))
    assert torch.allclose(whole, alone, atol=1e-6)


def test_norms_settle_on_pictures_and_other_weights_stay(pictures: Path) -> None:
    from vision.training.dataset import load_pool

    model = empty_network()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    settle(model, load_pool(pictures, "train", small(2)), small(2))
    moved = {n for n, v in model.state_dict().items() if not torch.equal(v, before[n])}
    assert moved
    assert all("running_" in name or "num_batches" in name for name in moved)
    assert second_recipe(recipe.load()).optimiser.rate < recipe.load().optimiser.rate


def test_weights_to_go_on_from_survive_being_halved(tmp_path: Path) -> None:
    state = empty_network().state_dict()
    write_weights(state, tmp_path / "w.safetensors")
    again = read_weights(tmp_path / "w.safetensors")
    assert set(again) == set(state)
    assert all(torch.allclose(again[n].float(), state[n].float(), atol=1e-3) for n in state)
    (tmp_path / "bad.safetensors").write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_weights(tmp_path / "bad.safetensors")
