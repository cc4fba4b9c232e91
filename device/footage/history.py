"""What a run remembers for plots and comparison: every track over time, and everything that was said."""

from dataclasses import dataclass, field

from device.footage.telling import Said
from vision.events import Counts, Tally
from vision.hazards import Judged
from vision.motion import ttc_s
from vision.pipeline import Seen
from vision.types import Detection, ObjectClass

LONG_S = 1.5  # what was in sight for so long a companion might have told, had it been in the way


@dataclass(frozen=True, slots=True)
class Point:
    """A track in one frame. Metres and seconds; `measured_m`: of this frame alone, None where unseen."""

    t_s: float
    cls: ObjectClass
    distance_m: float
    sigma_m: float
    measured_m: float | None
    ttc_s: float | None
    hazard: bool


@dataclass(frozen=True, slots=True)
class Paving:
    """The paving in one frame; None: not seen."""

    t_s: float
    bearing_deg: float | None
    offset_m: float | None
    fault: str | None


@dataclass(slots=True)
class History:
    """Of one model. `said`: what its teller said, filled in when the run is over."""

    model: str
    tracks: dict[int, list[Point]] = field(default_factory=dict)
    paving: list[Paving] = field(default_factory=list)
    found: dict[int, tuple[Detection, ...]] = field(default_factory=dict)  # by frame index
    said: list[Said] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    def add(self, seen: Seen) -> None:
        """One frame."""
        scene = seen.scene
        self.tally.add(seen)
        self.paving.append(Paving(scene.t_s, scene.paving.bearing_deg, scene.paving.offset_m, scene.fault))
        if not scene.looked:
            return
        if seen.detections is not None:
            self.found[scene.frame_index] = seen.detections.objects
        for judged in seen.judged:
            self.tracks.setdefault(judged.track.id, []).append(_point(judged, scene.t_s))

    @property
    def counts(self) -> Counts:
        """Of all frames until now."""
        return self.tally.counts

    @property
    def spoken(self) -> list[Said]:
        """What sounded, in order."""
        return sorted((s for s in self.said if s.started_s is not None), key=lambda s: s.started_s or 0.0)

    def of_interest(self, most: int) -> list[int]:
        """The told first, then hazards, then what was followed for `LONG_S`: what was missed is there too."""
        told = {said.track_id for said in self.spoken if said.track_id is not None}
        hazards = {id_ for id_, points in self.tracks.items() if any(p.hazard for p in points)}
        long = {id_ for id_, points in self.tracks.items() if points[-1].t_s - points[0].t_s >= LONG_S - 1e-6}
        wanted = (told | hazards | long) & self.tracks.keys()
        rank = {id_: (id_ not in told, id_ not in hazards, -len(self.tracks[id_]), id_) for id_ in wanted}
        return sorted(wanted, key=rank.__getitem__)[:most]


def _point(judged: Judged, t_s: float) -> Point:
    track, hazard = judged.track, judged.hazard
    return Point(
        t_s,
        track.cls,
        track.distance_m,
        track.sigma_m,
        None if track.misses else track.latest.distance.distance_m,
        ttc_s(track) if hazard is None else hazard.ttc_s,
        hazard is not None,
    )


def name_of(points: list[Point]) -> ObjectClass:
    """What a track was called most often."""
    names = [point.cls for point in points]
    return max(dict.fromkeys(names), key=names.count)


def intervals(points: list[Point], gap_s: float) -> list[tuple[float, float]]:
    """From when to when it was a hazard; a pause of up to `gap_s` between two frames does not end one."""
    found: list[tuple[float, float]] = []
    for point in points:
        if not point.hazard:
            continue
        if found and point.t_s - found[-1][1] <= gap_s:
            found[-1] = (found[-1][0], point.t_s)
        else:
            found.append((point.t_s, point.t_s))
    return found
