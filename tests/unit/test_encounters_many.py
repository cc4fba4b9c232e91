"""Many encounters come in order from however many processes, and it is told how far they are."""

import sys

import pytest

from device.encounters.many import TOLD_EVERY, each, tell_progress


@pytest.mark.parametrize(("n", "jobs"), [(1, 1), (7, 1), (7, 2), (1, 2)])
def test_all_are_made_in_order_and_each_is_told(n: int, jobs: int) -> None:
    told: list[tuple[int, int]] = []
    made = list(each(str, n, jobs, lambda done, of: told.append((done, of))))
    assert made == [str(number) for number in range(n)]
    assert told == [(done, n) for done in range(1, n + 1)]


def test_one_process_makes_no_more_than_is_asked_for() -> None:
    made: list[int] = []
    first = next(each(made.append, 5, 1))
    assert (first, made) == (None, [0])


@pytest.mark.parametrize(("terminal", "lines"), [(True, 2 * TOLD_EVERY + 1), (False, 3)])
def test_a_file_holds_some_of_the_progress_and_the_end(
    terminal: bool, lines: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    of = 2 * TOLD_EVERY + 1
    for done in range(1, of + 1):
        tell_progress(done, of)
    told = capsys.readouterr().err
    assert told.count("\r") == lines
    assert told.endswith(f"\r{of}/{of}\n")
