"""One encounter as a timeline, for developers: truth, what was found, what was made of it, what was said."""

from collections.abc import Iterator

from device.encounters.options import Options
from device.encounters.run import OURS, Played, play
from device.encounters.tellers import PAVING, Spoken
from vision.encounters.detector import FALSE
from vision.encounters.errors import FiguresError
from vision.encounters.watch import Watched

MOST = 6  # things told in one line


def show(options: Options, number: int) -> str:
    """The timeline of encounter `number`. Raises `FiguresError`."""
    options.checked()
    if number < 0:
        raise FiguresError(f"--show {number}: 0 以上 / give 0 or more")
    played = play(
        number,
        options.seed,
        options.read(),
        camera=options.camera,
        imu=options.imu,
        speed=options.speed,
    )
    return "\n".join(_lines(played))


def _lines(played: Played) -> Iterator[str]:
    encounter, contacts = played.encounter, played.encounter.contacts
    blocks = "none" if encounter.paving_x_m is None else f"{encounter.paving_x_m:+.2f} m"
    yield (
        f"encounter {encounter.number} (seed {encounter.seed}): {encounter.kind}, "
        f"{'crowded' if encounter.crowded else 'sparse'}, walker {encounter.speed_mps:.2f} m/s, "
        f"blocks {blocks}, grade {100 * encounter.grade:+.1f} %, lens {encounter.lens_height_m:.2f} m at "
        f"{encounter.pitch_deg:.1f} deg, {encounter.seconds:.1f} s"
    )
    for thing in encounter.things:
        at = contacts.get(thing.id)
        touches = "no contact" if at is None else f"contact at {at:.2f} s"
        yield (
            f"  {thing.id}: {thing.cls} x {thing.x_m:+.2f} z {thing.z_m:.2f} v ({thing.vx_mps:+.2f}, "
            f"{thing.vz_mps:+.2f}) {thing.wide_m:.2f} x {thing.deep_m:.2f} m, {thing.bottom_m:.2f} to "
            f"{thing.top_m:.2f} m  {touches}"
        )
    for name, score in played.scores.items():
        told = ", ".join(
            f"{h.thing} {h.outcome}" + (f" ({h.cause})" if h.cause else "") for h in score.hazards
        )
        yield f"  {name}: {told or 'no hazard'}; nuisances {score.nuisances}, repeats {score.repeats}"
    yield ""
    for frame in played.watched:
        yield from _frame(frame, played)


def _frame(frame: Watched, played: Played) -> Iterator[str]:
    step = 1.0 if len(played.watched) < 2 else played.watched[1].t_s - played.watched[0].t_s
    yield f"{frame.t_s:5.2f}  found  {_found(frame)}"
    hazards = [judged.hazard for judged in frame.seen.judged if judged.hazard]
    for h in hazards[:MOST]:
        soon = "-" if h.ttc_s is None else f"{h.ttc_s:.1f} s"
        yield (
            f"       hazard {_who(frame.of_track[h.track_id])} as {h.cls} (track {h.track_id}) "
            f"{h.distance_m:.1f}±{h.distance_sigma_m:.1f} m {h.bearing_deg:+.0f} deg, ttc {soon}, {h.motion}"
            f"{', on the blocks' if h.on_paving else ''}, score {h.score:.2f}"
        )
    for name, spoken in played.spoken.items():
        for each in spoken:
            if frame.t_s <= each.started_s < frame.t_s + step:
                yield f"       {_said(name, each)}"


def _found(frame: Watched) -> str:
    detections = frame.seen.detections
    found = () if detections is None else detections.objects
    here = {glimpse.thing: glimpse.ahead_m for glimpse in frame.look.glimpses}
    parts = [
        f"{_who(thing)} {d.cls} {d.score:.2f}" for d, thing in zip(found, frame.of_detection, strict=True)
    ]
    unseen = [f"{thing} at {ahead:.1f} m" for thing, ahead in here.items() if thing not in frame.of_detection]
    line = "; ".join(parts[:MOST]) or "-"
    return line + (f"   | not found: {', '.join(unseen[:MOST])}" if unseen else "")


def _said(name: str, each: Spoken) -> str:
    mark = ">>>" if name == OURS else "   "
    end = f"{each.ended_s:.2f}" + ("" if each.whole else " cut")
    return f"{mark} {name} {each.started_s:.2f} to {end} of {_who(each.thing)}: {each.text}"


def _who(thing: int) -> str:
    return {FALSE: "nothing", PAVING: "the blocks"}.get(thing, f"#{thing}")
