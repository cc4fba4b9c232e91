"""Each part is told as what it is: a late model is no lost camera, a stalled one is not quick again."""

from device.companion import Health
from device.looking import Answer, Look
from device.thermal import FakeHeat
from device.watching import HEAT_EVERY_S, Watching
from vision.health import LATE_S, Heat
from vision.types import PavingSight, Scene

TICK_S = 0.05


def scene(t_s: float, looked: bool = True) -> Scene:
    return Scene(int(t_s * 10), t_s, (), PavingSight(False), looked=looked)


class Model:
    """A model that takes `took_s`, looked at every TICK_S; frames come all the time."""

    def __init__(self, watching: Watching) -> None:
        self.watching = watching
        self.now_s = 0.0
        self.began_s = 0.0
        self.used: list[Scene] = []

    def run(self, seconds: float, took_s: float) -> list[tuple[str, bool, str]]:
        """What changed, as (part, healthy, reason)."""
        told: list[tuple[str, bool, str]] = []
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s = round(self.now_s + TICK_S, 3)
            answer = None
            if self.now_s - self.began_s >= took_s - 1e-9:
                answer = Answer(self.began_s, self.began_s, self.now_s, scene(self.began_s))
                self.began_s = self.now_s
            used = self.watching.scene(Look(answer, self.began_s), self.now_s)
            self.used += [] if used is None else [used]
            self.watching.judge(self.now_s)
            told += [(now.part, now.healthy, now.reason) for now in self.watching.changes()]
        return told


def test_a_late_model_is_lost_until_it_is_known_to_be_slow_and_its_scenes_are_used() -> None:
    model = Model(Watching())
    assert model.run(10.0, 0.1) == []
    assert model.run(20.0, 0.8) == [
        ("model", False, "stalled"),
        ("model", True, ""),
        ("board", False, "slow"),
    ]
    assert model.run(20.0, 0.1) == [("board", True, "")]


def test_a_model_too_late_to_be_used_stays_lost_and_its_scenes_are_not_told_as_now() -> None:
    model = Model(Watching())
    model.run(10.0, 0.1)
    model.used.clear()
    assert model.run(30.0, LATE_S + 0.3) == [("model", False, "stalled")]
    assert model.used == []


def test_a_slow_model_that_stalls_is_not_called_quick_again() -> None:
    model = Model(Watching())
    model.run(10.0, 0.1)
    assert model.run(20.0, 0.55) == [("board", False, "slow")]
    assert model.run(20.0, float("inf")) == [("model", False, "stalled")]


def test_an_answer_is_as_old_as_its_picture_not_as_the_models_work_on_it() -> None:
    watching = Watching()
    fresh = Answer(offered_s=9.5, began_s=9.9, ended_s=10.0, scene=scene(9.5))
    assert watching.scene(Look(fresh), 10.0) is fresh.scene
    assert watching.scene(Look(fresh), 9.5 + LATE_S + 0.01) is None


def test_a_dark_picture_says_nothing_of_the_model() -> None:
    watching = Watching()
    watching.broke("not numbers")
    watching.judge(1.0)
    assert watching.changes() == (Health("model", False, "failed", "not numbers"),)
    for tenth in range(100):
        now_s = 1.0 + tenth / 10
        watching.scene(Look(Answer(now_s, now_s, now_s, scene(now_s, looked=False))), now_s)
        watching.judge(now_s)
    assert watching.changes() == ()


def test_heat_comes_before_its_effect_and_is_not_read_at_every_tick() -> None:
    class Counted(FakeHeat):
        count = 0

        def read(self) -> Heat | None:
            self.count += 1
            return super().read()

    board = Counted([Heat(86.0, -1.0, throttled=True)])
    model = Model(Watching(board))
    assert model.run(10.0, 0.55)[-1] == ("board", False, "hot")
    assert board.count <= 10.0 / HEAT_EVERY_S + 1


def test_what_does_not_change_is_passed_on_once() -> None:
    watching = Watching()
    for _ in range(3):
        watching.tell(Health("uplink", False))
    assert watching.changes() == (Health("uplink", False),)
    watching.tell(Health("uplink", True))
    watching.tell(Health("uplink", True))
    assert watching.changes() == (Health("uplink", True),)
    assert watching.changes() == ()
