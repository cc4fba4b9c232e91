"""Central Beppu, simplified: 別府駅 to 北浜, 竹瓦温泉, 別府タワー. Drawn from public knowledge.

Streets and places are where they are within some ten metres; widths, crossings, kerbs, paving and
sounds are made up. The level crossing and the underpass are invented so that they can be practised:
the railway runs on a viaduct here. Origin: 別府駅 東口.
"""

from routing.practice.sketch import On, Path, Sketch, Spot, Street, Walk, named, signals, unmarked, zebra

_YES = {"tactile_paving": "yes"}
_NO = {"tactile_paving": "no"}
_UNKNOWN = {"tactile_paving": ""}
_INVENTED = {"note": "invented for practice: not there"}
_ARCADE = {"highway": "pedestrian", "covered": "arcade", "surface": "paving_stones", "lit": "yes"}
_LANE = {"highway": "residential", "surface": "asphalt", "sidewalk": "no"}
_DAY = "08:00-19:00"

_NORTH_SOUTH = (
    Street(
        "station_front", "ns", ((40, -321.2), (40, 150)), {"highway": "tertiary", "lanes": "2"},
        half_m=5, low=Walk(8, _YES, ((-321, -60, _UNKNOWN), (60, 150, _UNKNOWN))), high=Walk(8),
    ),
    Street("lane_60", "ns", ((60, -420), (60, -321.9)), _LANE, half_m=2.5),
    Street(
        "yayoi", "ns", ((150, -315.6), (150, -17.4)),
        named("やよい銀天街", "やよいぎんてんがい", "Yayoi Gintengai arcade"), centre=Walk(0, _ARCADE),
    ),
    Street("north_lane", "ns", ((200, -7.8), (200, 120)), _LANE, half_m=2.5),
    Street(
        "sol_paseo", "ns", ((260, -319), (260, -22.8)),
        named("ソルパセオ銀座", "そるぱせおぎんざ", "Sol Paseo Ginza arcade"),
        centre=Walk(0, _ARCADE | _NO),
    ),
    Street(
        "route_10", "ns", ((480, -420), (490, -22), (500, 300)),
        named("国道10号", "こくどうじゅうごう", "National Route 10", highway="trunk", ref="10", lanes="6",
              maxspeed="50"),
        half_m=11, low=Walk(15, _YES | {"width": "4"}, ((-320, -235, _UNKNOWN),)),
        # 自転車歩行者道: bicycles and people on foot share it.
        high=Walk(15, {"highway": "cycleway", "footway": "", "foot": "designated", "segregated": "no",
                       "width": "5"}),
    ),
)  # fmt: skip

_EAST_WEST = (
    Street(
        "ekimae", "ew", ((40, 0), (490, -22)),
        named("駅前通り", "えきまえどおり", "Ekimae-dori", highway="secondary", lanes="4", maxspeed="40"),
        half_m=9, low=Walk(12, _YES | {"width": "4"}, ((260, 340, _NO),)),
        high=Walk(12, _YES | {"width": "4"}, ((200, 300, _UNKNOWN),)),
    ),
    Street("takegawara", "ew", ((40, -235), (484.7, -235)), _LANE, half_m=2.5),
    Street("lane_120", "ew", ((40, 120), (494.4, 120)), _LANE | {"incline": "-6%"}, half_m=2.5),
    Street("south_lane", "ew", ((-120, -420), (60, -420)), _LANE, half_m=2.5),
    Street(
        "nagarekawa", "ew", ((-60, -318.1), (482.2, -335)),
        named("流川通り", "ながれかわどおり", "Nagarekawa-dori", highway="secondary", lanes="2",
              maxspeed="40", incline="-5%"),
        half_m=6, low=Walk(9), high=Walk(9, {}, ((150, 260, _YES), (260, 480, _NO))),
    ),
)  # fmt: skip

_CROSSINGS = (
    signals(("ekimae", "low"), "station_front", sound="yes", hours=_DAY),
    signals(("ekimae", "high"), "station_front", sound="yes", hours=_DAY),
    signals(("station_front", "high"), "ekimae", sound="no"),
    unmarked(("ekimae", "high"), "north_lane", kerb="flush"),
    signals(("route_10", "low"), "ekimae", sound="yes", hours=_DAY),
    signals(("ekimae", "low"), "route_10", sound="yes", **{"crossing:island": "yes"}),
    signals(("ekimae", "high"), "route_10", sound="yes", hours="07:00-20:00", **{"crossing:island": "yes"}),
    unmarked(("station_front", "high"), "takegawara", kerb="flush"),
    unmarked(("yayoi", "centre"), "takegawara", kerb="flush"),
    zebra(("sol_paseo", "centre"), "takegawara", paved="no"),
    unmarked(("route_10", "low"), "takegawara", kerb="raised", paved="no"),
    unmarked(("station_front", "high"), "lane_120"),
    unmarked(("route_10", "low"), "lane_120", kerb="flush"),
    zebra(("nagarekawa", "high"), "station_front"),
    signals(("station_front", "high"), "nagarekawa", button_operated="yes"),
    unmarked(("nagarekawa", "low"), "lane_60", kerb="raised", paved="no"),
    signals(("route_10", "low"), "nagarekawa", sound="no"),
    signals(("nagarekawa", "high"), "route_10", **{"traffic_signals:vibration": "yes"}),
)

