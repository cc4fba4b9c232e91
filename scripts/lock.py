"""Write constraints.txt: the versions that the tests passed with, by name only.

A pin of something that is not installed here stays as it was: another board's or another extra's.
"""

import re
from importlib.metadata import distributions
from pathlib import Path

HEAD = (
    "# The versions that the tests passed with (`make lock` rewrites this file).\n"
    "# A constraint installs nothing by itself; pyproject.toml says what is needed.\n"
)
# The set-up may replace this one by its headless twin: see scripts/setup.sh.
OURS = {"shirube", "pip", "setuptools", "opencv-python-headless"}
LIST = Path("constraints.txt")


def main() -> None:
    """Pin every distribution of this environment but our own."""
    pins = _kept()
    for dist in distributions():
        name = re.sub(r"[-_.]+", "-", dist.metadata["Name"]).lower()
        if name not in OURS:
            pins[name] = dist.version.partition("+")[0]  # "+cpu" names a build, not a version
    lines = sorted(f"{name}=={version}\n" for name, version in pins.items())
    LIST.write_text(HEAD + "".join(lines), encoding="utf-8")


def _kept() -> dict[str, str]:
    lines = LIST.read_text(encoding="utf-8").splitlines() if LIST.exists() else []
    pinned = (line.partition("==") for line in lines if "==" in line and not line.startswith("#"))
    return {name: version for name, _, version in pinned}


if __name__ == "__main__":
    main()
