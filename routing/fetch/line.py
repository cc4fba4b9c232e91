"""One polite line to a server, through OSMnx.

OSMnx's public functions cannot ask our question: `graph_from_*` asks for ways only, widens every tile
by 500 m and returns a graph without mid-way nodes' tags; `features_from_*` cannot ask for "named
buildings" and would fetch every building. So its own request function is used, the part below those:
one machine of a round-robin for all requests, truthful headers, time-outs, decoding. What it lacks is
added through its settings (see `heard`): sizes, Retry-After, an end to asking again. The wait for a
free slot is ours: OSMnx reads the fifth line of the status page, which differs between servers (on an
older one it waits for ever), and sleeps a minute, unseen, where there is no network at all.
"""

import re
import socket
import threading
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from routing.fetch.answers import broken
from routing.fetch.heard import Ear
from routing.fetch.query import QUERY_TIMEOUT_S
from routing.fetch.trouble import Lasting, Passing, Trouble

Got = TypeVar("Got")

OVERPASS: Final = "https://overpass-api.de/api"
NOMINATIM: Final = "https://nominatim.openstreetmap.org"

# Seconds before asking a busy server again, where it names no time. OSMnx waits 55 s each time;
# doubling leaves a server that is down in peace. About 13 minutes in all.
PAUSES_S: Final = (30.0, 60.0, 120.0, 240.0, 300.0)
# Without any network a person wants to know soon.
UNREACHABLE_PAUSES_S: Final = (5.0, 15.0)
# A server that wants a longer pause than this is asked another day.
LONGEST_PAUSE_S: Final = 900.0

_CONNECT_S: Final = 15.0
# OSMnx reads its settings from module globals, and a polite client asks one thing at a time.
_ONE_AT_A_TIME: Final = threading.Lock()


@dataclass(slots=True)
class Line:
    """Asks one question at a time; `waiting` hears every pause in seconds, with its reason."""

    overpass: str = OVERPASS
    sleep: Callable[[float], None] = time.sleep
    waiting: Callable[[float, Trouble], None] = field(default=lambda _, __: None)
    ear: Ear = field(default_factory=Ear)

    def asked(self, question: str, read: Callable[[object], Got]) -> tuple[object, Got]:
        """The decoded answer and what `read` makes of it; `Passing` only after the last attempt."""
        return self.again(lambda: self._ask(question), read)

    def again(self, ask: Callable[[], object], read: Callable[[object], Got]) -> tuple[object, Got]:
        """The same for any other question (a place's name)."""
        attempt = 0
        while True:
            try:
                answer = _as_trouble(ask)
                return answer, read(answer)
            except Passing as trouble:
                pauses_s = UNREACHABLE_PAUSES_S if trouble.unreachable else PAUSES_S
                if attempt >= len(pauses_s):
                    raise
                self._pause(pauses_s[attempt], trouble)
                attempt += 1

    def _pause(self, usual_s: float, trouble: Passing) -> None:
        pause_s = usual_s if trouble.wait_s is None else max(1.0, trouble.wait_s)
        if pause_s > LONGEST_PAUSE_S:
            minutes = round(pause_s / 60.0)
            raise Lasting(
                f"サーバーが{minutes}分待つよう求めています。その後でもう一度試してください",
                f"the server asks to wait {minutes} minutes: try again after that",
            ) from trouble
        self.waiting(pause_s, trouble)
        self.sleep(pause_s)

    def _ask(self, question: str) -> object:
        import osmnx

        pause_s = _slot_wait_s(self.overpass)
        if pause_s > 0.0:
            self._pause(0.0, Passing("サーバーの順番を待ちます", "waiting for a free slot", pause_s))
        return osmnx._overpass._overpass_request(OrderedDict(data=question))


