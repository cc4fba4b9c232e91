"""How one server is set up: built once, frozen, passed down.

Order: what the caller gives > environment `SHIRUBE_SERVER_*` > the TOML file > defaults. A database
address that holds a password comes from a file (`database_url_file`), never from the TOML.
"""

import ipaddress
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from server.alerts.setup import Telling
from server.errors import SettingsError, StoreError
from server.stores.address import Address

_PREFIX = "SHIRUBE_SERVER_"


class Settings(BaseModel):
    """One server's settings. Durations in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: str = "sqlite:///shirube.db"
    database_url_file: Path | None = None
    # Seals what must be readable again (second factors, webhook keys). Beside an SQLite file by default.
    key_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    # TLS ends at a proxy in front of this process; cookies are then marked Secure.
    https: bool = False
    # Whose word about the caller's address is taken, where `https` is set: addresses or networks.
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    # A port of its own for Prometheus, which the proxy does not pass on; null: none. Of several workers each
    # has its own, from this one up.
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    # Map files by name, beside the two practice maps that ship with the program.
    maps: dict[str, Path] = {}
    # Whom an administrator's page asks for a new map, and how we may be reached (both are told to Overpass's
    # public server where nothing else is set); nothing is asked before somebody presses the button.
    overpass: str | None = None
    map_contact: str | None = None
    # ASVS 5.0 V7.3 asks for both limits. A caregiver follows a walk of an hour or two without a click.
    session_idle_s: float = Field(default=2 * 3600.0, gt=0.0)
    session_absolute_s: float = Field(default=12 * 3600.0, gt=0.0)
    # Five guesses a quarter of an hour against one name from one address: 480 a day.
    login_failures: int = Field(default=5, ge=1)
    login_window_s: float = Field(default=900.0, gt=0.0)

    # Clocks, in days. The consent texts promise the upper bounds (server/consent_texts).
    raw_days: float = Field(default=90.0, gt=0.0, le=90.0)  # tracks, routes, what was said on the way
    backup_days: float = Field(default=30.0, gt=0.0, le=30.0)  # backups and their logs
    looks_days: float = Field(default=365.0, gt=0.0)  # who looked when
    alerts_days: float = Field(default=365.0, gt=0.0, le=365.0)  # with their deliveries; without places
    audit_days: float = Field(default=3 * 365.0, gt=0.0)
    # Between a wish to be erased and the deed, when it can be taken back.
    cooling_off_days: float = Field(default=7.0, ge=0.0)
    # Where `shirube server consent-audio` has put the spoken consent texts.
    consent_audio: Path | None = None
    # Where `shirube server backup --to` puts its copies: the status page then knows how old the newest is.
    backup_folder: Path | None = None
    # Who was erased and when, kept beside the store and its backups: a restored backup is erased again.
    erasure_ledger: Path | None = None

    telling: Telling = Telling()  # how people are told of alerts

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        try:
            Address.of(url)
        except StoreError as error:
            raise ValueError(str(error).removeprefix("database_url: ")) from None
        return url

    @field_validator("trusted_proxies")
    @classmethod
    def _known_proxies(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            try:
                ipaddress.ip_network(proxy)
            except ValueError:
                raise ValueError(f"{proxy!r} is no address and no network (172.30.77.0/24)") from None
        return proxies

    @model_validator(mode="after")
    def _not_in_the_clear(self) -> "Settings":
        if not self.https and not _is_loopback(self.host):
            raise ValueError(
                f"host {self.host} without https would send passwords and positions in the clear: "
                "put a TLS proxy in front and set https = true"
            )
        return self

    @property
    def sealing_key_file(self) -> Path:
        """Where the sealing key is; `SettingsError` where nobody has said."""
        if self.key_file is not None:
            return self.key_file
        if not self.store_url.startswith("sqlite:///"):
            raise SettingsError(
                "key_file: say where the sealing key is kept: it is not put into the database"
            )
        return Path(self.store_url.removeprefix("sqlite:///") + ".key")

    @property
    def ledger_file(self) -> Path:
        """The ledger of erasures; beside the sealing key by default."""
        key = self.sealing_key_file
        return self.erasure_ledger or key.with_name(f"{key.name.removesuffix('.key')}.erasures")

    @property
    def store_url(self) -> str:
        """The database address, from the secret file where one is named."""
        if self.database_url_file is None:
            return self.database_url
        try:
            url = self.database_url_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"database_url_file {self.database_url_file}: {error}") from error
        try:
            return self._known_database(url)
        except ValueError as error:
            raise SettingsError(f"database_url_file {self.database_url_file}: {error}") from None


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
