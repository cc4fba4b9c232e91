"""Every cue in both languages: sides, certainty, what is never said, and names as the voice reads them."""

import re
from dataclasses import replace

import pytest

from routing import wording_en, wording_ja
from routing.cues import Cue, CueKind
from routing.directions import Sector, clock_hour, compass_octant, direction, rounded_m
from routing.manner import Manner, romaji
from routing.phrases import phrase, speech
from wire.route import Caveat, Crossing, Name, StretchKind

SHOWA = Name(ja="昭和通り", kana="しょうわどおり", en="Showa-dori")
OPAM = Name(ja="大分県立美術館", kana="おおいたけんりつびじゅつかん", en="Oita Prefectural Art Museum")
SIGNAL = Crossing(signals="yes", sound="yes", marked="yes", tactile="yes", street=SHOWA)

EXAMPLES: dict[CueKind, Cue] = {
    CueKind.START: Cue(
        CueKind.START,
        "start",
        name=OPAM,
        length_m=1209.0,
        minutes=22,
        caveats=(
            Caveat(kind="no_signal", count=1),
            Caveat(kind="steps", count=2),
            Caveat(kind="tactile_unknown", length_m=210.0),
        ),
    ),
    CueKind.FACE: Cue(CueKind.FACE, "face", bearing_deg=0.0),
    CueKind.PREPARE_TURN: Cue(
        CueKind.PREPARE_TURN, "t", distance_m=19.0, accuracy_m=8.0, turn_deg=90.0, name=SHOWA
    ),
    CueKind.TURN_NOW: Cue(CueKind.TURN_NOW, "t", distance_m=2.0, accuracy_m=8.0, turn_deg=-90.0),
    CueKind.CROSSING_AHEAD: Cue(
        CueKind.CROSSING_AHEAD, "c", distance_m=29.0, accuracy_m=8.0, crossing=SIGNAL, name=SHOWA
    ),
    CueKind.CROSSING_NOW: Cue(CueKind.CROSSING_NOW, "c", distance_m=3.0, crossing=SIGNAL, name=SHOWA),
    CueKind.CROSSING_DONE: Cue(CueKind.CROSSING_DONE, "c", crossing=SIGNAL),
    CueKind.STEPS_AHEAD: Cue(
        CueKind.STEPS_AHEAD,
        "s",
        distance_m=15.0,
        accuracy_m=5.0,
        steps=20,
        steps_direction="down",
        handrail="yes",
    ),
    CueKind.LEVEL_CROSSING_AHEAD: Cue(CueKind.LEVEL_CROSSING_AHEAD, "l", distance_m=30.0, accuracy_m=12.0),
    CueKind.UNDERPASS_AHEAD: Cue(
        CueKind.UNDERPASS_AHEAD,
        "u",
        distance_m=20.0,
        accuracy_m=8.0,
        stretch=StretchKind.UNDERPASS,
        length_m=42.0,
    ),
    CueKind.PAVING_BEGINS: Cue(CueKind.PAVING_BEGINS, "p", distance_m=6.0, accuracy_m=8.0, tactile="yes"),
    CueKind.PAVING_ENDS: Cue(CueKind.PAVING_ENDS, "p", distance_m=1.0, accuracy_m=8.0, tactile="no"),
    CueKind.PAVING_UNKNOWN: Cue(
        CueKind.PAVING_UNKNOWN, "p", distance_m=6.0, accuracy_m=8.0, tactile="unknown"
    ),
    CueKind.NO_SIDEWALK: Cue(CueKind.NO_SIDEWALK, "n", distance_m=10.0, accuracy_m=8.0, length_m=80.0),
    CueKind.SLOPE_AHEAD: Cue(
        CueKind.SLOPE_AHEAD, "s", distance_m=12.0, accuracy_m=8.0, incline_pct=-9, length_m=42.0
    ),
    CueKind.PAVING_BRANCH: Cue(
        CueKind.PAVING_BRANCH, "p", distance_m=8.0, accuracy_m=8.0, side="right", tactile="yes"
    ),
    CueKind.MAP_GAP: Cue(CueKind.MAP_GAP, "g", distance_m=15.0, accuracy_m=8.0, length_m=6.0),
    CueKind.REASSURE: Cue(
        CueKind.REASSURE,
        "r",
        distance_m=121.0,
        accuracy_m=8.0,
        then=Cue(CueKind.PREPARE_TURN, "t", turn_deg=90.0),
    ),
    CueKind.LANDMARK: Cue(
        CueKind.LANDMARK,
        "m",
        distance_m=15.0,
        accuracy_m=8.0,
        side="right",
        name=Name(ja="トキハ本店", en="Tokiwa"),
    ),
    CueKind.OFF_ROUTE: Cue(CueKind.OFF_ROUTE, "o", distance_m=31.0, accuracy_m=12.0, relative_deg=130.0),
    CueKind.BACK_ON_ROUTE: Cue(CueKind.BACK_ON_ROUTE, "b", relative_deg=-88.0),
    CueKind.WRONG_WAY: Cue(CueKind.WRONG_WAY, "w", relative_deg=175.0),
    CueKind.REROUTED: Cue(CueKind.REROUTED, "r", length_m=620.0, minutes=11),
    CueKind.REROUTE_FAILED: Cue(CueKind.REROUTE_FAILED, "r", reason="no_network"),
    CueKind.NEAR_DESTINATION: Cue(
        CueKind.NEAR_DESTINATION, "n", distance_m=20.0, accuracy_m=8.0, name=OPAM, side="right"
    ),
    CueKind.ARRIVED: Cue(CueKind.ARRIVED, "a", distance_m=8.0, name=OPAM, side="right"),
    CueKind.POSITION_LOST: Cue(CueKind.POSITION_LOST, "x"),
    CueKind.POSITION_BACK: Cue(CueKind.POSITION_BACK, "x", accuracy_m=8.0),
    CueKind.POSITION_POOR: Cue(CueKind.POSITION_POOR, "x", accuracy_m=31.0),
}

