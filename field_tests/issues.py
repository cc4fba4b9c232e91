"""What was wrong in a trial's data. Each is named in the report, none is dropped silently."""

from typing import Final, Literal

from wire.base import message

# note: used as it is; mended: used after a change that is named; left_out: not used; refused: the gate
# `data` fails, and with it the verdict.
Effect = Literal["note", "mended", "left_out", "refused"]


@message
class Issue:
    """One kind of fault at one place: how often, of whom, where, and what was done. `code`: a row of ISSUES."""

    code: str
    effect: Effect
    where: str  # "fixes/P01.logger.csv:120", a file of the folder
    count: int = 1
    person: str | None = None
    detail: str = ""


# code: (ja, en). Tests walk each row: a bad input of that kind must come out under that code.
ISSUES: Final[dict[str, tuple[str, str]]] = {
    "fixes_disordered": (
        "時刻が前後していた位置を並べ直しました",
        "positions out of order were put in order",
    ),
    "fixes_doubled": ("重複した位置を一つにしました", "positions that came twice were counted once"),
    "fixes_future": ("未来の時刻の位置を使いません", "positions of the future are not used"),
    "fixes_ancient": ("試験の前の位置を使いません", "positions from before the trial are not used"),
    "fixes_null_island": ("緯度経度が0,0の位置を使いません", "positions at 0,0 are not used"),
    "fixes_not_numbers": (
        "数でない値の位置を使いません",
        "positions with values that are no numbers are not used",
    ),
    "fixes_off_earth": ("地球上にない位置を使いません", "positions that are not on the earth are not used"),
    "fixes_no_accuracy": ("精度のない位置を使いません", "positions without an accuracy are not used"),
    "fixes_impossible_speed": ("ありえない速さの跳びを使いません", "jumps at impossible speed are not used"),
    "clock_jump": ("時計が飛んでいます", "the clock jumped"),
    "time_without_zone": ("時差の書かれていない時刻があります", "a time without its zone"),
    "other_time_zone": (
        "日本時間ではない時差の時刻を直しました",
        "times of another time zone were converted",
    ),
    "home_missing": ("自宅の登録がありません", "no home is registered"),
    "home_outside_japan": ("自宅が日本の外です", "a home outside Japan"),
    "home_never_seen": (
        "登録された自宅で過ごした記録がありません",
        "no time at the registered home was ever seen",
    ),
    "evidence_bad": ("使えない証拠の行", "a line of evidence that cannot be used"),
    "participant_unknown": ("名簿にない人の記録", "a file of somebody who is not on the list"),
    "participant_doubled": ("名簿に二度ある人", "a participant who is listed twice"),
    "no_fixes": ("位置の記録がない人", "a participant without positions"),
    "no_logger": ("基準の記録器（電話）の記録がない人", "a participant without the passive logger"),
    "no_baseline": ("基準期間のない人", "a participant without a baseline"),
    "phases_overlap": ("重なっている期間", "phases that overlap"),
    "phase_outside_trial": ("試験の外の期間", "a phase outside the trial"),
    "phase_reversed": ("終わりが始まりより前の期間", "a phase that ends before it begins"),
    "weather_missing": ("天気のない日", "days without weather"),
    "tariff_gap": ("料金表の日付に空きがあります", "the tariff's dates have a gap"),
    "tariff_overlap": ("料金表の日付が重なっています", "the tariff's dates overlap"),
    "fee_without_tariff": ("料金表のない日の利用", "a service on a day without a tariff"),
    "fee_does_not_add": ("合わない金額の行", "a line of the ledger that does not add up"),
    "fee_doubled": ("二度ある利用の行", "a service that is listed twice"),
    "line_unreadable": ("読めない行", "a line that cannot be read"),
}
