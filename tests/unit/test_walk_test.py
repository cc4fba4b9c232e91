"""What `shirube device walk-test` measures by: a recording's clock, sounds in it, memory by part."""

from collections.abc import Sequence

import numpy as np
import pytest

from device.chaos.costs import Look, Process, labels, memory_of, process_of, shares
from device.chaos.heard import Heard, cuts_s, listened, overlap_s, unexplained
from device.chaos.hearing import Recording, alignment, clipped, dbfs, followed, found, sounding
from device.chaos.monitor import click
from device.chaos.walk import corrected
from device.earcons import earcon
from device.policy import Earcon
from device.ports import SAMPLE_RATE, Pcm
from device.run_format import Moment, Said
from device.sound import seconds
from wire.trip import Announced

BEGAN_S = 100.0


def recording(sounds: Sequence[tuple[float, Pcm]], length_s: float = 8.0) -> Recording:
    """`sounds` at their monotonic seconds, in silence."""
    samples = np.zeros((round(length_s * SAMPLE_RATE), 2), np.int16)
    for at_s, pcm in sounds:
        first = round((at_s - BEGAN_S) * SAMPLE_RATE)
        samples[first : first + len(pcm)] = pcm[:, np.newaxis]
    return Recording(samples, BEGAN_S)


def speech(length_s: float, seed: int) -> Pcm:
    """Noise with syllables: like nothing but itself."""
    count = round(length_s * SAMPLE_RATE)
    noise = np.random.default_rng(seed).normal(0.0, 4000.0, count)
    syllables = 0.55 + 0.45 * np.sin(2.0 * np.pi * 4.0 * np.arange(count) / SAMPLE_RATE)
    return np.clip(noise * syllables, -30000, 30000).astype(np.int16)


WORDS = {"止まって。": speech(1.2, 1), "右です。": speech(2.0, 2), "道です。": speech(2.0, 3)}


def said(at_s: float, number: int, kind: str, text: str) -> Moment[Said]:
    return Moment(at_s, Said(utterance=number, kind=kind, urgency="info", text_ja=text, text_en="x"))


# --- the clock


def test_blocks_that_come_late_do_not_move_the_recordings_beginning() -> None:
    late_s = (0.03, 0.0, 0.2, 0.01, 0.0, 0.5, 0.02, 0.0, 0.1)
    arrivals = [(BEGAN_S + (n + 1) * 0.1 + late, (n + 1) * 4800) for n, late in enumerate(late_s)]
    began_s, slip_s = alignment(arrivals)
    assert began_s == pytest.approx(BEGAN_S)
    assert slip_s == pytest.approx(0.0, abs=1e-9)


def test_samples_that_were_lost_show_as_drift() -> None:
    arrivals = [(BEGAN_S + (n + 1) * 0.1, (n + 1) * 4800 - (2400 if n > 5 else 0)) for n in range(12)]
    assert alignment(arrivals)[1] == pytest.approx(0.05)


def test_a_click_that_seems_to_come_before_it_was_sent_corrects_the_clock() -> None:
    assert corrected(recording([]), (0.02, -0.004)).began_s == pytest.approx(BEGAN_S + 0.004)
    assert corrected(recording([]), (0.02, 0.03)).began_s == BEGAN_S
    assert corrected(recording([]), ()).began_s == BEGAN_S


# --- sounds


def test_a_sound_is_found_to_the_sample_also_when_it_is_soft_and_beside_others() -> None:
    tape = recording([(101.0, speech(2.0, 9)), (103.5, (click() * 0.3).astype(np.int16))])
    match = found(tape, click(), 102.0, 105.0)
    assert match.at_s == pytest.approx(103.5, abs=1.5 / SAMPLE_RATE)
    assert match.alike > 0.8
    assert found(tape, click(), 101.0, 102.0).alike < 0.4


def test_silence_parts_two_sounds_and_a_short_one_does_not() -> None:
    tape = recording([(101.0, speech(0.5, 1)), (101.7, speech(0.5, 2)), (104.0, speech(1.0, 3))])
    spans = sounding(tape)
    assert [round(from_s, 1) for from_s, _ in spans] == [101.0, 104.0]
    assert spans[0][1] == pytest.approx(102.2, abs=0.02)
    assert sounding(recording([])) == ()


def test_silence_put_into_a_sentence_is_a_hole_and_other_words_are_not_the_same() -> None:
    words = speech(2.0, 4)
    half = len(words) // 2
    tape = recording([(101.0, words[:half]), (102.1, words[half:])])
    share, hole_s = followed(tape, words, 101.0)
    assert share > 0.85
    assert hole_s == pytest.approx(0.1, abs=0.005)
    assert followed(tape, speech(2.0, 5), 101.0)[0] < 0.2


