"""What the desk remembers, what it is told of the moment, and what comes of a step."""

from dataclasses import dataclass, field, replace
from typing import Literal

from device.announcements import AlertKind, Announcement, Params
from device.controls.gestures import Button, GestureState
from device.controls.menu import MenuState
from device.controls.question import Asking
from device.controls.sos import SosMemory
from device.facts import Plain
from device.producers import announcement
from device.senses import BeginWanted, Choices, Noticed, PlanWanted, Settings
from wire.position import Fix
from wire.trip import Answered

# What is answered from what the companion knows of the moment.
Ask = Literal["repeat", "where", "ahead"]


@dataclass(frozen=True, slots=True)
class DeskState:
    """The memory between steps; begin with `DeskState()`. `choices` None: as in the settings."""

    gestures: GestureState = field(default_factory=GestureState)
    menu: MenuState | None = None
    sos: SosMemory = field(default_factory=SosMemory)
    spent: frozenset[Button] = frozenset()  # pressed to cancel: what it becomes means nothing more
    paused: bool = False
    remind_s: float = 0.0
    choices: Choices | None = None
    plan: PlanWanted | None = None
    planned_s: float = 0.0
    plans: int = 0
    code_s: float | None = None  # a code is waited for since
    asking: Asking = field(default_factory=Asking)
    held: tuple[Noticed, ...] = ()  # questions that wait for the far side of a road


@dataclass(frozen=True, slots=True)
class View:
    """What the desk needs to know of the moment. `fix` None: nobody knows where the wearer is.

    `asking`: the key of the question that is being said; `asked`: long enough to be understood. `crossing`:
    the wearer walks over a road.
    """

    settings: Settings
    trip: bool = False
    guided: bool = False
    fix: Fix | None = None
    asking: str = ""
    asked: bool = False
    crossing: bool = False
    trip_id: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What one step of the desk comes to."""

    state: DeskState
    told: tuple[Announcement, ...] = ()
    asked: tuple[Ask, ...] = ()
    plan: PlanWanted | None = None
    begin: BeginWanted | None = None
    end: bool = False
    closed: bool = False
    code: bool = False
    choices: Choices | None = None
    sos: Literal["", "raised", "cancelled"] = ""
    answered: tuple[Answered, ...] = ()
    fell: bool = False  # a possible fall, of which nobody said that it was none

    def say(self, kind: AlertKind, key: str, now_s: float, params: Params | None = None) -> "Result":
        """With one more thing to tell."""
        return replace(self, told=(*self.told, announcement(kind, key, params or Plain(), now_s)))

    def keep(self, **changes: object) -> "Result":
        """With the memory changed."""
        return replace(self, state=replace(self.state, **changes))  # type: ignore[arg-type]


def choices_of(state: DeskState, settings: Settings) -> Choices:
    """How the wearer wants it now."""
    return state.choices or Choices(settings.verbosity, settings.rate, settings.volume_db)
