"""The device itself: no contact for long, and the battery. Pure."""

from collections.abc import Iterator
from typing import Final

from server.alerts.watched import OLD_S, Effect, Known, Over, Raise, Watch
from server.walk_state import NO_CONTACT_S

# From `NO_CONTACT_S` on the pages say so. People are called when that lasts: a tunnel, a shop's back room and
# a router that starts anew are over by then.
ALERT_S: Final = 600.0
# Devices are back within a minute of a server's start; until then silence is the server's own.
SETTLE_S: Final = 180.0


def no_contact(watch: Watch, now_s: float) -> Iterator[Effect]:
    """Nothing has come for long, whatever the reason: nobody can see. Over when the device is heard again."""
    due_s = silent_at(watch)
    contact_s = watch.walk.contact_utc_s
    if due_s is not None and contact_s is not None and now_s >= due_s:
        key = str(int(contact_s))
        if not watch.told_since("no_contact", contact_s):
            detail = {"battery_low": True} if _low(watch) else {}
            yield Raise("no_contact", key, contact_s, watch.where, detail)
    if contact_s is not None and now_s - contact_s < NO_CONTACT_S:
        yield from (Over(known, "contact") for known in watch.of_kind("no_contact"))


def silent_at(watch: Watch) -> float | None:
    """When silence becomes an alert; None: it does not.

    What was long ago already when it came is a backlog: it tells nothing of now. A device that said it stops
    is silent for a good reason only where staying is nothing strange.
    """
    contact_s = watch.walk.contact_utc_s
    if contact_s is None or watch.ended or watch.heard_late_s >= ALERT_S:
        return None
    if watch.stopped_s is not None and watch.resting:
        return None
    settled_s = 0.0 if watch.listening_s is None else watch.listening_s + SETTLE_S
    return max(contact_s + ALERT_S, settled_s)


def battery(watch: Watch, now_s: float) -> Iterator[Effect]:
    """The battery is low, or about to be empty; over when it is charged, or when it is worse."""
    told = watch.battery
    if told is None:
        return
    key = f"{told.health}.{told.place[0]}.{told.place[1]}"
    low = _low(watch)
    for known in watch.of_kind("battery"):
        if not low:
            yield Over(known, "charged")
        elif told.health == "error" and known.key.startswith("warn."):
            yield Over(known, "worse")
    if low and now_s - told.utc_s < OLD_S and not _told_of(watch, told.health):
        yield Raise("battery", key, told.utc_s, watch.where, {"health": told.health})


def _low(watch: Watch) -> bool:
    return watch.battery is not None and watch.battery.health in ("warn", "error")


def _told_of(watch: Watch, health: str) -> list[Known]:
    """Alerts that say it already: the same, or the worse."""
    said = ("warn.", "error.") if health == "warn" else ("error.",)
    return [known for known in watch.of_kind("battery") if known.key.startswith(said)]