@contextmanager
def polite(overpass: str, nominatim: str, ear: Ear, contact: str | None) -> Iterator[None]:
    """OSMnx set to our terms while it lasts; afterwards as it was."""
    for url in (overpass, nominatim):
        check_url(url)
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        # Its libraries' deprecations are for their developers, not for who fetches a map.
        warnings.simplefilter("ignore")
        osmnx = _osmnx()
        # OSMnx's request replaces socket.getaddrinfo to stay with one machine, and leaves it so.
        lookup = socket.getaddrinfo
        wanted = _wanted(overpass, nominatim, ear, contact)
        before = {key: getattr(osmnx.settings, key) for key in wanted}
        try:
            _set(osmnx.settings, wanted)
            yield
        finally:
            _set(osmnx.settings, before)
            socket.getaddrinfo = lookup


def user_agent(contact: str | None = None) -> str:
    """Who asks: the servers' rules want a name, and like an address to write to."""
    who = f"Shirube/{version('shirube')} (map fetch for a walking companion for blind people"
    return f"{who}; {contact}) OSMnx/{version('osmnx')}" if contact else f"{who}) OSMnx/{version('osmnx')}"


def check_url(url: str) -> None:
    """`Lasting` where it is no address of a server."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise Lasting(f"サーバーの URL が正しくありません: {url}", f"not the URL of a server: {url}")


def _osmnx() -> Any:  # noqa: ANN401 - a foreign module
    try:
        import osmnx
    except ImportError as error:
        raise Lasting(
            "地図の取得に必要な OSMnx がありません。pip install osmnx networkx で入れてください",
            "OSMnx, which fetches maps, is missing: pip install osmnx networkx",
        ) from error
    return osmnx


def _wanted(overpass: str, nominatim: str, ear: Ear, contact: str | None) -> dict[str, Any]:
    return {
        "overpass_url": overpass,
        "nominatim_url": nominatim,
        "overpass_rate_limit": False,  # the slot is asked for here
        "use_cache": False,  # kept by `cached`: with age, whole, and no answer that carries a remark
        "cache_only_mode": False,
        "requests_timeout": (_CONNECT_S, QUERY_TIMEOUT_S + 30.0),  # the server's own limit comes first
        "requests_kwargs": {"hooks": {"response": ear}},
        "http_user_agent": user_agent(contact),
        "http_referer": "Shirube",
        "http_accept_language": "ja,en",
        "doh_url_template": None,  # no third party learns which server is asked
        "log_file": False,
        "log_console": False,
    }


def _set(settings: Any, values: dict[str, Any]) -> None:  # noqa: ANN401 - OSMnx's settings module
    for key, value in values.items():
        setattr(settings, key, value)


def _slot_wait_s(overpass: str) -> float:
    """Seconds until the server has a slot for us; 0 where it does not say, for its 429 will."""
    import osmnx
    import requests

    try:
        answer = requests.get(
            f"{overpass.rstrip('/')}/status",
            headers={"User-Agent": osmnx.settings.http_user_agent},
            timeout=_CONNECT_S,
            **osmnx.settings.requests_kwargs,
        )
    except (requests.RequestException, Trouble):
        return 0.0
    text = answer.text[:10_000]
    free = re.search(r"(\d+) slots? available now", text)
    waits = re.findall(r"Slot available after: \S+ in (-?\d+) seconds", text)
    if (free and int(free[1]) > 0) or not waits:
        return 0.0
    return max(1.0, min(float(seconds) for seconds in waits))


def _as_trouble(ask: Callable[[], object]) -> object:
    """What requests and OSMnx raise, told as `Trouble`."""
    import osmnx
    import requests

    try:
        return ask()
    except (osmnx._errors.InsufficientResponseError, osmnx._errors.ResponseStatusCodeError) as error:
        raise broken("not JSON") from error
    except (requests.ConnectionError, requests.Timeout) as error:
        raise Passing(
            "サーバーにつながりません。ネットワークの接続を確かめてください",
            f"cannot reach the server ({type(error).__name__}): check the network connection",
            unreachable=True,
        ) from error
    except RecursionError as error:
        raise broken("nested too deep") from error
    except (requests.RequestException, UnicodeError) as error:
        raise Lasting(
            f"サーバーに問い合わせられません（{type(error).__name__}）", f"cannot ask the server ({error})"
        ) from error