GOLDEN: dict[CueKind, tuple[str, str]] = {
    CueKind.START: (
        "大分県立美術館まで、1200メートル、およそ22分です。途中に、信号のない横断1か所、階段2か所などがあります。",
        "To Oita Prefectural Art Museum, 1200 metres, around 22 minutes. On the way: 1 crossing without a "
        "signal, 2 flights of steps, and more.",
    ),
    CueKind.FACE: (
        "北に向かって歩き始めます。歩き始めると、向きを確かめます。",
        "Start walking north. Your direction is checked once you walk.",
    ),
    CueKind.PREPARE_TURN: (
        "20メートル先、右に曲がります。昭和通りに入ります。",
        "In 20 metres, turn right into Showa-dori.",
    ),
    CueKind.TURN_NOW: ("ここで、左に曲がります。", "Turn left here."),
    CueKind.CROSSING_AHEAD: (
        "30メートル先、昭和通りを渡る、信号のある横断歩道。音響信号あり。足元に警告ブロック。",
        "In 30 metres, crossing with a signal over Showa-dori. With sound. Warning blocks at the kerb.",
    ),
    CueKind.CROSSING_NOW: (
        "横断歩道の手前です。昭和通りです。渡るかどうかは、車や信号の音を聞いて、自分で確かめてください。",
        "Just before the crossing. Showa-dori. Listen to traffic and signals: whether to cross is for you "
        "to check.",
    ),
    CueKind.CROSSING_DONE: (
        "横断歩道を渡り終えたようです。そのまま、まっすぐです。",
        "The crossing seems to be behind you. Straight on.",
    ),
    CueKind.STEPS_AHEAD: (
        "15メートル先、下り階段。20段。手すりあり。",
        "In 15 metres, steps down. 20 steps. With handrail.",
    ),
    CueKind.LEVEL_CROSSING_AHEAD: (
        "約30メートル先、踏切。手前で止まってください。",
        "In about 30 metres, railway crossing. Stop before it.",
    ),
    CueKind.UNDERPASS_AHEAD: (
        "20メートル先、地下道。長さ40メートル。中では位置が分からなくなることがあります。",
        "In 20 metres, underpass. 40 metres long. The position may be lost inside.",
    ),
    CueKind.PAVING_BEGINS: ("5メートル先から、点字ブロックがあります。", "Guide blocks begin in 5 metres."),
    CueKind.PAVING_ENDS: ("ここで、点字ブロックが終わります。", "Guide blocks end here."),
    CueKind.PAVING_UNKNOWN: (
        "この先、点字ブロックの有無は分かりません。",
        "From here, guide blocks are not known.",
    ),
    CueKind.NO_SIDEWALK: (
        "10メートル先から80メートル、歩道がありません。車と同じ道を歩きます。",
        "In 10 metres, no sidewalk for 80 metres. You share the road with cars.",
    ),
    CueKind.SLOPE_AHEAD: (
        "10メートル先、急な下り坂。傾き9パーセントほど。40メートル続きます。",
        "In 10 metres, steep slope down. Around 9 percent. For 40 metres.",
    ),
    CueKind.PAVING_BRANCH: (
        "10メートル先、点字ブロックが分かれます。右へ分かれるほうを、たどります。",
        "In 10 metres, guide blocks branch. Follow those to the right.",
    ),
    CueKind.MAP_GAP: (
        "15メートル先、5メートルほど、地図がつながっていません。道があるかどうか、確かめてください。",
        "In 15 metres, the map has a gap, around 5 metres. Check whether there is a way.",
    ),
    CueKind.REROUTED: (
        "ここから、新しい経路です。目的地まで、620メートル、およそ11分です。",
        "New route from here. 620 metres, around 11 minutes to the destination.",
    ),
    CueKind.REROUTE_FAILED: (
        "通信できないため、新しい経路を作れません。元の経路の案内を続けます。",
        "No connection, so no new route could be made. Guidance goes on along the old route.",
    ),
    CueKind.REASSURE: (
        "このまま、道なりです。120メートル先、右に曲がります。",
        "Keep on along this way. In 120 metres, turn right.",
    ),
    CueKind.LANDMARK: ("15メートル先、右手に、トキハ本店。", "Tokiwa on the right, in 15 metres."),
    CueKind.OFF_ROUTE: (
        "経路から外れたようです。経路は、右後ろ、約30メートルです。",
        "You seem to be off the route. The route is behind right, about 30 metres.",
    ),
    CueKind.BACK_ON_ROUTE: (
        "経路に戻ったようです。進む方向は、左です。",
        "You seem to be back on the route. Your way is to your left.",
    ),
    CueKind.WRONG_WAY: (
        "逆方向に進んでいるようです。進む方向は、後ろです。",
        "You seem to walk the wrong way. Your way is behind you.",
    ),
    CueKind.NEAR_DESTINATION: (
        "20メートル先、目的地、大分県立美術館です。右手です。",
        "In 20 metres, your destination, Oita Prefectural Art Museum, on the right.",
    ),
    CueKind.ARRIVED: (
        "大分県立美術館に着きました。右手にあります。",
        "You have reached Oita Prefectural Art Museum. It is on the right.",
    ),
    CueKind.POSITION_LOST: (
        "位置が分からなくなりました。曲がり角や横断歩道の案内はできません。",
        "Position lost. Turns and crossings cannot be announced.",
    ),
    CueKind.POSITION_BACK: (
        "位置が分かるようになりました。案内を続けます。",
        "Position found again. Guidance continues.",
    ),
    CueKind.POSITION_POOR: (
        "位置が不確かです。誤差はおよそ30メートルです。案内が早すぎたり遅れたりすることがあります。",
        "The position is uncertain. Off by around 30 metres. Directions may come too early or late.",
    ),
}

