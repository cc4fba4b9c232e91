"""`shirube demo`: perform the walk, publish what it made, tell where to look."""

import json
import signal
import sys

from device.demo.backstage import Backstage
from device.demo.chart import read_sketch
from device.demo.output import Output
from device.demo.run import MAP, Options, Result, perform
from device.demo.screening import Screening
from routing.practice import practice_map
from vision.video import open_clip


def run_demo(options: Options, *, serve: bool, as_json: bool) -> int:
    """Exit code: 0 when the walk arrived (or was cut short on purpose) and the store agrees, else 1."""
    if options.video is not None:
        open_clip(options.video)  # a clip that cannot be used is told before anything is started
    # Told to end, end like Ctrl-C: the server must not outlive its demonstration.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    output = Output(options.out)
    backstage = Backstage(output.folder / "server.sqlite", output.folder / "server.log")
    screening = Screening(read_sketch(practice_map(MAP)), film=options.film, quiet=as_json)
    try:
        result = perform(options, backstage, output, screening)
        backstage.stop()
        backstage.fold()
        output.publish()
    finally:
        backstage.kill()
        output.discard()
    if as_json:
        sys.stdout.write(json.dumps(result.summary(), ensure_ascii=False) + "\n")
    else:
        _tell(result)
    if serve:
        _serve(options, result)
    return 0 if _good(result) else 1


def _good(result: Result) -> bool:
    whole = result.arrived or result.options.minutes is not None
    return whole and result.made == result.stored and result.doubled == 0


def _tell(result: Result) -> None:
    out = result.options.out
    spoken = result.spoken.get("spoken", 0)
    minutes = result.outing.get("minutes")
    people = result.people
    lines = [
        "",
        f"{result.route.origin.name.ja} → {result.route.destination.name.ja}  {result.route.length_m:.0f} m",
        f"  歩行 walk            {result.walk_s / 60:.1f} 分 min",
        f"  かかった took        {result.took_s:.0f} 秒 s",
        f"  画像 frames          {result.frames}",
        f"  話した spoken        {spoken}  {result.spoken}",
        f"  記録 events          作成 made {result.made}、保管 stored {result.stored}、"
        f"重複 duplicate {result.doubled}",
        f"  外出時間 outing      {minutes} 分 min（測位から / from positions）",
        f"  到着 arrived         {'はい yes' if result.arrived else 'いいえ no'}",
        "",
        "見るもの / where to look:",
    ]
    lines += [f"  {out / name}" for name in _SHOWN if (out / name).exists()]
    lines += ["", "この実演だけの合言葉 / passwords of this demonstration only:"]
    lines += [
        f"  {p.role:<10} {p.login:<8} {p.password}"
        for p in (people.wearer, people.caregiver, people.evaluator)
    ]
    for fault in result.failed_speech[:3]:
        lines.append(f"  音声の不具合 / speech fault: {fault}")
    if not _good(result):
        lines.append("  うまくいきませんでした。 / Something is wrong: see the figures above.")
    sys.stdout.write("\n".join(lines) + "\n")


_SHOWN = ("walk.mp4", "transcript.md", "route.svg", "route.png", "announcements.jsonl", "outing.json", "run")


def _serve(options: Options, result: Result) -> None:
    """Leave the pages up until Ctrl-C."""
    backstage = Backstage(options.out / "server.sqlite", options.out / "server.log")
    backstage.start()
    try:
        sys.stdout.write(f"\nページ / pages: {backstage.url}/   (Ctrl-C で終わり / ends)\n")
        sys.stdout.flush()
        backstage.wait()
    except KeyboardInterrupt:
        pass
    finally:
        backstage.stop()
