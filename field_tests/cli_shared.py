"""What the trial's verbs share: options, and answers as text or JSON."""

from datetime import date
from typing import Annotated, Final

import typer

from field_tests.errors import StudyError
from field_tests.study.names import Lang as Language

Lang = Annotated[str, typer.Option("--lang", help="ja | en")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON で / as JSON")]
_LANGUAGES: Final[dict[str, tuple[Language, ...]]] = {"ja": ("ja",), "en": ("en",), "both": ("ja", "en")}
Seed = Annotated[int, typer.Option(help="乱数の種 / seed")]


def language(text: str) -> Language:
    """The language that was asked for, or one sentence."""
    if text == "ja" or text == "en":
        return text  # type: ignore[return-value]
    raise StudyError(f"--lang {text}: ja か en を指定してください / choose ja or en")


def languages(text: str) -> tuple[Language, ...]:
    """Those that `both` or one of them asks for, or one sentence."""
    if text not in _LANGUAGES:
        raise StudyError(f"--lang {text}: ja, en, both のどれか / choose ja, en or both")
    return _LANGUAGES[text]


def day(option: str, text: str) -> date:
    """The day that an option gives, or one sentence."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise StudyError(
            f"{option} {text}: 2026-04-13 のように書いてください / write it like 2026-04-13"
        ) from None
