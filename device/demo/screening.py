"""Watching the walk: progress on the terminal, rows of the transcript, pictures of the film."""

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from device.companion import CompanionState, Say
from device.demo.chart import Panel, Sketch
from device.demo.film import MAP_H, PANEL_W, Film, Image, Shot
from device.demo.scene import Eyes
from device.demo.transcript import Places, Row
from device.demo.walker import Walk
from device.session import Tick
from device.speakers import TimelineSpeaker
from routing.geo import Point
from vision.annotate import annotate
from wire.route import Route
from wire.trip import Announced

CAMERA_SHOWN_S = 1.0  # an older picture is not shown as if it were now
CAPTION_S = 1.0  # stays this long after its last word


class Screening:
    """Collects what a walk shows. `film` False: no walk.mp4. Not thread-safe."""

    def __init__(self, sketch: Sketch, *, film: bool, quiet: bool) -> None:
        self.sketch = sketch
        self.rows: list[Row] = []
        self.track: list[Point] = []
        self.truth: list[Point] = []
        self.start_utc_s = 0.0
        self._began = False
        self._wants_film = film
        self._quiet = quiet
        self._film: Film | None = None
        self._shots = 0
        self._caption: tuple[str, str, str] = ("", "", "")
        self._caption_until_s = 0.0
        self._told_s = -1e9
        self._online = True

    def says(self, text: str, now_s: float | None = None) -> None:
        """One line of progress."""
        if not self._quiet:
            when = "     " if now_s is None else f"{int(now_s) // 60:02d}:{int(now_s) % 60:02d}"
            sys.stderr.write(f"[{when}] {text}\n")
            sys.stderr.flush()

    def open(self, folder: Path, route: Route, walk: Walk, eyes: Eyes) -> None:
        """Before the first tick."""
        self._route, self._walk, self._eyes = route, walk, eyes
        self._places = Places(route)
        if self._wants_film:
            around = [walk.plane.from_xy((s.east_m, s.north_m)) for s in walk.samples[::20]]
            self._panel = Panel(self.sketch, route, around, PANEL_W, MAP_H)
            self._film = Film(folder / "walk.mp4", eyes.fps)

    def watch(self, tick: Tick, state: CompanionState, online: bool) -> None:
        """After each tick."""
        now_s = tick.senses.now_s
        self._online = online
        if not self._began:
            self._began, self.start_utc_s = True, tick.senses.utc_s - now_s
        for fix in tick.senses.fixes:
            self.track.append((fix.lat, fix.lon))
            self.truth.append(self._walk.point(now_s))
        for item in tick.turn.happenings:
            if isinstance(item, Announced):
                self._row(item, now_s, state)
        for command in tick.turn.commands:
            if isinstance(command, Say):
                words = command.words
                self._caption = (words["ja"].text, words["en"].text, command.urgency.wire)
                self._caption_until_s = float("inf")
        if tick.senses.playback.utterance is None and not tick.turn.commands:
            self._caption_until_s = min(self._caption_until_s, now_s + CAPTION_S)
        self._progress(now_s, state)
        while self._film is not None and self._shots / self._eyes.fps <= now_s + 1e-9:
            self._film.add(self._shot(now_s, state))
            self._shots += 1

    def counts(self) -> dict[str, int]:
        """How many announcements had which outcome."""
        return dict(sorted(Counter(row.announced.outcome for row in self.rows).items()))

    def finish(self, speaker: TimelineSpeaker) -> None:
        """Join the sound to the pictures: both as long as the walk."""
        if self._film is not None:
            self.says("動画に音を入れます / joining sound and pictures")
            self._film.finish(speaker.mixdown(self._shots / self._eyes.fps))
            self._film = None

    def close(self) -> None:
        """After a fault: stop encoding."""
        if self._film is not None:
            self._film.abandon()
            self._film = None

    def _row(self, item: Announced, now_s: float, state: CompanionState) -> None:
        progress = state.progress
        route_m = progress.route_m if progress is not None and progress.located else None
        began = item.started_s if item.started_s is not None else item.created_s
        t_s = began - self.start_utc_s
        self.rows.append(Row(item, t_s, route_m, self._places.name(progress)))
        if item.outcome == "spoken" and not self._quiet:
            self.says(item.text_ja, t_s)

    def _progress(self, now_s: float, state: CompanionState) -> None:
        if self._quiet or now_s - self._told_s < 60.0:
            return
        self._told_s = now_s
        share = 100.0 * min(1.0, now_s / self._walk.duration_s)
        self.says(f"—— {share:.0f} % ——", now_s)

    def _shot(self, now_s: float, state: CompanionState) -> Shot:
        if now_s > self._caption_until_s:
            self._caption = ("", "", "")
            self._caption_until_s = float("inf")
        ja, en, urgency = self._caption
        sample = self._walk.at(now_s)
        true = self._walk.plane.from_xy((sample.east_m, sample.north_m))
        estimate = self.track[-1] if self.track else None
        panel = self._panel
        return Shot(
            camera=self._camera(now_s),
            panel=lambda: panel.view(true, sample.heading_deg, estimate),
            lines=self._lines(now_s, state),
            caption_ja=ja,
            caption_en=en,
            urgency=urgency,
        )

    def _camera(self, now_s: float) -> Callable[[], Image] | None:
        if self._eyes.shown is None:
            return None
        frame, seen = self._eyes.shown
        if now_s - frame.t_s > CAMERA_SHOWN_S:
            return None
        return lambda: np.asarray(annotate(frame.image, seen), dtype=np.uint8)

    def _lines(self, now_s: float, state: CompanionState) -> tuple[str, ...]:
        progress = state.progress
        minutes, seconds = divmod(int(now_s), 60)
        link = "通信あり online" if self._online else "通信なし offline（案内は続く）"
        if progress is None or not progress.located:
            return (f"{minutes:02d}:{seconds:02d}  {link}",)
        accuracy = f"±{progress.accuracy_m:.0f} m" if progress.accuracy_m else ""
        where = "経路の上 on route" if progress.on_route else "経路外れ off route"
        return (
            f"{minutes:02d}:{seconds:02d}  {link}",
            self._places.name(progress),
            f"残り {progress.remaining_m:.0f} m  測位 {accuracy}",
            where,
            "練習用の地図 practice map",
        )
