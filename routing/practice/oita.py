"""Central Oita, simplified: 大分駅 to 昭和通り, 県立美術館 to 県庁. Drawn from public knowledge.

Streets, stations and stops are where they are within some ten metres; widths, crossings, kerbs,
paving and sounds are made up so that every kind occurs. Origin: 大分駅 府内中央口.
"""

from routing.practice.sketch import On, Path, Sketch, Spot, Street, Walk, named, signals, unmarked, zebra

_YES = {"tactile_paving": "yes"}
_NO = {"tactile_paving": "no"}
_UNKNOWN = {"tactile_paving": ""}
_ARCADE = {"highway": "pedestrian", "covered": "arcade", "surface": "paving_stones", "lit": "yes"}
_LANE = {"highway": "residential", "surface": "asphalt", "sidewalk": "no"}

# The ordinary hours of a sound: most fall silent at night so that neighbours can sleep.
_DAY = "08:00-19:00"

_NORTH_SOUTH = (
    Street(
        "kotobuki", "ns", ((-330, 72), (-330, 720)),
        {"highway": "tertiary", "lanes": "2", "maxspeed": "40"},
        half_m=5, low=Walk(8, {"surface": "asphalt", "width": "2"}), high=Walk(8, {"surface": "asphalt"}),
    ),
    Street("west_lane", "ns", ((-110, 72), (-110, 627.8)), _LANE, half_m=2.5),
    Street(
        "saint_porta", "ns", ((-8, 61), (-8, 440)),
        named("セントポルタ中央町", "せんとぽるたちゅうおうまち", "Saint Porta Chuomachi arcade"),
        centre=Walk(0, _ARCADE, ((61, 83, {"covered": ""}),)),
    ),
    Street(
        "chuo", "ns", ((68, 20), (70, 277), (70, 444), (74, 600), (76, 800)),
        named("中央通り", "ちゅうおうどおり", "Chuo-dori", highway="primary", lanes="6", maxspeed="50"),
        half_m=11,
        low=Walk(14, _YES | {"surface": "paving_stones", "width": "6"}, ((330, 440, _UNKNOWN),)),
        high=Walk(14, {"surface": "paving_stones", "width": "6"}, ((20, 330, _YES), (446, 560, _NO))),
    ),
    Street(
        "akarenga", "ns", ((170, 72), (170, 636.7)),
        named("赤レンガ通り", "あかれんがどおり", "Akarenga-dori", **_LANE), half_m=3,
    ),
    Street(
        "yuho_park", "ns", ((365, 83), (365, 628)),
        named("遊歩公園", "ゆうほこうえん", "Yuho Park promenade"),
        centre=Walk(0, {"highway": "footway", "surface": "paving_stones", "lit": "yes"}),
    ),
    Street(
        "kencho", "ns", ((478, 72), (478, 780)), {"highway": "tertiary", "lanes": "2", "maxspeed": "40"},
        half_m=5, low=Walk(8, {"surface": "asphalt"}), high=Walk(8, _YES | {"surface": "asphalt"}),
    ),
)  # fmt: skip

