"""Render the demonstration's clip anew: plan the route, rehearse the path, film it."""

import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from device.demo.run import DESTINATION, MAP, ORIGIN, START_UTC_S
from device.demo.scene import CLIP_FOLDER
from device.demo.walker import rehearse
from routing.network import load_map
from routing.plan import plan
from routing.practice import practice_map
from wire.codec import ROUTE


def main() -> None:
    """Write walk.mp4, walk.json and truth.jsonl.gz into the clip's folder."""
    at = datetime.fromtimestamp(START_UTC_S, UTC)
    route = plan(load_map(practice_map(MAP)), ORIGIN, DESTINATION, "cane", at)
    CLIP_FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        route_file, path_file = Path(folder) / "route.json", Path(folder) / "path.json"
        route_file.write_text(ROUTE.encode(route), encoding="utf-8")
        path_file.write_text(rehearse(route).path_json(route.route_id), encoding="utf-8")
        words = ["--route", route_file, "--path", path_file, "--out", CLIP_FOLDER / "walk.mp4"]
        words += ["--truth", CLIP_FOLDER / "truth.jsonl.gz"]
        command = [sys.executable, "-m", "vision.scenes.walk", *map(str, words)]
        raise SystemExit(subprocess.run(command, check=False).returncode)  # noqa: S603 - our own module


if __name__ == "__main__":
    main()
