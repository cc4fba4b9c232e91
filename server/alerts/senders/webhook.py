"""By a webhook: a signed JSON message to somebody's own program.

The receiver checks `X-Shirube-Signature: v1=` + HMAC-SHA256 in hex, with its secret, over the text
`X-Shirube-Timestamp` + "." + body, and refuses old timestamps; `Idempotency-Key` tells a repetition.
"""

import hashlib
import hmac
import json

from server.alerts.senders.base import Letter
from server.alerts.senders.calls import Caller
from server.clock import Clock
from server.errors import NotSent


class WebhookSender:
    """Posts to the address; any 2xx counts as taken."""

    def __init__(self, caller: Caller, clock: Clock) -> None:
        self._caller = caller
        self._clock = clock

    async def send(self, address: dict[str, str], letter: Letter) -> None:
        """Hand over to the receiver."""
        body = body_of(letter)
        timestamp = str(int(self._clock.utc_s()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Shirube",
            "Idempotency-Key": letter.key,
            "X-Shirube-Timestamp": timestamp,
            "X-Shirube-Signature": f"v1={signature(address['secret'], timestamp, body)}",
        }
        status = await self._caller.post(address["url"], body, headers)
        if not 200 <= status < 300:
            raise NotSent(f"http {status}")

    async def close(self) -> None:
        """Close what is open."""
        await self._caller.close()


def body_of(letter: Letter) -> bytes:
    """The message: no position."""
    told = {
        "id": letter.key,
        "what": letter.what,
        "alert_id": letter.alert_id,
        "urgent": letter.urgent,
        "text_ja": letter.subject[0],
        "text_en": letter.subject[1],
        "link": letter.link,
        "made_utc_s": letter.made_utc_s,
    }
    return json.dumps(told, ensure_ascii=False).encode()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 of the timestamp and the body, in hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
