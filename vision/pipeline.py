"""From one frame to what is worth telling of it. `advance` is pure; `Pipeline` keeps its state.

The order: is it a picture at all, what is on it, where does the paving run (and how is the camera held),
how far is each thing, which is which, which is in the way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from vision.attitude import SLOPE_SIGMA_DEG, Attitude, worn
from vision.camera import Camera
from vision.corridor import Beside, Corridor, beside
from vision.decode import check_frame
from vision.errors import FrameError
from vision.families import GROUND
from vision.faults import Watch, watch
from vision.free_side import warm_up
from vision.hazards import Judged, judge
from vision.heading import Heading, headed, walked
from vision.narrowing import narrowing
from vision.paving import PavingLine, Rows, fit_line, strip_rows, unhidden
from vision.paving_course import Course, course
from vision.ports import Detector
from vision.pose import Pose, assumed, carried, learned, posed
from vision.sightings import Sighting, measure
from vision.tracking import Tracks, hints, update
from vision.types import Detection, Detections, Frame, Hazard, Image, PavingSight, Scene
from vision.width_memory import widths

# Receivers hold still what moves slowly ("static hold", "static navigation"): told slower than this, one may
# walk all the same, and what is believed to stand still before somebody who walks is warned of too late.
SLOWEST_MPS = 0.4
STILL_S = 0.3  # so long a head holds still enough for a line that was seen to be where it was


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be set per wearer and device; the rest are measured constants beside their use."""

    # Paving is followed this long after it was last seen: an obstacle hides it just when it matters.
    paving_memory_s: float = 1.0
    # Learn pitch and height of the camera from the paving's shape; off: believe the configuration.
    follow_paving: bool = True
    nod_lasts_s: float = 0.5  # a nod of the head comes and goes with a step
    # How the ways slope that this wearer walks, RMS: an IMU knows where down is, not the ground.
    slope_sigma_deg: float = SLOPE_SIGMA_DEG


@dataclass(frozen=True, slots=True)
class PipelineState:
    """Everything that one frame hands on to the next."""

    tracks: Tracks = field(default_factory=Tracks)
    picture: Watch = field(default_factory=Watch)
    pose: Pose | None = None
    line: PavingLine | None = None
    line_t_s: float = float("-inf")
    beside: Beside = field(default_factory=Beside)
    heading: Heading | None = None
    course: Course = field(default_factory=Course)
    t_s: float = float("-inf")


@dataclass(frozen=True, slots=True)
class Seen:
    """One frame, understood: the scene for the device, the rest for drawing and measuring."""

    scene: Scene
    detections: Detections | None  # None: the frame was not looked at, see `scene.looked`
    camera: Camera
    line: PavingLine | None = None
    judged: tuple[Judged, ...] = field(default=(), repr=False)
    corridor: Corridor = field(default=Corridor(None), repr=False)


def advance(
    state: PipelineState,
    frame: Frame,
    detections: Detections,
    camera: Camera,
    settings: Settings,
    own_speed_mps: float | None = None,
    *,
    attitude: Attitude | None = None,
) -> tuple[PipelineState, Seen]:
    """The next state and what the frame told. `camera`: as configured, before anything is learned.

    `attitude`: how an IMU says that the camera is held; None: there is none, or it is silent.
    """
    camera = worn(camera.resized(*detections.size), attitude, settings.slope_sigma_deg)
    own_speed_mps = believed(own_speed_mps)
    rows = strip_rows(detections.paving, _last_place(state, camera, frame.t_s, settings))
    hiding = tuple(thing.box for thing in detections.objects if thing.cls not in GROUND)
    clear = unhidden(rows, hiding)
    pose = _pose(state, rows.only(clear), camera, frame.t_s, settings, levelled=attitude is not None)
    view = posed(camera, pose)
    line = fit_line(rows, view, clear)
    held, since = (line, frame.t_s) if line else (state.line, state.line_t_s)
    if frame.t_s - since > settings.paving_memory_s:
        held = None
    sightings = _measured(state.tracks, detections.objects, view, frame.t_s)
    faint = _measured(state.tracks, hints(state.tracks, detections.faint, frame.t_s), view, frame.t_s)
    aside = beside(state.beside, line, frame.t_s)
    heading = headed(state.heading, attitude, frame.t_s)
    way = walked(heading, attitude)
    beside_m, old = aside.value_m if held else 0.0, frame.t_s - since > STILL_S
    corridor = Corridor(held, beside_m, way.turned_rad, way.sigma_rad, way.lasts_s, old)
    tracks = update(state.tracks, sightings, frame.t_s, corridor, faint=faint, own_speed_mps=own_speed_mps)
    judged = judge(tracks, sightings, corridor, view, frame.image, own_speed_mps)
    hazards: tuple[Hazard, ...] = tuple(j.hazard for j in judged if j.hazard)
    blocked = any(hazard.on_paving for hazard in hazards)
    ahead, sight = course(
        state.course, line, view, detections, hiding, blocked=blocked, own_speed_mps=own_speed_mps
    )
    scene = Scene(frame.index, frame.t_s, hazards, sight)
    following = PipelineState(tracks, state.picture, pose, held, since, aside, heading, ahead, frame.t_s)
    return following, Seen(scene, detections, view, held, judged, corridor)


