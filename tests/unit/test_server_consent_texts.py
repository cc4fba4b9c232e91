"""The texts that are consented to: what they say, that they can be heard, and that none is changed."""

import array
import re
import wave
from pathlib import Path

import pytest

from server import commands_privacy, consent_texts
from server.consent import Purpose
from server.consent_sound import fault_of, faults
from server.consent_texts import Lang, current_text, every_text
from server.errors import NotFound, SettingsError

TEXTS = [text for text in every_text() if text.version != "2026-11"]  # the older ones came from a page


# What was ever shown stays as it was: a changed text needs a version, and a line here, of its own.
SHOWN = {
    ("live_sharing", "2026-11", "ja"): "cb9604c23d561e9a",
    ("live_sharing", "2026-11", "en"): "a605b2d429f982c5",
    ("live_sharing", "2026-12", "ja"): "d2ccbe5d44471b12",
    ("live_sharing", "2026-12", "en"): "cd6a1cc4696f8a91",
    ("trial_research", "2026-11", "ja"): "ffff3ac7a6f9f2e9",
    ("trial_research", "2026-11", "en"): "693b4b6e2f37ebfc",
    ("trial_research", "2026-12", "ja"): "91e1b3e26fc71e4e",
    ("trial_research", "2026-12", "en"): "0928023b5f558178",
    ("model_improvement", "2026-12", "ja"): "fa353f244ae9b1fc",
    ("model_improvement", "2026-12", "en"): "281f63d94bcc5c5f",
    ("emergency_sharing", "2026-12", "ja"): "0fe02751d019c28c",
    ("emergency_sharing", "2026-12", "en"): "692feca4e6c8c5a0",
}


# The texts


def test_no_text_was_ever_changed_under_its_version() -> None:
    assert {(text.purpose, text.version, text.lang): text.sha256[:16] for text in every_text()} == SHOWN


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text.purpose}-{text.lang}")
def test_a_text_is_made_to_be_heard(text: consent_texts.Text) -> None:
    for line in text.spoken:
        assert not re.search(r"[()（）\[\]*_#/:;]", line), line
        for sentence in re.split(r"(?<=[。.?])\s*", line):
            assert len(sentence) <= (60 if text.lang == "ja" else 120), sentence


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text.purpose}-{text.lang}")
def test_a_text_says_all_that_a_person_must_know(text: consent_texts.Text) -> None:
    whole = " ".join(text.spoken)
    needed = (
        ("だれが見ますか", "特に注意のいる個人情報", "先に同意したときだけ", "いつでもやめられます",
         "理由はいりません", "断っても、道案内と警告はこれまでどおり使えます", "不利益もありません")
        if text.lang == "ja"
        else ("Who sees", "needs special care", "only if you agree beforehand", "stop at any time",
              "without a reason", "Guidance and warnings work as before", "no other disadvantage")
    )  # fmt: skip
    for words in needed:
        assert words in whole, words
    if text.purpose != "model_improvement":
        assert ("長くても90日" if text.lang == "ja" else "90 days at the latest") in whole
        assert ("30日のうちに" if text.lang == "ja" else "within another 30 days") in whole


def test_both_languages_have_the_same_paragraphs() -> None:
    for text in TEXTS:
        other = consent_texts.text_of(text.purpose, text.version, "en" if text.lang == "ja" else "ja")
        assert len(text.paragraphs) == len(other.paragraphs), text.purpose


def test_every_purpose_has_a_text_and_no_other() -> None:
    assert tuple(purpose.value for purpose in Purpose) == consent_texts.purposes()
    with pytest.raises(NotFound):
        consent_texts.versions("advertising")
    with pytest.raises(NotFound):
        consent_texts.text_of("live_sharing", "1999-01", "ja")


def test_a_text_that_was_changed_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    one = consent_texts._Version("2026-12", (), {"ja": "0" * 64, "en": "0" * 64})
    monkeypatch.setattr(consent_texts, "_manifest", lambda: {"model_improvement": (one,)})
    consent_texts.text_of.cache_clear()
    with pytest.raises(SettingsError, match="version of its own"):
        consent_texts.text_of("model_improvement", "2026-12", "ja")
    consent_texts.text_of.cache_clear()


def sound(path: Path, seconds: float, loud: float = 0.1) -> None:
    """A hum of 8 kHz."""
    hum = array.array("h", [round(32767 * loud * (-1) ** (n // 20)) for n in range(round(8000 * seconds))])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(hum.tobytes())


def seconds_of(sentences: tuple[str, ...], lang: str) -> float:
    """As the product's voice needs for them."""
    return sum(map(len, sentences)) / (6.0 if lang == "ja" else 14.0)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_recording_that_cannot_be_its_text_is_refused(tmp_path: Path, lang: Lang) -> None:
    text, path = current_text("emergency_sharing", lang), tmp_path / "one.wav"
    whole_s = seconds_of(text.spoken, lang)
    sound(path, whole_s)
    assert fault_of(path, text) is None
    sound(path, whole_s / 3.0)  # the voice stopped in the middle
    assert "cannot be" in (fault_of(path, text) or "")
    sound(path, whole_s, 0.0)
    assert fault_of(path, text) == "silent"
    path.write_bytes(path.read_bytes()[:30])
    assert "cannot be read" in (fault_of(path, text) or "")


def test_a_voice_that_fails_leaves_no_recording(tmp_path: Path) -> None:
    def speak(_sentences: tuple[str, ...], _lang: str, path: Path) -> None:
        sound(path, 0.5)

    with pytest.raises(SettingsError, match="did not say"):
        commands_privacy.record_consents(speak, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_lacks_a_text_of_now_is_found(tmp_path: Path) -> None:
    def speak(sentences: tuple[str, ...], lang: str, path: Path) -> None:
        sound(path, seconds_of(sentences, lang))

    commands_privacy.record_consents(speak, tmp_path)
    assert list(faults(tmp_path)) == []
    gone = current_text("live_sharing", "en").audio_name
    (tmp_path / gone).unlink()
    assert list(faults(tmp_path)) == [(gone, "is not there")]


def test_recordings_are_named_by_their_text(tmp_path: Path) -> None:
    said: list[tuple[tuple[str, ...], str]] = []

    def speak(sentences: tuple[str, ...], lang: str, path: Path) -> None:
        said.append((sentences, lang))
        sound(path, seconds_of(sentences, lang))

    made = commands_privacy.record_consents(speak, tmp_path)
    assert len(made) == len(every_text()) == len(said)
    assert {path.name for path in tmp_path.iterdir()} == {text.audio_name for text in every_text()}
    made[0].unlink()
    assert commands_privacy.record_consents(speak, tmp_path) == (made[0],)
