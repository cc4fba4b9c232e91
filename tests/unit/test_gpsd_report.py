import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.gpsd_client import read_report, read_sigmas, read_trouble
from device.gpsd_source import FixGate
from wire.position import Fix

TPV = {
    "class": "TPV",
    "device": "/dev/pts/1",
    "mode": 3,
    "time": "2026-11-22T02:27:55.000Z",
    "lat": 33.23295,
    "lon": 131.6066,
    "track": 10.0,
    "speed": 1.1,
    "epx": 19.6,
    "epy": 19.6,
    "eph": 18.81,
}
GST = {"device": "/dev/pts/1", "time": "2026-11-22T02:27:54.000Z", "lat": 3.0, "lon": 4.0}


def report(tpv: dict[str, object], *, gst: object = (), sky: object = ()) -> Fix | None:
    packet = json.loads(json.dumps({"class": "POLL", "tpv": [tpv], "gst": gst, "sky": sky}))
    return read_report(packet, read_sigmas(packet, {}))


def without(*names: str) -> dict[str, object]:
    return {name: value for name, value in TPV.items() if name not in names}


def test_a_whole_report() -> None:
    fix = report(TPV)
    assert fix == Fix(
        utc_s=1_795_314_475.0,
        lat=33.23295,
        lon=131.6066,
        accuracy_m=pytest.approx(10 * 1.5096, abs=0.01),
        speed_mps=1.1,
        course_deg=10.0,
        source="gpsd",
    )


@pytest.mark.parametrize(
    ("tpv", "gst", "sky", "accuracy_m"),
    [
        (TPV, [GST], [], 1.5096 * 12.5**0.5),
        (TPV, [{**GST, "time": "2026-11-22T02:27:50.000Z"}], [], 15.096),  # of an earlier moment
        (TPV, [{**GST, "device": "other"}], [], 15.096),
        (without("epx"), [], [], 18.81 * 0.6167),
        ({**without("epx"), "eph": 2.5}, [], [], 4.9),  # too good for a street
        (without("epx", "eph"), [], [{"device": "/dev/pts/1", "hdop": 2.0}], 2 * 7.1 * 1.5096 / 2**0.5),
        (without("epx", "eph"), [], [], 5 * 7.1 * 1.5096 / 2**0.5),
    ],
)
def test_accuracy_is_always_the_68_percent_radius(
    tpv: dict[str, object], gst: object, sky: object, accuracy_m: float
) -> None:
    fix = report(tpv, gst=gst, sky=sky)
    assert fix is not None
    assert fix.accuracy_m == pytest.approx(accuracy_m, abs=0.01)


@pytest.mark.parametrize(
    "tpv",
    [
        {**TPV, "mode": 1},
        {**TPV, "status": 5},
        {**TPV, "status": 8},
        {**TPV, "lat": 0.0, "lon": 0.0},
        {**TPV, "lat": 91.0},
        {**TPV, "lat": "33"},
        {**TPV, "time": "yesterday"},
        {**TPV, "time": "1970-01-01T00:00:00.000Z"},
        {**TPV, "time": "2099-01-01T00:00:00.000Z"},
        without("lat"),
        without("time"),
        {},
    ],
)
def test_no_measured_position_is_none(tpv: dict[str, object]) -> None:
    assert report(tpv) is None


def test_what_gpsd_does_not_tell_is_not_zero() -> None:
    fix = report(without("track", "speed"))
    assert fix is not None
    assert (fix.speed_mps, fix.course_deg) == (None, None)
    standing = report({**TPV, "speed": 0.0, "track": 0.0})
    assert standing is not None
    assert standing.course_deg is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["tpv", "gst", "sky", *TPV]), inner, max_size=5)
        ),
    )
)
def test_any_json_is_a_fix_or_nothing(packet: object) -> None:
    read_report(packet, read_sigmas(packet, {}))


def at(second: float) -> Fix:
    return Fix(utc_s=second, lat=33.0, lon=131.0, accuracy_m=5.0)


def given_out(gate: FixGate, *offers: Fix | None) -> list[float]:
    """All within one second of the clock."""
    return [fix.utc_s for offer in offers if (fix := gate.offer(offer, 100.0)) is not None]


def test_gate_gives_each_fix_once_at_the_second_look() -> None:
    assert given_out(FixGate(), at(1), at(1), at(2), at(2), at(2), at(3), at(3), at(3)) == [2, 3]


def test_gate_gives_nothing_of_unknown_age_after_connecting() -> None:
    gate = FixGate()
    assert given_out(gate, at(1), at(1), at(1)) == []
    gate.reconnected()
    assert given_out(gate, at(9), at(9), at(10), at(10)) == [10]
    gate.reconnected()
    assert given_out(gate, at(10), at(10)) == []


def test_gate_knows_after_a_stall_that_the_first_answer_is_of_now() -> None:
    def gate_after_a_walk() -> FixGate:
        gate = FixGate()
        assert [gate.offer(at(n // 2), n / 2 + 0.3) is not None for n in range(2, 8)][-1]
        gate.reconnected()
        return gate

    gate = gate_after_a_walk()
    assert gate.offer(at(20), 20.6) is None
    assert gate.offer(at(20), 20.8) == at(20)
    gate = gate_after_a_walk()
    assert [gate.offer(at(9), 20.6), gate.offer(at(9), 20.8)] == [None, None]


def devices(*heard: str | None) -> dict[str, object]:
    """What gpsd answers of receivers that told something last then."""
    of = [{"path": "/dev/ttyACM0"} | ({} if time is None else {"activated": time}) for time in heard]
    return {"class": "DEVICES", "devices": of}


NO_FIX = {"class": "POLL", "time": "2026-11-22T02:28:00.000Z", "active": 1, "tpv": [{"mode": 1}]}
JUST_NOW, LONG_AGO = "2026-11-22T02:27:56.000Z", "2026-11-22T02:27:50.000Z"


@pytest.mark.parametrize(
    ("packet", "told", "said"),
    [
        ({"class": "POLL", "active": 0, "tpv": [], "gst": [], "sky": []}, devices(), "plugged in"),
        (NO_FIX, devices(JUST_NOW), "see the sky"),
        # Pulled out: gpsd goes on to report what the receiver told last.
        (NO_FIX, devices(LONG_AGO), "plugged in"),
        (NO_FIX, devices(), "plugged in"),
        (NO_FIX, devices(None), "plugged in"),
        (NO_FIX, devices(LONG_AGO, JUST_NOW), "see the sky"),
        (NO_FIX, {"class": "VERSION"}, "see the sky"),
        ("nonsense", devices(), "plugged in"),
    ],
)
def test_why_there_is_no_position(packet: object, told: object, said: str) -> None:
    assert said in read_trouble(packet, told)


def test_gate_keeps_up_with_a_receiver_faster_than_the_looks() -> None:
    assert given_out(FixGate(), *(at(n) for n in range(1, 7))) == [2, 3, 4, 5]


def test_gate_takes_the_first_fix_that_it_saw_come() -> None:
    assert given_out(FixGate(), None, at(1), at(1)) == [1]


def test_gate_gives_the_fuller_of_two_looks() -> None:
    gate = FixGate()
    fuller = Fix(utc_s=2.0, lat=33.0, lon=131.0, accuracy_m=3.0)
    gate.offer(at(1), 1.0)
    assert gate.offer(at(2), 2.0) is None
    assert gate.offer(fuller, 2.2) == fuller
