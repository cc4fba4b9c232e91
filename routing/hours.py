"""When a signal's sound sounds: the part of opening_hours syntax that such tags use. Pure.

https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification. What this cannot read (public
holidays, seasons, sunset) is unknown, never guessed.
"""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from routing.tags import CrossingFacts
from wire.route import Known

# Hours are local time. The maps are of Japan, which has one zone.
LOCAL = ZoneInfo("Asia/Tokyo")
# 84 % of Japan's sounding signals are silent at night, typically 19:00-07:00 or 08:00: the longer
# night is the careful guess where no hours are mapped.
_USUALLY_SILENT = "19:00-08:00"

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY = "(?:" + "|".join(_DAYS) + ")"
_TIME = r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})"
_RULE = re.compile(
    rf"(?:(?P<days>{_DAY}(?:-{_DAY})?(?:,{_DAY}(?:-{_DAY})?)*)\s+)?"
    rf"(?P<times>{_TIME}(?:\s*,\s*{_TIME})*)(?P<off>\s+off)?"
)


def sound_at(facts: CrossingFacts, at: datetime) -> Known:
    """Whether the signal sounds at `at` (aware). A mapped sound without hours is unknown at night."""
    if at.tzinfo is None:
        raise ValueError("the time of a walk needs a time zone")
    if facts.signals == "no":
        return "no"
    if facts.sound != "yes":
        return facts.sound
    if facts.sound_hours is None:
        return "unknown" if open_at(_USUALLY_SILENT, at) else "yes"
    sounding = open_at(facts.sound_hours, at)
    return "unknown" if sounding is None else "yes" if sounding else "no"


def open_at(hours: str, at: datetime) -> bool | None:
    """Whether `at` lies within `hours`; None for syntax that this does not read."""
    text = hours.strip()
    if text == "24/7":
        return True
    rules = [_RULE.fullmatch(rule.strip()) for rule in text.split(";") if rule.strip()]
    if not rules or any(rule is None for rule in rules):
        return None
    # Later rules overrule earlier ones; only "off" rules mean open otherwise.
    local = at.astimezone(LOCAL)
    answer = all(rule is not None and rule["off"] is not None for rule in rules)
    for rule in rules:
        if rule is not None and _within(rule, local):
            answer = rule["off"] is None
    return answer


def _within(rule: re.Match[str], at: datetime) -> bool:
    minute = at.hour * 60 + at.minute
    today, yesterday = at.weekday(), (at - timedelta(days=1)).weekday()
    days = _weekdays(rule["days"])
    for span in re.finditer(_TIME, rule["times"]):
        h1, m1, h2, m2 = (int(part) for part in span.groups())
        start, end = h1 * 60 + m1, h2 * 60 + m2
        # 19:00-08:00 ends on the next day; so does 19:00-32:00.
        end += 24 * 60 if end <= start else 0
        if (today in days and start <= minute < end) or (
            yesterday in days and start <= minute + 24 * 60 < end
        ):
            return True
    return False


def _weekdays(text: str | None) -> set[int]:
    if text is None:
        return set(range(7))
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        found |= {day % 7 for day in range(start, end + (8 if end < start else 1))}
    return found
