"""Each HTTP answer as it arrives, before OSMnx reads it: refused, bounded, counted.

OSMnx sleeps 55 s at a 429 or 504 and asks again without end, reads a body of any size, and hears no
Retry-After. It hands `settings.requests_kwargs` to requests, and requests calls response hooks before
it reads the body: that is where these rules sit.
"""

import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Final

from routing.fetch.answers import broken
from routing.fetch.trouble import Lasting, Passing, TooMuch, Trouble

# A dense 16 km2 is a tenth of this.
LARGEST_ANSWER_BYTES: Final = 128 * 1024 * 1024
# A server that drips bytes would never reach the socket's timeout.
LONGEST_ANSWER_S: Final = 900.0

_BUSY: Final = frozenset({429, 500, 502, 503, 504})
_CHUNK: Final = 1 << 16


@dataclass(slots=True)
class Ear:
    """A response hook for requests; `received` counts the bytes of bodies after unpacking."""

    received: int = 0
    largest_bytes: int = LARGEST_ANSWER_BYTES
    on_bytes: Callable[[int], None] = field(default=lambda _: None)

    def __call__(self, response: Any, *_: object, **__: object) -> None:  # noqa: ANN401 - requests.Response
        """Let it through whole, or raise the `Trouble` that it is."""
        if response.is_redirect:
            return
        if response.status_code != 200:
            trouble = _refused(response)
            response.close()
            raise trouble
        body = self._body(response)
        # requests reads the body from here afterwards; it is unpacked already.
        response.raw = io.BytesIO(body)

    def _body(self, response: Any) -> bytes:  # noqa: ANN401 - requests.Response
        from urllib3.exceptions import HTTPError

        body = bytearray()
        deadline_s = time.monotonic() + LONGEST_ANSWER_S
        try:
            for chunk in response.raw.stream(_CHUNK, decode_content=True):
                body += chunk
                self.received += len(chunk)
                self.on_bytes(len(body))
                if len(body) > self.largest_bytes:
                    raise TooMuch("サーバーの返事が大きすぎます", "the answer is larger than we take")
                if time.monotonic() > deadline_s:
                    raise broken("too slow")
        except HTTPError as error:  # cut short, garbled packing, silent for too long
            raise broken(type(error).__name__) from error
        finally:
            response.raw.close()
        return bytes(body)


def _refused(response: Any) -> Trouble:  # noqa: ANN401 - requests.Response
    status = int(response.status_code)
    if status in _BUSY:
        return Passing(
            f"サーバーが混んでいます（{status}）",
            f"the server is busy ({status})",
            wait_s=_retry_after_s(response.headers),
        )
    said = _said(response)
    return Lasting(f"サーバーが断りました（{status}{said}）", f"the server refused ({status}{said})")


def _retry_after_s(headers: Any) -> float | None:  # noqa: ANN401 - a mapping without case
    """Seconds, or a date: reckoned from the server's own clock."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isdigit():
        return float(asked[:9])
    try:
        until, now = parsedate_to_datetime(asked), parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None


def _said(response: Any) -> str:  # noqa: ANN401 - requests.Response
    """The page's own words, without markup: Overpass tells there what it did not understand."""
    from urllib3.exceptions import HTTPError

    try:
        page = response.raw.read(20_000, decode_content=True).decode("utf-8", "replace")
    except HTTPError:
        return ""
    page = re.sub(r"(?is)<(head|style|script).*?</\1>|<[^>]*>", " ", page)
    words = " ".join(page.split())
    return f": {words[:300]}" if words else ""
