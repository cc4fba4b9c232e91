"""出発前の言葉: a route before the first step, in Japanese: its figures, what cannot be avoided, and why.

Never that a way is safe: figures, and what the map does not know.
"""

from routing.cues import Cue, Outline
from routing.manner import Manner
from routing.wording_ja import metres
from wire.route import Caveat, Choice, Comparison

# Two breaths, about 12 s at the 7 morae a second of the voice (`morae` counts a few too many).
START_MORAE = 88
REROUTED_MORAE = 72
# Below it two lengths are one: the map is drawn no finer, and nobody would walk differently.
NOTICED_M = 15.0

# Gravest first: who hears only the beginning has heard what matters.
_CAVEATS = {
    "blocked": "通れないという知らせ{count}か所",
    "level_crossing": "踏切{count}か所",
    "map_gap": "地図の途切れ{count}か所",
    "unmarked_crossing": "横断歩道のない横断{count}か所",
    "no_signal": "信号のない横断{count}か所",
    "signals_unknown": "信号の分からない横断{count}か所",
    "no_sidewalk": "歩道のない道{length}",
    "steps": "階段{count}か所",
    "steep": "坂{count}か所",
    "escalator": "エスカレーター{count}か所",
    "unlit": "明かりのない道{length}",
    "signals": "信号のある横断{count}か所",
    "blocks": "点字ブロックのある道{share}",
    "tactile_unknown": "点字ブロックの有無が分からない道{length}",
}
_RANK = {kind: rank for rank, kind in enumerate(_CAVEATS)}


def start(cue: Cue, manner: Manner) -> str:
    """Where to, how far, how long, and what is met on the way, as far as two breaths reach."""
    head = _head(cue, manner)
    if manner.short:
        return head
    # By the name's reading, so that the eye and the voice get the same.
    return f"{head}{_as_far_as(cue, START_MORAE - morae(_head(cue, _SPOKEN)))}"


def rerouted(cue: Cue, manner: Manner) -> str:
    """A new way from here, in the middle of a walk: shorter than a start, the gravest still told."""
    new = "ここから、新しい経路です。"
    if manner.short or not cue.length_m or not cue.minutes:
        return new
    head = f"{new}目的地まで、{metres(cue.length_m)}、およそ{cue.minutes}分です。"
    return f"{head}{_as_far_as(cue, REROUTED_MORAE - morae(head))}"


def _as_far_as(cue: Cue, room: int) -> str:
    """What is met on the way, gravest first, in `room` morae but the first always; "など": not all."""
    met = _met(cue.caveats, cue.outline or Outline())
    room -= _FRAME
    told: list[str] = []
    for text in met:
        room -= morae(text)
        if room < 0 and told:
            break
        told.append(text)
    if not told:
        return ""
    return f"途中に、{'、'.join(told)}{'など' if len(told) < len(met) else ''}があります。"


_FRAME = 12  # 途中に、などがあります
_SPOKEN = Manner(spoken=True)


def _head(cue: Cue, manner: Manner) -> str:
    goal = manner.ja(cue.name) if cue.name else "目的地"
    length = f"{metres(cue.length_m)}、" if cue.length_m else ""
    minutes = f"およそ{cue.minutes}分です。" if cue.minutes else "です。"
    return f"{goal}まで、{length}{minutes}"


def _met(caveats: tuple[Caveat, ...], seen: Outline) -> list[str]:
    found: list[tuple[str, int, float]] = [(one.kind, one.count, one.length_m) for one in caveats]
    found += [("signals", seen.signals, 0.0), ("signals_unknown", seen.signals_unknown, 0.0)]
    texts = [
        (_RANK[kind], _CAVEATS[kind].format(count=count, length=metres(length)))
        for kind, count, length in found
        if count or length
    ]
    if share := _share(seen.blocks_share):
        texts.append((_RANK["blocks"], _CAVEATS["blocks"].format(share=share)))
    return [text for _, text in sorted(texts)]


def morae(text: str) -> int:
    """About how many morae a sentence has, rather too many: a kanji has two, a kana one."""
    numbers = "".join([sign if sign.isdigit() else " " for sign in text]).split()
    signs = [2 if sign >= "一" else 1 for sign in text if not sign.isdigit() and sign not in _SILENT]
    return sum(signs) + sum(map(_number_morae, numbers))


_SILENT = frozenset("、。・ ゃゅょャュョァィゥェォ")
_ONES = (0, 2, 1, 2, 2, 1, 2, 2, 2, 2)  # 0, いち, に, さん, よん, ご, ろく, なな, はち, きゅう


def _number_morae(digits: str) -> int:
    """Like 12 for 1250: せん, にひゃく, ごじゅう. Every unit (じゅう, ひゃく, せん) has two."""
    ones = _ONES[int(digits[-1])]
    units = [2 + (0 if digit == "1" else _ONES[int(digit)]) for digit in digits[:-1] if digit != "0"]
    return ones + sum(units)


