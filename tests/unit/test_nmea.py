from datetime import UTC, datetime
from pathlib import Path

import pytest

from device.accuracy import from_axes_95, from_hdop, from_radius_95, from_sigmas
from device.clocks import VirtualClock
from device.errors import PositionError
from device.nmea import NmeaParser, as_written, sentences
from device.nmea_fields import checksum
from device.nmea_source import NmeaFileSource, TimedFixes, read_fixes
from wire.position import Fix

RMC = "GNRMC,022745.00,A,3313.97100,N,13136.39600,E,2.100,359.10,221126,,,A"
GGA = "GNGGA,022745.00,3313.97100,N,13136.39600,E,1,12,0.90,12.0,M,30.0,M,,"
GST = "GNGST,022745.00,20,4.0,3.0,10.0,3.0,4.0,6.0"
FIX = Fix(
    utc_s=1_795_314_465.25,
    lat=33.23285,
    lon=131.6066,
    accuracy_m=7.5,
    speed_mps=1.2,
    course_deg=12.5,
    source="replay",
)


def line(body: str) -> str:
    return f"${body}*{checksum(body):02X}\r\n"


def feed(parser: NmeaParser, *bodies: str) -> list[Fix]:
    return [fix for body in bodies if (fix := parser.feed(line(body))) is not None]


def test_one_epoch_gives_one_fix() -> None:
    parser = NmeaParser()
    (fix,) = feed(parser, RMC, GGA, GST)
    assert fix.utc_s == datetime(2026, 11, 22, 2, 27, 45, tzinfo=UTC).timestamp()
    assert fix.lat == pytest.approx(33.23285, abs=1e-8)
    assert fix.lon == pytest.approx(131.60660, abs=1e-8)
    assert fix.speed_mps == pytest.approx(1.0803, abs=1e-4)
    assert fix.course_deg == 359.1
    assert fix.accuracy_m == pytest.approx(1.5096 * 12.5**0.5, abs=1e-3)  # sigmas 3 and 4 m
    assert parser.faults == {}


@pytest.mark.parametrize("talker", ["GP", "GN", "GL", "GA", "GB", "BD", "QZ", "GQ"])
def test_every_talker_is_understood(talker: str) -> None:
    assert feed(NmeaParser(), *(talker + body[2:] for body in (RMC, GGA, GST)))


def test_south_and_west_are_negative() -> None:
    (fix,) = feed(NmeaParser(), *(b.replace(",N,", ",S,").replace(",E,", ",W,") for b in (RMC, GGA)), GST)
    assert (fix.lat, fix.lon) == (pytest.approx(-33.23285), pytest.approx(-131.6066))


def test_without_gst_accuracy_comes_from_hdop_and_the_cycle_is_learned() -> None:
    parser = NmeaParser()
    second = [body.replace("022745", "022746") for body in (RMC, GGA)]
    third = [body.replace("022745", "022747") for body in (RMC, GGA)]
    assert feed(parser, RMC, GGA) == []  # GST might still come
    (late,) = feed(parser, second[0])
    assert late.accuracy_m == pytest.approx(0.9 * 7.1 * 1.5096 / 2**0.5, abs=1e-3)
    assert len(feed(parser, second[1])) == 1  # from now on at once
    assert [len(feed(parser, body)) for body in third] == [0, 1]


def test_zda_tells_the_date_where_rmc_does_not_come() -> None:
    parser = NmeaParser()
    zda = "GNZDA,235959.00,21,11,2026,00,00"
    assert feed(parser, GGA.replace("022745", "235958")) == []
    assert feed(parser, GGA.replace("022745", "235959"), zda) == []
    (fix,) = feed(parser, "GNZDA,000000.00,22,11,2026,00,00", GGA.replace("022745", "000000"))
    assert fix.utc_s == datetime(2026, 11, 22, tzinfo=UTC).timestamp(), (
        "once, though the date told of midnight"
    )
    (fix,) = feed(parser, GGA.replace("022745", "000001"))
    assert fix.utc_s == datetime(2026, 11, 22, 0, 0, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "date", ["32,11,2026", "21,13,2026", "21,11,26", "21,11,1979", "²1,11,2026", "21,11,"]
)
def test_a_date_that_is_none_is_counted(date: str) -> None:
    parser = NmeaParser()
    assert feed(parser, f"GNZDA,022745.00,{date},00,00") == []
    assert sum(parser.faults.values()) == 1


