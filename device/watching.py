"""The health of every part: judged at each tick by `vision.health`, passed on where it changed."""

from device.companion import Health
from device.looking import Answer, Look
from device.thermal import HeatSource
from vision.health import LATE_S, SLOW, HeatWatch, ModelWatch
from vision.types import Scene
from wire.trip import Part

# A zone's sensor may sit behind a slow bus, and a board warms up in seconds: not at every tick.
HEAT_EVERY_S = 0.25


class Watching:
    """What is known of the parts; every part is taken to be well at first. Not thread-safe.

    `board`: None where there is none to be watched.
    """

    def __init__(self, board: HeatSource | None = None) -> None:
        self._board = board
        self._heat_due_s = float("-inf")
        self._heat, self._model = HeatWatch(), ModelWatch()
        self._error = ""  # of the model, the newest
        self._failing: set[Part] = set()
        self._changes: list[Health] = []

    def tell(self, now: Health) -> None:
        """Somebody saw how a part is."""
        if now.healthy == (now.part in self._failing):
            self._failing ^= {now.part}
            self._changes.append(now)

    def changes(self) -> tuple[Health, ...]:
        """What changed since the last call."""
        changes, self._changes = tuple(self._changes), []
        return changes

    def nothing_to_see(self) -> None:
        """No picture comes: the model is not late with any."""
        self._model = self._model.spared()

    def broke(self, error: str) -> None:
        """The model gave an error, `error`, in place of an answer."""
        self._model, self._error = self._model.broke(), error

    def scene(self, look: Look, now_s: float) -> Scene | None:
        """What the newest answer tells of now. One that is too old for that is not used, and told as late."""
        answer = look.answer
        if answer is not None:
            self._hear(answer)
        if look.busy_since_s is not None:
            self._model = self._model.asked(look.busy_since_s)
        if answer is None or answer.scene is None or answer.age_s(now_s) > LATE_S:
            return None
        return answer.scene

    def _hear(self, answer: Answer) -> None:
        if answer.scene is None:
            self.broke(answer.fault)
        elif not answer.scene.looked:
            self._model = self._model.spared()
        else:
            self._model = self._model.asked(answer.began_s).answered(answer.ended_s, answer.offered_s)

    def judge(self, now_s: float) -> None:
        """Who did not answer in time, who is hot. Once a tick."""
        self._model = model = self._model.at(now_s)
        reason = model.fault or "" if model.lost else ""
        detail = self._error if model.failed.told else reason
        self.tell(Health("model", not model.lost, reason, detail))
        if self._board is not None and now_s >= self._heat_due_s:
            self._heat = self._heat.at(now_s, self._board.read())
            self._heat_due_s = now_s + HEAT_EVERY_S
        self._judge_board(model)

    def _judge_board(self, model: ModelWatch) -> None:
        # Heat and a weak supply make the model late: the cause comes before its effect.
        fault = self._heat.fault or (SLOW if model.slow.told else None)
        if fault == SLOW and model.lost and "board" not in self._failing:
            return  # that no warning can come is told; that it would be late says less
        self.tell(Health("board", fault is None, fault or ""))
