"""The words that lie beside exported positions: what is there, what is not, and until when. Pure."""

from dataclasses import dataclass
from typing import Final

from server.clock import day_hour_minute, in_japan

_DAY_S: Final = 86_400.0
_TEXT: Final = """\
実証実験のための書き出し / Written for a trial: {moment}

{persons} 人、位置 {positions} 件、自宅 {homes} か所。名前とログイン名は入っていません。
{persons} participants, {positions} positions, {homes} homes. No names and no logins.

- fixes/: 位置。同意した後の外出だけです。練習は入りません /
  positions of outings since each one agreed; no practice.
- homes.csv: 本人が「家」として覚えさせた場所。いつから住んでいるかは、サーバーは知りません。
  すでにあったときは書き換えず、ここに置きます。違いを写してください /
  places that they saved as home; since when they live there the server does not know. Where there was one,
  it is not changed, and theirs are beside this text: copy over what is new.
- evidence.csv はありません。装置は、充電台・充電・家の Wi-Fi・置き忘れを知らせません。
  日誌があれば書いてください /
  there is none: devices tell neither of docks, chargers and Wi-Fi at home nor of being left.
  Write down what diaries say.
- participants.csv、phases.csv、protocol.toml は、実験を行う人が書きます /
  are written by whoever runs the trial.
- missing.csv: 位置を消した日({missing_days} 件)。残った合計だけです。研究の計算には入りません /
  days whose positions are deleted: what stays of them. The study does not count them.

位置と家は、目の不自由な人の要配慮個人情報です。評価者に渡さず、暗号化した場所に置いてください。
サーバーで消去や撤回があっても、このフォルダーは変わりません。その人の行とファイルを、ここからも消してください。
Positions and homes of blind people are sensitive: keep them encrypted, and give them to no evaluator.
An erasure or a withdrawal on the server does not reach this folder: delete that participant's files and
lines here too.
{until}"""
_UNTIL: Final = """\
参加者への約束により、いちばん古い位置は {day} までに消してください。
By what participants were promised the oldest position has to be deleted by {day}.
"""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written. `missing_days`: days of a source whose positions are deleted."""

    persons: int
    positions: int
    homes: int
    missing_days: int
    oldest_utc_s: float | None


def readme(made: Exported, now_s: float, raw_days: float) -> str:
    """The text, in both languages. `raw_days`: how long positions may be kept."""
    until = ""
    if made.oldest_utc_s is not None:
        day = in_japan(made.oldest_utc_s + raw_days * _DAY_S).strftime("%Y-%m-%d")
        until = _UNTIL.format(day=day)
    return _TEXT.format(
        moment=day_hour_minute(now_s),
        persons=made.persons,
        positions=made.positions,
        homes=made.homes,
        missing_days=made.missing_days,
        until=until,
    )
