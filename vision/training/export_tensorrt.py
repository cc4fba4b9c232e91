"""TensorRT: its engines hold for one GPU and one version, so they are built on the Jetson itself."""

import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from vision.training.errors import ExportError
from vision.training.export_onnx import write_widened


def command(widened: Path) -> list[str]:
    """The build, in float16, of the graph with plain weights."""
    engine = widened.with_suffix(".engine")
    return ["trtexec", f"--onnx={widened}", f"--saveEngine={engine}", "--fp16", "--skipInference"]


def build(onnx_file: Path, out: Path, say: Callable[[str], None]) -> Path | None:
    """The engine; None where there is no `trtexec`: then the command is told. Raises ExportError."""
    if not onnx_file.is_file():
        raise ExportError(f"{onnx_file} is missing: `shirube vision export` writes it")
    out.mkdir(parents=True, exist_ok=True)
    widened = out / f"{onnx_file.stem}-plain.onnx"
    write_widened(onnx_file, widened)
    line = command(widened)
    program = shutil.which(line[0])
    if program is None:
        say("TensorRT: trtexec がないので作っていません / not built: no trtexec here. On the Jetson:")
        say(shlex.join(line))
        return None
    done = subprocess.run([program, *line[1:]], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or [f"code {done.returncode}"]
        raise ExportError(f"TensorRT: trtexec failed: {last[0]}")
    return widened.with_suffix(".engine")
