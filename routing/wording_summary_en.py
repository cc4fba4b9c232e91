"""A route before the first step, in English: its figures, what cannot be avoided, and why.

Never that a way is safe: figures, and what the map does not know.
"""

from routing.cues import Cue, Outline
from routing.manner import Manner
from routing.wording_en import metres, sentence
from wire.route import Caveat, Choice, Comparison

# Two breaths, 12 s, at the 15 letters a second of a voice at its usual speed. The rest is told at home.
START_LETTERS = 180
REROUTED_LETTERS = 130
# Below it two lengths are one: the map is drawn no finer, and nobody would walk differently.
NOTICED_M = 15.0

# Gravest first: who hears only the beginning has heard what matters.
_CAVEATS = {
    "blocked": "{count} place{s} reported closed",
    "level_crossing": "{count} railway crossing{s}",
    "map_gap": "{count} gap{s} in the map",
    "unmarked_crossing": "{count} unmarked crossing{s}",
    "no_signal": "{count} crossing{s} without a signal",
    "signals_unknown": "{count} crossing{s} where a signal is not known",
    "no_sidewalk": "{length} of road without a sidewalk",
    "steps": "{count} flight{s} of steps",
    "steep": "{count} slope{s}",
    "escalator": "{count} escalator{s}",
    "unlit": "{length} without lights",
    "signals": "{count} crossing{s} with a signal",
    "blocks": "guide blocks on {share} of the way",
    "tactile_unknown": "{length} where guide blocks are not known",
}
_RANK = {kind: rank for rank, kind in enumerate(_CAVEATS)}


def start(cue: Cue, manner: Manner) -> str:
    """Where to, how far, how long, and what is met on the way, as far as two breaths reach."""
    head = _head(cue, manner)
    if manner.short:
        return sentence(head)
    # By the name as the voice says it, so that the eye and the voice get the same.
    return sentence(head, _as_far_as(cue, START_LETTERS - len(_head(cue, _SPOKEN))))


def rerouted(cue: Cue, manner: Manner) -> str:
    """A new way from here, in the middle of a walk: shorter than a start, the gravest still told."""
    new = "new route from here"
    if manner.short or not cue.length_m or not cue.minutes:
        return sentence(new)
    figures = f"{metres(cue.length_m)}, {_minutes(cue.minutes)} to the destination"
    return sentence(new, figures, _as_far_as(cue, REROUTED_LETTERS - len(new) - len(figures)))


def _as_far_as(cue: Cue, room: int) -> str:
    """What is met on the way, gravest first, in `room` letters but the first always; "and more": not all."""
    met = _met(cue.caveats, cue.outline or Outline())
    room -= _FRAME
    told: list[str] = []
    for text in met:
        room -= len(text) + 2
        if room < 0 and told:
            break
        told.append(text)
    if not told:
        return ""
    return f"on the way: {', '.join(told)}{', and more' if len(told) < len(met) else ''}"


_FRAME = 25  # "On the way: … and more."
_SPOKEN = Manner(spoken=True)


def _minutes(minutes: int) -> str:
    return f"around {minutes} minute{'' if minutes == 1 else 's'}"


def _head(cue: Cue, manner: Manner) -> str:
    goal = f"to {manner.en(cue.name)}" if cue.name else "to the destination"
    length = metres(cue.length_m) if cue.length_m else ""
    minutes = _minutes(cue.minutes) if cue.minutes else ""
    return ", ".join(part for part in (goal, length, minutes) if part)


def _met(caveats: tuple[Caveat, ...], seen: Outline) -> list[str]:
    found: list[tuple[str, int, float]] = [(one.kind, one.count, one.length_m) for one in caveats]
    found += [("signals", seen.signals, 0.0), ("signals_unknown", seen.signals_unknown, 0.0)]
    texts = [(_RANK[kind], _caveat(kind, count, length)) for kind, count, length in found if count or length]
    if share := _share(seen.blocks_share):
        texts.append((_RANK["blocks"], _CAVEATS["blocks"].format(share=share)))
    return [text for _, text in sorted(texts)]


def _caveat(kind: str, count: int, length_m: float) -> str:
    return _CAVEATS[kind].format(count=count, s="" if count == 1 else "s", length=metres(length_m))


def _share(share: float) -> str:
    """A share of the way as people say it; none below a twentieth."""
    if share < 0.05:
        return ""
    if share >= 0.95:
        return "nearly all"
    tenths = round(share * 10.0)
    return "around half" if tenths == 5 else f"around {max(tenths, 1)}0 percent"


