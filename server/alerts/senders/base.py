"""The port between deliveries and the ways of telling a person, and what a message is."""

from dataclasses import dataclass
from typing import Literal, Protocol

from server.words import Pair

ChannelKind = Literal["email", "push", "webhook"]


@dataclass(frozen=True, slots=True)
class Letter:
    """One message. `key`: the same each time that it is tried, so that who gets it twice can tell.

    `what`: raised, acknowledged, over, test, code. `alert_id` is empty in the last two. `link`: the page that
    tells more, if the server knows its own address.
    """

    key: str
    what: str
    alert_id: str
    urgent: bool
    subject: Pair
    body: Pair
    link: str | None
    made_utc_s: float
    english_first: bool = False


class Sender(Protocol):
    """One way of telling people."""

    async def send(self, address: dict[str, str], letter: Letter) -> None:
        """Hand the letter over; `NotSent` where that failed, `ChannelGone` where it always will."""

    async def close(self) -> None:
        """Free what is open."""
