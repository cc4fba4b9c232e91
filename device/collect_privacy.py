"""Pictures of streets show people who were not asked: what is blurred, what a collector agrees to. Pure."""

from collections.abc import Iterable
from typing import Final

import cv2
import numpy as np

from vision.types import Detection, Image, ObjectClass

Box = tuple[float, float, float, float]

CONSENT_VERSION: Final = 1
CONSENT: Final = """\
写真を集める前に、次に同意してください（--consent）/ agree to this before collecting pictures (--consent):
  だれに尋ねるか: 装置を着ける本人。駅・店・学校・私有地では管理者。
    通行人を主に撮りません。断られたら撮りません。
  who is asked: whoever wears the device; in stations, shops, schools and on private ground who runs it. No
    passer-by is the subject; who says no is not photographed.
  何を残すか: 数秒に 1 枚の写真、モデルの案、時刻、カメラとモデルの名。
    位置は --position を付けた時だけ。音は残しません。
  what is stored: a picture every few seconds, the model's proposals, times, names of camera and model. The
    position only with --position. No sound.
  どこに: この装置の --record のフォルダーだけ。どこにも送りません。
  where: only in the folder of --record on this device. Nothing is sent anywhere.
  ぼかし: 人の頭と車のナンバーのあたりを保存の前にぼかします。
    見逃しがあります。装置の外へ出す前に人が全部見直します。
  blurring: heads and number plates are blurred before storing. Some are missed: a person looks at every
    picture before it leaves the device.
  消し方: フォルダーを消します（rm -r フォルダー）。
    1 枚だけなら、その写真と labels.jsonl、pictures.jsonl のその行を消します。
  how to delete: remove the folder (rm -r FOLDER). One picture: the file and its lines in labels.jsonl and
    pictures.jsonl."""

HEAD_SHARE: Final = 1 / 3  # of a person's box, from its top
HEAD_BESIDE: Final = 0.1  # of its width, to each side: a box is rarely exact
PLATE_FROM, PLATE_SIDE = 0.45, 0.15  # of a vehicle's box: from this height down, without so much at each side
VEHICLES: Final = frozenset({ObjectClass.CAR, ObjectClass.TRUCK, ObjectClass.BUS, ObjectClass.MOTORCYCLE})
CELLS: Final = 4  # a blurred region keeps this many values across and down
SURE_ENOUGH: Final = 0.10  # a doubtful person is blurred too: a blurred post costs nothing


def regions(objects: Iterable[Detection]) -> tuple[Box, ...]:
    """What to blur: heads (upper third of people), plates (lower middle of vehicles), in pixels."""
    found: list[Box] = []
    for each in objects:
        if each.cls is ObjectClass.PERSON:
            found.append(head(each.box))
        elif each.cls in VEHICLES:
            found.append(plate(each.box))
    return tuple(found)


def head(box: Box) -> Box:
    """Where a person's head is."""
    x1, y1, x2, y2 = box
    side = HEAD_BESIDE * (x2 - x1)
    return x1 - side, y1 - HEAD_BESIDE * (y2 - y1), x2 + side, y1 + HEAD_SHARE * (y2 - y1)


def plate(box: Box) -> Box:
    """Where a vehicle's number plate is, seen from its front or back."""
    x1, y1, x2, y2 = box
    side = PLATE_SIDE * (x2 - x1)
    return x1 + side, y1 + PLATE_FROM * (y2 - y1), x2 - side, y2


def blurred(image: Image, boxes: Iterable[Box]) -> Image:
    """A copy in which each box keeps only `CELLS` x `CELLS` mean colours: nothing can be sharpened back."""
    result = image.copy()
    height, width = image.shape[:2]
    for x1, y1, x2, y2 in boxes:
        left, top = max(0, int(x1)), max(0, int(y1))
        right, bottom = min(width, int(x2) + 1), min(height, int(y2) + 1)
        if right <= left or bottom <= top:
            continue
        part = image[top:bottom, left:right]
        cells = (min(CELLS, right - left), min(CELLS, bottom - top))
        coarse = cv2.resize(part, cells, interpolation=cv2.INTER_AREA)
        result[top:bottom, left:right] = cv2.resize(
            coarse, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR
        )
    return np.asarray(result, np.uint8)
