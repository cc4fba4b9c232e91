"""Everything by which people are told of alerts, made once from the server's parts."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from server.alerts.book import Book
from server.alerts.channels import Channels
from server.alerts.delivery import Delivery
from server.alerts.escalation import Escalation, Turn
from server.alerts.live import AlertStream
from server.alerts.senders.base import ChannelKind, Sender
from server.alerts.senders.calls import Caller
from server.alerts.senders.email import EmailSender
from server.alerts.senders.push import PushSender
from server.alerts.senders.vapid import VapidKey
from server.alerts.senders.webhook import WebhookSender
from server.alerts.setup import Telling
from server.clock import Clock
from server.database import Database
from server.hub import Hub
from server.metrics import Metrics
from server.sealing import Sealer


@dataclass(frozen=True, slots=True)
class TellingParts:
    """What an endpoint may use, and the two jobs."""

    book: Book
    stream: AlertStream
    channels: Channels
    vapid: VapidKey
    escalation: Escalation
    delivery: Delivery


def telling_parts(
    db: Database,
    clock: Clock,
    hub: Hub,
    sealer: Sealer,
    settings: Telling,
    turn: Turn,
    senders: Mapping[ChannelKind, Sender] | None = None,
    metrics: Metrics | None = None,
) -> TellingParts:
    """The parts for `settings`; `senders` in place of the real ones, for tests."""
    book, vapid = Book(db, clock, hub, metrics), VapidKey(db, sealer)
    senders = real_senders(clock, settings, vapid) if senders is None else senders
    channels = Channels(db, clock, sealer, settings, senders)
    return TellingParts(
        book=book,
        stream=AlertStream(db, clock, hub, book),
        channels=channels,
        vapid=vapid,
        escalation=Escalation(db, clock, hub, settings, turn),
        delivery=Delivery(
            db, clock, hub, settings, channels, senders, secrets.SystemRandom().random, metrics
        ),
    )


def real_senders(clock: Clock, settings: Telling, vapid: VapidKey) -> dict[ChannelKind, Sender]:
    """Those that the settings allow. Each calls through its own client: one that is stuck stops no other."""

    def caller() -> Caller:
        return Caller(settings.timeout_s, private=settings.private_targets)

    senders: dict[ChannelKind, Sender] = {"webhook": WebhookSender(caller(), clock)}
    if settings.smtp_host is not None:
        senders["email"] = EmailSender(settings)
    if settings.contact is not None:
        senders["push"] = PushSender(caller(), clock, vapid, settings.contact)
    return senders
