"""The verbs `shirube device config …`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from device.errors import ConfigError

config_app = typer.Typer(help="設定 / the configuration file", no_args_is_help=True)


@config_app.command("check")
def config_check(file: Annotated[Path, typer.Argument(help="設定ファイル / the configuration file")]) -> None:
    """設定を調べる。誤りは全部まとめて / check a configuration: all that is wrong, at once."""
    from device.config_reading import read_config
    from device.config_world import findings

    config = read_config(file)
    for line in findings(config):
        typer.echo(f"  {line}")
    typer.echo(f"{file}: 設定は正しく読めました / can be used")


@config_app.command("example")
def config_example(lang: Annotated[str, typer.Option("--lang", help="ja | en")] = "ja") -> None:
    """説明つきの見本を出す / print an example with notes."""
    from device.config_keys import example

    typer.echo(example(_lang(lang)), nl=False)


def _lang(text: str) -> Literal["ja", "en"]:
    if text == "ja" or text == "en":
        return text  # type: ignore[return-value]
    raise ConfigError(f"--lang {text}: ja か en を指定してください / choose ja or en")