_EAST_WEST = (
    Street(
        "ekimae", "ew", ((-360, 72), (560, 72)),
        # The street is there; its name is made up for practice.
        named("大分駅前の通り", "おおいたえきまえのとおり", "street in front of Oita Station",
              note="name made up for practice", highway="secondary", lanes="4", maxspeed="40"),
        half_m=8,
        low=Walk(11, {"surface": "paving_stones"}, ((-60, 54, _YES),)),
        high=Walk(11, {"surface": "paving_stones"}, ((56, 160, _YES),)),
    ),
    Street("lane_165", "ew", ((-110, 165), (69.1, 165)), _LANE, half_m=2.5),
    Street("lane_200", "ew", ((69.4, 200), (478, 200)), _LANE, half_m=3),
    Street("lane_250", "ew", ((-330, 250), (-110, 250)), _LANE, half_m=2.5),
    Street(
        "mid_west", "ew", ((-110, 330), (70, 330)),
        {"highway": "unclassified", "lanes": "2", "sidewalk": "no"}, half_m=4,
    ),
    Street(
        "gobangai", "ew", ((70, 330), (365, 330)),
        named("府内五番街", "ふないごばんがい", "Funai Gobangai", highway="living_street",
              surface="paving_stones"),
        half_m=4,
    ),
    # Two ways over 中央通り between the big junctions; without streets of their own.
    Street("over_chuo_340", "ew", ((56, 340), (84, 340)), {}, centre=Walk(0, {"highway": "footway"})),
    Street("over_chuo_450", "ew", ((56.15, 450), (84.15, 450)), {}, centre=Walk(0, {"highway": "footway"})),
    Street(
        "galleria", "ew", ((-322, 440), (56, 440)),
        named("ガレリア竹町", "がれりあたけまち", "Galleria Takemachi arcade"), centre=Walk(0, _ARCADE),
    ),
    Street("lane_480", "ew", ((71, 480), (478, 480)), _LANE, half_m=2.5),
    Street(
        "showa", "ew", ((-640, 612), (-457, 616), (70, 634), (478, 645), (640, 648)),
        named("昭和通り", "しょうわどおり", "Showa-dori", highway="primary", ref="197", lanes="6",
              maxspeed="50"),
        half_m=10,
        low=Walk(
            14, {"surface": "paving_stones", "width": "4.5"},
            ((-490, -430, _YES), (-325, -220, _YES), (-220, -112.5, _NO), (-107.5, 160, _YES)),
        ),
        high=Walk(14, {"surface": "paving_stones"}, ((60, 486, _YES),)),
    ),
)  # fmt: skip

_ON_THE_WAY_TO_THE_MUSEUM = (
    signals(("chuo", "low"), "ekimae", sound="yes", hours=_DAY, button_operated="no"),
    unmarked(("chuo", "low"), "lane_165", kerb="flush"),
    signals(("chuo", "low"), "mid_west", sound="no"),
    zebra(("showa", "low"), "west_lane", paved="no"),
    signals(("showa", "low"), "kotobuki", button_operated="yes"),
)

_OTHER_CROSSINGS = (
    signals(("chuo", "high"), "ekimae", sound="yes", hours=_DAY),
    signals(("ekimae", "low"), "chuo", sound="yes", hours=_DAY, **{"crossing:island": "yes"}),
    signals(("ekimae", "high"), "chuo", sound="yes", hours=_DAY, **{"crossing:island": "yes"}),
    zebra(("saint_porta", "centre"), "ekimae"),
    unmarked(("ekimae", "high"), "west_lane", kerb="raised", paved="no"),
    zebra(("ekimae", "high"), "akarenga", paved=None),
    signals(("ekimae", "high"), "kotobuki"),
    signals(("kotobuki", "high"), "ekimae"),
    signals(("ekimae", "high"), "kencho"),
    signals(("kencho", "low"), "ekimae"),
    signals(("kencho", "high"), "ekimae", sound="no"),
    unmarked(("chuo", "high"), "lane_200", kerb="flush"),
    signals(("chuo", "high"), "gobangai", sound="no"),
    signals(("over_chuo_340", "centre"), "chuo", sound="no", **{"crossing:island": "yes"}),
    signals(("over_chuo_450", "centre"), "chuo", sound="yes", hours=_DAY),
    unmarked(("chuo", "high"), "lane_480"),
    unmarked(("saint_porta", "centre"), "lane_165", kerb="flush"),
    zebra(("saint_porta", "centre"), "mid_west"),
    unmarked(("galleria", "centre"), "west_lane", kerb="flush"),
    unmarked(("kotobuki", "high"), "lane_250", kerb="raised"),
    signals(("showa", "high"), "kotobuki", sound="no"),
    signals(("kotobuki", "low"), "showa", sound="yes", hours=_DAY),
    signals(("kotobuki", "high"), "showa", sound="yes", hours=_DAY),
    signals(("chuo", "low"), "showa", sound="yes", hours=_DAY, **{"crossing:island": "yes"}),
    signals(("chuo", "high"), "showa", sound="yes", hours=_DAY, **{"crossing:island": "yes"}),
    signals(("showa", "low"), "chuo", sound="yes", hours=_DAY),
    signals(("showa", "high"), "chuo", sound="no"),
    zebra(("showa", "low"), "akarenga"),
    zebra(("yuho_park", "centre"), "lane_200"),
    unmarked(("yuho_park", "centre"), "gobangai", kerb="flush"),
    zebra(("yuho_park", "centre"), "lane_480", paved="no"),
    unmarked(("kencho", "low"), "lane_200"),
    unmarked(("kencho", "low"), "lane_480"),
    signals(("showa", "low"), "kencho", sound="yes", button_operated="yes"),
    signals(("showa", "high"), "kencho", sound="yes", button_operated="yes"),
    signals(("kencho", "low"), "showa", **{"traffic_signals:vibration": "yes"}),
    signals(("kencho", "high"), "showa", sound="no"),
)

