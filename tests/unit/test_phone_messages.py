"""What glasses say becomes what the device's parts are told: headers, clocks, compass, floods. No sockets."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.parts.messages import Jpeg, PhoneFix, Press
from device.phone.clock_map import ClockMap
from device.phone.compass import declination_deg, true_heading_deg
from device.phone.guest import FLOOD, FloodError, Guest
from device.phone.protocol import (
    Ack,
    Heading,
    Hello,
    Knock,
    Picture,
    Ping,
    Place,
    Pong,
    Pressed,
    ProtocolError,
    Quarter,
    Refused,
    Welcome,
    decode_from_glasses,
    decode_to_glasses,
    encode,
    pack,
    unpack,
)
from vision.attitude import SIGMA_DEG, Attitude

JPEG = b"\xff\xd8\xff\xe0 not looked into here"


def connected(offset_s: float = 0.0, way_s: float = 0.01) -> Guest:
    """Glasses whose clock is `offset_s` behind ours, known by one exchange."""
    guest = Guest(0.0)
    number = guest.ping(0.0)
    assert number is not None
    guest.on_text(Pong(number, (way_s - offset_s) * 1000.0), 2 * way_s)
    return guest


@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.0, 1e12),
    st.binary(min_size=1, max_size=50),
    st.sampled_from([0, 90, 180, 270]),
    st.none() | st.floats(-180, 180, width=32),
    st.floats(-90, 90, width=32),
)
def test_a_picture_comes_out_as_it_went_in(
    seq: int, t_ms: float, jpeg: bytes, rotate: Quarter, yaw: float | None, pitch: float
) -> None:
    sent = Picture(seq, t_ms, jpeg, rotate, Attitude(12.5, pitch, -3.0, 0.5, yaw))
    assert unpack(pack(sent)) == sent


def test_glasses_without_a_sensor_send_no_attitude() -> None:
    assert unpack(pack(Picture(1, 5.0, JPEG))).attitude is None


@given(st.binary(max_size=200))
def test_garbage_is_no_picture(garbage: bytes) -> None:
    with pytest.raises(ProtocolError):
        unpack(garbage)


@pytest.mark.parametrize(
    ("at", "kind", "value"),
    [(16, ">H", 45), (8, ">d", math.nan), (8, ">d", -1.0), (8, ">d", math.inf), (0, ">4s", b"SGP2")],
)
def test_a_header_that_cannot_be_is_refused(at: int, kind: str, value: object) -> None:
    message = bytearray(pack(Picture(1, 5.0, JPEG)))
    struct.pack_into(kind, message, at, value)
    with pytest.raises(ProtocolError):
        unpack(bytes(message))


@pytest.mark.parametrize(("at", "value"), [(20, 200.0), (24, math.inf), (20, math.nan)])
def test_an_attitude_that_cannot_be_leaves_the_picture(at: int, value: float) -> None:
    message = bytearray(pack(Picture(1, 5.0, JPEG, attitude=Attitude(0.0, 10.0, 0.0))))
    struct.pack_into(">f", message, at, value)
    assert unpack(bytes(message)) == Picture(1, 5.0, JPEG)


def test_a_sigma_that_is_not_told_is_that_of_a_worn_sensor() -> None:
    message = bytearray(pack(Picture(1, 5.0, JPEG, attitude=Attitude(0.0, 10.0, 0.0, 0.2))))
    struct.pack_into(">f", message, 32, math.nan)
    attitude = unpack(bytes(message)).attitude
    assert attitude is not None
    assert attitude.sigma_deg == SIGMA_DEG


def test_every_message_survives_the_way() -> None:
    for message in (
        Hello(code="123456"),
        Hello(token="t"),
        Knock(),
        Pong(3, 1.5),
        Place(1.0, 1.8e9, 33.2, 131.6, 5.0),
        Heading(1.0, 359.5),
        Pressed(2.0, 3, down=True),
    ):
        assert decode_from_glasses(encode(message)) == message
    for answer in (Welcome("t"), Welcome(), Refused("busy", "ja", "en", 3.0), Ack(5), Ping(6)):
        assert decode_to_glasses(encode(answer)) == answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        "[" * 5000,
        '{"type": "shutdown"}',
        '{"type": "press", "t_ms": 1, "button": 4, "down": true}',
        '{"type": "press", "t_ms": NaN, "button": 1, "down": true}',
        '{"type": "place", "t_ms": 1, "utc_s": 1, "lat": 91, "lon": 0, "accuracy_m": 1}',
        '{"type": "place", "t_ms": 1, "utc_s": 1, "lat": 1, "lon": 0, "accuracy_m": 0}',
        '{"type": "hello", "code": "1", "extra": 1}',
        '{"type": "hello", "code": "' + "1" * 1000 + '"}',
    ],
)
def test_what_the_protocol_does_not_know_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        decode_from_glasses(text)
    assert "\n" not in str(caught.value)


# --- clocks


@given(
    st.floats(-1e6, 1e6), st.lists(st.tuples(st.floats(0, 0.5), st.floats(0, 0.5)), min_size=1, max_size=60)
)
def test_the_clocks_difference_is_within_half_of_the_shortest_way(
    offset_s: float, ways: list[tuple[float, float]]
) -> None:
    clock = ClockMap()
    for n, (there_s, back_s) in enumerate(ways):
        asked_s = float(n)
        clock.learn(asked_s, asked_s + there_s - offset_s, asked_s + there_s + back_s)
    shortest_s = min(there_s + back_s for there_s, back_s in ways[-40:])
    assert clock.error_s == pytest.approx(shortest_s / 2, abs=1e-6)
    assert abs(clock.ours_s(10.0) - (10.0 + offset_s)) <= shortest_s / 2 + 1e-6


def test_two_quick_exchanges_that_differ_by_a_rounding_do_not_contradict_each_other() -> None:
    clock = ClockMap()
    for asked_s, way_s in ((0.0, 0.0), (1.0, 0.5)):
        clock.learn(asked_s, asked_s - 0.00020919477109293395, asked_s + way_s)
    assert clock.error_s == 0.0


def test_a_clock_that_stood_while_the_phone_slept_is_learned_anew() -> None:
    clock = ClockMap()
    clock.learn(10.0, 1.0, 10.01)
    clock.learn(100.0, 31.0, 100.5)  # a minute is missing
    assert clock.ours_s(31.0) == pytest.approx(100.25)


def test_a_picture_is_of_when_it_was_exposed() -> None:
    guest = connected(offset_s=-5000.0)  # the glasses count from another zero
    made = guest.on_picture(Picture(2, 5000_900.0, JPEG, 90, Attitude(5000.88, 12.0, 3.0)), 1.0)
    assert isinstance(made, Jpeg)
    assert made.t_s == pytest.approx(0.9, abs=0.011)
    assert made.rotate_deg == 90
    assert made.attitude is not None
    assert made.attitude.t_s == pytest.approx(0.88, abs=0.011)


def test_a_picture_is_never_of_the_future_and_one_of_long_ago_is_none() -> None:
    guest = connected()
    ahead = guest.on_picture(Picture(1, 5000.0, JPEG), 1.0)
    assert ahead is not None
    assert ahead.t_s == 1.0
    assert guest.on_picture(Picture(2, 0.0, JPEG), 1.9) is not None
    assert guest.on_picture(Picture(3, 0.0, JPEG), 100.0) is None
    assert guest.pictures == 2
    assert not guest.streaming(100.0)  # so that it is told


def test_a_place_of_long_ago_stays_old() -> None:
    (told,) = connected().on_text(Place(0.0, 1.8e9, 33.23, 131.6, 8.0), 9.0)
    assert isinstance(told, PhoneFix)
    assert told.t_s == pytest.approx(0.0, abs=0.011)


def test_a_press_by_a_mistaken_clock_is_of_now() -> None:
    (press,) = connected().on_text(Pressed(0.0, 3, down=True), 100.0)
    assert isinstance(press, Press)
    assert press.t_s == 100.0


def test_before_the_clocks_are_known_no_picture_counts() -> None:
    assert Guest(0.0).on_picture(Picture(1, 0.0, JPEG), 0.1) is None


def test_a_flood_is_thinned_and_then_ended() -> None:
    guest = connected()
    taken = sum(guest.on_picture(Picture(n, 0.0, JPEG), 1.0) is not None for n in range(60))
    assert taken == 30
    for n in range(FLOOD - 31):
        guest.on_picture(Picture(n, 0.0, JPEG), 1.0)
    with pytest.raises(FloodError):
        guest.on_picture(Picture(0, 0.0, JPEG), 1.0)


def test_a_storm_of_texts_ends_the_conversation() -> None:
    guest = connected()
    for n in range(100):
        guest.on_text(Heading(float(n), 1.0), 1.0)
    with pytest.raises(FloodError):
        guest.on_text(Heading(0.0, 1.0), 1.0)


def test_ten_pictures_a_second_are_all_taken() -> None:
    guest = connected()
    assert all(guest.on_picture(Picture(n, n * 100.0, JPEG), n * 0.1) for n in range(1, 600))


def test_who_answers_no_ping_is_silent_though_pictures_come() -> None:
    guest = connected()
    assert not guest.silent(3.9)
    guest.on_picture(Picture(1, 0.0, JPEG), 4.0)
    assert guest.silent(4.1)


def test_an_answer_to_no_ping_is_nothing() -> None:
    guest = Guest(0.0)
    guest.on_text(Pong(77, 0.0), 0.1)
    assert not guest.clock.known


# --- presses, places, headings


def test_presses_come_once_each_way() -> None:
    guest = connected()
    told = [
        told
        for down in (True, True, False, False)
        for told in guest.on_text(Pressed(500.0, 2, down), 1.0)
        if isinstance(told, Press)
    ]
    assert [press.down for press in told] == [True, False]
    assert told[0].t_s == pytest.approx(0.5, abs=0.011)


def test_a_place_becomes_a_fix_of_the_phone() -> None:
    (told,) = connected().on_text(Place(500.0, 1.8e9, 33.23, 131.6, 8.0, course_deg=360.0), 1.0)
    assert isinstance(told, PhoneFix)
    assert told.fix is not None
    assert (told.fix.source, told.fix.course_deg, told.fix.accuracy_m) == ("phone", 0.0, 8.0)


def test_a_compass_is_told_from_true_north_once_the_place_is_known() -> None:
    guest = connected()
    assert guest.on_text(Heading(1.0, 3.0), 1.0) == ()
    guest.on_text(Place(1.0, 1.8e9, 33.2334, 131.6066, 8.0), 1.0)
    (told,) = guest.on_text(Heading(1.0, 3.0), 1.0)
    assert isinstance(told, PhoneFix)
    assert told.heading_deg == pytest.approx(355.8, abs=0.3)
    (true,) = guest.on_text(Heading(1.0, 3.0, north="true"), 1.0)
    assert isinstance(true, PhoneFix)
    assert true.heading_deg == 3.0


def test_the_declination_is_that_of_the_official_chart() -> None:
    # Tokyo and Sapporo on the chart of 2015.0, which is drawn by 10 minutes.
    assert declination_deg(35.68, 139.70) == pytest.approx(-(7 + 20 / 60), abs=0.17)
    assert declination_deg(43.06, 141.35) == pytest.approx(-(9 + 20 / 60), abs=0.17)
    assert declination_deg(59.9, 10.7) is None
    assert true_heading_deg(10.0, 59.9, 10.7) is None


def test_greeting_twice_is_no_conversation() -> None:
    with pytest.raises(ProtocolError):
        connected().on_text(Hello(token="x"), 1.0)