NEVER_JA = re.compile(
    r"安全です|安全に|渡れます|渡ってください|渡りましょう|大丈夫|青|障害物|進めます|来ていません"
)
NEVER_EN = re.compile(
    r"\bsafe|\bgreen\b|\bclear\b|can cross|may cross|cross now|go ahead|no (cars|traffic|obstacle)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("kind", CueKind)
def test_every_kind_says_what_was_agreed(kind: CueKind) -> None:
    cue = EXAMPLES[kind]
    assert (phrase(cue, "ja"), phrase(cue, "en")) == GOLDEN[kind]


@pytest.mark.parametrize("clock", [False, True])
@pytest.mark.parametrize("kind", CueKind)
def test_short_is_not_longer_and_every_way_says_something(kind: CueKind, clock: bool) -> None:
    cue = EXAMPLES[kind]
    for lang in ("ja", "en"):
        short = phrase(cue, lang, verbosity="short", clock=clock)
        full = phrase(cue, lang, clock=clock)
        assert 0 < len(short) <= len(full)
        # Japanese has no Latin letters, English no Japanese ones.
        assert not re.search(r"[A-Za-z]", full) if lang == "ja" else full.isascii()
        for text in (short, full):
            assert not NEVER_JA.search(text), text
            assert not NEVER_EN.search(text), text
            assert "None" not in text
            assert "、。" not in text
            assert ".." not in text


@pytest.mark.parametrize("kind", CueKind)
def test_a_cue_that_knows_nothing_still_makes_a_sentence(kind: CueKind) -> None:
    for lang in ("ja", "en"):
        text = phrase(Cue(kind, "bare"), lang)
        assert text
        assert "None" not in text


ANGLES = [a for size in (30, 45, 59, 61, 90, 119, 121, 149) for a in (size, -size)]


@pytest.mark.parametrize("angle", ANGLES)
def test_a_direction_names_its_own_side_and_never_the_other(angle: int) -> None:
    own, other = (("右", "right"), ("左", "left")) if angle > 0 else (("左", "left"), ("右", "right"))
    manner = Manner()
    ja = (wording_ja.turn(angle, manner), wording_ja.whereabouts(angle, manner))
    en = (wording_en.turn(angle, manner), wording_en.whereabouts(angle, manner))
    assert all(own[0] in text and other[0] not in text for text in ja)
    assert all(own[1] in text and other[1] not in text for text in en)


@pytest.mark.parametrize(
    "kind", [CueKind.PREPARE_TURN, CueKind.TURN_NOW, CueKind.CROSSING_AHEAD, CueKind.CROSSING_NOW]
)
@pytest.mark.parametrize("angle", ANGLES)
def test_every_sentence_with_a_turn_names_its_side(kind: CueKind, angle: int) -> None:
    cue = Cue(kind, "k", distance_m=20.0, accuracy_m=5.0, turn_deg=float(angle), crossing=SIGNAL)
    if kind in {CueKind.PREPARE_TURN, CueKind.TURN_NOW}:
        cue = replace(cue, crossing=None)
    own, other = (("右", "right"), ("左", "left")) if angle > 0 else (("左", "left"), ("右", "right"))
    for verbosity in ("short", "normal"):
        ja, en = phrase(cue, "ja", verbosity=verbosity), phrase(cue, "en", verbosity=verbosity)
        assert own[0] in ja
        assert other[0] not in ja
        assert re.search(rf"\b{own[1]}\b", en)
        assert not re.search(rf"\b{other[1]}\b", en)


@pytest.mark.parametrize(
    ("angle", "sector", "side"),
    [
        (0.0, Sector.AHEAD, None),
        (22.5, Sector.AHEAD, None),
        (-22.6, Sector.SLIGHT, "left"),
        (60.0, Sector.SLIGHT, "right"),
        (61.0, Sector.TURN, "right"),
        (-120.0, Sector.TURN, "left"),
        (121.0, Sector.SHARP, "right"),
        (-150.0, Sector.SHARP, "left"),
        (151.0, Sector.BEHIND, None),
        (180.0, Sector.BEHIND, None),
    ],
)
def test_sectors(angle: float, sector: Sector, side: str | None) -> None:
    found = direction(angle)
    assert (found.sector, found.side) == (sector, side)


@pytest.mark.parametrize(
    ("angle", "hour"), [(0, 12), (30, 1), (90, 3), (-90, 9), (180, 6), (-30, 11), (14, 12), (-14, 12)]
)
def test_clock_positions(angle: float, hour: int) -> None:
    assert clock_hour(angle) == hour
    if hour != 12:
        assert f"{hour}時" in wording_ja.turn(angle, Manner(clock=True))
        assert f"{hour} o'clock" in wording_en.turn(angle, Manner(clock=True))


def test_compass() -> None:
    assert [compass_octant(bearing) for bearing in (0, 350, 45, 90, 180, 270, 337)] == [0, 0, 1, 2, 4, 6, 7]


@pytest.mark.parametrize(
    ("metres", "spoken"),
    [
        (0.2, 1),
        (3.4, 3),
        (7.0, 5),
        (12.0, 10),
        (18.0, 20),
        (123.0, 125),
        (996.0, 995),
        (1209.0, 1200),
        (1230.0, 1250),
    ],
)
def test_distances_are_rounded_to_what_is_known(metres: float, spoken: int) -> None:
    assert rounded_m(metres) == spoken


@pytest.mark.parametrize(
    ("accuracy", "word"),
    [
        (10.0, "30メートル先"),
        (15.0, "約30メートル先"),
        (25.0, "およそ30メートル先"),
        (None, "およそ30メートル先"),
    ],
)
def test_a_distance_says_how_sure_it_is(accuracy: float | None, word: str) -> None:
    cue = Cue(CueKind.PREPARE_TURN, "t", distance_m=30.0, accuracy_m=accuracy, turn_deg=90.0)
    assert phrase(cue, "ja").startswith(word)


def test_a_short_distance_is_not_a_figure_where_the_position_is_poor() -> None:
    cue = Cue(CueKind.PREPARE_TURN, "t", distance_m=12.0, accuracy_m=20.0, turn_deg=90.0)
    assert phrase(cue, "ja").startswith("すぐ先、")
    assert phrase(cue, "en").startswith("Just ahead")


@pytest.mark.parametrize(
    ("crossing", "ja", "en"),
    [
        (Crossing(signals="yes", sound="no"), "信号のある横断歩道。音響信号なし。", "No sound."),
        (Crossing(signals="yes"), "音の有無は分かりません。", "Whether it has sound is not known."),
        (
            Crossing(signals="yes", sound_hours="08:00-19:00"),
            "この時間は音が鳴らないかもしれません。",
            "It may be silent at this hour.",
        ),
        (
            Crossing(signals="yes", button="yes"),
            "押しボタン式信号のある横断歩道。",
            "push-button signal crossing",
        ),
        (Crossing(signals="no", marked="yes"), "信号のない横断歩道。", "No signal."),
        (
            Crossing(marked="yes"),
            "横断歩道。信号の有無は分かりません。",
            "Whether there is a signal is not known.",
        ),
        (Crossing(signals="no", marked="no"), "横断歩道のない横断。信号なし。", "unmarked crossing"),
        (
            Crossing(),
            "道路を渡ります。横断歩道と信号の有無は分かりません。",
            "Whether it is marked or has a signal is not known.",
        ),
        (
            Crossing(signals="yes", island="yes", lanes=6),
            "6車線。途中に安全島。",
            "6 lanes. Island in the middle.",
        ),
    ],
)
def test_a_crossing_tells_what_is_known_and_what_is_not(crossing: Crossing, ja: str, en: str) -> None:
    cue = Cue(CueKind.CROSSING_AHEAD, "c", distance_m=30.0, accuracy_m=8.0, crossing=crossing)
    assert ja in phrase(cue, "ja")
    assert en in phrase(cue, "en")


@pytest.mark.parametrize("verbosity", ["short", "normal"])
def test_at_the_kerb_the_decision_stays_with_the_walker(verbosity: str) -> None:
    for crossing in (SIGNAL, Crossing(), Crossing(marked="no")):
        cue = Cue(CueKind.CROSSING_NOW, "c", crossing=crossing, name=SHOWA)
        assert "自分で確かめてください" in phrase(cue, "ja", verbosity=verbosity)  # type: ignore[arg-type]
        assert "for you to check" in phrase(cue, "en", verbosity=verbosity)  # type: ignore[arg-type]


def test_what_follows_closely_is_told_in_the_same_breath() -> None:
    after = Cue(CueKind.PREPARE_TURN, "t", turn_deg=90.0, crossing=SIGNAL)
    cue = replace(EXAMPLES[CueKind.CROSSING_AHEAD], turn_deg=-90.0, then=after)
    assert phrase(cue, "ja").startswith("30メートル先、左に曲がって、昭和通りを渡る、")
    assert phrase(cue, "ja").endswith("渡り終えたら、右に曲がります。")
    assert phrase(cue, "en").endswith("Once across, turn right.")


@pytest.mark.parametrize(
    ("kind", "stretch", "ja", "en"),
    [
        (CueKind.CROSSING_AHEAD, None, "渡り終えたら、下り階段です。", "Once across, steps down."),
        (CueKind.UNDERPASS_AHEAD, StretchKind.BRIDGE, "橋の終わりで、", "At the end of the bridge, steps"),
        (CueKind.UNDERPASS_AHEAD, StretchKind.UNDERPASS, "地下道を出ると、", "Out of the underpass, steps"),
        (CueKind.STEPS_AHEAD, StretchKind.STEPS, "その終わりで、", "At their end, steps down."),
        (CueKind.PREPARE_TURN, None, "そのすぐ先、", "Right after that, steps down."),
    ],
)
def test_what_follows_a_long_thing_is_told_at_its_end(
    kind: CueKind, stretch: StretchKind | None, ja: str, en: str
) -> None:
    after = Cue(CueKind.STEPS_AHEAD, "s", steps_direction="down")
    cue = Cue(kind, "k", distance_m=20.0, accuracy_m=5.0, stretch=stretch, length_m=180.0, then=after)
    assert ja in phrase(cue, "ja")
    assert en in phrase(cue, "en")


def test_steps_without_a_direction_say_so() -> None:
    cue = Cue(CueKind.STEPS_AHEAD, "s", distance_m=15.0, accuracy_m=5.0, steps_direction="unknown")
    assert "上りか下りかは分かりません" in phrase(cue, "ja")
    assert "手すりの有無は分かりません" in phrase(cue, "ja")
    assert "Up or down is not known." in phrase(cue, "en")


def test_at_a_level_crossing_the_first_word_is_to_stop() -> None:
    cue = Cue(CueKind.LEVEL_CROSSING_AHEAD, "l", distance_m=2.0, accuracy_m=5.0)
    assert phrase(cue, "ja").startswith("踏切の手前です。止まってください。")
    assert phrase(cue, "en").startswith("Just before the railway crossing. Stop.")


def test_a_corner_without_a_street_name_is_told_by_what_is_there() -> None:
    bank = Name(ja="大分銀行", kana="おおいたぎんこう", en="Oita Bank")
    cue = Cue(
        CueKind.PREPARE_TURN, "t", distance_m=20.0, accuracy_m=5.0, turn_deg=90.0, name=bank, side="left"
    )
    assert phrase(cue, "ja") == "20メートル先、左手に大分銀行がある所で、右に曲がります。"
    assert speech(cue, "ja") == "20メートル先、左手におおいたぎんこうがある所で、右に曲がります。"
    assert phrase(cue, "en") == "In 20 metres, turn right. Oita Bank is on the left there."


def test_the_voice_reads_names_by_their_kana_and_english_never_meets_kanji() -> None:
    cue = EXAMPLES[CueKind.CROSSING_AHEAD]
    assert "しょうわどおり" in speech(cue, "ja")
    assert "昭和" not in speech(cue, "ja")
    unnamed = replace(cue, name=Name(ja="府内五番街", kana="ふないごばんがい"))
    assert "funaigobangai" in speech(unnamed, "en")
    kanji = replace(cue, name=Name(ja="鉄輪"))
    assert speech(kanji, "en").isascii()
    assert "鉄輪" in phrase(kanji, "en")


@pytest.mark.parametrize(
    ("kana", "latin"),
    [
        ("かんなわ", "kannawa"),
        ("べっぷ", "beppu"),
        ("ちょうめ", "choume"),
        ("トキハ", "tokiha"),
        ("まっちゃ", "matcha"),
        ("りょうかん", "ryoukan"),
        ("タワー", "tawaa"),
    ],
)
def test_romaji(kana: str, latin: str) -> None:
    assert romaji(kana) == latin


def test_an_arrival_claims_the_door_only_where_it_is_near() -> None:
    far = replace(EXAMPLES[CueKind.ARRIVED], distance_m=18.0)
    assert phrase(far, "ja") == "大分県立美術館の近くに着きました。右手にあります。"
    assert phrase(far, "en").startswith("You have come close to Oita Prefectural Art Museum.")


def test_a_sound_that_is_off_at_this_hour_is_not_told_as_none() -> None:
    known = Crossing(signals="yes", sound="no", sound_hours="08:00-19:00")
    cue = Cue(CueKind.CROSSING_AHEAD, "crossing/1/ahead", distance_m=30.0, accuracy_m=5.0, crossing=known)
    assert "音響信号は、この時間は鳴りません。" in phrase(cue, "ja")
    assert "its sound is off at this hour" in phrase(cue, "en").lower()
