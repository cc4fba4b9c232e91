"""Looks at what the way needs: the configuration, the city's map, the server."""

import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from device.config import DeviceConfig, ServerConfig
from device.config_reading import read_config
from device.doctor.way import ConfigFacts, MapFacts, ServerFacts, outside
from device.errors import ConfigError, UplinkError
from device.ports import Clock
from device.server_client import ServerClient

INSTALLED: Final = Path("/etc/shirube/device.toml")


def look_at_config(given: Path | None, installed: Path = INSTALLED) -> tuple[ConfigFacts, DeviceConfig]:
    """The configuration that is named, else the installed one; the defaults where it cannot be used."""
    path = given or (installed if installed.exists() else None)
    if path is None:
        return ConfigFacts(None), DeviceConfig()
    try:
        return ConfigFacts(str(path)), read_config(path)
    except ConfigError as error:
        return ConfigFacts(str(path), str(error)), DeviceConfig()


def look_at_map(config: DeviceConfig, clock: Clock) -> MapFacts:
    """Open it as planning does, checksums and all."""
    from routing.errors import RoutingError
    from routing.network import load_map

    if config.map is None:
        return MapFacts(None)
    path = str(config.map)
    try:
        on = load_map(config.map)
    except RoutingError as error:
        return MapFacts(path, str(error))
    spots = [(place.name_ja, place.lat, place.lon) for place in config.places]
    return MapFacts(
        path,
        name=on.source.name,
        practice=on.source.practice,
        age_s=_age_s(on.source.data_time, clock.utc_s()),
        outside=outside(on.bounds, spots),
    )


def _age_s(data_time: str | None, now_utc_s: float) -> float | None:
    try:
        then = datetime.fromisoformat(data_time) if data_time else None
    except ValueError:
        return None
    if then is None:
        return None
    return now_utc_s - (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp()


def look_at_server(server: ServerConfig, clock: Clock, timeout_s: float = 5.0) -> ServerFacts:
    """Ask for a route that is not there: 404 means that the key was accepted. Nothing is changed."""
    if server.url is None:
        return ServerFacts(None)
    key, key_fault = _key(server.key_file)
    if key is None:
        return ServerFacts(server.url, key_fault)
    status, fault = _status(server.url, key, timeout_s)
    return ServerFacts(server.url, "", fault, status, _certificate_s(server.url, clock.utc_s(), timeout_s))


def _key(path: Path | None) -> tuple[str | None, str]:
    if path is None:
        return None, "server.key_file がありません / is missing"
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        return None, f"{path}: {getattr(error, 'strerror', None) or 'not a key'}"
    return (key, "") if key else (None, f"{path}: 空です / is empty")


def _status(url: str, key: str, timeout_s: float) -> tuple[int | None, str]:
    try:
        with ServerClient(url, key, timeout_s=timeout_s) as client:
            client.route("doctor")
    except UplinkError as error:
        return (error.status, "") if error.status is not None else (None, str(error))
    return 200, ""


def _certificate_s(url: str, now_utc_s: float, timeout_s: float) -> float | None:
    """Seconds until the server's certificate ends; None for plain HTTP, or where that cannot be told."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname is None:
        return None
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 443), timeout=timeout_s) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) as line,
        ):
            ends = (line.getpeercert() or {}).get("notAfter")
    except (OSError, ValueError):
        return None  # that it cannot be reached is told by the request itself
    return ssl.cert_time_to_seconds(ends) - now_utc_s if isinstance(ends, str) else None
