"""Write constraints.txt: the versions that the tests passed with, by name only."""

import re
from importlib.metadata import distributions
from pathlib import Path

HEAD = (
    "# The versions that the tests passed with (`make lock` rewrites this file).\n"
    "# A constraint installs nothing by itself; pyproject.toml says what is needed.\n"
)
# The set-up may replace this one by its headless twin: see scripts/setup.sh.
OURS = {"shirube", "pip", "setuptools", "opencv-python-headless"}


def main() -> None:
    """Pin every distribution of this environment but our own."""
    pins = {}
    for dist in distributions():
        name = re.sub(r"[-_.]+", "-", dist.metadata["Name"]).lower()
        if name not in OURS:
            pins[name] = dist.version.partition("+")[0]  # "+cpu" names a build, not a version
    lines = [f"{name}=={version}\n" for name, version in sorted(pins.items())]
    Path("constraints.txt").write_text(HEAD + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
