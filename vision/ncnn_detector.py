"""The detector on small ARM boards, by ncnn (the extra `ncnn`)."""

from typing import Any

import numpy as np

from vision.decode import Floats
from vision.errors import ModelError
from vision.layouts import check_layout
from vision.model_files import ModelFile
from vision.network_detector import NetworkDetector, Outputs

try:
    import ncnn
except ImportError:  # told when a network is opened, not when this module is read
    ncnn = None


class NcnnDetector(NetworkDetector):
    """One .param file with its .bin. Outputs are taken in the order of their names: out0, out1."""

    def __init__(self, model: ModelFile, threads: int = 1) -> None:
        super().__init__(model)
        if ncnn is None:
            raise ModelError(f"{model.spec.id}: runs by ncnn: pip install ncnn")
        self._net = _open(model, threads)
        inputs = self._net.input_names()
        if len(inputs) != 1:
            raise ModelError(f"{model.path}: has {len(inputs)} inputs, not one")
        self._input = inputs[0]
        self._outputs = sorted(set(self._net.output_names()) - set(inputs))
        height, width = model.spec.input.height, model.spec.input.width
        tried = self.infer(np.zeros((1, 3, height, width), np.float32))
        # An ncnn file does not say its input's shape; that of its answers follows from it.
        check_layout(model.spec, [[1, 3, height, width]], [[1, *answer.shape] for answer in tried])

    def infer(self, blob: Floats) -> Outputs:
        """As `NetworkDetector.infer`; raises `ModelError` where the runtime fails."""
        picture = np.ascontiguousarray(blob[0])  # ncnn reads it where it lies: it must outlive the run
        with self._net.create_extractor() as extractor:
            extractor.input(self._input, ncnn.Mat(picture))
            return tuple(self._extract(extractor, name) for name in self._outputs)

    def _extract(self, extractor: Any, name: str) -> Floats:  # noqa: ANN401 (ncnn has no types)
        status, answer = extractor.extract(name)
        if status != 0:
            raise ModelError(f"{self.spec.id}: the network failed at {name} (ncnn says {status})")
        return np.array(answer, np.float32)


def _open(model: ModelFile, threads: int) -> Any:  # noqa: ANN401
    net = ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_vulkan_compute = False
    # The figures were measured in float32; half precision must be measured on the board before it is used.
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    if net.load_param(str(model.path)) != 0:
        raise ModelError(f"{model.path}: ncnn cannot read it")
    if net.load_model(str(model.weights)) != 0:
        raise ModelError(f"{model.weights}: ncnn cannot read it")
    return net
