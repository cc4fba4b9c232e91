"""All checks in their order: each looks, and judges. A look that breaks is UNKNOWN."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, get_args

from device.battery import device_charge
from device.cameras.probe import probe
from device.clocks import SystemClock
from device.config import DeviceConfig
from device.doctor import machine, receiver, senses, services, sounds, way
from device.doctor.findings import Check, Finding, Level
from device.doctor.look_machine import (
    Ask,
    asked,
    look_at_clock,
    look_at_disk,
    look_at_memory,
    look_at_units,
    look_at_versions,
)
from device.doctor.look_position import look_at_position
from device.doctor.look_senses import Presses, look_at_buttons, look_at_model
from device.doctor.look_sound import ears, look_at_speaker, look_at_voices
from device.doctor.look_way import look_at_map, look_at_server
from device.doctor.services import Units
from device.doctor.way import ConfigFacts
from device.errors import PhoneError
from device.install.files import unit_text
from device.phone.certificate import read_certificate
from device.ports import Clock
from device.speech.phrase_making import find_phrases
from device.thermal import SysfsHeat

CHECKS: Final[tuple[Check, ...]] = get_args(Check)


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at. `root`: of the system's files; `presses`: asks the wearer, None: nobody is there."""

    config: DeviceConfig
    read: ConfigFacts
    clock: Clock = field(default_factory=SystemClock)
    root: Path = Path("/")
    ask: Ask = asked
    presses: Presses | None = None
    listens: bool = True


def examine(
    patient: Patient, only: Iterable[Check] = CHECKS, begins: Callable[[Check], object] = lambda _: None
) -> tuple[Finding, ...]:
    """Each check of `only`, in the order of CHECKS. `begins` is told before each, for who waits."""
    wanted = set(only)
    units = look_at_units(unit_text(patient.root), patient.root, patient.ask)
    found: list[Finding] = []
    for check in CHECKS:
        if check in wanted:
            begins(check)
            found += _one(check, patient, units)
    return tuple(found)


def _one(check: Check, patient: Patient, units: Units) -> tuple[Finding, ...]:
    try:
        return tuple(_LOOKS[check](patient, units))
    except Exception as error:  # noqa: BLE001  # whatever breaks in one check, the others are to be told
        ja, en = (
            f"{check} を調べられません（{_why(error)}）。",
            f"{check} could not be checked ({_why(error)}).",
        )
        return (Finding(check, Level.UNKNOWN, ja, en),)


def _why(error: Exception) -> str:
    return " ".join(f"{type(error).__name__} {error}".split())


def _machine(check: Check, patient: Patient, units: Units) -> Iterator[Finding]:
    root, running = patient.root, units.active == "active"
    match check:
        case "disk":
            yield machine.judge_disk(look_at_disk(patient.config.data, patient.clock))
        case "memory":
            yield machine.judge_memory(look_at_memory(running, root))
        case "clock":
            yield machine.judge_clock(look_at_clock(patient.clock, root, patient.ask))
        case "heat":
            yield from machine.judge_heat(SysfsHeat(root / "sys").read())
        case "battery":
            yield machine.judge_battery(device_charge(root / "sys"))
        case "versions":
            yield services.judge_versions(look_at_versions())
        case _:
            yield services.judge_units(units)


def _sounds(check: Check, patient: Patient, units: Units) -> Iterator[Finding]:
    config = patient.config
    match check:
        case "speaker":
            listeners = ears(config.speech.microphone) if patient.listens else ()
            facts = look_at_speaker(config.speech.speaker, listeners, patient.clock)
            busy = units.active == "active" and "busy" in facts.fault.lower()
            yield senses.in_use("speaker") if busy else sounds.judge_speaker(facts)
        case "voices":
            for voice in look_at_voices(patient.clock):
                yield sounds.judge_voice(voice, config.wearer.lang)
        case _ if config.data.is_dir() and not os.access(config.data, os.R_OK | os.X_OK):
            yield sounds.unreadable(str(config.data))
        case _:
            yield sounds.judge_phrases(find_phrases(config.wearer.lang, config.data))


def _senses(check: Check, patient: Patient, units: Units) -> Iterator[Finding]:
    config, running = patient.config, units.active == "active"
    match check:
        case "camera" if config.camera.source.startswith("none:"):
            yield senses.no_camera()
        case "camera" if config.camera.source.startswith("glasses:"):
            yield _glasses(config, patient.clock)
        case "camera" if running:
            yield senses.in_use("camera")
        case "camera":
            yield senses.judge_camera(config.camera.source, probe(config.camera))
        case "model":
            yield senses.judge_model(look_at_model(config.camera, patient.clock))
        case "position":
            yield receiver.judge_position(look_at_position(config.position.source, patient.clock))
        case _ if running and config.buttons.sources:
            yield senses.in_use("buttons")
        case _:
            felt = look_at_buttons(config.buttons.sources, patient.presses, patient.clock)
            yield from senses.judge_buttons(felt)


def _glasses(config: DeviceConfig, clock: Clock) -> Finding:
    try:
        found = read_certificate(config.data, clock.utc_s())
    except PhoneError as error:
        return senses.judge_glasses(None, str(error))
    left_s = None if found is None else found.until.timestamp() - clock.utc_s()
    return senses.judge_glasses(None if left_s is None else left_s / way.DAY_S, "")


def _way(check: Check, patient: Patient, _units: Units) -> Iterator[Finding]:
    match check:
        case "configuration":
            yield way.judge_config(patient.read)
        case "map":
            yield from way.judge_map(look_at_map(patient.config, patient.clock))
        case _:
            yield from way.judge_server(look_at_server(patient.config.server, patient.clock))


_Look = Callable[[Patient, Units], Iterator[Finding]]
_KINDS: Final[dict[Callable[[Check, Patient, Units], Iterator[Finding]], tuple[Check, ...]]] = {
    _machine: ("disk", "memory", "clock", "heat", "battery", "versions", "units"),
    _sounds: ("speaker", "voices", "phrases"),
    _senses: ("camera", "model", "position", "buttons"),
    _way: ("configuration", "map", "server"),
}


def _bound(kind: Callable[[Check, Patient, Units], Iterator[Finding]], check: Check) -> _Look:
    return lambda patient, units: kind(check, patient, units)


_LOOKS: Final[dict[Check, _Look]] = {
    check: _bound(kind, check) for kind, checks in _KINDS.items() for check in checks
}
