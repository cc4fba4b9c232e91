"""What the verbs of the server's command line share."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from server.settings import Settings

Database = Annotated[Path | None, typer.Option(help="SQLite のファイル / the SQLite file")]
Config = Annotated[Path | None, typer.Option(help="TOML の設定 / settings in TOML")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON で / as JSON")]


def settings_of(database: Path | None, config: Path | None = None, **given: object) -> "Settings":
    """What is given on the command line goes before the environment and the file."""
    from server.settings import load_settings

    if database is not None:
        given["database_url"] = f"sqlite:///{database.resolve()}"
    return load_settings(config, os.environ, **given)


def show(answer: dict[str, object], as_json: bool) -> None:
    """An answer of one thing."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    for name, value in answer.items():
        typer.echo(f"{name}: {value}")


def show_table(rows: list[dict[str, object]], as_json: bool) -> None:
    """Many things, each a line; as JSON a list."""
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        typer.echo("  ".join("-" if value is None else str(value) for value in row.values()))
