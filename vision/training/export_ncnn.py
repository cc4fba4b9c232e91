"""The network for NCNN, the fastest runtime on small ARM boards, through pnnx."""

import subprocess
from pathlib import Path

from vision.training.errors import ExportError

LONGEST_S = 600


def write_ncnn(plain: Path, width: int, height: int, param: Path, weights: Path) -> None:
    """From the plain ONNX file to .param and .bin (weights in float16). Raises ExportError.

    pnnx leaves its own files beside its input: `plain` lies in a folder that is thrown away.
    """
    try:
        import pnnx
    except ImportError:
        raise ExportError("ncnn: the converter is not installed: pip install -e '.[train]'") from None
    command = [pnnx.EXEC_PATH, plain.name, f"inputshape=[1,3,{height},{width}]", "fp16=1"]
    try:
        done = subprocess.run(  # noqa: S603 (the wheel's own program)
            command, cwd=plain.parent, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExportError(f"ncnn: pnnx did not run ({error})") from error
    made = [plain.with_suffix(f".ncnn.{end}") for end in ("param", "bin")]
    if done.returncode or not all(path.is_file() for path in made):
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or [f"code {done.returncode}"]
        raise ExportError(f"ncnn: pnnx failed: {last[0]}")
    made[0].replace(param)
    made[1].replace(weights)
