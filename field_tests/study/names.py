"""What the keys of a trial's result are called, (ja, en). Light on purpose: the server's pages read it."""

from collections.abc import Mapping
from typing import Final, Literal

Lang = Literal["ja", "en"]
Pair = tuple[str, str]

DESIGNS: Final[Mapping[str, Pair]] = {
    "randomised_start": (
        "開始日を一人ずつくじで決めた（多層ベースライン）",
        "each participant's start was drawn by lot (multiple baseline)",
    ),
    "silent_weeks": (
        "案内しない週をくじで決めた",
        "weeks without guidance were drawn by lot",
    ),
    "before_after": (
        "前後比較だけ（季節や目新しさと区別できない）",
        "before and after only (cannot be told from season or novelty)",
    ),
}

PHASES: Final[Mapping[str, Pair]] = {
    "baseline": ("基準期（装置なし）", "baseline (no device)"),
    "wash_in": ("慣れの期間（比べない）", "wash-in (not compared)"),
    "active": ("使用期（装置あり）", "active (with the device)"),
    "silent": ("無案内の週（記録だけ）", "silent weeks (the device only logs)"),
    "closing": ("結びの期間（無案内の週なし、利用料だけ）", "closing (no silent weeks; for fees alone)"),
    "part": ("月の途中で変わる月（比べない）", "months of two phases (not compared)"),
}

# Of a month of fees: its phase, or that it has more than one or was not recorded whole.
FEE_PHASES: Final[Mapping[str, Pair]] = {
    **PHASES,
    "part": ("月の一部（比べない）", "part of a month (not compared)"),
}

# Estimates of the change, primary and others.
ESTIMATES: Final[Mapping[str, Pair]] = {
    "primary": ("主な推定", "primary estimate"),
    "coverage_difference": ("観測の割合の差（ポイント）", "difference of coverage (points)"),
    "days_out": ("外出した日数（1週間）", "days out a week"),
    "paired_t": ("対応のある t 検定（季節の調整なし）", "paired t (season not adjusted)"),
    "wilcoxon": ("ウィルコクソン符号順位（主な推定の式で）", "Wilcoxon signed-rank (primary formula)"),
    "bootstrap": ("人のブートストラップ", "bootstrap over persons"),
    "mixed_model": (
        "日ごとの混合モデル（曜日・祝日・天気・日の長さ）",
        "mixed model of days (weekday, holiday, weather, daylight)",
    ),
    "minutes_per_day_out": ("外出した日の外出時間", "minutes on days with an outing"),
    "unknown_home": ("不明な時間をすべて在宅とする", "all unknown time at home"),
    "unknown_out": ("不明な時間をすべて外出とする", "all unknown time out"),
    "worst_case": ("不明な時間を最も不利に数える", "unknown time counted against the device"),
    "best_case": ("不明な時間を最も有利に数える", "unknown time counted for the device"),
    "shifted_start": (
        "開始日を基準期の中にずらす（差がないはず）",
        "start moved into the baseline (should be none)",
    ),
    "fees": ("利用料の総額（一人ひと月）", "gross fees a month and person"),
    "fees_fixed_prices": ("総額、初日の料金表で", "gross at the prices of the first day"),
    "fees_self_pay": ("自己負担", "self-pay"),
    "fees_public": ("公費", "public share"),
    "fees_hours": ("同行の時間", "accompanied hours"),
    "permuted_labels": ("割り付けを入れ替える（差がないはず）", "allocation permuted (should be none)"),
}

# Steps of the participants' flow, in order.
FLOW: Final[Mapping[str, Pair]] = {
    "enrolled": ("登録した人", "enrolled"),
    "has_comparison": ("比べる期間のある人", "with a phase to compare to"),
    "has_active": ("使用期まで進んだ人", "reached the active phase"),
    "has_logger": ("基準の記録器の記録がある人", "with the passive logger"),
    "enough_valid_days": ("有効な日が足りる人", "with enough valid days"),
    "analysed": ("解析した人", "analysed"),
}

