"""What was wrong in a trial's data. Each is named in the report, none is dropped silently."""

from typing import Final, Literal

from wire.base import message

# note: used as it is; mended: used after a change that is named; left_out: not used; refused: the gate
# `data` fails, and with it the verdict.
Effect = Literal["note", "mended", "left_out", "refused"]


@message
class Issue:
    """One kind of fault at one place: how often, of whom, where, what was done. `code`: a row of ISSUES."""

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
    "fixes_after": ("試験の後の位置を使いません", "positions from after the trial are not used"),
    "fixes_cut_short": (
        "位置のファイルが途中で壊れています。写し直してください",
        "a file of positions breaks off: copy it again",
    ),
    "fixes_null_island": ("緯度経度が0,0の位置を使いません", "positions at 0,0 are not used"),
    "fixes_not_numbers": (
        "数でない値の位置を使いません",
        "positions with values that are no numbers are not used",
    ),
    "fixes_off_earth": ("地球上にない位置を使いません", "positions that are not on the earth are not used"),
    "fixes_no_accuracy": ("精度のない位置を使いません", "positions without an accuracy are not used"),
    "fixes_poor": (
        "精度が定義より悪い位置を使いません",
        "positions of a poorer accuracy than the definitions allow are not used",
    ),
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
    "home_changed": (
        "試験の間に始まるか終わる自宅の登録",
        "a home that is registered from or until a day within the trial",
    ),
    "fixes_shared": (
        "別の人か装置と同じ位置があります。取り違えを直してください",
        "positions that are another person's or the device's too: put right whose they are",
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
    "plan_unsealed": (
        "凍結のハッシュのファイルがありません。始まる前に凍結の命令で書きます",
        "no hashes (frozen.sha256): shirube study protocol freeze writes them before the first day",
    ),
    "lot_unlisted": ("くじを引いたのに名簿にない人", "somebody who was drawn and is not on the list"),
    "truth_beside": (
        "模擬の真の値があるのに、手順書が模擬だと言っていません",
        "the truth of a simulated trial (truth/) is there, and the plan does not say simulated = true",
    ),
    "plan_changed": (
        "凍結した後で手順書か定義が変わっています",
        "the plan or the definitions were changed after they were frozen",
    ),
    "weather_missing": ("天気のない日", "days without weather"),
    "tariff_gap": ("料金表の日付に空きがあります", "the tariff's dates have a gap"),
    "tariff_overlap": ("料金表の日付が重なっています", "the tariff's dates overlap"),
    "fee_without_tariff": ("料金表のない日の利用", "a service on a day without a tariff"),
    "fee_does_not_add": ("合わない金額の行", "a line of the ledger that does not add up"),
    "fee_doubled": ("二度ある利用の行", "a service that is listed twice"),
    "fee_bill_differs": (
        "請求書の合計と合わない月の利用料を使いません",
        "a month whose lines do not add up to the office's bill: not used",
    ),
    "fee_maybe_doubled": (
        "備考だけが違う、同じ日の同じ利用（二重かもしれません）",
        "services of one day that differ only in their note (listed twice, perhaps)",
    ),
    "fee_off_tariff": (
        "料金表の額と違う利用の行（加算など）",
        "a service whose price is not the tariff's (additions, for example)",
    ),
    "fee_over_cap": (
        "利用者負担が、割合または月の上限を超えています",
        "self-pay above its share or its monthly cap",
    ),
    "fixes_counted": (
        "数え終えて消した日の位置を使いません",
        "positions of days that are counted and deleted are not used",
    ),
    "counted_otherwise": (
        "位置を消した日が、今とは別の定義か計算で数えてあります",
        "days whose positions are deleted were counted by other definitions or another estimator",
    ),
    "counted_outdated": (
        "位置を消した日の自宅か証拠が、数えた後で変わっています",
        "homes or evidence of days whose positions are deleted were changed after they were counted",
    ),
    "counted_anew": (
        "数え直して、前と違った日があります",
        "days that were counted anew differ from before",
    ),
    "line_unreadable": ("読めない行", "a line that cannot be read"),
}
