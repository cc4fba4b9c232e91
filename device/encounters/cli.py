"""`shirube vision encounters`: scripted encounters, and what was said of them, as a table or as JSON."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from device.encounters.many import tell_progress
from device.encounters.options import Options, Parser, number, whole
from device.encounters.report import as_json, as_table, report
from device.encounters.run import run
from device.encounters.show import show
from vision.encounters.figures import FIGURES


def main(arguments: Sequence[str]) -> int:
    """Simulate and print. Raises `FiguresError` with one line for bad options or figures."""
    asked = _parser().parse_args(arguments)
    options = _options(asked).checked()
    if asked.show is not None:
        _print(show(options, asked.show))
        return 0
    told = report(options, options.read(), run(options, tell_progress))
    _print(as_json(told) if asked.json else as_table(told))
    return 0


def _options(asked: argparse.Namespace) -> Options:
    return Options(
        asked.n,
        asked.seed,
        asked.jobs,
        asked.figures,
        asked.perfect,
        asked.imu,
        asked.hfov,
        asked.size,
        asked.lens == "fisheye",
        speed=asked.speed,
    )


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        "shirube vision encounters",
        "出会いの場面と警告 / scripted encounters against truth: was it warned in time?",
        Options(),
    )
    parser.add_argument("--figures", type=Path, default=FIGURES, help="検出器の数字 / figures, TOML")
    parser.add_argument(
        "--perfect", action="store_true", help="間違えない検出器で / with a detector that never fails"
    )
    parser.add_argument(
        "--no-imu", dest="imu", action="store_false", help="姿勢センサーなしで / without a motion sensor"
    )
    parser.add_argument(
        "--no-speed",
        dest="speed",
        action="store_false",
        help="歩く速さを知らせる受信機なしで / without a receiver that tells how fast one walks",
    )
    parser.add_argument(
        "--hfov",
        type=number,
        default=Options().hfov_deg,
        metavar="DEG",
        help=f"横の画角 / the lens from edge to edge, degrees ({Options().hfov_deg:g})",
    )
    parser.add_argument(
        "--size", type=_size, default=Options().size, metavar="WxH", help="画像の大きさ / picture (640x480)"
    )
    parser.add_argument(
        "--lens",
        choices=("straight", "fisheye"),
        default="straight",
        help="曲げないレンズか、校正した魚眼か / keeps straight lines straight, or a calibrated fisheye",
    )
    parser.add_argument(
        "--show", type=whole, metavar="K", help="K 番の経過 / encounter K as a timeline, numbered from 0"
    )
    return parser


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text}: 640x480 のように / write it like 640x480")
    return int(width), int(height)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
