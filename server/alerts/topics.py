"""Whom a wake-up about alerts is for."""


def alerts_of(person_id: str) -> str:
    """The topic of alerts that this person is told of, or whose wearer they are."""
    return f"alerts {person_id}"
