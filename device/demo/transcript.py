"""What was said, for people (`transcript.md`) and for comparison (`announcements.jsonl`)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from routing.geo import Polyline
from routing.progress import Progress
from wire.route import Route, StretchKind
from wire.trip import Announced

_KINDS_JA = {
    StretchKind.SIDEWALK: "歩道",
    StretchKind.SHARED_PATH: "自転車歩行者道",
    StretchKind.PEDESTRIAN: "歩行者の通り",
    StretchKind.ROAD: "歩道のない道",
    StretchKind.CROSSING: "横断",
    StretchKind.STEPS: "階段",
    StretchKind.LEVEL_CROSSING: "踏切",
    StretchKind.UNDERPASS: "地下道",
    StretchKind.BRIDGE: "歩道橋",
    StretchKind.INDOOR: "屋内",
    StretchKind.PATH: "小道",
}
_URGENCY_JA = {"info": "情報", "guidance": "案内", "caution": "注意", "hazard": "危険", "stop": "停止"}
_OUTCOME_JA = {
    "spoken": "話した",
    "preempted": "中断した",
    "expired": "古くなった",
    "duplicate": "重複",
    "failed": "音にならず",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One announcement with where the wearer believed to be when it was settled."""

    announced: Announced
    t_s: float  # since the start of the walk
    route_m: float | None
    place: str


class Places:
    """Names for positions along a route."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._along = Polyline.through(route.points).along_m

    def name(self, progress: Progress | None) -> str:
        """The stretch at the wearer's place: its street, or what it is."""
        if progress is None or not progress.located:
            return "—"
        metres = progress.route_m
        for stretch in self._route.stretches:
            if metres <= self._along[stretch.last]:
                kind = _KINDS_JA[stretch.kind]
                return f"{stretch.name.ja}（{kind}）" if stretch.name else kind
        return self._route.destination.name.ja


def jsonl(rows: Sequence[Row], start_utc_s: float) -> str:
    """One JSON object a line; times in seconds since the start, so that runs can be compared."""
    lines = []
    for row in rows:
        item = row.announced
        started, ended = item.started_s, item.ended_s
        lines.append(
            json.dumps(
                {
                    "t_s": round(row.t_s, 2),
                    "route_m": None if row.route_m is None else round(row.route_m, 1),
                    "kind": item.kind,
                    "key": item.key,
                    "urgency": item.urgency,
                    "outcome": item.outcome,
                    "ja": item.text_ja,
                    "en": item.text_en,
                    "created_s": round(item.created_s - start_utc_s, 2),
                    "started_s": None if started is None else round(started - start_utc_s, 2),
                    "ended_s": None if ended is None else round(ended - start_utc_s, 2),
                    "lat": item.lat,
                    "lon": item.lon,
                },
                ensure_ascii=False,
            )
        )
    return "\n".join(lines) + "\n"


def markdown(rows: Sequence[Row], route: Route, seed: int) -> str:
    """A table that can be read aloud; numbers match the dots on the route's picture."""
    origin, destination = route.origin.name, route.destination.name
    head = (
        f"# {origin.ja} → {destination.ja}\n\n"
        f"{origin.en or origin.ja} → {destination.en or destination.ja}, "
        f"{route.length_m:.0f} m, seed {seed}. "
        "練習用の手描き地図の上の歩行 / a rehearsal on a hand-drawn map.\n\n"
        "| # | 時刻 time | 場所 place | 緊急度 urgency | 日本語 | English | 結果 outcome |\n"
        "|---|---|---|---|---|---|---|\n"
    )
    lines = []
    for number, row in enumerate(rows, 1):
        item = row.announced
        minutes, seconds = divmod(int(row.t_s), 60)
        where = row.place if row.route_m is None else f"{row.place} {row.route_m:.0f} m"
        cells = (
            str(number),
            f"{minutes:02d}:{seconds:02d}",
            where,
            f"{_URGENCY_JA[item.urgency]} {item.urgency}",
            item.text_ja,
            item.text_en,
            f"{_OUTCOME_JA[item.outcome]} {item.outcome}",
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return head + "\n".join(lines) + "\n"
