"""The texts that wearers agree to: package data, in Japanese and in English, each under its version.

`manifest.toml` says for each purpose its versions, oldest first, with the SHA-256 of both languages. A text
that was ever shown is never changed under its version: reading fails where it was.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from server.errors import NotFound, SettingsError

Lang = Literal["ja", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One text. `sha256` of its UTF-8 bytes: what somebody agreed to can be shown to be this."""

    purpose: str
    version: str
    lang: Lang
    title: str  # its first line
    paragraphs: tuple[str, ...]
    sha256: str

    @property
    def spoken(self) -> tuple[str, ...]:
        """Everything as it is read out, a line a breath."""
        return (self.title, *(line for paragraph in self.paragraphs for line in paragraph.split("\n")))

    @property
    def audio_name(self) -> str:
        """The file of its recording. The hash in the name: the sound of another text is never found."""
        return f"{self.purpose}-{self.version}-{self.lang}-{self.sha256[:16]}.wav"


@dataclass(frozen=True, slots=True)
class _Version:
    version: str
    carries: tuple[str, ...]
    sha256: Mapping[str, str]


@cache
def _manifest() -> Mapping[str, tuple[_Version, ...]]:
    read = tomllib.loads((files(__name__) / "manifest.toml").read_text("utf-8"))
    return {
        purpose: tuple(
            _Version(str(one["version"]), tuple(one.get("carries", ())), one["sha256"]) for one in versions
        )
        for purpose, versions in read.items()
    }


def purposes() -> tuple[str, ...]:
    """Every purpose, in the order in which they are asked."""
    return tuple(_manifest())


def versions(purpose: str) -> tuple[str, ...]:
    """The versions of a purpose, oldest first; `NotFound` where there is no such purpose."""
    return tuple(one.version for one in _of(purpose))


def versions_in_force(purpose: str) -> tuple[str, ...]:
    """Versions whose consent holds: the current one, and those that it carries."""
    newest = _of(purpose)[-1]
    return (newest.version, *newest.carries)


@cache
def text_of(purpose: str, version: str, lang: Lang) -> Text:
    """One text; `NotFound` where there is none of that version."""
    wanted = next((one for one in _of(purpose) if one.version == version), None)
    if wanted is None:
        raise NotFound("その版の文はありません。", "There is no text of that version.")
    raw = (files(__name__) / purpose / f"{version}.{lang}.txt").read_bytes()
    found = hashlib.sha256(raw).hexdigest()
    if found != wanted.sha256[lang]:
        raise SettingsError(
            f"consent text {purpose} {version} {lang} was changed: give a changed text a version of its own"
        )
    title, *paragraphs = raw.decode("utf-8").strip().split("\n\n")
    return Text(purpose, version, lang, title, tuple(paragraphs), found)


def current_text(purpose: str, lang: Lang) -> Text:
    """The text that is asked for now."""
    return text_of(purpose, _of(purpose)[-1].version, lang)


def every_text() -> tuple[Text, ...]:
    """All texts in both languages: what is recorded as sound."""
    languages: tuple[Lang, ...] = ("ja", "en")
    return tuple(
        text_of(purpose, version, lang)
        for purpose in purposes()
        for version in versions(purpose)
        for lang in languages
    )


def _of(purpose: str) -> tuple[_Version, ...]:
    found = _manifest().get(purpose)
    if not found:
        raise NotFound("その目的の同意はありません。", "There is no consent for that purpose.")
    return found