def test_now_and_then_a_zda_holds_nothing_up() -> None:
    parser = NmeaParser()
    feed(parser, RMC, GGA, GST)
    second = [body.replace("022745", "022746") for body in (RMC, GGA, GST)]
    assert len(feed(parser, second[0], "GNZDA,022746.00,22,11,2026,00,00", *second[1:])) == 1
    third = [body.replace("022745", "022747") for body in (RMC, GGA, GST)]
    assert [len(feed(parser, body)) for body in third] == [0, 0, 1]


def test_too_few_satellites_are_told_from_nothing() -> None:
    parser = NmeaParser()
    feed(parser, RMC, GGA, GST)
    assert not parser.blind
    feed(
        parser,
        "GNRMC,022746.00,V,,,,,,,221126,,,N",
        GGA.replace("022745", "022746").replace("E,1,", "E,0,"),
        GST,
    )
    assert parser.blind


def test_gsa_and_vtg_fill_what_the_others_leave_out() -> None:
    rmc = RMC.replace("2.100,359.10", ",")
    gga = GGA.replace(",0.90,", ",,")
    gsa = "GNGSA,A,3,29,20,18,16,51,13,44,26,,,,,2.10,1.50,1.40"
    vtg = "GNVTG,12.50,T,,M,2.000,N,3.704,K,A"
    (fix,) = feed(NmeaParser(), rmc, gsa, vtg, gga, GST.replace(",3.0,4.0,6.0", ",,,"))
    assert fix.accuracy_m == pytest.approx(from_hdop(1.5), abs=1e-3)
    assert fix.speed_mps == pytest.approx(1.0289, abs=1e-4)
    assert fix.course_deg == 12.5


@pytest.mark.parametrize(
    "bodies",
    [
        (RMC.replace(",A,3313", ",V,3313"), GGA, GST),
        (RMC, GGA.replace(",E,1,", ",E,0,"), GST),
        (RMC, GGA.replace(",E,1,", ",E,6,"), GST),  # dead reckoning
        (RMC, GGA.replace(",E,1,", ",E,8,"), GST),  # simulator
        (RMC[:-1] + "E", GGA, GST),
        ("GNRMC,,V,,,,,,,,,,N", "GNGGA,,,,,,0,00,99.99,,,,,,"),
    ],
)
def test_no_measured_fix_gives_none(bodies: tuple[str, ...]) -> None:
    parser = NmeaParser()
    assert feed(parser, *bodies) == []
    assert parser.flush() is None


def test_date_rolls_over_at_midnight_before_rmc_says_so() -> None:
    parser = NmeaParser()
    feed(parser, *(body.replace("022745", "235959") for body in (RMC, GGA, GST)))
    assert feed(parser, *(body.replace("022745", "000000") for body in (GGA, GST))) == []
    fix = parser.flush()
    assert fix is not None
    assert fix.utc_s == datetime(2026, 11, 23, tzinfo=UTC).timestamp()


def test_without_a_date_there_is_no_fix() -> None:
    parser = NmeaParser()
    assert feed(parser, GGA, GST) == []
    assert parser.flush() is None
    assert parser.faults == {"no date": 1}


def test_a_standing_receiver_has_no_course() -> None:
    (fix,) = feed(NmeaParser(), RMC.replace("2.100,359.10", "0.000,0.00"), GGA, GST)
    assert (fix.speed_mps, fix.course_deg) == (0.0, None)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("$GNRMC,022745.00,A*00", "wrong checksum"),
        ("$GNRMC,022745.00,A", "not a sentence"),
        ("hello", "not a sentence"),
        (b"\xff\xfe$\x00", "not a sentence"),
        ("$" + "x" * 500, "too long"),
        (line("GNRMC,022745.00,A"), "too few fields"),
        (line(RMC.replace("022745", "252745")), "bad time"),
        (line(RMC.replace("221126", "320126")), "bad date"),
        (line(RMC.replace("3313.97100", "3363.97100")), "bad position"),
        (line(RMC.replace("3313.97100", "9913.97100")), "bad position"),
        (line(RMC.replace(",E,", ",X,")), "bad position"),
        (line(RMC.replace("2.100", "-2.100")), "bad number"),
        (line(RMC.replace("2.100", "nan")), "bad number"),
        (line(RMC.replace(",A,3313", ",B,3313")), "bad status"),
    ],
)
def test_damage_is_counted_by_reason(bad: str | bytes, reason: str) -> None:
    parser = NmeaParser()
    assert parser.feed(bad) is None
    assert parser.faults == {reason: 1}


