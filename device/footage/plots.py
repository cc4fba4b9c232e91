"""Plots of a run: distance over time with its interval, time to collision, hazards and announcements.

Drawn without a display. Colours as on the video where they mean the same: amber a hazard, never green.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from device.announcements import AlertKind
from device.footage.history import History, Point, intervals, name_of
from device.footage.telling import Said
from device.policy import POLICY
from vision.annotate import NAMES
from vision.errors import VideoError
from vision.lettering import japanese_font
from vision.video import not_written

MOST_TRACKS = 30  # plots of single tracks
MOST_LINES = 12  # in the overview: more cannot be told apart
FARTHEST_M, LONGEST_S = 12.0, 10.0
GAP_S = 0.35  # two frames of the device's rate and a little: a shorter pause is not drawn as one
# Okabe and Ito's colours, which colour-blind people tell apart, without their greens.
COLOURS = ("#0072B2", "#D55E00", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
AMBER, INK, GREY = "#E69F00", "#222222", "#888888"
_URGENCY_COLOURS = {"stop": "#B00020", "hazard": "#D55E00", "caution": "#E69F00"}
_STYLES = ("-", "--", ":")


def draw(history: History, folder: Path, *, many: bool = False) -> list[Path]:
    """The overview and one plot for each track that was told, in the way or long in sight; the files.

    `many`: the model's name goes into the files' names. Raises `VideoError` where they cannot be written.
    """
    start = f"{_safe(history.model)}-" if many else ""
    ids = history.of_interest(MOST_TRACKS)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [_overview(history, ids, folder / f"{start}overview.png")]
        for id_ in ids:
            name = name_of(history.tracks[id_])
            written.append(_track(history, id_, folder / f"{start}track-{id_:04d}-{name}.png"))
    except OSError as error:
        raise VideoError(not_written(folder, error)) from None
    return written


def _safe(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in name).strip("_")


# --- the figure


def _figure(height: float, rows: Sequence[float]) -> tuple[Any, list[Any]]:
    """A figure and its axes, one below the other, sharing the time."""
    import matplotlib
    from matplotlib import font_manager
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    font = japanese_font()
    if font is not None:
        font_manager.fontManager.addfont(str(font))
        family = font_manager.FontProperties(fname=str(font)).get_name()
        matplotlib.rcParams["font.family"] = [family, "DejaVu Sans"]
    matplotlib.rcParams["axes.unicode_minus"] = False
    figure = Figure(figsize=(11.0, height), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(
        len(rows), 1, sharex=True, gridspec_kw={"height_ratios": list(rows)}, squeeze=False
    )
    return figure, [row[0] for row in axes]


def _save(figure: Any, path: Path) -> Path:  # noqa: ANN401 (Matplotlib has no types here)
    part = path.with_name(path.name + ".part")
    figure.savefig(part, format="png", facecolor="white")
    part.replace(path)
    return path


def _dress(axis: Any, label: str, top: float | None = None) -> None:  # noqa: ANN401
    axis.set_ylabel(label)
    axis.grid(visible=True, color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    if top is not None:
        axis.set_ylim(0, top)


def _label(id_: int, points: list[Point]) -> str:
    ja, en = NAMES[name_of(points)]
    return f"#{id_} {ja} {en}" if japanese_font() else f"#{id_} {en}"


# --- everything


def _overview(history: History, ids: list[int], path: Path) -> Path:
    shown = ids[:MOST_LINES]
    lanes = _lanes(history.spoken)
    figure, axes = _figure(7.6 + 0.28 * len(history.spoken), (4.0, 2.0, 1.4, 0.5 + 0.45 * len(lanes)))
    figure.suptitle(f"{history.model}: {len(shown)} / {len(history.tracks)} 本の軌跡 / tracks", fontsize=12)
    for number, id_ in enumerate(shown):
        colour, style = COLOURS[number % len(COLOURS)], _STYLES[number // len(COLOURS) % len(_STYLES)]
        points = history.tracks[id_]
        _distances(axes[0], points, colour, style, _label(id_, points))
        _times(axes[1], points, colour, style)
    _finish_distance(axes[0], [p for id_ in shown for p in history.tracks[id_]])
    if shown:
        axes[0].legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)
    _finish_times(axes[1])
    _paving(axes[2], history)
    _said(axes[3], history, lanes)
    _words(axes[3], history.spoken)
    return _save(figure, path)


def _distances(axis: Any, points: list[Point], colour: str, style: str, label: str) -> None:  # noqa: ANN401
    for number, piece in enumerate(_pieces(points)):
        times = [point.t_s for point in piece]
        low = [max(point.distance_m - point.sigma_m, 0) for point in piece]
        high = [point.distance_m + point.sigma_m for point in piece]
        axis.fill_between(times, low, high, color=colour, alpha=0.15, linewidth=0)
        axis.plot(
            times,
            [p.distance_m for p in piece],
            color=colour,
            linestyle=style,
            linewidth=1.2,
            label=label if number == 0 else None,
        )
    for start, end in intervals(points, GAP_S):
        mine = [point for point in points if start <= point.t_s <= end]
        axis.plot(
            [p.t_s for p in mine],
            [p.distance_m for p in mine],
            color=colour,
            linewidth=3.5,
            solid_capstyle="round",
        )


def _pieces(points: list[Point]) -> list[list[Point]]:
    """Split where it was not followed for a while: no line is drawn across what was not seen."""
    pieces: list[list[Point]] = []
    for point in points:
        if pieces and point.t_s - pieces[-1][-1].t_s <= 2 * GAP_S:
            pieces[-1].append(point)
        else:
            pieces.append([point])
    return pieces


def _times(axis: Any, points: list[Point], colour: str, style: str) -> None:  # noqa: ANN401
    known = [point for point in points if point.ttc_s is not None]
    for piece in _pieces(known):
        times = [min(point.ttc_s or 0.0, 2 * LONGEST_S) for point in piece]
        marker = "." if len(piece) == 1 else None
        axis.plot([p.t_s for p in piece], times, color=colour, linestyle=style, linewidth=1.2, marker=marker)


def _finish_distance(axis: Any, points: list[Point]) -> None:  # noqa: ANN401
    highest = max((point.distance_m + point.sigma_m for point in points), default=FARTHEST_M)
    _dress(axis, "距離 distance [m]", min(1.05 * highest, FARTHEST_M) if points else FARTHEST_M)


def _finish_times(axis: Any) -> None:  # noqa: ANN401
    stop = POLICY[AlertKind.STOP_NOW].evidence
    if stop is not None and stop.ttc_s is not None:
        colour = _URGENCY_COLOURS["stop"]
        axis.axhline(stop.ttc_s, color=colour, linewidth=0.8, linestyle=":")
        place = {"xy": (1, stop.ttc_s), "xycoords": ("axes fraction", "data"), "ha": "right", "va": "bottom"}
        axis.annotate("止まれ stop", **place, fontsize=8, color=colour)
    _dress(axis, "接触まで\ntime to contact [s]", LONGEST_S)


def _paving(axis: Any, history: History) -> None:  # noqa: ANN401
    times = [each.t_s for each in history.paving]
    nan = float("nan")
    bearings = [nan if each.bearing_deg is None else each.bearing_deg for each in history.paving]
    axis.plot(times, bearings, color=COLOURS[0], linewidth=1.2)
    faulty = [each.t_s for each in history.paving if each.fault]
    for t_s in faulty:
        axis.axvspan(t_s, t_s + 0.1, color="#B00020", alpha=0.2, linewidth=0)
    _dress(axis, "線の向き\npaving, 3 m [°]")


# --- what was said


def _lanes(spoken: list[Said]) -> list[list[Said]]:
    """One lane holds what does not overlap; there is one voice, so it is nearly always one."""
    lanes: list[list[Said]] = []
    for said in spoken:
        start = said.started_s or 0.0
        lane = next((lane for lane in lanes if (lane[-1].ended_s or start) <= start + 1e-6), None)
        if lane is None:
            lanes.append([said])
        else:
            lane.append(said)
    return lanes or [[]]


def _said(axis: Any, history: History, lanes: list[list[Said]]) -> None:  # noqa: ANN401
    numbers = {id(said): n for n, said in enumerate(history.spoken, 1)}
    for row, lane in enumerate(lanes):
        for said in lane:
            start, end = said.started_s or 0.0, said.ended_s or (said.started_s or 0.0) + 0.1
            colour = _URGENCY_COLOURS.get(said.urgency, GREY)
            axis.barh(row + 0.12, end - start, left=start, height=0.6, color=colour, alpha=0.85, linewidth=0)
            axis.text(start, row - 0.2, str(numbers[id(said)]), va="bottom", fontsize=9, color=INK)
    axis.set_yticks([])
    axis.set_ylim(len(lanes) - 0.5, -0.75)  # room for a number above the bar
    times = [each.t_s for each in history.paving]
    if times:
        axis.set_xlim(times[0], times[-1] + 0.1)
    _dress(axis, "案内\nsaid")
    axis.set_yticks([])
    axis.set_xlabel("秒 / seconds")


def _words(axis: Any, spoken: list[Said]) -> None:  # noqa: ANN401
    """The sentences, numbered, below the lowest axis."""
    if not spoken:
        return
    rows = [f"{n}  {said.started_s:.1f} s  {_sentence(said)}" for n, said in enumerate(spoken, 1)]
    place = {"xy": (0, 0), "xycoords": "axes fraction", "xytext": (0, -38), "textcoords": "offset points"}
    axis.annotate(
        "\n".join(rows), va="top", fontsize=9, color=INK, linespacing=1.5, annotation_clip=False, **place
    )


def _sentence(said: Said) -> str:
    cut = "" if said.outcome in (None, "spoken") else f"  ({said.outcome})"
    return (f"{said.text_ja} / {said.text_en}" if japanese_font() else said.text_en) + cut


# --- one track

_KEY = (
    "帯 band: ±1σ   点 dots: そのコマだけの測定 one frame alone   "
    "黄 amber: 障害 hazard   縦線 line: 案内 said"
)


def _track(history: History, id_: int, path: Path) -> Path:
    points = history.tracks[id_]
    mine = [said for said in history.spoken if said.track_id == id_]
    figure, axes = _figure(5.6 + 0.28 * len(mine), (3.0, 1.6))
    figure.suptitle(f"{history.model}  {_label(id_, points)}", fontsize=12)
    for start, end in intervals(points, GAP_S):
        for axis in axes:
            axis.axvspan(start, end + 0.05, color=AMBER, alpha=0.18, linewidth=0)
    _distances(axes[0], points, COLOURS[0], "-", "")
    own = [point for point in points if point.measured_m is not None]
    axes[0].plot([p.t_s for p in own], [p.measured_m for p in own], ".", color=GREY, markersize=4)
    _finish_distance(axes[0], points)
    _times(axes[1], points, COLOURS[0], "-")
    _finish_times(axes[1])
    for number, said in enumerate(mine, 1):
        for axis in axes:
            axis.axvline(said.started_s, color=_URGENCY_COLOURS.get(said.urgency, GREY), linewidth=1.4)
        axes[0].text(said.started_s, axes[0].get_ylim()[1], f" {number}", va="top", fontsize=10, color=INK)
    axes[0].set_title(_KEY, fontsize=9, color=INK, loc="left")
    axes[1].set_xlabel("秒 / seconds")
    _words(axes[1], mine)
    return _save(figure, path)
