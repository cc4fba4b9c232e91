"""Every key of the configuration in words: what it is for, and what it may hold. One reviewed table.

`config example` prints it; what is said of a wrong value comes from here; a test walks it key by key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from device.announcements import Lang


@dataclass(frozen=True, slots=True)
class Text:
    """The same in two languages."""

    ja: str
    en: str

    def in_(self, lang: Lang) -> str:
        """In one of them."""
        return self.ja if lang == "ja" else self.en


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `about`, what it may hold (`allowed`), and a value as TOML for the example.

    `shown`: written in the example as a setting; else as a comment, because it need not be set.
    """

    name: str
    about: Text
    allowed: Text
    value: str
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the file; "" is its head. `many`: a list of tables, `[[name]]`."""

    name: str
    about: Text
    keys: tuple[Key, ...]
    many: bool = False


def _one_of(*values: str) -> Text:
    quoted = [f'"{value}"' for value in values]
    return Text("、".join(quoted) + " のどれか", f"one of {', '.join(quoted)}")


def _from_to(low: str, high: str, what_ja: str = "数", what_en: str = "a number") -> Text:
    return Text(f"{low} から {high} までの{what_ja}", f"{what_en} from {low} to {high}")


_PATH = Text("ファイルやフォルダーの場所", "a path")
_FILE = Text("ファイルの場所", "a file's path")
_SWITCH = Text("true か false", "true or false")
_NAME = Text("1 から 80 文字の名前", "a name of 1 to 80 letters")
_SPEAKERS = Text(
    '"system:"、"system:プレーヤー名"、"wav:フォルダー"、"null:" のどれか',
    'one of "system:", "system:PLAYER", "wav:FOLDER", "null:"',
)

EACH_BUTTON: Final = Text(
    '"gpio:三つの番号"(0–27)、"evdev:装置"、"glasses:"、"stdin:" のどれか',
    'one of "gpio:THREE,PIN,NUMBERS" (0-27), "evdev:DEVICE", "glasses:", "stdin:"',
)

SECTIONS: Final = (
    Section(
        "",
        Text(
            "標の設定。# のある行は説明か、変えなければそのままの値です",
            "Shirube's settings; # marks notes and defaults",
        ),
        (
            Key(
                "data",
                Text("記録、地図、文の音声を置く所", "outbox, maps, phrases, the trip under way"),
                _PATH,
                '"/var/lib/shirube"',
            ),
            Key("runtime", Text("動いている間だけの所", "sockets, while it runs"), _PATH, '"/run/shirube"'),
            Key(
                "map",
                Text("町の地図。`shirube map build` で作る", "the city's map, made by `shirube map build`"),
                Text("地図ファイル(.shirube)の場所", "the path of a map file (.shirube)"),
                '"/var/lib/shirube/maps/oita.shirube"',
            ),
        ),
    ),
    Section(
        "wearer",
        Text(
            "使う人の好み。途中で変えたものは別に覚えます",
            "the wearer's choices; changes on the way are kept apart",
        ),
        (
            Key("lang", Text("話す言葉", "the language"), _one_of("ja", "en"), '"ja"', shown=True),
            Key(
                "verbosity",
                Text("案内の量", "how much is said"),
                _one_of("quiet", "normal", "detailed"),
                '"normal"',
            ),
            Key(
                "directions",
                Text("左右か、時計の方向か", "left and right, or the clock"),
                _one_of("sides", "clock"),
                '"sides"',
            ),
            Key(
                "rate",
                Text("話す速さ。1.0 が普通", "speed of speech; 1.0 is normal"),
                _from_to("0.5", "2.0"),
                "1.0",
            ),
            Key(
                "volume_db",
                Text("音量。0 が据え付けの大きさ", "volume beside the installed level, in decibels"),
                _from_to("-30", "12"),
                "0.0",
            ),
            Key(
                "walker",
                Text("歩き方", "how one walks"),
                Text(
                    '"cane"、"dog"、"low-vision" か、.toml ファイルの場所',
                    'one of "cane", "dog", "low-vision", or the path of a .toml file',
                ),
                '"cane"',
            ),
            Key(
                "silent",
                Text(
                    "実証実験の静かな週（`shirube study protocol silent`）。記録だけをして、何も案内しない",
                    "silent weeks of a trial, told by the same: it logs, and guides in nothing",
                ),
                Text("初日/最終日 の並び", "a list of FIRST-DAY/LAST-DAY"),
                '["2027-06-07/2027-06-13"]',
            ),
        ),
    ),
    Section(
        "camera",
        Text("カメラ", "the camera"),
        (
            Key(
                "source",
                Text("映像の来る所", "where pictures come from"),
                Text(
                    '"v4l2:装置"、"csi:番号"、"rtsp://…"、"file:映像"、"replay:記録"、'
                    '"glasses:ポート" か "glasses:ホスト:ポート"(1024–65535)、'
                    '"none:" のどれか',
                    'one of "v4l2:DEVICE", "csi:N", "rtsp://HOST/…", "file:CLIP", "replay:RUN", '
                    '"glasses:PORT" or "glasses:HOST:PORT" (1024-65535), "none:"',
                ),
                '"v4l2:/dev/video0"',
                shown=True,
            ),
            Key(
                "hfov_deg",
                Text("レンズの横の画角、度", "the lens's horizontal field of view in degrees"),
                _from_to("20", "170"),
                "70.0",
            ),
            Key(
                "calibration",
                Text(
                    "`shirube vision calibrate` が書いたレンズ",
                    "the lens as `shirube vision calibrate` wrote it",
                ),
                _FILE,
                '"/etc/shirube/lens.toml"',
            ),
            Key(
                "rotate_deg",
                Text("映像を右に回す角度", "turn pictures clockwise"),
                Text("0、90、180、270 のどれか", "one of 0, 90, 180, 270"),
                "0",
            ),
            Key(
                "height_m",
                Text(
                    "身につけたレンズの地面からの高さ、m。巻尺で測った時だけ書く",
                    "the worn lens above the ground in metres; only as measured with a tape",
                ),
                _from_to("0.3", "2.2"),
                "1.55",
            ),
            Key(
                "imu",
                Text("動きのセンサー", "the motion sensor"),
                Text('"none:"、"file:記録"、"glasses:" のどれか', 'one of "none:", "file:LOG", "glasses:"'),
                '"none:"',
            ),
            Key(
                "model",
                Text(
                    "見つけるモデル。書かなければ装置に合うもの",
                    "the detector; by default the one for the board",
                ),
                Text(
                    "models/manifest.toml の名前か、ファイルの場所",
                    "an id of models/manifest.toml, or a file's path",
                ),
                '"paving-v3"',
            ),
            Key(
                "runtime",
                Text(
                    "モデルの動かし方。書かなければ装置に合うもの",
                    "what runs the model; by default what fits the board",
                ),
                _one_of("onnx", "ncnn", "openvino", "ultralytics"),
                '"onnx"',
            ),
        ),
    ),
    Section(
        "position",
        Text("測位", "the position"),
        (
            Key(
                "source",
                Text("位置の来る所", "where positions come from"),
                Text(
                    '"gpsd://ホスト:ポート"、"nmea:ファイル"、"serial:装置@速度"、"glasses:"、'
                    '"replay:記録"、"none:" のどれか',
                    'one of "gpsd://HOST:PORT", "nmea:FILE", "serial:DEVICE@BAUD", '
                    '"glasses:", "replay:RUN", "none:"',
                ),
                '"gpsd://127.0.0.1:2947"',
                shown=True,
            ),
            Key(
                "set_clock",
                Text("衛星の時刻を機械の時計より信じる", "believe satellites' time over the machine's"),
                _SWITCH,
                "true",
            ),
        ),
    ),
    Section(
        "speech",
        Text("音", "sound"),
        (
            Key("speaker", Text("音の出る所", "where it sounds"), _SPEAKERS, '"system:"'),
            Key("stereo", Text("左右の合図を左右から鳴らす", "cues sound at their side"), _SWITCH, "true"),
            Key(
                "microphone",
                Text("まわりの音に音量を合わせるマイク", "the microphone by which the volume follows noise"),
                Text("音声サーバーの入力の名前", "the name of a source of the sound server"),
                '"alsa_input.usb-mic"',
            ),
            Key(
                "spare",
                Text("一つ目が鳴らないときの所", "where it sounds when the first is silent"),
                _SPEAKERS,
                '"system:aplay"',
            ),
        ),
    ),
    Section(
        "buttons",
        Text("ボタン", "buttons"),
        (
            Key(
                "sources",
                Text("ボタンの来る所。いくつでも", "where presses come from, any number"),
                Text(
                    f'["gpio:17,27,22"] のような一覧。それぞれ {EACH_BUTTON.ja}',
                    f'a list such as ["gpio:17,27,22"], each {EACH_BUTTON.en}',
                ),
                '["gpio:17,27,22"]',
            ),
        ),
    ),
    Section(
        "server",
        Text("サーバー。書かなければ一人で動きます", "the server; without it the device is on its own"),
        (
            Key(
                "url",
                Text("サーバーの住所", "the server's address"),
                Text(
                    '"https://ホスト" か "http://ホスト:ポート"。パスワードは書かない',
                    '"https://HOST" or "http://HOST:PORT", without a password',
                ),
                '"https://shirube.example.org"',
            ),
            Key(
                "key_file",
                Text("装置の鍵。本人だけが読めるファイル(chmod 600)", "the device's key: a file of mode 600"),
                Text("鍵の書いてあるファイルの場所", "the path of the file that holds the key"),
                '"/etc/shirube/device.key"',
            ),
        ),
    ),
    Section(
        "record",
        Text("歩行の記録", "recorded walks"),
        (
            Key(
                "folder",
                Text("記録を置く所。書かなければ記録しません", "where; without it nothing is recorded"),
                Text("フォルダーの場所", "a folder's path"),
                '"/var/lib/shirube/runs"',
            ),
            Key("video", Text("映像も残す。同意がいります", "pictures too; needs consent"), _SWITCH, "false"),
            Key(
                "consent", Text("映像を残すことに同意した", "the wearer agreed to pictures"), _SWITCH, "false"
            ),
            Key(
                "keep",
                Text("残す数。古いものから消します", "how many are kept; the oldest go"),
                _from_to("1", "1000", "整数", "a whole number"),
                "20",
            ),
        ),
    ),
    Section(
        "places",
        Text("行き先。ボタンで選べます。50 まで", "saved destinations, chosen by button; at most 50"),
        (
            Key("name_ja", Text("名前", "its name in Japanese"), _NAME, '"県立美術館"', shown=True),
            Key("name_en", Text("英語の名前", "its name in English"), _NAME, '"Art museum"', shown=True),
            Key("lat", Text("緯度", "latitude"), _from_to("-90", "90"), "33.2399", shown=True),
            Key("lon", Text("経度", "longitude"), _from_to("-180", "180"), "131.6012", shown=True),
        ),
        many=True,
    ),
)

KEYS: Final[Mapping[tuple[str, str], Key]] = {
    (section.name, key.name): key for section in SECTIONS for key in section.keys
}
NAMES: Final = tuple(section.name for section in SECTIONS if section.name)


def example(lang: Lang) -> str:
    """A whole file: every key, its note, what it may hold. Reading it gives the defaults and one place."""
    return "\n".join(line for section in SECTIONS for line in _lines(section, lang)) + "\n"


def _lines(section: Section, lang: Lang) -> Iterator[str]:
    yield f"# {section.about.in_(lang)}"
    if section.name:
        yield f"[[{section.name}]]" if section.many else f"[{section.name}]"
    for key in section.keys:
        yield f"# {key.about.in_(lang)}: {key.allowed.in_(lang)}"
        yield f"{'' if key.shown else '# '}{key.name} = {key.value}"
    yield ""
