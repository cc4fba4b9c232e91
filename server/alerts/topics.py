"""Whom a wake-up about alerts is for."""

from typing import Final

TRIED: Final = "delivery tried"  # a try to hand a message over has ended, in this process


def alerts_of(person_id: str) -> str:
    """The topic of alerts that this person is told of, or whose wearer they are."""
    return f"alerts {person_id}"