@pytest.mark.parametrize(
    "other", ["", "\r\n", "# comment", line("GPTXT,01,01,02,hi"), line("PGRME,15.0,M"), "!AIVDM,1,1,,A,x*26"]
)
def test_what_tells_no_position_is_no_fault(other: str) -> None:
    parser = NmeaParser()
    assert parser.feed(other) is None
    assert parser.faults == {}


def test_a_whole_sentence_after_a_torn_one_is_heard() -> None:
    parser = NmeaParser()
    assert parser.feed("$GNRMC,0227" + line(RMC)) is None
    assert len(feed(parser, GGA, GST)) == 1


def test_the_zero_position_is_a_default_and_not_a_place() -> None:
    parser = NmeaParser()
    zero = ("0000.00000", "00000.00000")
    bodies = (b.replace("3313.97100", zero[0]).replace("13136.39600", zero[1]) for b in (RMC, GGA))
    assert feed(parser, *bodies, GST) == []
    assert parser.faults == {"zero position": 1}


def test_sentences_come_back_as_the_same_fix() -> None:
    for sentence in sentences(FIX):
        assert len(sentence) <= 82 - 2
    back = as_written(FIX)
    assert back.utc_s == FIX.utc_s
    assert back.lat == pytest.approx(FIX.lat, abs=1e-7)
    assert back.lon == pytest.approx(FIX.lon, abs=1e-7)
    assert back.accuracy_m == pytest.approx(FIX.accuracy_m, abs=2e-3)
    assert back.speed_mps == pytest.approx(FIX.speed_mps, abs=1e-3)
    assert back.course_deg == FIX.course_deg
    assert as_written(back) == back  # written again, nothing moves


def test_accuracy_conversions_agree_on_a_circular_error() -> None:
    assert from_sigmas(1.0, 1.0) == pytest.approx(1.5096, abs=1e-4)
    assert from_axes_95(1.96, 1.96) == pytest.approx(from_sigmas(1.0, 1.0))
    assert from_radius_95(2.4477) == pytest.approx(from_sigmas(1.0, 1.0), abs=1e-3)
    assert from_hdop(None) > from_hdop(2.0)


def test_file_source_replays_at_the_logs_own_pace(tmp_path: Path) -> None:
    log = tmp_path / "walk.nmea"
    fixes = [Fix(utc_s=FIX.utc_s + n, lat=33.2 + n * 1e-5, lon=131.6, accuracy_m=5.0) for n in range(4)]
    log.write_text("".join(s + "\r\n" for fix in fixes for s in sentences(fix)))
    clock = VirtualClock(0.0)
    clock.advance_to(100.0)
    source = NmeaFileSource(log, clock)
    assert [fix.utc_s for fix in source.poll()] == [FIX.utc_s]
    assert source.poll() == ()
    clock.advance_to(102.5)
    assert [fix.utc_s for fix in source.poll()] == [FIX.utc_s + 1, FIX.utc_s + 2]
    source.close()
    source.close()
    clock.advance_to(200.0)
    assert source.poll() == ()


def test_file_source_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(PositionError, match="cannot be read"):
        read_fixes(tmp_path / "missing.nmea")
    empty = tmp_path / "empty.nmea"
    empty.write_text("no sentences here\n")
    with pytest.raises(PositionError, match="holds no position fix"):
        NmeaFileSource(empty, VirtualClock(0.0))


def test_timed_fixes_wait_for_their_second() -> None:
    clock = VirtualClock(0.0)
    source = TimedFixes([(1.0, FIX)], clock)
    assert source.poll() == ()
    clock.advance_to(1.0)
    assert source.poll() == (FIX,)
