"""Numbers and days as people read them in Japanese and in English. None reads as "not known", never as 0."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from field_tests.study.names import Lang, Pair, name
from field_tests.study.result import Estimate

_MINUS: Final = "−"  # a true minus: hyphens are lost at the ends of lines and by some voices
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """The forms of one language."""

    lang: Lang

    def say(self, ja: str, en: str) -> str:
        """The one of the two that is read."""
        return ja if self.lang == "ja" else en

    @property
    def unknown(self) -> str:
        """For what is not known."""
        return self.say("不明", "not known")

    def named(self, table: Mapping[str, Pair], key: str) -> str:
        """A row of `field_tests.study.names`."""
        return name(table, key, self.lang)

    def number(self, value: float | None, places: int = 0) -> str:
        """With commas by thousands."""
        if value is None:
            return self.unknown
        text = f"{abs(value):,.{places}f}"
        return _MINUS + text if value < 0 and float(text.replace(",", "")) else text

    def percent(self, value: float | None, places: int = 1) -> str:
        """A change, always with its sign."""
        if value is None:
            return self.unknown
        text = self.number(value, places)
        return f"{'' if text.startswith(_MINUS) else '+'}{text}{self.say('％', ' %')}"

    def share(self, value: float | None) -> str:
        """A share of 0 to 1, in percent without a sign."""
        return self.unknown if value is None else f"{self.number(value * 100, 1)}{self.say('％', ' %')}"

    def points(self, value: float | None, places: int = 1) -> str:
        """Percentage points, always with their sign."""
        if value is None:
            return self.unknown
        return self.percent(value, places).removesuffix(self.say("％", " %")) + self.say(
            "ポイント", " points"
        )

    def interval(self, estimate: Estimate) -> str:
        """The 95 % interval, with its name."""
        if estimate.low is None or estimate.high is None:
            return self.say("95％区間は不明", "95 % interval not known")
        return self.say("95％区間 ", "95 % interval ") + self.between(estimate)

    def between(self, estimate: Estimate) -> str:
        """The two ends of its interval."""
        if estimate.low is None or estimate.high is None:
            return self.unknown
        return self.percent(estimate.low) + self.say("～", " to ") + self.percent(estimate.high)

    def yen(self, value: int | None) -> str:
        """Whole yen."""
        return self.unknown if value is None else self.number(value) + self.say("円", " yen")

    def minutes(self, value: float | None) -> str:
        """Whole minutes."""
        return self.unknown if value is None else self.number(value) + self.say("分", " min")

    def hours(self, value: float | None) -> str:
        """Hours to a tenth."""
        return self.unknown if value is None else self.number(value, 1) + self.say("時間", " h")

    def days(self, value: float | None, places: int = 0) -> str:
        """Days."""
        return self.unknown if value is None else self.number(value, places) + self.say("日", " days")

    def persons(self, value: int | None) -> str:
        """Persons."""
        if value is None:
            return self.unknown
        return self.number(value) + self.say("人", " person" if value == 1 else " persons")

    def count(self, value: int) -> str:
        """How often."""
        return self.number(value) + self.say("件", "")

    def probability(self, value: float | None) -> str:
        """A p value; never 0."""
        if value is None:
            return self.unknown
        return self.say("0.001未満", "below 0.001") if value < 0.001 else f"{value:.3f}"

    def day(self, text: str | None) -> str:
        """2026-11-22 as a date is written."""
        if text is None:
            return self.unknown
        day = date.fromisoformat(text)
        month = _MONTHS[day.month - 1]
        return self.say(f"{day.year}年{day.month}月{day.day}日", f"{day.day} {month} {day.year}")

    def yes(self, value: bool | None) -> str:
        """Yes, no or not known."""
        if value is None:
            return self.unknown
        return self.say("はい", "yes") if value else self.say("いいえ", "no")

    def estimate(self, estimate: Estimate) -> str:
        """Value and interval in one line; where there is none, that and why."""
        if estimate.percent is None:
            why = self.say(estimate.note_ja, estimate.note_en)
            told = self.say("計算できない", "could not be computed")
            return self.say(f"{told}（{why}）", f"{told} ({why})") if why else told
        value, interval = self.percent(estimate.percent), self.interval(estimate)
        return self.say(f"{value}（{interval}）", f"{value} ({interval})")