def _share(share: float) -> str:
    """A share of the way as people say it; none below a twentieth."""
    if share < 0.05:
        return ""
    if share >= 0.95:
        return "ほぼ全部"
    tenths = round(share * 10.0)
    return "半分ほど" if tenths == 5 else f"{max(tenths, 1)}割ほど"


def lines(cue: Cue, why: str, manner: Manner) -> list[str]:
    """Everything that is known before the start, a line each, to read at home."""
    seen = cue.outline or Outline()
    met = [
        _CAVEATS[c.kind].format(count=c.count, length=metres(c.length_m))
        for c in sorted(cue.caveats, key=lambda c: _RANK[c.kind])
        if c.kind not in _IN_OUTLINE
    ]
    on_the_way = f"途中に、{'、'.join(met)}があります。" if met else ""
    return [text for text in (_head(cue, manner), why, on_the_way, _crossings(seen), _blocks(seen)) if text]


_IN_OUTLINE = frozenset({"no_signal", "tactile_unknown"})


def _crossings(seen: Outline) -> str:
    if not seen.crossings:
        return ""
    counts = (seen.signals, seen.no_signals, seen.signals_unknown)
    head = f"道路の横断は{seen.crossings}か所"
    if seen.crossings in counts:
        every = "どれも、" if seen.crossings > 1 else ""
        return f"{head}で、{every}{_ALL[counts.index(seen.crossings)]}。"
    told = [f"{what}{count}か所" for count, what in zip(counts, _SOME, strict=True) if count]
    return f"{head}です。{'、'.join(told)}。"


_ALL = ("信号があります", "信号がありません", "信号の有無は分かりません")
_SOME = ("信号のあるもの", "信号のないもの", "信号の有無が分からないもの")


def _blocks(seen: Outline) -> str:
    share, unknown = _share(seen.blocks_share), _share(seen.blocks_unknown_share)
    if share:
        rest = f"有無の分からない所が、{unknown}です。" if unknown else ""
        return f"点字ブロックのある所は、道のりの{share}です。{rest}"
    return f"点字ブロックの有無は、道のりの{unknown}で分かりません。" if unknown else ""


def why(choice: Choice, beside: Comparison | None) -> str:
    """One sentence: why this way, and what it costs beside the shortest; "" where nothing is known."""
    if choice == "shortest":
        return "歩道や信号や点字ブロックよりも、短さを優先した道です。"
    aim = _AIM[choice]
    if beside is None:
        return f"{aim}道です。" if aim else ""
    worse, better = _worse(beside), _better(beside)
    lead = f"{aim}道で、" if aim else ""
    if worse and better:
        return f"{lead}いちばん短い道より{_joined(worse)}ですが、{_joined(better)}道です。"
    if worse:
        return f"{lead}いちばん短い道より{_joined(worse)}道です。"
    if better:
        return f"{lead}いちばん短い道とほぼ同じ長さで、{_joined(better)}道です。"
    return f"{lead}いちばん短い道でもあります。"


_AIM = {"recommended": "", "safest": "信号や歩道を短さより優先した", "blocks": "点字ブロックを優先した"}
_MOST = 3  # differences of one side in a sentence that can still be followed


# It counts crossings whose signal nobody has mapped as well: not known is not "none".
_UNSIGNALLED = "信号の確認できない横断が"


def _worse(than: Comparison) -> list[str]:
    """What this way has more of than the shortest, each as an adjective: 120メートル長い."""
    return [
        *([f"{metres(than.longer_m)}長い"] if than.longer_m >= NOTICED_M else []),
        *_more(than.level_crossings, "踏切が"),
        *_more(than.unsignalled, _UNSIGNALLED),
        *([f"歩道のない所が{metres(than.no_sidewalk_m)}長い"] if than.no_sidewalk_m >= NOTICED_M else []),
        *_more(than.steps, "階段が"),
        *([f"点字ブロックのある所が{metres(-than.blocks_m)}短い"] if than.blocks_m <= -NOTICED_M else []),
    ][:_MOST]


def _better(than: Comparison) -> list[str]:
    return [
        *_fewer(than.level_crossings, "踏切が"),
        *_fewer(than.unsignalled, _UNSIGNALLED),
        *([f"歩道のない所が{metres(-than.no_sidewalk_m)}短い"] if than.no_sidewalk_m <= -NOTICED_M else []),
        *([f"点字ブロックのある所が{metres(than.blocks_m)}長い"] if than.blocks_m >= NOTICED_M else []),
        *_fewer(than.steps, "階段が"),
    ][:_MOST]


def _more(count: int, what: str) -> list[str]:
    return [f"{what}{count}か所多い"] if count > 0 else []


def _fewer(count: int, what: str) -> list[str]:
    return [f"{what}{-count}か所少ない"] if count < 0 else []


def _joined(adjectives: list[str]) -> str:
    """Like 120メートル長く、階段が1か所多い: all but the last in the joining form."""
    return "、".join([*(one[:-1] + "く" for one in adjectives[:-1]), adjectives[-1]])
