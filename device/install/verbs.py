"""`shirube device install` and `shirube device update`: the verbs. Light to import."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer

Prefix = Annotated[
    Path, typer.Option("--prefix", help="入れる先。像を作るときなど / root of what is installed")
]


def install(
    board: Annotated[
        Literal["pi5", "pi4", "jetson", "generic"] | None,
        typer.Option("--board", help="機種（なければ調べる）/ default: this one"),
    ] = None,
    prefix: Prefix = Path("/"),
    lang: Annotated[
        Literal["ja", "en"], typer.Option("--lang", help="初めの設定の言葉 / of a first configuration")
    ] = "ja",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="見せるだけ / only show")] = False,
    phrases: Annotated[
        bool, typer.Option("--phrases/--no-phrases", help="文を先に作る / make phrases ahead")
    ] = True,
) -> None:
    """装置として入れる。何度実行してもよい / install as a device; may be run again at any time."""
    from device.clocks import SystemClock
    from device.install import changes, steps
    from device.install.boards import this_board
    from device.install.files import wanted

    _need_root(prefix, dry_run)
    site = steps.Site(prefix, board or this_board(), lang, SystemClock())
    typer.echo(f"{site.board}: {prefix}")
    planned = changes.planned(wanted(site.board, lang), prefix)
    for change in planned:
        typer.echo("\n".join(changes.shown(change)))
    if dry_run:
        typer.echo("--dry-run: 何も書いていません / nothing was written")
        return
    changes.apply(planned, prefix)
    outcomes = [
        *_told(steps.system_before(site)),
        *_told([steps.version(site, Path(sys.prefix)), steps.model(site)]),
    ]
    outcomes += _told(steps.phrases(site, lambda text: typer.echo(text, err=True))) if phrases else []
    outcomes += _told([steps.certificate(site)])
    outcomes += _told(steps.system_after(site))
    failed = [outcome for outcome in outcomes if outcome.done is False]
    if site.live:
        typer.echo("確かめています / self-test: shirube device doctor")
        _doctor(prefix)
    if failed:
        typer.echo(f"できなかったこと / could not be done: {len(failed)}", err=True)
        raise SystemExit(1)


def update(
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="入っている版か、/opt/shirube/wheels の版へ / to this one, there or in wheels/",
        ),
    ] = None,
    wheel: Annotated[Path | None, typer.Option("--from", help="この wheel から / from this wheel")] = None,
    back: Annotated[
        bool, typer.Option("--roll-back", help="前の版に戻す / back to the version before")
    ] = False,
    prefix: Prefix = Path("/"),
    config: Annotated[Path, typer.Option("--config", help="試すときの設定 / for its self-test")] = Path(
        "/etc/shirube/device.toml"
    ),
    restart: Annotated[bool, typer.Option("--restart/--no-restart", help="すぐ使う / take it up now")] = True,
) -> None:
    """新しい版に切り替える。だめなら前の版に戻る / a new version; back to the one before if it fails."""
    from device.install.update import (
        SystemdService,
        VenvBuilder,
        prepare,
        roll_back,
        take_up,
        tidied,
        version_of,
        wheel_of,
    )
    from device.install.versions import HOME, Versions

    if sum((to is not None, wheel is not None, back)) != 1:
        _refuse("--to 版、--from WHEEL、--roll-back のどれか一つ / choose one of --to, --from, --roll-back")
    _need_root(prefix, False)
    versions = Versions(prefix / HOME)
    service: Any = SystemdService() if restart and prefix == Path("/") else _NoService()
    if back:
        roll_back(versions, service, typer.echo)
        return
    if wheel is None and to not in versions.whole():
        wheel = wheel_of(str(to), versions.home / "wheels")
    version = str(to) if wheel is None else version_of(wheel)
    requirement = None if wheel is None else f"{wheel.resolve()}[{_extras()}]"
    prepare(versions, version, requirement, VenvBuilder(), config, typer.echo)
    if not take_up(versions, version, service, typer.echo):
        raise SystemExit(1)
    for gone in tidied(versions):
        typer.echo(f"{gone}: 消しました / removed")


class _NoService:
    """Under a prefix, or where nobody wants a restart."""

    def restart(self) -> bool:
        return False

    def ready(self) -> bool:
        return False


def _extras() -> str:
    from device.install.boards import PROFILES, this_board

    board = this_board()
    return ",".join(
        [
            "device",
            *(["pi"] if board != "generic" else []),
            *(["ncnn"] if PROFILES[board].runtime == "ncnn" else []),
        ]
    )


def _told(outcomes: Any) -> list[Any]:  # noqa: ANN401 - an iterable of steps.Outcome
    kept = []
    for outcome in outcomes:
        mark = {True: "✓", False: "✗", None: "–"}[outcome.done]
        typer.echo(f"{mark} {outcome.what}" + (f": {outcome.detail}" if outcome.detail else ""))
        kept.append(outcome)
    return kept


def _doctor(prefix: Path) -> None:
    from device.doctor.checks import Patient, examine
    from device.doctor.findings import printed
    from device.doctor.look_way import INSTALLED, look_at_config

    read, settings = look_at_config(None, prefix / INSTALLED.relative_to("/"))
    typer.echo("\n".join(printed(examine(Patient(settings, read)), settings.wearer.lang)))


def _need_root(prefix: Path, dry_run: bool) -> None:
    if prefix == Path("/") and not dry_run and os.geteuid() != 0:
        _refuse(
            "管理者の権限が要ります。sudo をつけてください（見るだけなら --dry-run）"
            " / needs root: use sudo, or look with --dry-run"
        )


def _refuse(message: str) -> NoReturn:
    typer.echo(f"shirube: {message}", err=True)
    raise SystemExit(2)
