"""The command line: the only file that knows every room. Rooms are imported when their verb is used."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from device import verbs as running
from device.config_verbs import config_app
from device.doctor.verbs import doctor
from device.footage.verbs import footage_app
from device.install.verbs import install, update
from device.phone.verbs import glasses_push
from device.replay_verbs import replay_app
from device.server_pairing_verbs import pair
from device.speech.verbs import phrases_app, sounds
from device.uplink_verbs import uplink_bench
from field_tests.cli import study_app
from routing.cli import map_app, route_app
from server.cli import server_app
from vision.verbs import vision_app

if TYPE_CHECKING:
    from field_tests.simulator.ways import LatLon, Town, Way
    from routing.network import WalkingMap

app = typer.Typer(
    help="標 Shirube: 視覚障害者の歩行の相棒 / a walking companion for blind and low-vision people.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _group(name: str, text: str) -> typer.Typer:
    group = typer.Typer(help=text, no_args_is_help=True)
    app.add_typer(group, name=name)
    return group


app.add_typer(map_app, name="map")
_vision = _group("vision", "映像処理 / the vision pipeline on recorded video")
_vision.add_typer(footage_app)  # without a name: their verbs stand side by side
_vision.add_typer(vision_app)
device_app = _group("device", "装置 / the companion")
app.add_typer(server_app, name="server")
app.add_typer(study_app, name="study")
app.add_typer(route_app, name="route")

Lang = Annotated[str, typer.Option("--lang", help="ja | en")]


def _told(message: str) -> NoReturn:
    typer.echo(f"shirube: {message}", err=True)
    raise SystemExit(2)


def _lang(text: str) -> Literal["ja", "en"]:
    if text == "ja" or text == "en":
        return text  # type: ignore[return-value]
    _told(f"--lang {text}: ja か en を指定してください / choose ja or en")


# --- demo -----------------------------------------------------------------------------------


@app.command()
def demo(
    video: Annotated[Path | None, typer.Option(help="自分の映像 / your own clip")] = None,
    lang: Lang = "ja",
    out: Annotated[Path, typer.Option(help="書き出すフォルダー / where to write")] = Path("out/demo"),
    seed: Annotated[int, typer.Option(help="測位の雑音の種 / seed of the position noise")] = 7,
    minutes: Annotated[
        float | None, typer.Option(min=0.2, help="途中でやめる / end after so many minutes")
    ] = None,
    serve: Annotated[bool, typer.Option(help="終わってもサーバーを残す / leave the server up")] = False,
    live: Annotated[
        bool, typer.Option(help="実時間、本物の gpsd と音 / real time, real gpsd and sound")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="結果を JSON で / print the summary as JSON")
    ] = False,
) -> None:
    """大分駅から県立美術館まで、端から端まで歩く / walk from the station to the museum, end to end."""
    from device.demo.run import Options
    from device.demo.stage_door import run_demo

    options = Options(out=out, lang=_lang(lang), seed=seed, video=video, minutes=minutes, live=live)
    raise SystemExit(run_demo(options, serve=serve, as_json=as_json))


# --- device ---------------------------------------------------------------------------------


@device_app.command("announcements")
def device_announcements(lang: Lang = "ja") -> None:
    """案内と警告の表 / the table of all announcements."""
    from device.policy_table import policy_table

    for row in policy_table(_lang(lang)):
        typer.echo("\t".join(str(cell) for cell in dataclasses.astuple(row)))


@device_app.command(
    "bench",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def device_bench(context: typer.Context) -> None:
    """映像から最初の音までの遅れ / from frame to first sample: [--video CLIP] [--seconds 60] [--json]."""
    from device.latency import main as bench

    raise SystemExit(bench(context.args))


@device_app.command("collect")
def device_collect(
    record: Annotated[Path, typer.Option(help="写真を集めるフォルダー / collect pictures here")],
    camera: Annotated[str, typer.Option(help="v4l2:/dev/video0 | rtsp://… | file:walk.mp4")],
    every: Annotated[float, typer.Option(help="秒に 1 枚まで / at most one in so many seconds")] = 2.0,
    consent: Annotated[bool, typer.Option(help="同意した / what it means was read and agreed to")] = False,
    blur: Annotated[bool, typer.Option(help="頭とナンバーをぼかす / blur heads and number plates")] = True,
    minutes: Annotated[float | None, typer.Option(help="分で終わる / end after so many minutes")] = None,
    position: Annotated[
        str | None, typer.Option(help="位置も残す / store positions: gpsd://HOST:PORT | nmea:FILE")
    ] = None,
    model: Annotated[str | None, typer.Option(help="モデルの名か .onnx / a model's id or .onnx")] = None,
) -> None:
    """学習のための写真を集める / collect pictures to learn from, with consent."""
    from device.collect import Options, run_collection

    options = Options(record, camera, every, consent, blur, minutes, position, model)
    outcome = run_collection(options, lambda line: typer.echo(line, err=True))
    done = outcome.manifest
    dropped = ", ".join(f"{name} {count}" for name, count in sorted((done.dropped or {}).items()))
    typer.echo(f"{record}: {done.stored} 枚 / pictures ({done.why}); 見送り / not stored: {dropped or '-'}")
    if outcome.fault:
        typer.echo(f"shirube: {outcome.fault}", err=True)
        raise SystemExit(1)


device_app.command("run")(running.run)
device_app.command("chaos")(running.chaos)
device_app.command("walk-test")(running.walk_test)
device_app.command("uplink-bench")(uplink_bench)
device_app.command("doctor")(doctor)
device_app.command("pair")(pair)
device_app.command("install")(install)
device_app.command("update")(update)
device_app.command("sounds")(sounds)
device_app.add_typer(phrases_app, name="phrases")
device_app.add_typer(config_app, name="config")
_glasses = typer.Typer(help="スマートグラスの作り手に / for makers of smart glasses", no_args_is_help=True)
_glasses.command("push")(glasses_push)
device_app.add_typer(_glasses, name="glasses")


@device_app.command("cameras")
def device_cameras(
    uris: Annotated[list[str] | None, typer.Argument(help="試すカメラ / cameras to try")] = None,
    seconds: Annotated[float, typer.Option(min=0.5, help="見る秒 / seconds of watching")] = 2.0,
) -> None:
    """つながっているカメラ / the cameras that are there, and what they give."""
    from device.cameras.verbs import cameras

    for line in cameras(tuple(uris or ()), seconds):
        typer.echo(line)


device_app.add_typer(replay_app, name="replay")


# --- what one room is handed that another makes -------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Hands:
    """Handed to the verbs as `context.obj`. `speak`: sentences into a WAV file; `town`: a map to live on."""

    speak: "Callable[[tuple[str, ...], Literal['ja', 'en'], Path], None]"
    town: "Callable[[str], Town]"


def _speak(sentences: tuple[str, ...], lang: Literal["ja", "en"], path: Path) -> None:
    """A route's sentences by the device's voice, a breath between them, as one WAV file."""
    from device.rendering import speak_into

    typer.echo(f"{path}: {speak_into(path, sentences, lang):.1f} s")


class _WalkedTown:
    """A map as simulated people see it (`field_tests.simulator.ways.Town`): ways as planned with a cane."""

    def __init__(self, on: "WalkingMap") -> None:
        from field_tests.simulator.ways import Spot

        self._on = on
        of = on.columns
        ends = dict.fromkeys(zip(of.node_lat_e7.tolist(), of.node_lon_e7.tolist(), strict=True))
        self.corners: tuple[LatLon, ...] = tuple((lat / 1e7, lon / 1e7) for lat, lon in ends)
        self.spots: tuple[Spot, ...] = tuple(Spot(*place.point, place.kind) for place in on.places)

    def way(self, start: "LatLon", end: "LatLon") -> "Way | None":
        """As `shirube route` plans it on a weekday morning; None where there is none."""
        from datetime import UTC, datetime

        from field_tests.simulator.ways import Way
        from routing.errors import RoutingError
        from routing.geo import length_m
        from routing.plan import plan, wait_s

        origin, destination = (f"{lat:.7f},{lon:.7f}" for lat, lon in (start, end))
        moment = datetime(2026, 4, 14, 1, tzinfo=UTC)
        try:
            route = plan(self._on, origin, destination, "cane", moment)
        except RoutingError:
            return None
        waits = ((length_m(route.points[: each.first + 1]), wait_s(each)) for each in route.stretches)
        return Way(route.points, tuple(wait for wait in waits if wait[1] > 0.0))


def _town(name: str) -> "Town":
    from routing.cli import open_map

    return _WalkedTown(open_map(name))


def main() -> None:
    """Run the command line; faults that a person can mend become one line and exit code 2."""
    from device.errors import DeviceError
    from field_tests.errors import StudyError
    from routing.errors import RoutingError
    from server.errors import ServerError
    from vision.errors import VisionError
    from wire.errors import WireError

    try:
        app(obj=Hands(_speak, _town))
    except (DeviceError, RoutingError, ServerError, StudyError, VisionError, WireError) as error:
        _told(str(error))
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        _told(f"{error.strerror or error}{where}")
    except KeyboardInterrupt:
        typer.echo("shirube: 中断しました / interrupted", err=True)
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
