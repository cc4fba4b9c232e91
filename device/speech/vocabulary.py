"""Everything that the device may say in words known beforehand, as the pieces that are made ahead. Pure.

A sentence is stored as its phrases, each with the comma or full stop that ends it: the voices make a pause
there, and two thousand phrases stand for all the sentences of things, places and distances.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

from device.announcements import AlertKind, Announcement, Kind, Lang
from device.examples import examples
from device.policy import POLICY
from device.speech.own_words import own_words
from device.speech.variety import VARIETY, hazards
from device.standing_words import always_said
from device.words import render
from vision.families import WALKING, WHEELED
from vision.types import THINGS, Hazard, ObjectClass

_JA: Final = re.compile(r"[^。、！？]+[。、！？]*")
_EN: Final = re.compile(r"\S.*?(?:[.,:;!?]+(?=\s|$)|$)", re.DOTALL)
# What the other rows of a warning are never of.
_OWN_ROW: Final[dict[Kind, tuple[ObjectClass, ...]]] = {
    AlertKind.EDGE_AHEAD: (ObjectClass.PLATFORM_EDGE,),
    AlertKind.STAIRS_AHEAD: (ObjectClass.STAIRS,),
    AlertKind.OVERHEAD_AHEAD: (ObjectClass.OVERHEAD,),
    AlertKind.PERSON_APPROACHING: tuple(sorted(WALKING)),
    AlertKind.VEHICLE_APPROACHING: tuple(sorted(WHEELED)),
    AlertKind.OBSTACLE_DETAIL: (ObjectClass.POLE,),  # it names nothing
}


def pieces(text: str, lang: Lang) -> tuple[str, ...]:
    """The phrases of a sentence, in order, each with its punctuation."""
    found = (_JA if lang == "ja" else _EN).findall(text)
    return tuple(piece.strip() for piece in found if piece.strip())


def vocabulary(lang: Lang) -> tuple[str, ...]:
    """Every phrase to be made ahead, the most urgent first, each once."""
    always = (text for _, text in (*own_words(lang), *always_said(lang)))
    texts = chain(always, _rendered(lang))
    return tuple(dict.fromkeys(piece for text in texts for piece in pieces(text, lang)))


def _rendered(lang: Lang) -> Iterator[str]:
    for told in _announcements():
        for clock in (False, True):
            yield render(told, lang, clock=clock).speech
            if not isinstance(told.params, Hazard):  # a warning is short already
                yield render(told, lang, clock=clock, verbosity="quiet").speech


def _announcements() -> Iterator[Announcement]:
    """Each kind as its example, then with all values that its words may have; danger first."""
    for example in sorted(examples(), key=lambda each: -POLICY[each.kind].urgency):
        yield example
        varied = VARIETY.get(type(example.params))
        if isinstance(example.params, Hazard):
            yield from (
                replace(example, params=params) for params in hazards(_OWN_ROW.get(example.kind, THINGS))
            )
        elif varied is not None:
            yield from (replace(example, params=params) for params in varied(example.params))
