"""Each packet once, each sender's in order, whatever is sent again."""

from hypothesis import given
from hypothesis import strategies as st

from device.log.intake import MOST_TOGETHER, Intake, urgent
from device.parts.messages import Store
from wire.position import Fix
from wire.trip import Announced, HealthChanged, Moved, Sos, TripEnded, TripStarted
from wire.trip import Happening as What

MOVED = Moved(fix=Fix(utc_s=0.0, lat=33.0, lon=131.0, accuracy_m=5.0))


def packet(number: int, sender: str = "a", *what: What, events: int = 1) -> Store:
    return Store(sender, number, "t", tuple((float(number), each) for each in what or (MOVED,) * events))


def write(intake: Intake) -> list[float]:
    entries, numbers = intake.batch()
    intake.settle(numbers)
    return [utc_s for _, utc_s, _ in entries]


def test_a_packet_that_was_taken_is_known() -> None:
    intake = Intake({})
    assert [intake.offer(packet(n)) for n in (1, 2, 2, 1, 3)] == ["taken", "taken", "known", "known", "taken"]
    assert write(intake) == [1.0, 2.0, 3.0]
    assert intake.offer(packet(3)) == "known"
    assert intake.written == {"a": 3}


def test_a_gap_is_asked_for_again() -> None:
    intake = Intake({"a": 4})
    assert intake.offer(packet(6)) == "again"
    assert intake.offer(packet(5)) == "taken"
    assert intake.offer(packet(6)) == "taken"


def test_a_sender_that_the_log_does_not_know_begins_where_it_is() -> None:
    """The log was damaged and begun anew: what the sender says was stored before is in the old one."""
    intake = Intake({})
    assert intake.offer(packet(57)) == "taken"
    assert intake.offer(packet(59)) == "again"


def test_the_memory_is_bounded_and_nothing_is_lost_by_it() -> None:
    intake = Intake({}, most=3)
    assert [intake.offer(packet(n)) for n in range(1, 6)] == ["taken"] * 3 + ["again"] * 2
    assert write(intake) == [1.0, 2.0, 3.0]
    assert [intake.offer(packet(n)) for n in (4, 5)] == ["taken", "taken"]


def test_a_commit_is_bounded_but_for_one_large_packet() -> None:
    intake = Intake({})
    for number, events in ((1, MOST_TOGETHER - 1), (2, 2), (3, MOST_TOGETHER + 50), (4, 1)):
        intake.offer(packet(number, events=events))
    assert [len(write(intake)) for _ in range(4)] == [MOST_TOGETHER - 1, 2, MOST_TOGETHER + 50, 1]


def test_a_log_that_has_more_than_was_said_is_not_written_twice() -> None:
    intake = Intake({})
    for number in range(1, 5):
        intake.offer(packet(number))
    intake.reset({"a": 2})  # the commit that failed is on the disk all the same
    assert write(intake) == [3.0, 4.0]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 8)), max_size=60), st.integers(0, 5))
def test_each_once_and_in_order_whatever_comes(sent: list[tuple[str, int]], every: int) -> None:
    intake = Intake({"a": 0, "b": 0})
    got: dict[str, list[int]] = {"a": [], "b": []}
    for n, (sender, number) in enumerate(sent):
        intake.offer(packet(number, sender))
        if every and n % every == 0:
            before = dict(intake.written)
            write(intake)
            for name, last in intake.written.items():
                got[name] += range(before[name] + 1, last + 1)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in got.values())


def test_what_must_not_wait() -> None:
    def said(urgency: str) -> Announced:
        return Announced(
            kind="k",
            key="k",
            urgency=urgency,
            outcome="spoken",
            text_ja="止まって",
            text_en="Stop",
            created_s=0.0,
        )

    hurried = (
        Sos(state="raised"),
        TripStarted(route_id=None, practice=True),
        TripEnded(arrived=False, reason="wearer"),
        said("hazard"),
        said("stop"),
    )
    assert all(urgent(packet(1, "a", MOVED, what)) for what in hurried)
    patient = (MOVED, said("guidance"), HealthChanged(part="camera", health="ok"))
    assert not any(urgent(packet(1, "a", what)) for what in patient)
