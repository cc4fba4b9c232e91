"""Joins this device to a wearer's account: the code is given for a key, which is kept with the configuration.

Everything that can be wrong on this side is looked at before the code is spent: it is good once.
"""

import ipaddress
import json
import os
import pwd
import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from device.errors import ConfigError
from device.kept_files import write_whole
from device.server_client import ServerClient
from wire.api import PairRequest

_SERVICE_USER: Final = "shirube"
_TABLE: Final = re.compile(r"^\s*\[")
_SERVER: Final = re.compile(r"^\s*\[\s*server\s*\]\s*(#.*)?$")
_OURS: Final = re.compile(r"^\s*(url|key_file)\s*=")
_CODE: Final = re.compile(r"\d{8}")


@dataclass(frozen=True, slots=True)
class Paired:
    """Where the key lies, and which configuration names it."""

    device_id: str
    key_file: Path
    config: Path


def pair(
    server: str,
    code: str,
    config: Path,
    label: str | None = None,
    *,
    version: str | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Paired:
    """Give the code for a key, and keep both it and the server's address.

    `ConfigError`: something here is wrong, and the code is as good as before. `UplinkError`: the server does
    not take it, or cannot be reached.
    """
    address = checked_address(server)
    digits = checked_code(code)
    text, key_file = _looked_at(config)
    joined = _joined(config, text, address, key_file)
    _writable(config, key_file)
    wanted = PairRequest(code=digits, label=label, version=version)
    with ServerClient(address, "", transport=transport) as client:
        paired = client.redeem(wanted)
    try:
        write_whole(key_file, paired.key + "\n", 0o600)
        _for_the_service(key_file)
        mode = stat.S_IMODE(config.stat().st_mode) if config.exists() else 0o644
        write_whole(config, joined, mode)
    except OSError as error:
        raise ConfigError(
            f"{error.filename}: 鍵を保存できません({error.strerror})。新しい番号でやり直してください / "
            f"the key cannot be kept ({error.strerror}): ask for a new code and try again"
        ) from None
    return Paired(paired.device_id, key_file, config)


def checked_address(server: str) -> str:
    """The address without what follows the host; https, or plain http on this machine; else `ConfigError`."""
    parts = urlsplit(server.strip())
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    whole = bool(host) and parts.scheme in ("http", "https") and parts.path in ("", "/") and not parts.query
    if not whole or host is None or parts.username is not None:
        raise ConfigError(
            f"--server {server}: https://ホスト の形で書いてください / write it as https://HOST"
        )
    if parts.scheme == "http" and not _here(host):
        raise ConfigError(
            f"--server {server}: http では鍵が途中で読めてしまいます。https にしてください / "
            "by http the key could be read on its way: use https"
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if port is None else f":{port}")


def checked_code(code: str) -> str:
    """The eight digits, however they were written; else `ConfigError`."""
    digits = re.sub(r"[\s-]", "", code)
    if _CODE.fullmatch(digits) is None:
        raise ConfigError(f"--code {code}: 番号は数字8桁です / the code has eight digits")
    return digits


def with_server(text: str, address: str, key_file: Path) -> str:
    """The configuration `text` with this server, everything else as it was."""
    ours = [f"url = {json.dumps(address)}", f"key_file = {json.dumps(str(key_file), ensure_ascii=False)}"]
    lines = text.splitlines()
    begin = next((n for n, line in enumerate(lines) if _SERVER.match(line)), None)
    if begin is None:
        gap = [""] if lines and lines[-1].strip() else []
        # A table with lists of its own ([[places]]) may be the last: a new table may follow any.
        return "\n".join([*lines, *gap, "[server]", *ours]) + "\n"
    end = next((n for n in range(begin + 1, len(lines)) if _TABLE.match(lines[n])), len(lines))
    kept = [line for line in lines[begin + 1 : end] if not _OURS.match(line)]
    return "\n".join([*lines[: begin + 1], *ours, *kept, *lines[end:]]) + "\n"


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _looked_at(config: Path) -> tuple[str, Path]:
    """The configuration's text, and where the key goes: where it says, else beside it."""
    try:
        text = config.read_text("utf-8") if config.exists() else ""
        named = tomllib.loads(text).get("server", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"{config}: 設定が読めません({error})。先に直してください / "
            f"cannot be read ({error}): mend it first"
        ) from None
    key_file = named.get("key_file") if isinstance(named, dict) else None
    path = Path(key_file).expanduser() if isinstance(key_file, str) else Path("device.key")
    return text, path if path.is_absolute() else config.absolute().parent / path


def _joined(config: Path, text: str, address: str, key_file: Path) -> str:
    """The new configuration; `ConfigError` where `[server]` is written in a way that cannot be added to."""
    made = with_server(text, address, key_file)
    before = tomllib.loads(text)
    server = before.get("server", {})
    kept = server if isinstance(server, dict) else {}
    wanted = before | {"server": kept | {"url": address, "key_file": str(key_file)}}
    try:
        as_wanted = tomllib.loads(made) == wanted
    except tomllib.TOMLDecodeError:
        as_wanted = False
    if not as_wanted:
        raise ConfigError(
            f"{config}: サーバーの設定を書き足せません。[server] の表の形(url = … を1行)に直してください / "
            "the server cannot be written into it: give it a table [server], each setting on a line"
        )
    return made


def _writable(*paths: Path) -> None:
    for path in paths:
        trial = path.with_name(f"{path.name}.pairing")
        try:
            write_whole(trial, "\n")
            trial.unlink()
        except OSError as error:
            raise ConfigError(
                f"{path}: 書けません({error.strerror})。sudo で実行してください / "
                f"cannot be written ({error.strerror}): run it with sudo"
            ) from None


def _for_the_service(key_file: Path) -> None:
    """Run by root the key would be root's, and the service could not read it."""
    if os.geteuid() != 0:
        return
    try:
        user = pwd.getpwnam(_SERVICE_USER)
    except KeyError:
        return
    os.chown(key_file, user.pw_uid, user.pw_gid)
