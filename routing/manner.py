"""How the wearer wants to be spoken to, and how names are put into words."""

from typing import Literal

from routing.cues import Cue
from wire.base import value
from wire.route import Name

Lang = Literal["ja", "en"]
Verbosity = Literal["short", "normal"]


@value
class Manner:
    """`spoken`: for the voice (readings), else for the eye. `clock`: directions as clock positions.

    `from_m`: told before the walk, at a desk, as from that place of the route: distances are exact,
    nothing is "here", and nobody stands at a kerb.
    """

    short: bool = False
    clock: bool = False
    spoken: bool = False
    from_m: float | None = None

    @property
    def home(self) -> bool:
        """Whether it is told before the walk."""
        return self.from_m is not None

    def ja(self, name: Name) -> str:
        """The name in Japanese; its reading for the voice, where the map has one."""
        if self.spoken:
            return name.kana or without_brackets(name.ja)
        return name.ja

    def en(self, name: Name) -> str:
        """The English name; without one the Japanese, for the voice never: it cannot read it."""
        if name.en:
            return name.en
        if self.spoken:
            return romaji(name.kana) if name.kana else "a place without an English name"
        return name.ja


def distance_m(cue: Cue, manner: Manner) -> float | None:
    """Metres to the cue's place: from the walker, at home from the step before."""
    if manner.from_m is None or cue.at_m is None:
        return cue.distance_m
    return max(cue.at_m - manner.from_m, 0.0)


def without_brackets(name: str) -> str:
    """What a name has outside its brackets: 青山通り(金王坂) is asked for as 青山通り."""
    for opening in ("(", "（"):
        if opening in name:
            return name.partition(opening)[0].strip() or name
    return name


def romaji(kana: str) -> str:
    """Hepburn romaji, good enough for an English voice: しょうわどおり -> shouwadoori."""
    text = "".join(chr(ord(sign) - 0x60) if "ァ" <= sign <= "ヶ" else sign for sign in kana)
    out = ""
    index = 0
    double = False
    while index < len(text):
        size = 2 if text[index : index + 2] in _ROMAJI else 1
        sign = text[index : index + size]
        index += size
        if sign == "っ":
            double = True
        elif sign == "ー":
            out += out[-1:]
        else:
            latin = _ROMAJI.get(sign, sign)
            out += ("t" if latin.startswith("ch") else latin[:1]) * double + latin
            double = False
    return out


def _table() -> dict[str, str]:
    rows = {
        "": "あいうえお", "k": "かきくけこ", "g": "がぎぐげご", "s": "さしすせそ", "z": "ざじずぜぞ",
        "t": "たちつてと", "d": "だぢづでど", "n": "なにぬねの", "h": "はひふへほ", "b": "ばびぶべぼ",
        "p": "ぱぴぷぺぽ", "m": "まみむめも", "r": "らりるれろ",
    }  # fmt: skip
    table = {
        sign: row + vowel for row, signs in rows.items() for sign, vowel in zip(signs, "aiueo", strict=True)
    }
    table |= {"や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "を": "o", "ん": "n"}
    table |= {
        "し": "shi",
        "ち": "chi",
        "つ": "tsu",
        "ふ": "fu",
        "じ": "ji",
        "ぢ": "ji",
        "づ": "zu",
        "ゔ": "vu",
    }
    for first in "きぎしじちにひびぴみり":
        stem = table[first][:-1]
        glide = "" if first in "しじち" else "y"
        for small, vowel in zip("ゃゅょ", "auo", strict=True):
            table[first + small] = stem + glide + vowel
    return table


_ROMAJI = _table()
