"""Shapes to SVG: a few inks, text in Japanese, no style that a reader's own colours could not replace.

Colours are attributes, which a style sheet outranks: a dark page gives the classes its own. Lengths are px at
the drawing's own size.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import Final, Literal

# ink: what is read; soft: what may be overlooked; faint: what lies behind; mark: what was measured; goal: a
# target; ground: the paper.
Ink = Literal["ink", "soft", "faint", "mark", "goal", "ground"]
Anchor = Literal["start", "middle", "end"]
INKS: Final[dict[Ink, str]] = {
    "ink": "#1b1b1b",
    "soft": "#767676",
    "faint": "#bdbdbd",
    "mark": "#0b4a86",
    "goal": "#8a3b00",
    "ground": "#ffffff",
}
FONT: Final = "IPAexGothic, 'Hiragino Sans', 'Yu Gothic', 'Noto Sans CJK JP', sans-serif"
_NARROW: Final = 0.56  # of an em: the mean width of a Latin letter or digit; a Japanese one has a whole em


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing: `name` of its file, and `alt`, what it shows with its figures, for who cannot see it."""

    name: str
    svg: str
    alt: str


@dataclass(slots=True)
class Sheet:
    """Where shapes are put, from the top left. `written` gives the text."""

    width: float
    height: float
    shapes: list[str] = field(default_factory=list)

    def line(
        self, x1: float, y1: float, x2: float, y2: float, ink: Ink, *, wide: float = 1.0, dash: str = ""
    ) -> None:
        """A line `wide` px; `dash` such as "4 3"."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.shapes.append(
            f'<line class="s-{ink}" x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" '
            f'stroke="{INKS[ink]}" stroke-width="{_n(wide)}"{dashed}/>'
        )

    def strokes(self, parts: Iterable[str], ink: Ink, wide: float, *, round_ends: bool = False) -> None:
        """Many strokes as one path; `parts` such as "M3 4v5"."""
        drawn = "".join(parts)
        if drawn:
            cap = ' stroke-linecap="round"' if round_ends else ""
            self.shapes.append(
                f'<path class="s-{ink}" d="{drawn}" fill="none" stroke="{INKS[ink]}" '
                f'stroke-width="{_n(wide)}"{cap}/>'
            )

    def dot(self, x: float, y: float, radius: float, ink: Ink, *, hollow: bool = False) -> None:
        """A disc, or a ring."""
        fill: Ink = "ground" if hollow else ink
        self.shapes.append(
            f'<circle class="f-{fill} s-{ink}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" '
            f'fill="{INKS[fill]}" stroke="{INKS[ink]}" stroke-width="1.5"/>'
        )

    def diamond(self, x: float, y: float, radius: float, ink: Ink) -> None:
        """A square on its corner."""
        out = _n(radius)
        path = f"M{_n(x - radius)} {_n(y)}l{out} -{out} {out} {out} -{out} {out}z"
        self.shapes.append(f'<path class="f-{ink}" d="{path}" fill="{INKS[ink]}"/>')

    def text(
        self,
        x: float,
        y: float,
        words: str,
        ink: Ink = "ink",
        *,
        size: float = 13.0,
        anchor: Anchor = "start",
    ) -> None:
        """Words on their base line, `size` px high."""
        self.shapes.append(
            f'<text class="f-{ink}" x="{_n(x)}" y="{_n(y)}" fill="{INKS[ink]}" font-size="{_n(size)}" '
            f'text-anchor="{anchor}">{escape(words)}</text>'
        )

    def written(self, alt: str) -> str:
        """The drawing. Its title is the text alternative in a browser and in a tagged PDF."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(self.width)} {_n(self.height)}" '
            f'width="{_n(self.width)}" height="{_n(self.height)}" role="img" font-family="{escape(FONT)}">'
            f"<title>{escape(alt)}</title>{''.join(self.shapes)}</svg>"
        )


@dataclass(frozen=True, slots=True)
class Scale:
    """From a value to a place: `low` lies at `start` px, `high` at `end` px."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Its place, held within the two ends."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Whether it lies between the ends."""
        return self.low <= value <= self.high


def width_of(words: str, size: float) -> float:
    """About how wide they are, in px."""
    return size * sum(1.0 if ord(letter) > 0x2E7F else _NARROW for letter in words)


def wrapped(words: str, width: float, size: float) -> list[str]:
    """In lines of at most `width` px: broken at spaces in English, anywhere in Japanese."""
    parts = words.split(" ") if " " in words and width_of(words, size) > width else [words]
    lines = [""]
    for part in parts:
        joined = f"{lines[-1]} {part}".strip()
        if width_of(joined, size) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for letter in part:
            if width_of(lines[-1] + letter, size) > width:
                lines.append("")
            lines[-1] += letter
    return lines


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round values from `low` to `high`, at most so many."""
    span = max(high - low, 1e-9)
    steps = [base * 10.0**power for power in range(-2, 8) for base in (1, 2, 5)]
    step = next(one for one in steps if span / one <= most - 1)
    first = int(-(-low // step))
    last = int(high // step)
    return [round(at * step, 6) for at in range(first, last + 1)]


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
