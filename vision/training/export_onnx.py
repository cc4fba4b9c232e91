"""The trained network as an ONNX file that computes in float32 and keeps its weights in float16."""

import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, numpy_helper

from vision.decode import Floats
from vision.model_spec import ModelSpec
from vision.network_detector import Outputs
from vision.training.errors import CheckpointError
from vision.training.network import empty_network
from vision.training.train import read_weights

OPSET = 17
INPUT, OUTPUTS = "images", ("detections", "paving")
LEAST_HALVED = 64  # numbers; shorter tensors are shapes, steps and biases, which gain nothing
HALF = "_half"


class RowsOfBins(torch.nn.Module):  # type: ignore[misc]  # torch is not typed here
    """The mean of each side's distribution, with the bins as the last axis.

    The library's own DFL takes the softmax over an inner axis, for which ONNX Runtime turns the array twice:
    measured, 1.5 ms of a frame against 0.3.
    """

    def __init__(self, bins: int) -> None:
        super().__init__()
        self.register_buffer("ramp", torch.arange(bins, dtype=torch.float32).view(bins, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """B x (4 * bins) x N logits -> B x 4 x N bins."""
        count, _, places = x.shape
        rows = x.transpose(1, 2).reshape(count, places, 4, -1).softmax(3)
        return (rows @ self.ramp).reshape(count, places, 4).transpose(1, 2)


def trained_network(weights: Path) -> torch.nn.Module:
    """The network with its norms folded in, ready to be exported. Raises CheckpointError."""
    try:
        state = read_weights(weights)
    except (CheckpointError, EOFError):  # torch explains itself at length
        raise CheckpointError(f"{weights} cannot be read: not the average.pt of a training run") from None
    model = empty_network()
    try:
        model.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError) as error:
        first = str(error).splitlines()[-1].strip()
        raise CheckpointError(f"{weights} holds weights of another network: {first[:120]}") from error
    model = model.float().eval().fuse(verbose=False)
    head = model.model[-1]
    head.export, head.format = True, "onnx"
    head.dfl = RowsOfBins(head.reg_max)
    return model


def answer(network: torch.nn.Module, blob: Floats) -> Outputs:
    """The network's raw answer to one picture, as every runtime gives it."""
    with torch.inference_mode():
        return tuple(output[0].numpy() for output in network(torch.from_numpy(blob)))


def write_plain(network: torch.nn.Module, width: int, height: int, target: Path) -> None:
    """Float32 throughout: what the other formats are made from."""
    picture = torch.zeros(1, 3, height, width)
    with warnings.catch_warnings(), torch.no_grad():
        # The exporter by tracing says that it is the old one; the graph is static, so tracing is enough.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (picture,),
            str(target),
            input_names=[INPUT],
            output_names=list(OUTPUTS),
            opset_version=OPSET,
            dynamo=False,
        )


def write_halved(plain: Path, target: Path, spec: ModelSpec) -> None:
    """The graph with weights stored as float16: half the file, the same arithmetic.

    ONNX Runtime folds the casts when it opens the file: measured, a frame takes as long as with the plain
    one.
    """
    model = onnx.load(str(plain))
    for tensor in list(model.graph.initializer):
        if tensor.data_type == TensorProto.FLOAT and int(np.prod(tensor.dims)) >= LEAST_HALVED:
            _halve(model.graph, tensor)
    describe(model, spec)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


def _halve(graph: onnx.GraphProto, tensor: onnx.TensorProto) -> None:
    values = numpy_helper.to_array(tensor).astype(np.float16)
    if not np.isfinite(values).all():
        raise CheckpointError(f"{tensor.name}: a weight is too large for float16")
    name = tensor.name
    tensor.CopyFrom(numpy_helper.from_array(values, name + HALF))
    graph.node.insert(
        0, onnx.helper.make_node("Cast", [name + HALF], [name], name=name, to=TensorProto.FLOAT)
    )


def write_widened(halved: Path, target: Path) -> None:
    """The reverse of `write_halved`, for converters that want weights and not casts of weights."""
    model = onnx.load(str(halved))
    kept = {t.name: t for t in model.graph.initializer}
    for node in [n for n in model.graph.node if n.op_type == "Cast" and n.input[0] in kept]:
        values = numpy_helper.to_array(kept[node.input[0]]).astype(np.float32)
        kept[node.input[0]].CopyFrom(numpy_helper.from_array(values, node.output[0]))
        model.graph.node.remove(node)
    onnx.save(model, str(target))


def describe_again(path: Path, spec: ModelSpec) -> None:
    """Write into a file that is there what it is."""
    model = onnx.load(str(path))
    describe(model, spec)
    onnx.save(model, str(path))


def describe(model: onnx.ModelProto, spec: ModelSpec) -> None:
    """Write into the file what it is, so that it can be read without the manifest."""
    told = {
        "id": spec.id,
        "classes": ",".join(spec.classes),
        "licence": spec.licence,
        "output": spec.output,
        "input": f"{spec.input.width}x{spec.input.height} {spec.input.colour} 0..1, pad {spec.input.pad}",
        "thresholds": json.dumps({str(c): round(spec.thresholds[c], 3) for c in spec.classes}),
    }
    onnx.helper.set_model_props(model, told)
