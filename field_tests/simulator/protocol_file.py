"""The plan of a simulated trial, as text: protocol.toml. Pure."""

import hashlib
from typing import Final

from field_tests.simulator.options import Options
from field_tests.simulator.plan import planned

_TOWNS: Final = {"oita": ("大分", "Oita"), "beppu": ("別府", "Beppu")}
_DAYS_PER_PHASE: Final = 14


def protocol_toml(options: Options, definitions: bytes) -> str:
    """The frozen plan; `definitions`: the bytes of definitions.toml."""
    ja, en = _TOWNS.get(options.town, ("地図の町", "a town"))
    plan = planned(options)
    closing = "" if plan.closing_from is None else f"closing_from = {plan.closing_from}\n"
    least = min(_DAYS_PER_PHASE, 7 * (options.weeks - options.wash_in_weeks) // 4)
    return f"""title_ja = "{ja} 模擬の実証実験"
title_en = "{en}: a simulated trial"
frozen = {plan.frozen}
first = {plan.first}
last = {plan.last}
design = "{plan.design}"
definitions_sha256 = "{hashlib.sha256(definitions).hexdigest()}"
seed = {plan.seed}
wash_in_days = {plan.wash_in_days}
possible_starts = [{", ".join(str(day) for day in plan.possible_starts)}]
silent_share = {plan.silent_share}
{closing}target_percent = 15.0
simulated = true

[valid]
waking_hours = 8.0
days_per_phase = {least}

[gates]
least_persons = 8

[fees]
before_yen = 20160
after_yen = 10080
"""
