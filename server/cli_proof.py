"""The verbs that measure, torture, copy and restore: `server bench|torture|backup|restore|restore-drill`."""

import json
import signal
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from server.cli_shared import AsJson, Config, Database, settings_of, show

KeyFile = Annotated[
    Path | None, typer.Option(help="控えに封をする鍵、なければ作る / seals copies; made where there is none")
]


def add_proof_verbs(server_app: typer.Typer) -> None:
    """Put them where they are looked for."""
    for name, verb in (
        ("bench", _bench),
        ("torture", _torture),
        ("backup", _backup),
        ("restore", _restore),
        ("restore-drill", _drill),
    ):
        server_app.command(name)(verb)


def _tell(answer: dict[str, object], as_json: bool, met: bool) -> NoReturn:
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=1))
    else:
        show(answer, as_json=False)
    raise typer.Exit(0 if met else 1)


def _end_cleanly() -> None:
    """SIGTERM ends it as Ctrl-C does: servers and folders that were made go with it."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)


def _bench(
    devices: Annotated[int, typer.Option(min=1, help="装置 / devices")] = 1000,
    rate: Annotated[
        float, typer.Option(min=0.01, help="装置ごとの 1 秒の位置 / positions a second each")
    ] = 2.0,
    viewers: Annotated[int, typer.Option(min=0, help="見守り画面 / open live views")] = 500,
    seconds: Annotated[float, typer.Option(min=1.0, help="秒 / seconds")] = 60.0,
    store: Annotated[str, typer.Option(help="sqlite | postgresql")] = "sqlite",
    workers: Annotated[int, typer.Option(min=1, help="サーバーの数 / server processes")] = 1,
    kill_worker: Annotated[bool, typer.Option(help="途中で一つを殺す / kill one on the way")] = False,
    sos: Annotated[int, typer.Option(min=0, help="負荷の中の SOS / calls for help under load")] = 0,
    connect_per_s: Annotated[float, typer.Option(min=1.0, help="1 秒の接続 / connections a second")] = 200.0,
    seed: Annotated[int, typer.Option(help="乱数の種 / seed")] = 7,
    folder: Annotated[Path | None, typer.Option(help="測るディスク / on this disk")] = None,
    as_json: AsJson = False,
) -> None:
    """本物のサーバーに負荷をかけて測る / measure a real server under load, from a second process."""
    from server.bench.run import BenchError, Options, measure

    if store not in ("sqlite", "postgresql"):
        raise BenchError(f"--store {store}: sqlite か postgresql / choose sqlite or postgresql")
    _end_cleanly()
    options = Options(
        devices=devices,
        rate=rate,
        viewers=viewers,
        seconds=seconds,
        store="sqlite" if store == "sqlite" else "postgresql",
        workers=workers,
        kill_worker=kill_worker,
        sos=sos,
        connect_per_s=connect_per_s,
        seed=seed,
        folder=folder,
    )
    outcome = measure(options)
    _tell(asdict(outcome), as_json, outcome.met())


def _torture(
    kills: Annotated[int, typer.Option(min=0, help="殺す回数 / kills")] = 100,
    power_cuts: Annotated[int, typer.Option(min=0, help="停電の回数 / power cuts")] = 20,
    devices: Annotated[int, typer.Option(min=1, help="サーバーごとの装置 / devices for each server")] = 6,
    lanes: Annotated[
        int | None, typer.Option(min=1, help="並べるサーバー / servers beside each other")
    ] = None,
    seed: Annotated[int, typer.Option(help="乱数の種 / seed")] = 7,
    as_json: AsJson = False,
) -> None:
    """殺し、電源を切り、受け付けた記録が残るか / kill it, cut its power: what was promised must be there."""
    from server.torture.run import Options, torture

    _end_cleanly()
    options = Options(kills=kills, power_cuts=power_cuts, devices=devices, seed=seed)
    outcome = torture(options if lanes is None else Options(kills, power_cuts, devices, lanes, seed))
    _tell(outcome.as_dict(), as_json, outcome.met())


def _backup(
    to: Annotated[Path, typer.Option(help="控えを置く所 / where copies go")],
    follow: Annotated[bool, typer.Option(help="続けて写す / go on, every half second")] = False,
    keep_days: Annotated[float | None, typer.Option(help="既定は backup_days / default backup_days")] = None,
    key: KeyFile = None,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """動いたまま控えを取り、確かめる / copy the store while it serves, and check the copy."""
    from server import commands_proof

    settings = settings_of(database, config)
    if key is None:
        typer.echo(
            "封をしません。控えを読める人は全員の歩いた所を読めます (--key) / "
            "not sealed: whoever can read the copy reads where everybody walked (--key)",
            err=True,
        )
    if follow:
        commands_proof.follow(settings, to, keep_days, key)
        return
    folder, made = commands_proof.backup(settings, to, keep_days, key)
    show({"folder": str(folder), **asdict(made)}, as_json)


def _restore(
    source: Annotated[Path, typer.Option("--from", help="控えのある所 / where the copies are")],
    to: Annotated[
        str | None, typer.Option(help="空の保管庫 / an empty store: sqlite:///… postgresql://…")
    ] = None,
    at: Annotated[str | None, typer.Option(help="この時まで / up to 2026-11-30T14:02:00+09:00")] = None,
    key: KeyFile = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """控えを戻す。消した人はもう一度消す / bring a copy back; whoever was erased is erased again."""
    from server import commands_proof

    settings = settings_of(None, config, **({} if to is None else {"database_url": to}))
    show(asdict(commands_proof.restore(settings, source, key, at)), as_json)


def _drill(
    seconds: Annotated[float, typer.Option(min=1.0, help="負荷の秒 / seconds of load")] = 10.0,
    devices: Annotated[int, typer.Option(min=1, help="装置 / devices")] = 20,
    seed: Annotated[int, typer.Option(help="乱数の種 / seed")] = 7,
    as_json: AsJson = False,
) -> None:
    """控えからの復旧の訓練 / destroy a store under load, restore it, compare: RPO and RTO."""
    from server.backup.drill import restore_drill

    _end_cleanly()
    outcome = restore_drill(seconds, devices, seed=seed)
    _tell(asdict(outcome), as_json, outcome.met())
