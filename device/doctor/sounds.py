"""Speaker, voices, phrases: facts to findings. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

from device.announcements import Lang
from device.doctor.findings import Fact, Finding, Level
from device.doctor.reasons import reason
from device.speech.phrase_making import Found

Ear = Literal["", "monitor", "microphone"]


@dataclass(frozen=True, slots=True)
class SpeakerFacts:
    """`fault`: why nothing was played. `ear`: what listened for it; `heard` None: nobody could listen."""

    speaker: str
    fault: str = ""
    ear: Ear = ""
    heard: bool | None = None
    why_not: str = ""  # nobody could listen


_SOUND_JA: Final = "イヤホンの接続と音量を確かめてください。"
_SOUND_EN: Final = "Look at the earphone's connection and at the volume."


def judge_speaker(speaker: SpeakerFacts) -> Finding:
    """Whether a sound came out, as far as a machine can tell."""
    facts: dict[str, Fact] = {"speaker": speaker.speaker, "ear": speaker.ear, "heard": speaker.heard}
    if speaker.speaker.partition(":")[0] in ("null", "wav"):
        return Finding(
            "speaker",
            Level.FAULT,
            f"音を出さない設定です（{speaker.speaker}）。何も聞こえません。",
            f"Set to make no sound ({speaker.speaker}): nothing will be heard.",
            "設定の speech.speaker を system: にしてください。",
            "Set speech.speaker to system:",
            facts,
        )
    if speaker.fault:
        why, why_en = reason(speaker.fault, "paplay", "aplay")
        return Finding(
            "speaker",
            Level.FAULT,
            f"音が出ません（{why}）。",
            f"No sound ({why_en}).",
            _SOUND_JA,
            _SOUND_EN,
            facts,
        )
    if speaker.heard is None:
        return Finding(
            "speaker",
            Level.UNKNOWN,
            f"音を鳴らしましたが、出たかどうかは聞き取れません（{speaker.why_not}）。",
            f"A sound was played, but could not be listened to ({speaker.why_not}).",
            "ピュウという音が聞こえたか、ご自分で確かめてください。",
            "Judge by yourself whether you heard a chirp.",
            facts,
        )
    where, where_en = ("出力", "the output") if speaker.ear == "monitor" else ("マイク", "the microphone")
    if not speaker.heard:
        level = Level.FAULT if speaker.ear == "monitor" else Level.WARN
        return Finding(
            "speaker",
            level,
            f"音を鳴らしましたが、{where}で聞こえません。",
            f"A sound was played, but {where_en} did not hear it.",
            _SOUND_JA,
            _SOUND_EN,
            facts,
        )
    return Finding(
        "speaker",
        Level.OK,
        f"鳴らした音を{where}で聞き取りました。",
        f"The sound was heard at {where_en}.",
        facts=facts,
    )


@dataclass(frozen=True, slots=True)
class VoiceFacts:
    """One language. `fault`: why it makes no sound; `spare`: another engine than the usual one answered."""

    lang: Lang
    fault: str = ""
    spare: bool = False
    first_s: float | None = None


_NAMES: Final[dict[Lang, tuple[str, str]]] = {"ja": ("日本語", "Japanese"), "en": ("英語", "English")}


def judge_voice(voice: VoiceFacts, wanted: Lang) -> Finding:
    """Whether sentences can be made. The language that nobody chose is only a warning."""
    ja, en = _NAMES[voice.lang]
    facts: dict[str, Fact] = {"lang": voice.lang, "spare": voice.spare, "first_s": voice.first_s}
    if voice.fault:
        return Finding(
            "voices",
            Level.FAULT if voice.lang == wanted else Level.WARN,
            f"{ja}の声が出せません（{voice.fault}）。",
            f"The {en} voice does not work ({voice.fault}).",
            "sudo apt install espeak-ng のあと、入れ直してください。",
            "Run: sudo apt install espeak-ng; install again.",
            facts,
        )
    if voice.spare:
        return Finding(
            "voices",
            Level.WARN,
            f"{ja}の声が予備のもので、漢字を読めません。",
            f"The {en} voice is the spare one, which cannot read kanji.",
            "pip install pyopenjtalk-plus を実行してください。",
            "Run: pip install pyopenjtalk-plus",
            facts,
        )
    took = "" if voice.first_s is None else f"、始まりに{voice.first_s:.1f}秒"
    took_en = "" if voice.first_s is None else f", {voice.first_s:.1f} s to begin"
    return Finding(
        "voices", Level.OK, f"{ja}の声が出せます{took}。", f"The {en} voice works{took_en}.", facts=facts
    )


def judge_phrases(found: Found) -> Finding:
    """Whether warnings sound without the voice having to make them first."""
    ja, en = _NAMES[found.lang]
    facts: dict[str, Fact] = {
        "lang": found.lang,
        "wanted": found.wanted,
        "present": found.present,
        "stale": found.stale,
        "damaged": len(found.damaged),
        "fault": found.fault,
    }
    if found.good:
        return Finding(
            "phrases",
            Level.OK,
            f"先に作る{ja}の文が{found.present}個そろっています。",
            f"All {found.present} {en} sentences are made ahead.",
            facts=facts,
        )
    if found.stale:
        why, why_en = "いまの声のものではありません", "are of another voice"
    elif found.damaged:
        why, why_en = f"{len(found.damaged)}個壊れています", f"{len(found.damaged)} are damaged"
    else:
        why, why_en = (
            f"{found.wanted - found.present}個足りません",
            f"{found.wanted - found.present} are missing",
        )
    return Finding(
        "phrases",
        Level.WARN,
        f"先に作る{ja}の文が{why}。言葉が遅れます。",
        f"Of the {en} sentences made ahead, {why_en}: words come late.",
        "shirube device phrases render を実行してください。",
        "Run: shirube device phrases render",
        facts,
    )


def unreadable(folder: str) -> Finding:
    """The service's own folder, looked at by somebody else."""
    return Finding(
        "phrases",
        Level.UNKNOWN,
        f"先に作る文は、この利用者では調べられません（{folder}）。",
        f"The sentences made ahead cannot be checked by this user ({folder}).",
        "sudo をつけて実行してください。",
        "Run with sudo.",
    )
