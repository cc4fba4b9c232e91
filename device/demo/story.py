"""What goes wrong in the demonstration, and when: the network, and for a test the server itself."""

from collections.abc import Callable
from dataclasses import dataclass

from device.demo.backstage import Backstage
from device.demo.flaky_link import FlakyLink
from device.errors import UplinkError
from device.uplink import Uplink
from device.uplink_state import LinkState

# Real seconds to wait for real sockets; virtual time stands still meanwhile.
NOTICE_S = 30.0
OUTAGE_S = 90.0
CRASH_S = 30.0


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happens to the wearer's connection at a second of the walk."""

    at_s: float
    what: str  # cut | restore | kill | start


def incidents(walk_s: float, *, crash: bool) -> tuple[Incident, ...]:
    """The network goes away in the middle of the walk and comes back; `crash` kills the server later."""
    cut_s = 0.36 * walk_s
    story = [Incident(cut_s, "cut"), Incident(min(cut_s + OUTAGE_S, 0.6 * walk_s), "restore")]
    if crash:
        story += [
            Incident(0.66 * walk_s, "kill"),
            Incident(min(0.66 * walk_s + CRASH_S, 0.85 * walk_s), "start"),
        ]
    return tuple(story)


class Stage:
    """Plays the incidents, and waits after each until the uplink has noticed: decision record 0002."""

    def __init__(
        self, story: tuple[Incident, ...], link: FlakyLink, server: Backstage, uplink: Uplink
    ) -> None:
        self._story = list(story)
        self._link, self._server, self._uplink = link, server, uplink
        self._up = True

    def up(self) -> bool:
        """Whether the network is there, as the uplink last confirmed."""
        return self._up

    def act(self, now_s: float) -> str | None:
        """Let happen what is due; the incident's name, if one was."""
        if not self._story or self._story[0].at_s > now_s:
            return None
        incident = self._story.pop(0)
        actions: dict[str, Callable[[], None]] = {
            "cut": self._link.cut,
            "restore": self._link.restore,
            "kill": self._server.kill,
            "start": self._server.start,
        }
        actions[incident.what]()
        self._up = incident.what in ("restore", "start")
        self._await("connected" if self._up else "lost", _caught_up if self._up else _lost)
        return incident.what

    def begin(self) -> None:
        """Wait for the first connection."""
        self._await("connected", lambda state: state.connected)

    def _await(self, what: str, reached: Callable[[LinkState], bool]) -> None:
        if not self._uplink.wait_until(lambda state: reached(state) or state.refused, NOTICE_S):
            raise UplinkError(f"the uplink did not become {what} in {NOTICE_S:.0f} s: {self._uplink.state()}")
        state = self._uplink.state()
        if state.refused:
            raise UplinkError(f"the server refused the device: {state.last_error}")


def _caught_up(state: LinkState) -> bool:
    return state.connected and state.pending == 0


def _lost(state: LinkState) -> bool:
    return not state.connected
