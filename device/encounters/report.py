"""Scores as figures: JSON for machines, a table for people, Japanese first."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from device.encounters.options import Options
from device.encounters.run import OURS, SYSTEMS
from device.encounters.score import IN_TIME, LATE, MISSED, Score
from vision.encounters.figures import Figures
from vision.encounters.world import Kind

TARGETS = {
    "warned_in_time": ("≥", 0.99),
    "missed": ("≤", 0.005),
    "nuisance_per_min_sparse": ("≤", 0.5),
    "nuisance_per_min_crowded": ("≤", 2.0),
    "repeats": ("≤", 0.0),
}
_NAMES = {
    "warned_in_time": "間に合った警告 / warned in time",
    "late": "遅い / late",
    "missed": "なし / missed",
    "nuisance_per_min_sparse": "余計（閑散、毎分） / nuisance a minute, sparse",
    "nuisance_per_min_crowded": "余計（混雑、毎分） / nuisance a minute, crowded",
    "repeats": "5 秒以内の繰り返し / repeats within 5 s",
    "sentences_per_min": "発話（毎分） / sentences a minute",
}
_KINDS = {
    Kind.STATIC: "立っている物 / static",
    Kind.ONCOMING: "向かってくる / oncoming",
    Kind.CROSSING: "横切る / crossing",
    Kind.OVERTAKEN: "追い越される / overtaken",
    Kind.CAUGHT_UP: "追いつく / caught up",
    Kind.HANGING: "頭の高さ / hanging",
    Kind.CLEAR: "何もない / clear",
}
_CAUSES = {
    "out_of_view": "間に合う前に画面に入らない / not in view in time",
    "not_confirmed": "検出が足りない / not confirmed by the detector in time",
    "not_in_the_way": "進路上と判断されない / not judged in the way in time",
    "not_offered": "方針が言わない / not offered by the policy in time",
    "waiting": "声が空かない / waited for the voice",
    "too_long": "文が長いか切られた / the sentence too long, or cut",
}


def figures_of(scores: Sequence[Score]) -> dict[str, Any]:
    """Shares of hazards, nuisances a minute, repeats. A share is None where there is nothing to share."""
    hazards = [hazard for each in scores for hazard in each.hazards]
    outcomes = Counter(hazard.outcome for hazard in hazards)
    return {
        "warned_in_time": _share(outcomes[IN_TIME], len(hazards)),
        "late": _share(outcomes[LATE], len(hazards)),
        "missed": _share(outcomes[MISSED], len(hazards)),
        "nuisance_per_min_sparse": _rate(each for each in scores if not each.crowded),
        "nuisance_per_min_crowded": _rate(each for each in scores if each.crowded),
        "repeats": sum(each.repeats for each in scores),
        "sentences_per_min": _per_minute(sum(each.sentences for each in scores), scores),
        "hazards": len(hazards),
        "minutes": round(sum(each.minutes for each in scores), 2),
        "nuisances": {
            "harmless": sum(each.nuisances - each.nothing_there - each.blocks for each in scores),
            "nothing_there": sum(each.nothing_there for each in scores),
            "blocks": sum(each.blocks for each in scores),
        },
        "causes": dict(sorted(Counter(h.cause for h in hazards if h.cause).items())),
    }


def _share(part: int, of: int) -> float | None:
    return round(part / of, 4) if of else None


def _rate(scores: Iterable[Score]) -> float | None:
    mine = tuple(scores)
    return _per_minute(sum(each.nuisances for each in mine), mine)


def _per_minute(count: int, scores: Sequence[Score]) -> float | None:
    minutes = sum(each.minutes for each in scores)
    return round(count / minutes, 3) if minutes else None


def report(options: Options, figures: Figures, scores: Sequence[Mapping[str, Score]]) -> dict[str, Any]:
    """Everything, as `--json` prints it."""
    columns = {name: figures_of([each[name] for each in scores]) for name in SYSTEMS}
    kinds = {}
    for kind in Kind:
        mine = [each for each in scores if each[OURS].kind is kind]
        if mine:
            kinds[kind.value] = {name: _short([each[name] for each in mine]) for name in SYSTEMS}
    blocks = {
        name: {s: _short([each[s] for each in scores if each[s].paved is paved]) for s in SYSTEMS}
        for name, paved in (("with", True), ("without", False))
    }
    return {
        "n": options.n,
        "seed": options.seed,
        "model": figures.model.id,
        "imu": options.imu,
        "own_speed": options.speed,
        "lens": _lens(options),
        "figures": str(options.figures),
        **columns,
        "factor": {name: _factors(columns[OURS], columns[name]) for name in SYSTEMS if name != OURS},
        "kinds": kinds,
        "blocks": blocks,
    }


def _lens(options: Options) -> dict[str, Any]:
    """The camera that was worn: its field of view, degrees, and its picture, pixels."""
    across, down = options.camera.field_of_view_deg
    return {
        "hfov_deg": round(across, 1),
        "vfov_deg": round(down, 1),
        "size": list(options.size),
        "kind": "fisheye" if options.bent else "straight",
    }


def _short(scores: Sequence[Score]) -> dict[str, Any]:
    whole = figures_of(scores)
    kept = ("hazards", "warned_in_time", "late", "missed", "causes")
    return {
        "encounters": len(scores),
        **{name: whole[name] for name in kept},
        "nuisance_per_min": _rate(scores),
    }


def _factors(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, float | None]:
    """How many times fewer are ours: hazards not warned in time, and nuisances. None: ours are none."""
    in_time = ours["warned_in_time"], theirs["warned_in_time"]
    unwarned = None if None in in_time else _ratio(1 - in_time[1], 1 - in_time[0])
    return {
        "not_warned_in_time": unwarned,
        "nuisance_sparse": _ratio(theirs["nuisance_per_min_sparse"], ours["nuisance_per_min_sparse"]),
        "nuisance_crowded": _ratio(theirs["nuisance_per_min_crowded"], ours["nuisance_per_min_crowded"]),
    }


def _ratio(theirs: float | None, ours: float | None) -> float | None:
    return None if theirs is None or not ours else round(theirs / ours, 2)


def as_json(told: Mapping[str, Any]) -> str:
    """One JSON document."""
    return json.dumps(told, ensure_ascii=False, indent=1)


def as_table(told: Mapping[str, Any]) -> str:
    """For people: figures beside targets and baselines, by kind, and why warnings failed."""
    lines = [
        f"出会い / encounters: {told['n']}, seed {told['seed']}, {told['model']}, "
        f"{'IMU あり / with an IMU' if told['imu'] else 'IMU なし / no IMU'}, "
        f"{'歩く速さあり / own speed told' if told['own_speed'] else '歩く速さなし / own speed not told'}",
        "レンズ / lens: 横 {hfov_deg:g}°・縦 {vfov_deg:g}°、{kind}、{size[0]}x{size[1]}".format(
            **told["lens"]
        ),
        f"触れるはずの物 / hazards: {told[OURS]['hazards']}, {told[OURS]['minutes']} 分 / min",
        "",
        f"{'':<52}{'shirube':>10}{'目標/target':>13}{'距離/distance':>14}{'全部/all':>10}",
    ]
    for key, name in _NAMES.items():
        sign, limit = TARGETS.get(key, ("", None))
        target = "" if limit is None else f"{sign} {limit:g}"
        cells = [_cell(told[system][key]) for system in SYSTEMS]
        lines.append(f"{name:<52}{cells[0]:>10}{target:>13}{cells[1]:>14}{cells[2]:>10}")
    lines += ["", "倍率 / factor (theirs / ours):"]
    for system, factors in told["factor"].items():
        cells = [f"{key} {_cell(value)}" for key, value in factors.items()]
        lines.append(f"  {system}: {', '.join(cells)}")
    lines += ["", "種類別 / by kind (shirube):"]
    for kind, by_system in told["kinds"].items():
        mine = by_system[OURS]
        lines.append(
            f"  {_KINDS[Kind(kind)]:<28} n {mine['encounters']:>4}  hazards {mine['hazards']:>4}"
            f"  in time {_cell(mine['warned_in_time'])}  late {_cell(mine['late'])}"
            f"  missed {_cell(mine['missed'])}  nuisance/min {_cell(mine['nuisance_per_min'])}"
        )
    lines += ["", "間に合わなかった理由 / why not in time (shirube):"]
    lines += [f"  {count:>5}  {_CAUSES[cause]}" for cause, count in told[OURS]["causes"].items()]
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
