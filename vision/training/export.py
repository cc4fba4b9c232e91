"""From averaged weights to an ONNX file, float32, with the manifest beside it."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from vision.training.decode import PAD, Floats
from vision.training.errors import CheckpointError
from vision.training.labels import CLASSES
from vision.training.manifest import ModelEntry, read_thresholds, render, sha256_of
from vision.training.network import empty_network
from vision.training.recipe import Recipe

OPSET = 17
LICENCE = "AGPL-3.0-or-later"
FIRST_THRESHOLD = 0.30  # until `evaluate --split val --choose-thresholds` has set them
# Largest difference between torch and onnxruntime: pixels of a box, and scores.
SAME_PX, SAME_SCORE = 0.05, 1e-3


def export(recipe: Recipe, weights: Path, models: Path) -> str:
    """Write `<model_id>.onnx` and `manifest.toml`; returns a line that says what was written.

    Raises CheckpointError where the weights are missing or the two runtimes disagree.
    """
    if not weights.is_file():
        raise CheckpointError(f"{weights} is missing: train first")
    model = empty_network()
    model.load_state_dict(torch.load(weights, weights_only=True))
    model = model.float().eval().fuse(verbose=False)
    head = model.model[-1]
    head.export, head.format = True, "onnx"
    picture = torch.rand(1, 3, recipe.height, recipe.width, generator=torch.Generator().manual_seed(0))
    target = models / f"{recipe.model_id}.onnx"
    models.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        expected = model(picture)
        names = ["out0", "out1"]
        torch.onnx.export(
            model,
            (picture,),
            str(target),
            input_names=["images"],
            output_names=names,
            opset_version=OPSET,
            dynamo=False,
        )
    _describe(target, recipe)
    _compare(target, picture.numpy(), [e.numpy() for e in expected])
    write_manifest(recipe, models, read_thresholds(models, recipe.model_id))
    return f"{target}: {target.stat().st_size} bytes, sha256 {sha256_of(target)}"


def write_manifest(recipe: Recipe, models: Path, thresholds: dict[str, float]) -> None:
    """The manifest of the exported file; a class without a threshold gets FIRST_THRESHOLD."""
    file = models / f"{recipe.model_id}.onnx"
    entry = ModelEntry(
        id=recipe.model_id,
        file=file.name,
        sha256=sha256_of(file),
        bytes=file.stat().st_size,
        licence=LICENCE,
        card=f"{recipe.model_id}.md",
        classes=[str(c) for c in CLASSES],
        width=recipe.width,
        height=recipe.height,
        pad=PAD,
        thresholds={str(c): thresholds.get(str(c), FIRST_THRESHOLD) for c in CLASSES},
    )
    (models / "manifest.toml").write_text(render([entry]), encoding="utf-8")


def _describe(path: Path, recipe: Recipe) -> None:
    model = onnx.load(str(path))
    for key, value in {"id": recipe.model_id, "classes": ",".join(CLASSES), "licence": LICENCE}.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _compare(path: Path, picture: Floats, expected: list[Floats]) -> None:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    got = session.run(None, {"images": picture})
    boxes = float(np.abs(got[0][:, :4] - expected[0][:, :4]).max())
    rest = float(np.abs(got[0][:, 4 : 4 + len(CLASSES)] - expected[0][:, 4 : 4 + len(CLASSES)]).max())
    if boxes > SAME_PX or rest > SAME_SCORE:
        raise CheckpointError(f"{path} differs from torch by {boxes:.3g} px, {rest:.3g}: do not use it")
