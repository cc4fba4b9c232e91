"""What the guidance part is put together from: nothing of it is loaded or compiled when a trip begins."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from device.companion import Companion, CompanionState
from device.config import CameraConfig, DeviceConfig, ServerConfig, WearerConfig
from device.parts.guidance_setup import settings_of, warm_up
from device.senses import BeginTrip, Senses, Settings
from routing.simulated import Leg, route_of

# A tick that lasts longer is near what the supervisor takes for a standstill (1.2 s).
TICK_WITHIN_S = 0.3


def test_the_command_line_loads_nothing_compiled_before_a_verb_says_how() -> None:
    code = "import shirube, sys; print([name for name in ('numba', 'numpy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"


def test_the_step_that_begins_a_long_trip_holds_nothing_up() -> None:
    warm_up()
    legs = [Leg(40.0 * (n % 2), 40.0 * (1 - n % 2)) for n in range(150)]
    senses = Senses(0.0, 0.0, begin=BeginTrip("t", route_of(legs)))
    companion = Companion(None, Settings(camera=False))
    took_s = []
    for _ in range(3):
        began_s = time.process_time()  # another process may have the processor meanwhile
        state, _ = companion.step(CompanionState(), senses)
        took_s.append(time.process_time() - began_s)
        assert companion.route_of(state) is not None
    assert min(took_s) < TICK_WITHIN_S


def test_the_companion_is_told_what_is_worn() -> None:
    config = DeviceConfig(camera=CameraConfig(source="none:"), map=Path("city.shirube"))
    told = settings_of(config, replace(WearerConfig(), lang="en", directions="clock"))
    assert (told.lang, told.clock, told.camera, told.reroute) == ("en", True, False, True)
    assert (told.phone, told.server) == (False, False)
    config = DeviceConfig(
        camera=CameraConfig(source="glasses:8443"), server=ServerConfig(url="https://s.example")
    )
    told = settings_of(config, WearerConfig())
    assert (told.phone, told.server, told.camera, told.reroute) == (True, True, True, False)