# Why somebody was not taken to the next step.
LEFT: Final[Mapping[str, Pair]] = {
    "no_comparison": ("比べる期間がない", "no phase to compare to"),
    "no_active": ("使用期がない", "no active phase"),
    "no_logger": ("基準の記録器の記録がない", "no record of the passive logger"),
    "few_valid_days": ("有効な日が足りない", "too few valid days"),
    "no_minutes": ("外出時間が0分の期間がある", "a phase without any minute out"),
    "no_season": ("同じ季節に比べる相手がいない", "nobody to tell the season from"),
}

# What was varied in the sensitivity grid.
SENSITIVITY: Final[Mapping[str, Pair]] = {
    "home_radius_m": ("自宅とみなす半径（m）", "radius of home (m)"),
    "least_minutes": ("外出とみなす最短の時間（分）", "shortest outing (minutes)"),
    "valid_hours": ("有効な日に必要な観測（時間）", "hours observed for a valid day"),
    "leave_out": ("一人を除いたときの最小・最大", "one person left out: lowest and highest"),
}

# Gates and comparisons that can decide a verdict: `Verdict.decided_by` and `Gate.name`.
GATES: Final[Mapping[str, Pair]] = {
    "least_persons": ("解析した人数", "persons analysed"),
    "most_coverage_difference": ("期間の間の観測の差", "difference of coverage between phases"),
    "least_valid_share": ("有効な日の割合", "share of valid days"),
    "most_bounds_width": ("不明な時間の割合", "unknown time to counted time"),
    "most_lost": ("解析できなかった人の割合", "share of persons lost"),
    "homes_alike": ("自宅での夜の割合の差", "difference of nights at home"),
    "evidence_alike": ("証言による時間の差", "difference of time told by people"),
    "bounds_alike": ("不明な時間の差", "difference of unknown time"),
    "frozen": ("計画の固定", "plan frozen before the first day"),
    "definitions": ("数え方の固定", "definitions as frozen"),
    "data": ("データの誤り", "faults of the data"),
    "design": ("計画の型", "design"),
    "drawn": ("くじのとおり", "run as drawn"),
    "wash_in": ("慣れの期間", "wash-in kept"),
    "logger": ("装置とは別の記録器", "logger beside the device"),
    "baseline": ("比べる相手の期間", "phase to compare to"),
    "interval": ("推定の区間", "interval"),
    "controls": ("効果がないはずの比較", "negative controls"),
    "robust": ("数え方を変えても同じ", "robust to the way of counting"),
    "estimate": ("推定と目標", "estimate and target"),
    "randomisation": ("無作為化検定", "randomisation test"),
    "record": ("前後の利用料の記録", "record of fees before and after"),
    "ledger": ("利用料の記録の誤り", "faults of the ledger"),
    "bills": ("請求書の合計", "totals of the bills"),
    "tariff": ("料金表", "tariff"),
    "prices": ("単価の変化", "change of prices"),
}

