"""How the Japanese voice reads the terms and places of a walk, heard through its own kana."""

import pytest

from device.announcements import KINDS
from device.errors import ConfigError
from device.examples import example
from device.readings import parse, readings, with_readings
from device.words import render

pyopenjtalk = pytest.importorskip(
    "pyopenjtalk", reason="pyopenjtalk-plus is not installed: no Japanese voice"
)
# The engine's own use of its dictionary, which only its authors can change.
pytestmark = pytest.mark.filterwarnings("ignore:Dictionary.create:DeprecationWarning")

READ = {
    # terms
    "横断歩道": "オーダンホドー",
    "点字ブロック": "テンジブロック",
    "警告ブロック": "ケーコクブロック",
    "音響信号あり": "オンキョーシンゴーアリ",
    "押しボタン式": "オシボタンシキ",
    "踏切": "フミキリ",
    "段差": "ダンサ",
    "エスコートゾーンあり": "エスコートゾーンアリ",
    "触知式信号あり": "ショクチシキシンゴーアリ",
    "スクランブル交差点": "スクランブルコーサテン",
    "6車線。途中に安全島": "ロクシャセン。トチューニアンゼントー",
    "急な上り坂": "キューナノボリザカ",
    "下り坂": "クダリザカ",
    "下り階段。20段": "クダリカイダン。ニジューダン",
    "上りエスカレーター": "ノボリエスカレーター",
    "動く歩道": "ウゴクホドー",
    "1か所": "イッカショ",
    "4か所": "ヨンカショ",
    "7割ほど": "ナナワリホド",
    "有無": "ウム",
    "9時の方向": "クジノホーコー",
    "4時の方向": "ヨジノホーコー",
    "白杖": "ハクジョー",
    "見守りの方に届きます": "ミマモリノカタニトドキマス",
    "止まって": "トマッテ",
    "その角を右": "ソノカドヲミギ",
    "二つ目の角": "フタツメノカド",
    "三角の屋根": "サンカクノヤネ",
    "人がいるようです": "ヒトガイルヨーデス",
    "人が近づいています": "ヒトガチカズイテイマス",
    "3メートル": "サンメートル",
    "10メートル先": "ジューメートルサキ",
    "14分": "ジューヨンプン",
    "正面": "ショーメン",
    "左前": "ヒダリマエ",
    "正面に何か": "ショーメンニナニカ",
    "正面に植木": "ショーメンニウエキ",
    "ブロックに車止め": "ブロックニクルマドメ",
    "左前に柱らしい": "ヒダリマエニハシララシイ",
    "右前から人らしい": "ミギマエカラヒトラシイ",
    "頭上に注意": "ズジョーニチューイ",
    "右前の頭上に何か。": "ミギマエノズジョーニナニカ。",
    # places of Oita
    "大分駅": "オーイタエキ",
    "府内": "フナイ",
    "府内中央口": "フナイチューオーグチ",
    "上野の森口": "ウエノノモリグチ",
    "中央町": "チューオーマチ",
    "中央通り": "チューオードーリ",
    "昭和通り": "ショーワドーリ",
    "ガレリア竹町": "ガレリアタケマチ",
    "遊歩公園": "ユーホコーエン",
    "大分県立美術館": "オーイタケンリツビジュツカン",
    "OPAM": "オーパム",
    "都町": "ミヤコマチ",
    "荷揚町": "ニアゲマチ",
    "寿町": "コトブキマチ",
    "高砂町": "タカサゴマチ",
    "大在": "オーザイ",
    # places of the map for trials
    "ハチ公口": "ハチコーグチ",
    "宮益坂口": "ミヤマスザカグチ",
    "道玄坂上": "ドーゲンザカウエ",
    "間坂": "マサカ",
    "美竹通り": "ミタケドーリ",
    "神宮通り": "ジングードーリ",
    "旧大山街道": "キューオーヤマカイドー",
    # places of Beppu
    "別府駅": "ベップエキ",
    "北浜": "キタハマ",
    "鉄輪": "カンナワ",
    "亀川": "カメガワ",
    "永石温泉": "ナゲシオンセン",
    "竹瓦温泉": "タケガワラオンセン",
    "朝見": "アサミ",
}


def heard(text: str) -> str:
    kana = pyopenjtalk.g2p(with_readings(text), kana=True)
    assert isinstance(kana, str)
    return kana.replace("’", "")


@pytest.mark.parametrize("written", READ, ids=str)
def test_it_is_read_as_people_say_it(written: str) -> None:
    # The engine writes a long o as オー or オウ by where it found the word; both sound the same.
    assert heard(written).replace("ゴウ", "ゴー") == READ[written]


@pytest.mark.parametrize("written", readings(), ids=str)
def test_each_entry_is_read_as_its_entry(written: str) -> None:
    assert heard(f"{written}です").removesuffix("デス").replace("ガタ", "カケ") in (
        readings()[written],
        pyopenjtalk.g2p(readings()[written], kana=True),
    )


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_sentence_can_be_read(kind: str) -> None:
    kana = heard(render(example(kind), "ja").speech)  # type: ignore[arg-type]
    assert kana or kind == "pressed"  # a sound without words
    assert not [letter for letter in kana if "一" <= letter <= "龠"]


def test_the_longest_form_wins() -> None:
    table = {"竹町": "タケマチ", "竹町通り": "タケマチドーリ"}
    assert with_readings("竹町通りと竹町", table) == "タケマチドーリとタケマチ"


def test_no_table_changes_nothing() -> None:
    assert with_readings("鉄輪", {}) == "鉄輪"


@pytest.mark.parametrize(
    ("text", "why"), [("[places\n", "correct"), ('"鉄輪" = "a"', "must hold"), ("[p]\na = 1", "must hold")]
)
def test_a_broken_table_is_told(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        parse(text)