def believed(own_speed_mps: float | None) -> float | None:
    """The wearer's speed as far as it can be relied on; None: it is not known."""
    return own_speed_mps if own_speed_mps is not None and own_speed_mps >= SLOWEST_MPS else None


def _measured(tracks: Tracks, things: Sequence[Detection], view: Camera, t_s: float) -> tuple[Sighting, ...]:
    """Each with its measures, but for those of which nothing says how far they are."""
    known = widths(tracks, things, view.size, t_s)
    return tuple(s for n, d in enumerate(things) if (s := measure(view, d, known.get(n))))


def _last_place(state: PipelineState, camera: Camera, t_s: float, settings: Settings) -> float | None:
    """The column where the strip last met the lower edge; None where that is not known, or long ago."""
    if state.line is None or t_s - state.line_t_s > settings.paving_memory_s:
        return None
    view = posed(camera, state.pose or assumed(camera))
    foot = view.ground(camera.width / 2, camera.height)
    if foot is None:
        return None
    ahead = max(state.line.near_m, foot[1])
    point = view.project(state.line.at(ahead), ahead)
    return min(max(point[0], 0.0), float(camera.width)) if point else None


def _pose(
    state: PipelineState, rows: Rows, camera: Camera, t_s: float, settings: Settings, *, levelled: bool
) -> Pose:
    """How the camera is held now: carried on from the last frame, taught by this frame's paving."""
    now = assumed(camera, levelled)
    if not settings.follow_paving:
        return now
    elapsed = min(max(t_s - state.t_s, 0.0), 10.0)
    if state.pose is not None:
        now = carried(state.pose, camera, elapsed, settings.nod_lasts_s, levelled)
    view = posed(camera, now)
    told = narrowing(rows, view, fit_line(rows, view))
    return now if told is None else learned(now, told, camera, elapsed)


class Pipeline:
    """A detector and the state that its answers leave. Not for two threads at once."""

    def __init__(self, detector: Detector, camera: Camera, settings: Settings | None = None) -> None:
        self._detector = detector
        self._camera = camera
        self._settings = settings or Settings()
        self._state = PipelineState()
        warm_up()

    def see(
        self, frame: Frame, own_speed_mps: float | None = None, *, attitude: Attitude | None = None
    ) -> Seen:
        """What `frame` tells. A picture that tells nothing gives a scene that says so, not an error.

        `attitude`: what an IMU says of the camera at `frame.t_s`; None without one.
        Raises `ModelError` where the network itself fails.
        """
        picture = watch(self._state.picture, _decodable(frame.image), frame.t_s)
        self._state = replace(self._state, picture=picture)
        if not picture.usable:
            return self._blind(frame, picture.fault)
        detections = self._detector.detect(frame)
        self._state, seen = advance(
            self._state, frame, detections, self._camera, self._settings, own_speed_mps, attitude=attitude
        )
        # A blurred picture still shows something, and what it shows is worth a warning.
        return replace(seen, scene=replace(seen.scene, fault=picture.fault)) if picture.fault else seen

    def _blind(self, frame: Frame, fault: str | None) -> Seen:
        scene = Scene(frame.index, frame.t_s, (), PavingSight(False), fault, looked=False)
        return Seen(scene, None, self._camera)


def _decodable(image: Image) -> Image | None:
    try:
        check_frame(image)
    except FrameError:
        return None
    return image
