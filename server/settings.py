"""How one server is set up: built once, frozen, passed down.

Order: what the caller gives > environment `SHIRUBE_SERVER_*` > the TOML file > defaults. A database
address that holds a password comes from a file (`database_url_file`), never from the TOML.
"""

import ipaddress
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from server.errors import SettingsError

_PREFIX = "SHIRUBE_SERVER_"


class Settings(BaseModel):
    """One server's settings. Durations in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: str = "sqlite:///shirube.db"
    database_url_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    # TLS ends at a proxy in front of this process; cookies are then marked Secure.
    https: bool = False
    # Map files by name, beside the two practice maps that ship with the program.
    maps: dict[str, Path] = {}
    # ASVS 5.0 V7.3 asks for both limits. A caregiver follows a walk of an hour or two without a click.
    session_idle_s: float = Field(default=2 * 3600.0, gt=0.0)
    session_absolute_s: float = Field(default=12 * 3600.0, gt=0.0)
    # Five guesses a quarter of an hour against one name from one address: 480 a day.
    login_failures: int = Field(default=5, ge=1)
    login_window_s: float = Field(default=900.0, gt=0.0)

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if not url.startswith("sqlite:///"):
            raise ValueError("only sqlite:///FILE is built yet")
        return url

    @model_validator(mode="after")
    def _not_in_the_clear(self) -> "Settings":
        if not self.https and not _is_loopback(self.host):
            raise ValueError(
                f"host {self.host} without https would send passwords and positions in the clear: "
                "put a TLS proxy in front and set https = true"
            )
        return self

    @property
    def store_url(self) -> str:
        """The database address, from the secret file where one is named."""
        if self.database_url_file is None:
            return self.database_url
        try:
            url = self.database_url_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"database_url_file {self.database_url_file}: {error}") from error
        return self._known_database(url)


def load_settings(
    path: Path | None = None, env: Mapping[str, str] | None = None, **given: object
) -> Settings:
    """The settings, or `SettingsError` that names the first wrong key."""
    values = {**_from_file(path), **_from_env(env or {}), **given}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"]) or "settings"
        raise SettingsError(f"{where}: {fault['msg']}") from None


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error


def _from_env(env: Mapping[str, str]) -> dict[str, str]:
    return {key.removeprefix(_PREFIX).lower(): value for key, value in env.items() if key.startswith(_PREFIX)}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
