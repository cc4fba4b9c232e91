"""The faults, each with how it is made, how it is ended, and which announcements tell of it."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from device.chaos.stage import Stage

DAY_S: Final = 86_400.0

# Told while it lasts; told once speech is back, which it took away; nothing to be told: it must do no harm.
How = Literal["now", "after_speech", "unheard"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind, and the words that tell of it.

    `lasts_s`: how long it lasts at least. `part`: the part that falls and comes up again by itself.
    """

    name: str
    make: Callable[[Stage], object]
    end: Callable[[Stage], object]
    words: "Words"
    how: How = "now"
    lasts_s: float = 0.0
    part: str | None = None


def _nothing(stage: Stage) -> None:
    """It mends itself."""


def _part(name: str, number: signal.Signals) -> Callable[[Stage], object]:
    return lambda stage: stage.signal(name, number)


@dataclass(frozen=True, slots=True)
class Words:
    """What tells of a part's fall and of its return; `key`: its name in sentences about several."""

    told: frozenset[str]
    over: frozenset[str]
    key: str


CAMERA: Final = Words(
    frozenset({"camera_lost", "camera_poor", "model_lost", "phone_left", "phone_back"}),
    frozenset({"camera_back", "model_back", "phone_back"}),
    "camera",
)
# "It is back" tells as well that it was away: a part that returns in a blink may be told of by that alone.
RECEIVER: Final = Words(
    frozenset({"receiver_lost", "receiver_back"}), frozenset({"receiver_back"}), "position"
)
LINK: Final = Words(frozenset({"link_lost"}), frozenset({"link_back"}), "uplink")
STORAGE: Final = Words(frozenset({"storage_lost", "storage_back"}), frozenset({"storage_back"}), "recorder")
SPEECH: Final = Words(frozenset({"speech_back"}), frozenset({"speech_back"}), "speech")
GUIDANCE: Final = Words(
    frozenset({"guidance_lost"}), frozenset({"trip_resumed", "device_starting"}), "guidance"
)
NOTHING: Final = Words(frozenset(), frozenset(), "")

_OF_PARTS: Final[dict[str, tuple[Words, How]]] = {
    "guidance": (GUIDANCE, "now"),
    "eyes": (CAMERA, "now"),
    "position": (RECEIVER, "now"),
    "speech": (SPEECH, "after_speech"),
    "log": (STORAGE, "now"),
    "phone": (CAMERA, "now"),
}


def _faults() -> tuple[Fault, ...]:
    made = [
        Fault(f"{name} {word}", _part(name, number), _nothing, words, how, part=name)
        for name, (words, how) in _OF_PARTS.items()
        for word, number in (("killed", signal.SIGKILL), ("stopped", signal.SIGSTOP))
    ]
    return (*made, *_WORLD)


def _unheard(name: str, seconds: float) -> Fault:
    return Fault(
        name, lambda s: s.jump_clock(seconds), lambda s: s.jump_clock(0.0),
        NOTHING, "unheard", 2.0,
    )  # fmt: skip


_WORLD: Final = (
    Fault("gpsd killed", lambda s: s.receiver.kill(), lambda s: s.receiver.begin(), RECEIVER),
    Fault("gpsd stopped", lambda s: s.receiver.stop(), lambda s: s.receiver.go_on(), RECEIVER),
    Fault("server killed", lambda s: s.server.kill(), lambda s: s.server.start(), LINK),
    Fault("network cut", lambda s: s.link.cut(), lambda s: s.link.restore(), LINK),
    Fault("network half open", lambda s: s.link.stall(), lambda s: s.link.restore(), LINK),
    Fault("network slow", lambda s: s.link.delay(4.0), lambda s: s.link.delay(0.0), LINK),
    Fault("disk full", lambda s: s.fill_disk(), lambda s: s.empty_disk(), STORAGE),
    _unheard("clock +1 day", DAY_S),
    _unheard("clock -1 day", -DAY_S),
    Fault("camera unplugged", lambda s: s.glasses.unplug(), lambda s: s.glasses.plug_in(),
          CAMERA),
    Fault("camera frozen", lambda s: s.glasses.freeze(), lambda s: s.glasses.thaw(), CAMERA),
    Fault("sound sink gone", lambda s: s.sound.kill(), lambda s: s.sound.start(), SPEECH,
          "after_speech", 2.0),
)  # fmt: skip
FAULTS: Final = _faults()