_PLAZA = {"highway": "footway", "surface": "paving_stones", "lit": "yes"}
_STEPS = {"highway": "steps", "handrail": "yes", "step_count": "34", "tactile_paving": "yes"}
_DECK = named("県立美術館前の歩道橋", "けんりつびじゅつかんまえのほどうきょう", "museum footbridge")

_PATHS = (
    Path(("exit_north", "plaza"), _PLAZA | _YES),
    Path(("plaza", On(("chuo", "low"), 20)), _PLAZA | _YES),
    Path(("plaza", On(("ekimae", "low"), -8)), _PLAZA),
    Path(("exit_north", "exit_south"),
         {"highway": "footway", "indoor": "yes", "covered": "yes", "tactile_paving": "yes",
          "tunnel": "building_passage"}),
    Path(("exit_south", "steps_south"), _PLAZA | _YES),
    Path(("steps_south", (0, -100)),
         {"highway": "steps", "step_count": "6", "incline": "down", "handrail": "both"}),
    Path((On(("showa", "low"), -452), "museum_door"), _PLAZA | _YES),
    Path((On(("showa", "low"), -484), "stairs_south"), _PLAZA),
    Path(("stairs_south", "deck_south"), _STEPS | {"incline": "up"}),
    Path(("deck_south", "deck_north"),
         _DECK | {"highway": "footway", "bridge": "yes", "layer": "1", "width": "4", "covered": "yes"}),
    Path(("deck_north", "stairs_north"), _STEPS | {"incline": "down"}),
    Path(("stairs_north", On(("showa", "high"), -484)), _PLAZA),
    Path(("deck_south", "lift_south"), {"highway": "footway", "layer": "1"}),
    Path(("lift_south", On(("showa", "low"), -510)), _PLAZA),
    Path(("deck_north", (-500, 640)), {"highway": "footway", "indoor": "yes", "layer": "1", "level": "1"}),
    Path((On(("saint_porta", "centre"), 280), "park", On(("west_lane", "centre"), 290)),
         {"highway": "footway", "surface": "compacted"}),
    Path((On(("showa", "high"), 280), (280, 678)), _PLAZA | _YES),
    Path((On(("showa", "high"), 420), "castle_gate"), _PLAZA),
    Path(("castle_gate", "castle_top"),
         {"highway": "steps", "step_count": "9", "incline": "up", "handrail": "no"}),
    Path(("castle_top", (450, 735)), {"highway": "path", "surface": "ground"}),
    Path((On(("kencho", "high"), 455), (505, 455)), _PLAZA | _YES),
)  # fmt: skip

_STOP = {"highway": "bus_stop", "public_transport": "platform"}