def test_levels_are_of_full_scale_and_clipping_is_counted() -> None:
    half = np.full(SAMPLE_RATE, 16384, np.int16)
    tape = recording([(101.0, half)])
    assert dbfs(tape.part(101.0, 102.0)) == pytest.approx(-6.0, abs=0.1)
    assert dbfs(tape.part(103.0, 104.0)) == -120.0
    assert clipped(tape) == 0
    assert clipped(recording([(101.0, np.full(7, -32768, np.int16))])) == 7


# --- utterances


def test_an_utterance_is_heard_with_its_earcon_and_its_words() -> None:
    cue = earcon(Earcon.INFO)
    tape = recording([(101.06, np.concatenate([cue, WORDS["道です。"]]))])
    (one,) = listened([said(101.0, 1, "phone_back", "道です。")], {1: 103.3}, tape, WORDS.get)
    assert one.earcon == "info"
    assert one.late_s == pytest.approx(0.06, abs=0.001)
    assert one.words_s == pytest.approx(101.06 + seconds(cue), abs=0.001)
    assert one.right
    assert one.finished


def test_wrong_words_and_no_sound_are_told() -> None:
    cue = earcon(Earcon.INFO)
    tape = recording([(101.06, np.concatenate([cue, WORDS["右です。"]]))])
    told = [said(101.0, 1, "phone_back", "道です。"), said(105.0, 2, "phone_back", "右です。")]
    wrong, silent = listened(told, {1: 103.3, 2: 107.0}, tape, WORDS.get)
    assert wrong.right is False
    assert silent.earcon_s is None
    assert silent.late_s is None


def test_the_end_of_what_was_cut_is_measured_from_the_decision() -> None:
    cue = earcon(Earcon.INFO)
    old = np.concatenate([cue, WORDS["道です。"]])[: round(1.03 * SAMPLE_RATE)]
    new = np.concatenate([cue, WORDS["右です。"]])
    tape = recording([(101.0, old), (102.07, new)])
    told = [said(100.95, 1, "phone_back", "道です。"), said(102.0, 2, "camera_back", "右です。")]
    heard = listened(told, {2: 104.3}, tape, WORDS.get)
    assert all(one.right for one in heard)
    ((old_kind, new_kind, after_s),) = cuts_s(heard, tape)
    assert (old_kind, new_kind) == ("phone_back", "camera_back")
    assert after_s == pytest.approx(0.03, abs=0.002)


def test_a_sound_that_nobody_decided_on_is_unexplained() -> None:
    one = Heard(1, "phone_back", "", 101.0, 103.0, finished=True)
    assert unexplained(((101.1, 103.1), (105.0, 106.0)), [one]) == ((105.0, 106.0),)


def announced(from_s: float | None, to_s: float | None) -> Announced:
    return Announced(
        kind="camera_lost", key="camera", urgency="caution", outcome="spoken", text_ja="あ", text_en="a",
        created_s=1.0, started_s=from_s, ended_s=to_s,
    )  # fmt: skip


def test_two_announcements_at_once_overlap() -> None:
    apart = [announced(1.0, 2.0), announced(2.0, 3.0), announced(None, None)]
    assert overlap_s(apart) == 0.0
    assert overlap_s([*apart, announced(2.5, 4.0)]) == pytest.approx(0.5)


# --- memory and processor


def test_memory_and_processor_time_are_read_from_what_linux_writes() -> None:
    rollup = "55d0-7ffe ---p 0 0:0 0 [rollup]\nRss:  20480 kB\nPss:  10240 kB\nPss_Anon: 1 kB\n"
    assert memory_of(rollup) == (10.0, 20.0)
    one = process_of(
        "42 (sh-a) b (c) S 7 42 42 0 -1 0 0 0 0 0 150 50 30 20 0 0 0\n".replace("sh-a) b", "sh-a b")
    )
    assert (one.name, one.parent) == ("sh-a b (c", 7)
    assert one.own_s == pytest.approx(2.0, rel=0.5)  # of ticks, of which Linux has 100 a second


def test_each_process_is_counted_to_the_part_that_started_it() -> None:
    tree = {
        1: Process("init", 0, 0.0, 0.0),
        10: Process("python", 1, 0.0, 0.0),
        11: Process("sh-speech", 10, 0.0, 0.0),
        12: Process("sh-eyes", 10, 0.0, 0.0),
        13: Process("paplay", 11, 0.0, 0.0),
        14: Process("helper", 13, 0.0, 0.0),
        20: Process("other", 1, 0.0, 0.0),
    }
    assert labels(tree, 10) == {
        10: "supervisor", 11: "speech", 12: "eyes", 13: "speech: paplay", 14: "speech: helper",
    }  # fmt: skip


def test_processor_shares_are_of_one_core() -> None:
    first, last = Look({}, {}, {"eyes": 4.0}), Look({}, {}, {"eyes": 9.0, "log": 1.0})
    assert shares(first, last, 10.0) == {"eyes": 0.5, "log": 0.1}
