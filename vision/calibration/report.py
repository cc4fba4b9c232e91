"""What a calibration is worth, in words. Pure."""

from dataclasses import dataclass

from vision.calibration.solve import Solution
from vision.calibration.views import Views

# At 640 pixels of width; a sharper camera may miss by more of its smaller pixels.
GOOD_RMS, POOR_RMS, RMS_WIDTH = 0.5, 1.0, 640
GOOD_VIEWS = 10
GOOD_TILT_DEG = 30.0
GOOD_SEEN = 0.7
GOOD_REPEAT, POOR_REPEAT = 0.005, 0.02
WIDEST_DEG = 100.0  # beyond it Brown's polynomial fits where the board was, and bends elsewhere


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that is not as it should be; `grave`: the lens should not be used."""

    text: str
    grave: bool = False


def doubts(solution: Solution) -> tuple[Doubt, ...]:
    """What there is to say against it, and what to do."""
    scale = max(1.0, solution.lens.width / RMS_WIDTH)
    other = "fisheye" if solution.lens.model == "pinhole" else "pinhole"
    found = []
    if solution.rms_px > GOOD_RMS * scale:
        found.append(
            Doubt(
                f"ずれが大きい / it misses by {solution.rms_px:.2f} px (good: {GOOD_RMS * scale:.2f}): "
                f"紙を平らに、ぶれずに、または --lens {other} / flat paper, no blur, or --lens {other}",
                solution.rms_px > POOR_RMS * scale,
            )
        )
    if solution.repeat is None:
        found.append(
            Doubt("焦点距離は確かめていない / too few views to check the focal length twice: film more")
        )
    elif solution.repeat > GOOD_REPEAT:
        found.append(
            Doubt(
                f"焦点距離が定まらない / the focal length is sure to {solution.repeat:.1%} only "
                f"(good: {GOOD_REPEAT:.1%}): もっと傾けて / tilt the board more",
                solution.repeat > POOR_REPEAT,
            )
        )
    wide = solution.lens.field_of_view_deg[0]
    if solution.lens.model == "pinhole" and not wide <= WIDEST_DEG:
        found.append(
            Doubt(
                f"広角です / a lens of {wide:.0f} degrees: --lens fisheye も試し、誤差を比べて / "
                "try it as well and compare the RMS"
            )
        )
    if len(solution.views) < GOOD_VIEWS:
        found.append(Doubt(f"枚数が少ない / {len(solution.views)} views (good: {GOOD_VIEWS} or more)"))
    if solution.tilt_deg < GOOD_TILT_DEG:
        found.append(
            Doubt(f"傾きが小さい / tilted by {solution.tilt_deg:.0f} degrees (good: {GOOD_TILT_DEG:.0f})")
        )
    if solution.seen < GOOD_SEEN:
        found.append(
            Doubt(
                f"端まで写っていない / the board was seen in {solution.seen:.0%} of the picture "
                f"(good: {GOOD_SEEN:.0%}): 四隅へ / bring it to the corners"
            )
        )
    return tuple(found)


def verdict(solution: Solution) -> str:
    """One line: good, usable with doubts, or not to be used."""
    found = doubts(solution)
    if any(doubt.grave for doubt in found):
        return "使えません。撮り直してください / not good enough: take the pictures again"
    if found:
        return "使えますが、次の点が気になります / usable, with doubts"
    return "十分です / good"


def told(views: Views, solution: Solution) -> tuple[str, ...]:
    """The report, line by line."""
    lens = solution.lens
    wide, tall = lens.field_of_view_deg
    repeat = "" if solution.repeat is None else f" ± {solution.repeat * lens.focal_px:.1f}"
    lines = [
        f"画像 / pictures: {views.looked_at}, 盤が写る / with the whole board {views.found}, "
        f"使った / used {len(solution.views)}",
        f"レンズ / lens: {lens.model}, {lens.width}x{lens.height}",
        f"再投影誤差 / reprojection RMS: {solution.rms_px:.3f} px",
        f"焦点距離 / focal lengths: {lens.fx:.1f}, {lens.fy:.1f} px{repeat}",
        f"光軸 / optical axis: {lens.cx:.1f}, {lens.cy:.1f} px",
        f"画角 / field of view: {wide:.1f} x {tall:.1f} degrees",
        f"歪み / distortion: {' '.join(f'{number:.4f}' for number in lens.distortion)}",
    ]
    if solution.left_out:
        lines.append(f"外した / left out (blurred or bent?): {', '.join(solution.left_out)}")
    lines.append(f"判定 / verdict: {verdict(solution)}")
    lines += [f"  - {doubt.text}" for doubt in doubts(solution)]
    return tuple(lines)
