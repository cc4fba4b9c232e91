"""The bench's own measures: percentiles, growth, the WebSocket's frames, the land its devices walk on."""

import pytest

from server.bench.figures import growth_mb_per_10min, percentile, slope, spread
from server.bench.people import lat_of, populate, seq_of
from server.bench.run import BenchError, Options, measure
from server.bench.websocket import PING, TEXT, ClosedByServer, Frames, frame


def test_percentiles_are_nearest_ranks() -> None:
    hundred = [float(n) for n in range(1, 101)]
    assert [percentile(hundred, at) for at in (50.0, 95.0, 99.0, 100.0)] == [50.0, 95.0, 99.0, 100.0]
    assert percentile([3.0], 1.0) == 3.0
    told = spread([0.003, 0.001, 0.002])
    assert (told.count, told.p50_ms, told.worst_ms) == (3, 2.0, 3.0)


def test_nothing_measured_is_not_zero() -> None:
    told = spread([])
    assert (told.count, told.p50_ms, told.p99_ms) == (0, None, None)
    assert slope([(0.0, 1.0), (1.0, 2.0)]) is None
    assert slope([(1.0, 1.0)] * 3) is None
    assert growth_mb_per_10min([]) is None


def test_growth_leaves_out_the_time_in_which_caches_fill() -> None:
    filling = [(float(t), 100.0 + 10.0 * t) for t in range(10)]
    steady = [(float(t), 200.0 + 0.01 * t) for t in range(10, 31)]
    assert growth_mb_per_10min(filling + steady) == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_frames_of_all_lengths_in_any_pieces(length: int) -> None:
    sent = bytearray(frame(b"x" * length))
    head = len(sent) - length - 4
    sent[1] &= 0x7F  # as a server sends it: without a mask
    answer = b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + bytes(sent[:head]) + bytes(sent[head + 4 :])
    frames, found = Frames(), []
    for at in range(0, len(answer), 1000):
        found += frames.feed(answer[at : at + 1000])
    assert found == [(TEXT, b"x" * length)]
    assert frames.feed(b"\x89\x01p") == [(PING, b"p")]


def test_a_refused_handshake_says_why() -> None:
    with pytest.raises(ClosedByServer, match="401"):
        Frames().feed(b"HTTP/1.1 401 Unauthorized\r\n\r\n")


def test_a_position_tells_its_number() -> None:
    for seq in (1, 999, 10_000):
        assert seq_of(float(f"{lat_of(seq):.6f}")) == seq


def test_people_are_put_into_either_store(store_url: str) -> None:
    walkers = populate(store_url, 3)
    assert len({walker.key for walker in walkers}) == 3


def test_what_cannot_be_measured_is_said_before_anything_starts() -> None:
    with pytest.raises(BenchError, match="--workers 2"):
        measure(Options(kill_worker=True))
    with pytest.raises(BenchError, match="postgresql"):
        measure(Options(workers=2))