_SPOTS = (
    # points that paths pass through
    Spot("exit_north", (0, 0), {"entrance": "main", "tactile_paving": "yes"}),
    Spot("plaza", (0, 20), {}),
    Spot("exit_south", (0, -90), {"entrance": "yes", "tactile_paving": "yes"}),
    Spot("steps_south", (0, -96), {}),
    Spot("museum_door", (-452, 587), {"entrance": "main", "door": "automatic"}),
    Spot("stairs_south", (-488, 597), {}),
    Spot("deck_south", (-500, 597), {}),
    Spot("deck_north", (-500, 634), {}),
    Spot("stairs_north", (-488, 634), {}),
    Spot("lift_south", (-506, 597), {"highway": "elevator", "tactile_paving": "yes"}),
    Spot("park", (-62, 284), {}),
    Spot("castle_gate", (420, 690), {"barrier": "gate"}),
    Spot("castle_top", (420, 694), {}),
    # places
    Spot("north", (0, 2), named("大分駅 府内中央口", "おおいたえき ふないちゅうおうぐち",
         "Oita Station, Funai Central exit", railway="train_station_entrance",
         alt_name="大分駅北口;府内中央口")),
    Spot("south", (0, -92), named("大分駅 上野の森口", "おおいたえき うえののもりぐち",
         "Oita Station, Ueno-no-mori exit", railway="train_station_entrance", alt_name="大分駅南口")),
    Spot("station", (-4, -45), named("大分駅", "おおいたえき", "Oita Station", railway="station")),
    Spot("museum", (-457, 584), named("大分県立美術館", "おおいたけんりつびじゅつかん",
         "Oita Prefectural Art Museum (OPAM)", tourism="museum", short_name="OPAM",
         alt_name="県立美術館;オーパム")),
    Spot("iichiko", (-512, 641), named("iichiko総合文化センター", "いいちこそうごうぶんかせんたー",
         "iichiko Culture Center", amenity="arts_centre")),
    Spot("tokiwa", (106, 410), named("トキハ本店", "ときはほんてん", "Tokiwa department store",
         shop="department_store")),
    Spot("bank", (100, 590), named("大分銀行 本店", "おおいたぎんこう ほんてん", "Oita Bank head office",
         amenity="bank")),
    Spot("akarenga_hall", (180, 488), named("大分銀行赤レンガ館", "おおいたぎんこうあかれんがかん",
         "Oita Bank Red Brick Hall", tourism="attraction")),
    Spot("wakakusa", (-62, 278), named("若草公園", "わかくさこうえん", "Wakakusa Park", leisure="park")),
    Spot("castle", (450, 738), named("大分城址公園", "おおいたじょうしこうえん", "Oita Castle Ruins Park",
         leisure="park", alt_name="府内城;府内城跡")),
    Spot("city_hall", (280, 682), named("大分市役所", "おおいたしやくしょ", "Oita City Hall",
         amenity="townhall")),
    Spot("prefecture", (508, 455), named("大分県庁", "おおいたけんちょう", "Oita Prefectural Office",
         amenity="townhall")),
    Spot("arcade_door", (50, 443), named("ガレリア竹町 入口", "がれりあたけまち いりぐち",
         "Galleria Takemachi entrance", tourism="attraction")),
    Spot("stop_station", (52, 44), named("大分駅前", "おおいたえきまえ", "Oita Station bus stop", **_STOP)),
    Spot("stop_chuo", (53, 277), named("中央通り", "ちゅうおうどおり", "Chuo-dori bus stop", **_STOP)),
    Spot("stop_takemachi_bank_w", (53, 452), named("竹町大分銀行前", "たけまちおおいたぎんこうまえ",
         "Takemachi Oita Bank bus stop", **_STOP)),
    Spot("stop_takemachi_bank_e", (87, 444), named("竹町大分銀行前", "たけまちおおいたぎんこうまえ",
         "Takemachi Oita Bank bus stop", **_STOP)),
    Spot("stop_takemachi", (89, 555), named("竹町", "たけまち", "Takemachi bus stop", **_STOP)),
    Spot("stop_showa_s", (-122, 616), named("昭和通り", "しょうわどおり", "Showa-dori bus stop", **_STOP)),
    Spot("stop_showa_n", (-75, 646), named("昭和通り", "しょうわどおり", "Showa-dori bus stop", **_STOP)),
    Spot("stop_oasis", (-432, 605), named("オアシスひろば前", "おあしすひろばまえ",
         "Oasis Hiroba bus stop", **_STOP)),
    Spot("stop_kencho", (578, 635), named("県庁前", "けんちょうまえ", "Prefectural Office bus stop",
         **_STOP)),
    Spot("stop_kencho_gate", (489, 455), named("県庁正門前", "けんちょうせいもんまえ",
         "Prefectural Office main gate bus stop", **_STOP)),
)  # fmt: skip

OITA = Sketch(
    key="oita",
    title="大分市中心部 / central Oita",
    origin=(33.2334, 131.6066),
    streets=_NORTH_SOUTH + _EAST_WEST,
    crossings=_ON_THE_WAY_TO_THE_MUSEUM + _OTHER_CROSSINGS,
    paths=_PATHS,
    spots=_SPOTS,
)