# What was frozen before the trial: fields of `Definitions`, and what the plan says.
DEFINITIONS: Final[Mapping[str, Pair]] = {
    "gate_m": ("これより悪い精度の位置は使わない（m）", "positions of a worse accuracy are not used (m)"),
    "thin_s": ("この秒数ごとに最もよい位置を使う（秒）", "the best position of so many seconds is used (s)"),
    "fastest_mps": ("これより速い跳びは誤り（m/秒）", "faster jumps are errors (m/s)"),
    "jump_errors": (
        "跳びを誤りとみる前に許す誤差（精度の何倍）",
        "errors allowed for before a jump (of accuracies)",
    ),
    "home_radius_m": ("半径の登録がない自宅の半径（m）", "radius of a home without one (m)"),
    "home_share": ("自宅での位置の散らばり（半径に対して）", "spread of positions at home (of the radius)"),
    "accuracy_factor": ("精度の値にかける数", "factor on told accuracies"),
    "tail": ("まれな大外れの重さ（t分布の自由度）", "weight of rare large errors (degrees of freedom of t)"),
    "away_m": ("外出中にいる距離のめやす（m）", "usual distance of people out (m)"),
    "away_tail": ("遠出のまれさ（t分布の自由度）", "how rare far places are (degrees of freedom of t)"),
    "most_odds": ("一つの位置から言える限度（対数オッズ）", "most that one position can say (log odds)"),
    "correlation_s": ("同じ誤りが続く時間（秒）", "how long one error lasts (s)"),
    "change_s": ("出入りを見たとする、前後の位置の間（秒）", "fixes so near in time show a change (s)"),
    "near_mark_m": ("戸口の時刻を求める道の始め（m）", "the way to the door is timed from (m)"),
    "far_mark_m": ("戸口の時刻を求める道の終わり（m）", "the way to the door is timed to (m)"),
    "door_look_s": ("その道を探す前後の時間（秒）", "that way is looked for within (s)"),
    "door_slowest_mps": ("戸口での最も遅い速さ（m/秒）", "slowest at the door (m/s)"),
    "door_fastest_mps": ("戸口での最も速い速さ（m/秒）", "fastest at the door (m/s)"),
    "door_errors": ("戸口の時刻の幅（精度の何倍）", "width of a door's moment (of accuracies)"),
    "told_s": ("Wi-Fiなどの証拠でわかる時刻の幅（秒）", "moments by evidence are known to (s)"),
    "diary_s": ("日誌でわかる時刻の幅（秒）", "moments by a diary are known to (s)"),
    "wifi_door_s": (
        "Wi-Fiが切れてから外に見えるまで（秒）",
        "from lost Wi-Fi to being seen out, at most (s)",
    ),
    "pace_s": ("速さを測る時間（秒）", "speed is measured over (s)"),
    "pace_most_s": ("速さを測る時間の限度（秒）", "and over at most (s)"),
    "moves_mps": ("歩いているとみる速さ（m/秒）", "faster is walking (m/s)"),
    "rides_mps": ("乗り物とみる速さ（m/秒）", "faster is riding (m/s)"),
    "on_way_mps": ("行き帰りの途中とみる速さ（m/秒）", "faster is on the way from or to home (m/s)"),
    "stay_home_h": ("在宅の長さのめやす、昼（時間）", "usual stay at home by day (h)"),
    "stay_home_night_h": ("在宅の長さのめやす、夜（時間）", "usual stay at home by night (h)"),
    "stay_out_h": ("外出の長さのめやす（時間）", "usual outing (h)"),
    "share_out": ("外出の時間のめやすの割合", "usual share of a day's hours spent out"),
    "prior_days": ("めやすの重さ（本人の記録の日数で）", "weight of these usual values (days of own record)"),
    "window_weeks": ("本人の習慣をみる幅（週）", "weeks around from which own habits come"),
    "other_days": ("平日と週末が互いに語る重さ", "weight of weekdays for weekends, and back"),
    "blur_leave": ("出かける時刻のぼかし（1時間ごとの重さ）", "blur of hours of leaving (weights)"),
    "blur_back": ("帰る時刻のぼかし（1時間ごとの重さ）", "blur of hours of coming back (weights)"),
    "rounds": ("習慣を求めるくり返し", "rounds in which habits are learnt"),
    "step_s": ("見えない時間を計算する刻み（秒）", "steps in which gaps are worked out (s)"),
    "waking": ("外出しうる時間帯（時）", "hours in which people go out"),
    "least_minutes": ("外出とみなす最短の時間（分）", "shortest outing (minutes)"),
    "least_distance_m": ("外出とみなす最短の距離（m）", "nearest outing (m)"),
    "night": ("外泊をみる時間帯（時）", "small hours, for nights away"),
    "night_h": ("外泊とみる長さ（時間）", "a night away, from (h)"),
    "gap_s": ("これより短い切れ目は観測とみなす（秒）", "shorter gaps count as observed (s)"),
    "risk": ("説明のついた切れ目が実は違う割合（1日）", "chance that an explained gap was otherwise (a day)"),
    "sure_h": ("長い空きの中で在宅とわかる最短（時間）", "shortest sure stay at home within a gap (h)"),
    "sure_gap_h": ("これより長い空きは習慣では説明しない（時間）", "longer gaps are not told by habits (h)"),
    "same_place_m": ("同じ建物とみなす距離（m）", "distance within one building (m)"),
    "same_place_back": (
        "同じ建物にいるとき帰宅する頻度（倍）",
        "how much rarer one goes home from one building",
    ),
    "walk_mps": ("見えない道のりを歩く速さ（m/秒）", "speed on foot on ways not seen (m/s)"),
    "ride_beyond_m": ("これより遠ければ乗り物とみなす（m）", "longer ways are ridden (m)"),
    "ride_mps": ("乗り物の速さ（m/秒）", "speed of rides (m/s)"),
    "longest_way": ("空きのうち道のりが占める限度", "most of a gap that a way takes"),
    "wifi_stayed_s": ("Wi-Fiが切れても在宅とみる長さ（秒）", "at home so long without Wi-Fi: not left (s)"),
    "wifi_off_h": ("電話が切れていたとみる長さ（時間）", "a phone was off, from (h)"),
    "left_h": ("置いたままの機器が何も語らない長さ（時間）", "a source left at home says nothing for (h)"),
}
PLAN: Final[Mapping[str, Pair]] = {
    "frozen": ("計画を固定した日", "plan frozen on"),
    "wash_in_days": ("慣れの期間（日）", "wash-in (days)"),
    "possible_starts": ("くじで決まりえた開始日", "starts that could be drawn"),
    "silent_share": ("無案内の週の割合", "share of silent weeks"),
    "closing_from": ("結びの期間の初日（利用料を比べる）", "closing stretch, for fees, from"),
    "target_percent": ("目標（％）", "target (percent)"),
    "waking_hours": ("有効な日に必要な観測（時間）", "hours observed for a valid day"),
    "days_per_phase": ("各期間に必要な有効な日", "valid days needed in each phase"),
    "least_persons": ("解析に必要な人数", "persons needed"),
    "most_coverage_difference": ("期間の間の観測の差の限度", "most difference of coverage between phases"),
    "least_valid_share": ("有効な日の割合の下限", "least share of valid days"),
    "most_bounds_width": (
        "外出と数えた時間に対する、不明な時間の限度",
        "most unknown time, to time counted as out",
    ),
    "most_lost": ("解析できない人の割合の限度", "most persons lost"),
    "before_yen": ("利用料の目標、前（総額、円/月）", "target of fees, before (gross, yen a month)"),
    "after_yen": ("利用料の目標、後（総額、円/月）", "target of fees, after (gross, yen a month)"),
}

