"""Whatever comes over the line: a fix, nothing, or a counted fault; and what we write we read back."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.nmea import NmeaParser, as_written, sentences
from device.nmea_fields import checksum
from wire.position import Fix

fixes = st.builds(
    Fix,
    utc_s=st.floats(946_684_800, 3_000_000_000).map(lambda s: round(s, 3)),
    lat=st.floats(-90, 90).filter(lambda d: abs(d) > 1e-6),
    lon=st.floats(-180, 180),
    accuracy_m=st.floats(0.5, 200),
    speed_mps=st.none() | st.floats(0.01, 50),
    course_deg=st.none() | st.floats(0, 359.99),
)
KINDS = ("RMC", "GGA", "GST", "GSA", "VTG", "ZDA", "TXT")
field = st.one_of(
    st.text("0123456789.", max_size=12),
    st.sampled_from(
        ["", "A", "V", "N", "S", "E", "W", "D", "1", "0", "6", "-", "nan", "1e5", "3313.97", "²"]
    ),
    st.text(max_size=5),
)


def is_sound(fix: Fix) -> bool:
    numbers = [fix.utc_s, fix.lat, fix.lon, fix.accuracy_m, fix.speed_mps or 0.0, fix.course_deg or 0.0]
    return (
        all(map(math.isfinite, numbers))
        and abs(fix.lat) <= 90
        and abs(fix.lon) <= 180
        and fix.accuracy_m > 0
        and 0 <= (fix.course_deg or 0.0) < 360
    )


@given(st.lists(st.binary(max_size=200) | st.text(max_size=200)))
def test_any_bytes_never_raise(lines: list[bytes | str]) -> None:
    parser = NmeaParser()
    for line in lines:
        assert parser.feed(line) is None
    assert parser.flush() is None


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.lists(field, max_size=18)), max_size=12))
def test_any_fields_under_a_right_checksum_never_raise(bodies: list[tuple[str, list[str]]]) -> None:
    parser = NmeaParser()
    for kind, fields in bodies:
        body = f"GN{kind},{','.join(fields)}"
        fix = parser.feed(f"${body}*{checksum(body) & 0xFF:02X}")
        assert fix is None or is_sound(fix)


@given(
    fixes, st.lists(st.tuples(st.integers(0, 600), st.binary(max_size=40), st.integers(0, 60)), max_size=8)
)
def test_a_stream_that_is_cut_and_mixed_with_noise_never_tells_another_place(
    fix: Fix, wounds: list[tuple[int, bytes, int]]
) -> None:
    """Two right bytes of checksum in noise are one in 65,536, and then each field has to be possible."""
    stream = "".join(f"{sentence}\r\n" for sentence in sentences(fix) * 3).encode()
    for at, noise, cut in wounds:
        stream = stream[:at] + noise + stream[at + cut :]
    parser, whole = NmeaParser("replay"), as_written(fix)
    told = [parser.feed(line) for line in stream.split(b"\n")] + [parser.flush()]
    assert {(got.lat, got.lon) for got in told if got is not None} <= {(whole.lat, whole.lon)}


@given(fixes, st.integers(0, 2), st.integers(0, 70), st.integers(1, 255))
def test_one_damaged_byte_never_gives_another_place(fix: Fix, which: int, at: int, flip: int) -> None:
    whole = as_written(fix)
    parser = NmeaParser("replay")
    for n, sentence in enumerate(sentences(fix)):
        raw = bytearray(sentence.encode())
        if n == which:
            raw[min(at, len(raw) - 1)] ^= flip
        parser.feed(bytes(raw))
    got = parser.flush()
    if got is not None:
        assert (got.lat, got.lon, got.utc_s) == (whole.lat, whole.lon, whole.utc_s)


@given(fixes)
def test_what_is_written_is_read_back(fix: Fix) -> None:
    back = as_written(fix)
    assert back.utc_s == pytest.approx(fix.utc_s, abs=6e-4)
    assert back.lat == pytest.approx(fix.lat, abs=1e-7)
    assert back.lon == pytest.approx(fix.lon, abs=1e-7)
    assert back.accuracy_m == pytest.approx(fix.accuracy_m, abs=2e-3)
    assert (back.speed_mps is None) == (fix.speed_mps is None)
    assert as_written(back) == back
