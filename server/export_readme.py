"""What stands beside the copy of one's data."""

from typing import Final

JA: Final = """標 あなたの情報の写し

この写しには、標のサーバーがあなたについて持っている記録がすべて入っています。
あなたの外出の場所が入っています。人に渡すときは気をつけてください。

outings.csv   外出ごとの時間と距離。表計算ソフトで開けます。空欄は「分からない」で、0ではありません。
days.csv      くわしい記録を消したあとに残る、1日ごとの時間と距離。
tracks        外出の道すじ。地図のソフトで開けるGPXの形です。
consents      あなたが同意した説明の文。
data          そのほかのすべて。JSONの形です。時刻は1970年からの秒で、世界標準時です。

入っていないもの: パスワードと鍵の記録。もとの文字は、サーバーにもありません。
誤りを見つけたときや、消したいときは、あなたのページか、装置を受け取った窓口へ。
"""

EN: Final = """Shirube: a copy of your data

This copy holds all that the Shirube server keeps about you.
It tells where you walked: take care whom you give it to.

outings.csv   Minutes and distance of each outing, for spreadsheets. Empty means unknown, not 0.
days.csv      Minutes and distance of each day, which stay when detailed records are deleted.
tracks        Your outings as lines, as GPX for programs with maps.
consents      The texts that you agreed to.
data          Everything else, as JSON. Times are seconds since 1970, UTC.

Not in it: records of passwords and keys. The server does not have the words themselves either.
If something is wrong, or to have it erased: use your page, or ask the office that gave you the device.
"""
