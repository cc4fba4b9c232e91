"""Ties: short links that join what the data leaves a few metres apart."""

from dataclasses import dataclass

from routing.compact import Network
from routing.crossings import Crossings
from routing.drawing import Drawing


@dataclass(frozen=True, slots=True)
class Tied:
    """How many ties were made, and how many of them join parts that nothing else joined."""

    ties: int
    joined_parts: int


def tie(network: Network, drawn: Drawing, streets: object, found: Crossings) -> Tied:
    """Add ties to `network`."""
    return Tied(0, 0)
