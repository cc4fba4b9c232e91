"""By Web Push (RFC 8030, 8291, 8292) to a browser, which shows it also when no page is open.

A push service of the browser's maker carries it, encrypted: neither it nor a locked screen learns a name or a
place. The page that opens on a tap tells more.
"""

import base64
import binascii
import json
import os
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from server.alerts.senders.base import Letter
from server.alerts.senders.calls import Caller
from server.alerts.senders.vapid import VapidKey
from server.clock import Clock
from server.errors import ChannelGone, NotSent

if TYPE_CHECKING:
    from py_vapid import Vapid02

_GONE: Final = (404, 410)  # RFC 8030, 7.3: the subscription has expired
_TOKEN_S: Final = 3600  # RFC 8292 allows a day; a leaked token should not last that long
# A phone that is off for longer than that hears of it some other way, or too late.
_URGENT_TTL_S, _TTL_S = 3600, 1800
_TITLE: Final = "標: 知らせがあります"


class PushSender:
    """Encrypts for the subscription and hands over to its push service."""

    def __init__(self, caller: Caller, clock: Clock, key: VapidKey, contact: str) -> None:
        self._caller = caller
        self._clock = clock
        self._key = key
        self._contact = contact

    async def send(self, address: dict[str, str], letter: Letter) -> None:
        """Hand over to the push service."""
        endpoint = address["endpoint"]
        headers = {
            **self._authorization(await self._key.get(), endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(_URGENT_TTL_S if letter.urgent else _TTL_S),
            "Urgency": "high" if letter.urgent else "normal",
            # A newer word of the same alert takes the place of one that still waits. At most 32 characters.
            "Topic": (letter.alert_id or "test")[:32],
        }
        status = await self._caller.post(endpoint, encrypted(address, payload_of(letter)), headers)
        if status in _GONE:
            raise ChannelGone(f"http {status}")
        if not 200 <= status < 300:
            raise NotSent(f"http {status}")

    def _authorization(self, key: "Vapid02", endpoint: str) -> dict[str, str]:
        parts = urlsplit(endpoint)
        claims = {
            "sub": self._contact,
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(self._clock.utc_s()) + _TOKEN_S,
        }
        signed: dict[str, str] = key.sign(claims)
        return signed

    async def close(self) -> None:
        """Close what is open."""
        await self._caller.close()


def payload_of(letter: Letter) -> bytes:
    """What the service worker shows: that there is something, and the way to it."""
    told = {"title": _TITLE, "alert": letter.alert_id, "what": letter.what, "urgent": letter.urgent}
    return json.dumps(told, ensure_ascii=False).encode()


def encrypted(address: dict[str, str], payload: bytes) -> bytes:
    """The payload for one subscription (RFC 8291): a new key pair and salt each time."""
    import http_ece  # late: no start waits for what tells people
    from cryptography.hazmat.primitives.asymmetric import ec

    body: bytes = http_ece.encrypt(
        payload,
        salt=os.urandom(16),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes(address["p256dh"]),
        auth_secret=_bytes(address["auth"]),
        version="aes128gcm",
    )
    return body


def subscription_fault(p256dh: str, auth: str) -> str | None:
    """Why these are no keys of a subscription; None where they are."""
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(p256dh))
        right_length = len(_bytes(auth)) == 16
    except (ValueError, binascii.Error):
        return "p256dh"
    return None if right_length else "auth"


def _bytes(text: str) -> bytes:
    """Base64url, with or without its padding."""
    return base64.b64decode(
        text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True
    )
