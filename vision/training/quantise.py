"""INT8: the graph with 8-bit activations and weights, by ranges measured on training pictures.

Activations are u8, weights s8 with a step for each output channel. All of the trunk is quantised, so that
values stay in 8 bits between convolutions: converting back and forth for each SiLU cost 2.5 ms of 26.

In float stay: the first stages, where the greatest activation is ten times the common one, so that one step
for all channels is too coarse (most of the error of the paving's logits came from there, for 2 ms); the
pooled context (stage 9), which everything behind it sees; the paving's head behind its first convolution;
the last convolutions, which give logits, and all behind them, which cost next to nothing.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import QuantType
from onnxruntime.quantization.calibrate import CalibrationMethod, TensorData, TensorsData
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer
from onnxruntime.quantization.shape_inference import quant_pre_process

from vision.decode import Floats
from vision.model_spec import ModelSpec
from vision.training.errors import ExportError
from vision.training.export_onnx import INPUT, describe

QUANTISED = ("Conv", "Sigmoid", "Mul", "Concat", "Split", "Slice", "MaxPool", "Resize", "Add")
FLOAT_NODES = re.compile(
    r"/model\.[01249]/|/cv[23]\.\d/cv[23]\.\d\.2/|/paving/(?!context/context\.0)|/dfl/|/model\.22/(?!cv)"
)
# Values beyond this share of a tensor are clipped: one outlier would coarsen all the others.
TAIL = 1e-5
# CPUs without VNNI add the products of two neighbouring input channels in 16 bits. The usual remedy, weights
# of 7 bits, is for the worst case of two greatest weights side by side; it is enough that no pair of
# neighbours exceeds this together: 255 * 128 < 2^15. Steps are finer by 1.6 so, for the same arithmetic.
PAIR_LIMIT = 127.9
# SiLU of less is within 0.01 of 0: steps spent there would be lost to the range that matters. The sigmoid
# must round to 0 there (it does below -6.24), or every silent channel would say -0.02.
SILU_FLOOR = -6.5

Ranges = dict[str, tuple[float, float]]


def quantise(plain: Path, target: Path, spec: ModelSpec, blobs: Iterable[Floats]) -> None:
    """Write the INT8 file; `blobs`: the inputs that ranges are measured on. Raises ExportError."""
    prepared = target.with_suffix(".prepared.onnx")
    with _quiet():
        quant_pre_process(str(plain), str(prepared))
        model = onnx.load(str(prepared))
        prepared.unlink()
        nodes = [n for n in model.graph.node if n.op_type in QUANTISED and not FLOAT_NODES.search(n.name)]
        if not nodes:
            raise ExportError(f"{plain}: no node of it has a name that can be quantised")
        ranges = measured(model, nodes, blobs)
        done = _quantised(model, nodes, ranges)
    describe(done, spec)
    onnx.save(done, str(target))


def measured(model: onnx.ModelProto, nodes: list[onnx.NodeProto], blobs: Iterable[Floats]) -> Ranges:
    """The range of each activation that goes into or comes out of the nodes, over all inputs."""
    constants = {t.name for t in model.graph.initializer}
    names = sorted({x for n in nodes for x in (*n.input, *n.output) if x} - constants)
    ranges: Ranges = {}
    for values in _activations(model, names, blobs):
        for name, value in values.items():
            low, high = _without_tails(value)
            before = ranges.get(name, (0.0, 0.0))  # zero must be among the values: it is the padding
            ranges[name] = min(before[0], low), max(before[1], high)
    if not ranges:
        raise ExportError("INT8: no pictures to measure ranges on")
    return _with_known(nodes, ranges)


def _activations(
    model: onnx.ModelProto, names: list[str], blobs: Iterable[Floats]
) -> Iterator[dict[str, Floats]]:
    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    there = {o.name for o in shown.graph.output} | {INPUT}
    shown.graph.output.extend(
        onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, None) for n in names if n not in there
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        shown.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    computed = [n for n in names if n != INPUT]
    for blob in blobs:
        yield dict(zip(computed, session.run(computed, {INPUT: blob}), strict=True))


def _without_tails(values: Floats) -> tuple[float, float]:
    """The least and greatest value but for a share TAIL at either end."""
    flat = values.ravel()
    cut = int(flat.size * TAIL)
    if not cut:
        return float(flat.min()), float(flat.max())
    parted = np.partition(flat, (cut, flat.size - 1 - cut))
    return float(parted[cut]), float(parted[flat.size - 1 - cut])


def _with_known(nodes: list[onnx.NodeProto], ranges: Ranges) -> Ranges:
    """Ranges where the function itself says more than the pictures do."""
    found = dict(ranges)
    for node in nodes:
        if node.op_type == "Sigmoid":
            found[node.output[0]] = (0.0, 1.0)
            low, high = found[node.input[0]]
            found[node.input[0]] = max(low, SILU_FLOOR), high
    return found


def _quantised(model: onnx.ModelProto, nodes: list[onnx.NodeProto], ranges: Ranges) -> onnx.ModelProto:
    data = {
        name: TensorData(lowest=np.float32(low), highest=np.float32(max(high, low + 1e-6)))
        for name, (low, high) in ranges.items()
    }
    quantiser: Any = QDQQuantizer(
        model,
        per_channel=True,
        reduce_range=False,
        weight_qType=QuantType.QInt8,
        activation_qType=QuantType.QUInt8,
        tensors_range=TensorsData(CalibrationMethod.MinMax, data),
        nodes_to_quantize=[n.name for n in nodes],
        nodes_to_exclude=[],
        op_types_to_quantize=list(QUANTISED),
        extra_options={"TensorQuantOverrides": weight_steps(model, nodes)},
    )
    quantiser.quantize_model()
    done: onnx.ModelProto = quantiser.model.model
    return done


def weight_steps(model: onnx.ModelProto, nodes: Sequence[onnx.NodeProto]) -> dict[str, list[dict[str, Any]]]:
    """The step of each output channel of each convolution, as the library wants to be told it."""
    constants = {t.name: t for t in model.graph.initializer}
    steps: dict[str, list[dict[str, Any]]] = {}
    for node in nodes:
        if node.op_type == "Conv":
            found = channel_steps(numpy_helper.to_array(constants[node.input[1]]))
            steps[node.input[1]] = [{"scale": step, "zero_point": np.array(0, np.int8)} for step in found]
            steps[node.input[1]][0]["axis"] = 0
    return steps


def channel_steps(weights: Floats) -> Floats:
    """From out x in x h x w weights: the least step by which neither a weight nor a pair is too large."""
    size = np.abs(weights.astype(np.float64))
    if size.shape[1] % 2:
        size = np.concatenate([size, np.zeros_like(size[:, :1])], axis=1)
    pairs = (size[:, 0::2] + size[:, 1::2]).max(axis=(1, 2, 3))
    least = np.maximum(size.max(axis=(1, 2, 3)) / 127, pairs / PAIR_LIMIT)
    return np.asarray(np.maximum(least, 1e-12), np.float32)


@contextmanager
def _quiet() -> Iterator[None]:
    """The library writes advice that is followed here into the root logger."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
