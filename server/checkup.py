"""`shirube server check`: everything that a server needs, looked at before it is started or after a change.

Nothing is made and nothing is changed. Each look is one line: fine, to be known, or bad.
"""

import asyncio
import os
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import aiosmtplib

from routing.errors import MapError
from server.consent_sound import faults
from server.errors import ServerError
from server.sealing import sealer_from
from server.settings import Settings
from server.stores import current
from server.stores.address import Address

_OTHERS: Final = 0o007
_GROUP: Final = 0o070
# The container engine puts secrets there, for a container that has one user.
_HANDED_IN: Final = Path("/run/secrets")


@dataclass(frozen=True, slots=True)
class Line:
    """What one look has found. `told` says what to do where it is not fine."""

    what: str
    state: Literal["ok", "note", "bad"]
    told: str


def check(settings: Settings) -> list[Line]:
    """All looks, in the order in which a server needs what they look at."""
    looks: tuple[Callable[[Settings], Iterable[Line]], ...] = (
        _store,
        _key,
        _secrets,
        _ledger,
        _maps,
        _public,
        _metrics,
        _mail,
        _audio,
    )
    return [line for look in looks for line in look(settings)]


def _store(settings: Settings) -> Iterable[Line]:
    try:
        address = Address.of(settings.store_url)
        if address.path is not None and not address.path.exists():
            yield _new_store(address.path)
            return
        found = current.is_current(address)
    except ServerError as error:
        yield Line("store", "bad", str(error))
        return
    schema = f"schema {current.newest()}" if found else "empty or older: the start of the server upgrades it"
    yield Line("store", "ok" if found else "note", f"{address.shown}: {schema}")
    if address.path is not None:
        yield from _private("store", address.path)


def _new_store(path: Path) -> Line:
    if not path.parent.is_dir():
        return Line("store", "bad", f"{path.parent} is not there: make it, for the server's user only")
    return Line("store", "note", f"{path} is not there: the server makes it at its first start")


def _key(settings: Settings) -> Iterable[Line]:
    try:
        path = settings.sealing_key_file
        if not path.exists():
            yield _new_key(path)
            return
        sealer_from(path)
    except ServerError as error:
        yield Line("key_file", "bad", str(error))
        return
    yield Line("key_file", "ok", f"{path}: keep a copy, apart from the backups")
    yield from _private("key_file", path)


def _new_key(path: Path) -> Line:
    if not os.access(path.parent, os.W_OK):
        return Line("key_file", "bad", f"{path} is not there: shirube server new-key makes a line for it")
    return Line("key_file", "note", f"{path} is not there: the server makes it at its first start")


def _secrets(settings: Settings) -> Iterable[Line]:
    named = {
        "database_url_file": settings.database_url_file,
        "telling.smtp_password_file": settings.telling.smtp_password_file,
    }
    for name, path in named.items():
        if path is not None and path.exists():
            yield from _private(name, path)


def _private(what: str, path: Path) -> Iterable[Line]:
    if _HANDED_IN in path.parents:
        return
    mode = path.stat().st_mode
    if mode & (_OTHERS | _GROUP):
        state: Literal["note", "bad"] = "bad" if mode & _OTHERS else "note"
        yield Line(what, state, f"{path}: others may read it: chmod 600")


def _ledger(settings: Settings) -> Iterable[Line]:
    try:
        path = settings.ledger_file
    except ServerError:
        return  # told of the key
    if not os.access(path.parent, os.W_OK):
        yield Line("erasure_ledger", "bad", f"{path} cannot be written: erasures are written down there")
    else:
        yield Line("erasure_ledger", "ok", f"{path}: keep it with the key, apart from the backups")


def _maps(settings: Settings) -> Iterable[Line]:
    from routing.network import load_map  # brings the compiled search

    for name, path in settings.maps.items():
        try:
            load_map(path)
        except MapError as error:
            yield Line(f"maps.{name}", "bad", str(error))
        else:
            yield Line(f"maps.{name}", "ok", str(path))
    if not settings.maps:
        yield Line("maps", "note", "none: only the two practice maps are there")


def _public(settings: Settings) -> Iterable[Line]:
    url = settings.telling.public_url
    if not settings.https:
        yield Line("https", "note", f"off: only this machine ({settings.host}) can use the server")
    else:
        by = ", ".join(settings.trusted_proxies) or "nobody"
        yield Line("https", "ok", f"TLS ends at a proxy; the caller's address is taken from {by}")
    if url is None:
        yield Line("telling.public_url", "note", "not set: messages of alerts carry no link to the page")
    elif settings.https and url.startswith("http:"):
        yield Line("telling.public_url", "bad", "begins with http: while https is set: write https:")
    else:
        yield Line("telling.public_url", "ok", url)


def _metrics(settings: Settings) -> Iterable[Line]:
    if settings.metrics_port is None:
        yield Line("metrics_port", "note", "not set: nobody is told of what docs/operations.md says to watch")
    else:
        where = f"{settings.metrics_host}:{settings.metrics_port}"
        yield Line("metrics_port", "ok", f"{where}, without a login: not for the public")


def _mail(settings: Settings) -> Iterable[Line]:
    if settings.telling.smtp_host is None:
        yield Line("telling.smtp_host", "note", "not set: alerts are not sent by e-mail")
    else:
        yield asyncio.run(_mail_server(settings))
    if settings.telling.contact is None:
        yield Line("telling.push_contact", "note", "not set: alerts are not sent to browsers that are closed")


async def _mail_server(settings: Settings) -> Line:
    telling = settings.telling
    where = f"{telling.smtp_host}:{telling.smtp_port}"
    server = aiosmtplib.SMTP(
        hostname=telling.smtp_host,
        port=telling.smtp_port,
        use_tls=telling.smtp_tls == "tls",
        start_tls=telling.smtp_tls == "starttls",
        timeout=telling.timeout_s,
    )
    try:
        await server.connect()
        if telling.smtp_login is not None:
            await server.login(telling.smtp_login, telling.smtp_password() or "")
        await server.quit()
    except (aiosmtplib.SMTPException, ServerError, ssl.SSLError, OSError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        return Line("telling.smtp_host", "bad", f"{where}: {said}")
    return Line("telling.smtp_host", "ok", f"{where} answers; no message was sent")


def _audio(settings: Settings) -> Iterable[Line]:
    folder = settings.consent_audio
    if folder is None:
        told = "not set: the consent texts are not heard (shirube server consent-audio)"
        yield Line("consent_audio", "note", told)
    elif found := tuple(faults(folder)):
        first = f"{found[0][0]} {found[0][1]}"
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        told = f"{folder}: {first}{more}: shirube server consent-audio --out {folder}"
        yield Line("consent_audio", "bad", told)
    else:
        yield Line("consent_audio", "ok", str(folder))