def lines(cue: Cue, why: str, manner: Manner) -> list[str]:
    """Everything that is known before the start, a line each, to read at home."""
    seen = cue.outline or Outline()
    met = [
        _caveat(caveat.kind, caveat.count, caveat.length_m)
        for caveat in sorted(cue.caveats, key=lambda caveat: _RANK[caveat.kind])
        if caveat.kind not in _IN_OUTLINE
    ]
    on_the_way = sentence(f"on the way: {', '.join(met)}") if met else ""
    return [
        text
        for text in (sentence(_head(cue, manner)), why, on_the_way, _crossings(seen), _blocks(seen))
        if text
    ]


_IN_OUTLINE = frozenset({"no_signal", "tactile_unknown"})


def _crossings(seen: Outline) -> str:
    if not seen.crossings:
        return ""
    counts = (seen.signals, seen.no_signals, seen.signals_unknown)
    head = f"{seen.crossings} road crossing{'' if seen.crossings == 1 else 's'}"
    if seen.crossings in counts:
        every = "all " if seen.crossings > 1 else ""
        return sentence(f"{head}, {every}{_SIGNALS[counts.index(seen.crossings)]}")
    told = [f"{count} {what}" for count, what in zip(counts, _SIGNALS, strict=True) if count]
    return sentence(f"{head}: {', '.join(told)}")


_SIGNALS = ("with a signal", "without a signal", "where a signal is not known")


def _blocks(seen: Outline) -> str:
    share, unknown = _share(seen.blocks_share), _share(seen.blocks_unknown_share)
    known = f"guide blocks on {share} of the way" if share else ""
    if known:
        return sentence(known, f"not known on {unknown}" if unknown else "")
    return sentence(f"guide blocks are not known on {unknown} of the way" if unknown else "")


def why(choice: Choice, beside: Comparison | None) -> str:
    """One sentence: why this way, and what it costs beside the shortest; "" where nothing is known."""
    if choice == "shortest":
        return sentence("this way prefers a short walk to sidewalks, signals and guide blocks")
    aim = _AIM[choice]
    if beside is None:
        return sentence(aim)
    worse, better = _worse(beside), _better(beside)
    if worse and better:
        told = f"beside the shortest way: {', '.join(worse)}, but {', '.join(better)}"
    elif worse:
        told = f"beside the shortest way: {', '.join(worse)}"
    elif better:
        told = f"about as long as the shortest way, with {', '.join(better)}"
    else:
        told = "it is also the shortest way" if aim else "this is also the shortest way"
    return sentence(f"{aim}; {told}" if aim else told)


_AIM = {
    "recommended": "",
    "safest": "this way prefers signals and sidewalks to a short walk",
    "blocks": "this way prefers guide blocks",
}
_MOST = 3  # differences of one side in a sentence that can still be followed


# It counts crossings whose signal nobody has mapped as well: not known is not "none".
_UNSIGNALLED = "crossing{s} not known to have a signal"


def _worse(than: Comparison) -> list[str]:
    """What this way has more of than the shortest."""
    return [
        *([f"{metres(than.longer_m)} longer"] if than.longer_m >= NOTICED_M else []),
        *_count(than.level_crossings, "more railway crossing{s}"),
        *_count(than.unsignalled, f"more {_UNSIGNALLED}"),
        *_length(than.no_sidewalk_m, "more without a sidewalk"),
        *_count(than.steps, "more flight{s} of steps"),
        *_length(-than.blocks_m, "less of guide blocks"),
    ][:_MOST]


def _better(than: Comparison) -> list[str]:
    return [
        *_count(-than.level_crossings, "fewer railway crossing{s}"),
        *_count(-than.unsignalled, f"fewer {_UNSIGNALLED}"),
        *_length(-than.no_sidewalk_m, "less without a sidewalk"),
        *_length(than.blocks_m, "more of guide blocks"),
        *_count(-than.steps, "fewer flight{s} of steps"),
    ][:_MOST]


def _count(count: int, what: str) -> list[str]:
    return [f"{count} {what.format(s='' if count == 1 else 's')}"] if count > 0 else []


def _length(length_m: float, what: str) -> list[str]:
    return [f"{metres(length_m)} {what}"] if length_m >= NOTICED_M else []
