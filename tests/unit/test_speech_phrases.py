"""Phrases made ahead: what is in the vocabulary, the file, what is damaged, what was interrupted."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from device.announcements import LANGS, AlertKind, Lang
from device.errors import SpeechError
from device.examples import example, examples
from device.ports import SAMPLE_RATE, Pcm
from device.speech import phrase_making
from device.speech.phrase_making import find_phrases, make_phrases
from device.speech.phrases import PhraseStore, doubled, halved, phrase_file
from device.speech.stored import StoredSynthesis
from device.speech.vocabulary import pieces, vocabulary
from device.standing_words import always_said
from device.synthesis import SyncSynthesis, Voiced, Wanted
from device.words import render
from vision.types import Hazard

FEW = ("止まって。", "正面に自転車。", "3メートル。", "正面に柱、")


class Voice:
    """Says each phrase as a tone as long as its text; `broken`: phrases that it cannot say."""

    def __init__(self, *broken: str) -> None:
        self.said: list[str] = []
        self.broken = set(broken)

    def synthesise(self, text: str, lang: str) -> Pcm:
        if text in self.broken:
            raise SpeechError("cannot say that")
        self.said.append(text)
        at = np.arange(2400 * len(text))
        return np.rint(8000 * np.sin(2 * np.pi * 440 * at / SAMPLE_RATE)).astype(np.int16)

    def spare_in_use(self, lang: str) -> bool:
        return False

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def _few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrase_making, "vocabulary", lambda lang: FEW)


@cache
def everything(lang: Lang) -> frozenset[str]:
    return frozenset(vocabulary(lang))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PhraseStore]:
    make_phrases("ja", tmp_path, Voice())  # type: ignore[arg-type]
    store = PhraseStore(phrase_file(tmp_path, "ja"), "ja")
    yield store
    store.close()
    store.close()


def test_a_sentence_is_cut_where_the_voice_pauses() -> None:
    assert pieces("止まって。正面に自転車、3メートル。", "ja") == (
        "止まって。",
        "正面に自転車、",
        "3メートル。",
    )
    assert pieces("Stop! Pole ahead, 3.5 metres.", "en") == ("Stop!", "Pole ahead,", "3.5 metres.")
    assert pieces("", "ja") == ()


@pytest.mark.parametrize("lang", LANGS)
def test_the_vocabulary_has_every_fault_and_the_example_of_every_kind(lang: Lang) -> None:
    words = everything(lang)
    texts = [text for _, text in always_said(lang)] + [render(each, lang).speech for each in examples()]
    for text in texts:
        assert words >= set(pieces(text, lang)), text
    assert 500 < len(words) < 4000


@pytest.mark.parametrize("lang", LANGS)
def test_the_vocabulary_has_a_warning_that_is_no_example(lang: Lang) -> None:
    warning = example(AlertKind.STOP_NOW)
    assert isinstance(warning.params, Hazard)
    words = everything(lang)
    for bearing, metres, score in ((-40.0, 2.0, 0.7), (15.0, 5.5, 0.5), (0.0, 0.8, 0.2)):
        told = replace(warning.params, bearing_deg=bearing, distance_m=metres, score=score)
        for kind in (AlertKind.STOP_NOW, AlertKind.OBSTACLE_AHEAD, AlertKind.OBSTACLE_DETAIL):
            text = render(replace(warning, kind=kind, params=told), lang).speech
            assert words >= set(pieces(text, lang)), text


def test_half_the_rate_and_back_keeps_what_a_voice_says() -> None:
    at = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    for hz in (200.0, 1000.0, 4000.0, 8000.0):
        tone = np.rint(8000 * np.sin(2 * np.pi * hz * at)).astype(np.int16)
        back = doubled(halved(tone))
        assert len(back) == len(tone)
        wrong = back[200:-200].astype(float) - tone[200:-200]
        assert np.sqrt(np.square(wrong).mean()) < 0.02 * 8000, hz


def test_a_sentence_is_put_together_with_its_pauses(store: PhraseStore) -> None:
    pcm = store.get("止まって。正面に自転車。")
    assert pcm is not None
    assert len(pcm) == 2400 * (5 + 7) + round(0.16 * SAMPLE_RATE)
    assert store.get("止まって。正面に馬。") is None
    assert store.get("") is None


def test_what_is_damaged_on_the_disk_is_not_said(store: PhraseStore, tmp_path: Path) -> None:
    path = phrase_file(tmp_path, "ja")
    data = bytearray(path.read_bytes())
    data[-100] ^= 0xFF  # in the last phrase
    path.write_bytes(bytes(data))
    fresh = PhraseStore(path, "ja")
    assert fresh.get("正面に柱、") is None
    assert fresh.damaged == {"正面に柱、"}
    assert fresh.get("止まって。") is not None
    fresh.close()
    found = find_phrases("ja", tmp_path)
    assert (found.present, found.damaged, found.good) == (3, ("正面に柱、",), False)


def test_a_disk_that_fails_while_reading_is_no_crash(store: PhraseStore, tmp_path: Path) -> None:
    with phrase_file(tmp_path, "ja").open("r+b") as file:
        file.truncate(600)
    assert store.get("3メートル。") is None


@pytest.mark.parametrize("data", [b"", b"SHIRUBE", b"x" * 500, b"SHIRUBE-PHRASES 1\n" + b"\xff" * 40])
def test_a_file_that_is_none_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "ja.phrases"
    path.write_bytes(data)
    with pytest.raises(SpeechError, match="phrases render"):
        PhraseStore(path, "ja")
    assert "No such file" in find_phrases("ja", tmp_path).fault


def test_making_again_makes_nothing_and_a_changed_voice_makes_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = Voice()
    seen: list[tuple[int, int]] = []
    first = make_phrases("ja", tmp_path, voice, lambda *each: seen.append(each))  # type: ignore[arg-type]
    assert (first.phrases, first.new, first.failed) == (4, 4, ())
    assert seen[-1] == (4, 4)
    assert find_phrases("ja", tmp_path).good
    assert make_phrases("ja", tmp_path, voice).new == 0  # type: ignore[arg-type]
    monkeypatch.setattr(phrase_making, "voice_version", lambda lang: "another")
    assert find_phrases("ja", tmp_path).stale
    assert make_phrases("ja", tmp_path, voice).new == 4  # type: ignore[arg-type]


class InterruptedVoice(Voice):
    def synthesise(self, text: str, lang: str) -> Pcm:
        if text == FEW[2]:
            raise KeyboardInterrupt
        return super().synthesise(text, lang)


def test_what_was_interrupted_goes_on_and_a_cut_off_record_is_dropped(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        make_phrases("ja", tmp_path, InterruptedVoice())  # type: ignore[arg-type]
    assert not phrase_file(tmp_path, "ja").exists()
    part = phrase_file(tmp_path, "ja").with_suffix(".part")
    part.write_bytes(part.read_bytes()[:-7])
    voice = Voice()
    assert make_phrases("ja", tmp_path, voice).new == 3  # type: ignore[arg-type]
    assert voice.said == list(FEW[1:])
    assert not part.exists()
    store = PhraseStore(phrase_file(tmp_path, "ja"), "ja")
    assert all(store.get(text) is not None for text in FEW)
    store.close()


def test_one_phrase_that_cannot_be_said_is_told_and_the_rest_is_made(tmp_path: Path) -> None:
    made = make_phrases("ja", tmp_path, Voice(FEW[1]))  # type: ignore[arg-type]
    assert (made.phrases, made.failed) == (3, ((FEW[1], "cannot say that"),))
    assert find_phrases("ja", tmp_path).missing == (FEW[1],)


class BusyVoice(Voice):
    """Fails at each phrase the first time."""

    def synthesise(self, text: str, lang: str) -> Pcm:
        if text not in self.broken:
            self.broken.add(text)
            raise SpeechError("not in time")
        self.said.append(text)
        return np.full(4800, 900, np.int16)


def test_what_failed_once_is_tried_again(tmp_path: Path) -> None:
    made = make_phrases("ja", tmp_path, BusyVoice())  # type: ignore[arg-type]
    assert (made.phrases, made.new, made.failed) == (4, 4, ())


def test_helpers_make_the_same_in_the_same_order(tmp_path: Path) -> None:
    one, both = tmp_path / "one", tmp_path / "both"
    voices = [Voice() for _ in range(3)]
    make_phrases("ja", one, Voice())  # type: ignore[arg-type]
    made = make_phrases("ja", both, voices[0], helpers=voices[1:])  # type: ignore[arg-type]
    assert made.new == 4
    assert phrase_file(one, "ja").read_bytes() == phrase_file(both, "ja").read_bytes()
    assert sorted(text for voice in voices for text in voice.said) == sorted(FEW)


def test_without_any_voice_it_gives_up_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = tuple(f"{number}。" for number in range(100))
    monkeypatch.setattr(phrase_making, "vocabulary", lambda lang: many)
    with pytest.raises(SpeechError, match="cannot say that"):
        make_phrases("ja", tmp_path, Voice(*many))  # type: ignore[arg-type]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "phrases").write_text("")
    with pytest.raises(SpeechError, match="free space"):
        make_phrases("ja", tmp_path, Voice())  # type: ignore[arg-type]


# --- words from the disk before words of the voice


def wanted(*texts: tuple[Lang, str]) -> Wanted:
    return Wanted(1, texts)


def asked(synthesis: StoredSynthesis, what: Wanted) -> Voiced:
    synthesis.ask(what)
    made = synthesis.poll()
    assert made is not None
    return made


def test_what_is_stored_is_there_at_once_and_the_voice_is_not_asked(store: PhraseStore) -> None:
    voice = Voice()
    synthesis = StoredSynthesis({"ja": store}, SyncSynthesis(voice))
    made = asked(synthesis, wanted(("ja", "止まって。正面に自転車。"), ("en", "Stop!")))
    assert (made.lang, made.fresh, voice.said) == ("ja", False, [])
    assert asked(synthesis, wanted(("ja", "大分駅。"))).fresh
    assert voice.said == ["大分駅。"]
    assert len(asked(synthesis, wanted(("ja", ""))).pcm) == 0  # the earcon says it


def test_without_a_voice_the_other_language_s_store_speaks(store: PhraseStore) -> None:
    synthesis = StoredSynthesis({"ja": store}, SyncSynthesis(Voice("Stop!", "止まって。", "Go.", "行け。")))
    made = asked(synthesis, wanted(("en", "Stop!"), ("ja", "止まって。")))
    assert (made.lang, made.faults) == ("ja", ("cannot say that", "cannot say that"))
    assert asked(synthesis, wanted(("en", "Go."), ("ja", "行け。"))).lang is None