EFFECTS: Final[Mapping[str, Pair]] = {
    "note": ("そのまま使用", "used as it is"),
    "mended": ("直して使用", "used after mending"),
    "left_out": ("使わない", "not used"),
    "refused": ("判定を止める", "stops the verdict"),
}

# Kinds and severities of adverse events as the forms write them; others are shown in the folder's own words.
ADVERSE: Final[Mapping[str, Pair]] = {
    "fall": ("転倒", "fall"),
    "near_miss": ("ヒヤリ・ハット", "near miss"),
    "injury": ("けが", "injury"),
    "device_fault": ("装置の不具合", "fault of the device"),
    "not_used": ("使わなかった", "not used"),
    "contact": ("接触", "contact"),
    "missed_warning": ("警告が出なかった", "missed warning"),
    "wrong_guidance": ("誤った案内", "wrong guidance"),
    "note": ("いつもと違うこと", "something unusual"),
}
SEVERITIES: Final[Mapping[str, Pair]] = {
    "none": ("なし", "none"),
    "minor": ("軽い", "minor"),
    "moderate": ("中くらい", "moderate"),
    "serious": ("重い", "serious"),
}

COSTS: Final[Mapping[str, Pair]] = {
    "device": ("装置", "device"),
    "server": ("サーバー", "server"),
}


def name(table: Mapping[str, Pair], key: str, lang: Lang) -> str:
    """What `key` is called; the key itself where the table has no row, such as a folder's own words."""
    pair = table.get(key)
    return key if pair is None else pair[0 if lang == "ja" else 1]
