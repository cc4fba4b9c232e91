"""`shirube device pair`."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from device.errors import DeviceError


def pair(
    server: Annotated[str, typer.Option(help="サーバー、https://ホスト / the server, https://HOST")],
    code: Annotated[str, typer.Option(help="画面か家族から聞いた8桁の番号 / the eight digits of the code")],
    config: Annotated[Path, typer.Option(help="設定ファイル / the configuration")] = Path(
        "/etc/shirube/device.toml"
    ),
    label: Annotated[str | None, typer.Option(help="装置の名前 / what to call this device")] = None,
) -> None:
    """サーバーにつなぐ。鍵を受けとり、設定に書く / join an account: fetch the key, write it down."""
    from device.server_pairing import pair as join

    try:
        paired = join(server, code, config.expanduser(), label, version=_version())
    except DeviceError as error:
        typer.echo(f"shirube: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"つながりました。鍵は {paired.key_file}、設定は {paired.config} です。")
    typer.echo(f"Paired. The key is in {paired.key_file}, named in {paired.config}.")
    typer.echo("動いているなら / if it runs: sudo systemctl restart shirube")


def _version() -> str | None:
    try:
        return version("shirube")
    except PackageNotFoundError:
        return None