_PLAZA = {"highway": "footway", "surface": "paving_stones", "lit": "yes"}
_UNDERPASS = named("北浜の地下道", "きたはまの ちかどう", "Kitahama underpass", **_INVENTED)

_PATHS = (
    Path(("exit_east", On(("station_front", "low"), 0)), _PLAZA | _YES),
    Path(("exit_east", "exit_west"),
         {"highway": "footway", "indoor": "yes", "covered": "yes", "tactile_paving": "yes",
          "tunnel": "building_passage"}),
    Path(("exit_west", "steps_west"), _PLAZA | _YES),
    Path(("steps_west", (-80, 0)),
         {"highway": "steps", "step_count": "5", "incline": "up", "handrail": "no"}),
    Path((On(("ekimae", "low"), 420), (420, -45)), _PLAZA | _YES),
    Path((On(("takegawara", "centre"), 307), (307, -243)), _PLAZA),
    Path((On(("lane_120", "centre"), 230), "park"), {"highway": "footway", "surface": "compacted"}),
    Path((On(("route_10", "high"), 110), (525, 110)), _PLAZA | _YES),
    Path((On(("route_10", "low"), 60), "stairs_west"), _PLAZA | _INVENTED),
    Path(("stairs_west", "under_west"),
         {"highway": "steps", "step_count": "28", "incline": "down", "handrail": "yes"} | _INVENTED),
    Path(("under_west", "under_east"),
         _UNDERPASS | {"highway": "footway", "tunnel": "yes", "layer": "-1", "width": "3"}),
    Path(("under_east", "stairs_east"),
         {"highway": "steps", "step_count": "28", "incline": "up", "handrail": "yes"} | _INVENTED),
    Path(("stairs_east", On(("route_10", "high"), 60)), _PLAZA | _INVENTED),
    Path(((-30, -470), "rails", (-30, -370)), {"railway": "rail", **_INVENTED}),
)  # fmt: skip

_STOP = {"highway": "bus_stop", "public_transport": "platform"}

_SPOTS = (
    Spot("exit_east", (0, 0), {"entrance": "main", "tactile_paving": "yes"}),
    Spot("exit_west", (-60, 0), {"entrance": "yes", "tactile_paving": "yes"}),
    Spot("steps_west", (-75, 0), {}),
    Spot("park", (230, 145), {}),
    Spot("stairs_west", (474, 60), {}),
    Spot("under_west", (474, 72), {}),
    Spot("under_east", (511, 72), {}),
    Spot("stairs_east", (511, 60), {}),
    Spot("rails", On(("south_lane", "centre"), -30),
         {"railway": "level_crossing", "crossing:barrier": "full", **_INVENTED}),
    Spot("east", (0, 2), named("別府駅 東口", "べっぷえき ひがしぐち", "Beppu Station, east exit",
         railway="train_station_entrance")),
    Spot("west", (-60, 2), named("別府駅 西口", "べっぷえき にしぐち", "Beppu Station, west exit",
         railway="train_station_entrance")),
    Spot("station", (-30, 4), named("別府駅", "べっぷえき", "Beppu Station", railway="station")),
    Spot("tokiwa", (420, -48), named("トキハ別府店", "ときは べっぷてん", "Tokiwa Beppu department store",
         shop="department_store")),
    Spot("takegawara_bath", (307, -246), named("竹瓦温泉", "たけがわらおんせん", "Takegawara Onsen",
         amenity="public_bath")),
    Spot("tower", (528, 110), named("別府タワー", "べっぷたわー", "Beppu Tower", tourism="attraction")),
    Spot("kaimonji", (230, 150), named("海門寺公園", "かいもんじこうえん", "Kaimonji Park", leisure="park")),
    Spot("yayoi_gate", (146, -24), named("やよい銀天街 入口", "やよいぎんてんがい いりぐち",
         "Yayoi Gintengai entrance", tourism="attraction")),
    Spot("sol_paseo_gate", (256, -30), named("ソルパセオ銀座 入口", "そるぱせおぎんざ いりぐち",
         "Sol Paseo Ginza entrance", tourism="attraction")),
    Spot("stop_station", (30, -14), named("別府駅前", "べっぷえきまえ", "Beppu Station bus stop", **_STOP)),
    Spot("stop_kitahama", (474, -45), named("別府北浜", "べっぷきたはま", "Beppu Kitahama bus stop",
         **_STOP)),
)  # fmt: skip

BEPPU = Sketch(
    key="beppu",
    title="別府市中心部 / central Beppu",
    origin=(33.2797, 131.5003),
    streets=_NORTH_SOUTH + _EAST_WEST,
    crossings=_CROSSINGS,
    paths=_PATHS,
    spots=_SPOTS,
)
