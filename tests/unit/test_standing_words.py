"""What is always said in the same words: every fault and its end, as the real voice says it."""

from collections.abc import Iterator

import numpy as np
import pytest

from device.announcements import LANGS, AlertKind, Lang
from device.policy import POLICY, Urgency
from device.producers import from_health
from device.sound import PEAK_LIMIT, SPEECH_RMS, seconds, to_wave, voiced_rms
from device.standing_words import always_said, faults_told
from device.voice import VoiceProcess
from vision.faults import FAULTS

# Who walks on meanwhile at 1.0 m/s has gone so far before the sentence is over.
LONGEST_S = 6.0
UNHURRIED_S = 8.0  # of the connection and the record: warnings cut in


def test_every_reason_that_a_part_can_give_is_there() -> None:
    told = {(kind, reason) for kind, _, reason in faults_told()}
    assert {reason for kind, reason in told if kind in (AlertKind.CAMERA_LOST, AlertKind.CAMERA_POOR)} == {
        *FAULTS, "stale", "", "ended", "gave_up",
    }  # fmt: skip
    assert {reason for kind, reason in told if kind is AlertKind.BOARD_POOR} == {"slow", "hot", "low_power"}


def test_every_part_that_can_fail_is_there_with_its_end() -> None:
    kinds = {kind for kind, _, _ in faults_told()}
    for _, part, _ in faults_told():
        for healthy in (False, True):
            assert {told.kind for told in from_health(part, healthy, 0.0)} <= kinds


@pytest.mark.parametrize("lang", LANGS)
def test_each_reason_has_words_of_its_own(lang: Lang) -> None:
    texts = [text for _, text in always_said(lang)]
    assert len(set(texts)) == len(texts)


def test_the_most_urgent_is_made_first() -> None:
    first = [kind for kind, _, _ in faults_told()][:2]
    assert first == [AlertKind.MODEL_LOST, AlertKind.CAMERA_LOST]
    assert always_said("ja")[0] == ("ja", "物を見分ける処理が止まりました。障害物は、お知らせできません。")


@pytest.fixture(scope="module")
def voice() -> Iterator[VoiceProcess]:
    voice = VoiceProcess()
    yield voice
    voice.close()


@pytest.mark.parametrize("lang", LANGS)
def test_each_kind_sounds_is_neither_faint_nor_clipped_nor_long(voice: VoiceProcess, lang: Lang) -> None:
    of_kind = {kind: text for (kind, _, _), (_, text) in zip(faults_told(), always_said(lang), strict=True)}
    for kind, text in of_kind.items():
        pcm = voice.synthesise(text, lang)
        longest_s = LONGEST_S if POLICY[kind].urgency >= Urgency.CAUTION else UNHURRIED_S
        assert 0.5 < seconds(pcm) < longest_s, text
        assert voiced_rms(to_wave(pcm)) == pytest.approx(SPEECH_RMS, rel=0.05), text
        assert float(np.abs(to_wave(pcm)).max()) <= PEAK_LIMIT + 1e-3, text
