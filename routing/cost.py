"""What a piece of way costs a blind walker, in seconds: the numbers, each with its reason.

A cost is a walking time plus what danger and effort are worth in time. Nothing is forbidden: soft
penalties beat "no route" (OpenTripPlanner #4088), and the plan says what it could not avoid. Roads
have penalties to match those of crossings, or routes would leave the crossing for the carriageway
(GraphHopper #2707). `routing.weights` puts these numbers to a whole map.
"""

from typing import Final

from wire.route import StretchKind

# --- per metre, times the walking time -----------------------------------------------------------

KIND_FACTORS: Final = {
    StretchKind.SIDEWALK: 1.0,
    StretchKind.PEDESTRIAN: 1.0,
    StretchKind.CROSSING: 1.0,
    StretchKind.BRIDGE: 1.0,
    StretchKind.STEPS: 1.0,
    StretchKind.LEVEL_CROSSING: 1.0,
    StretchKind.INDOOR: 1.1,  # no position fix under a roof
    StretchKind.UNDERPASS: 1.1,  # the same, and echo
    StretchKind.SHARED_PATH: 1.2,  # bicycles are silent
    StretchKind.PATH: 1.2,  # edges and surface often unclear to a cane
    StretchKind.ROAD: 2.0,  # by its class, below
}
SEGREGATED_FACTOR = 1.1  # a path on which bicycles have their own part
# Mixed streets without a sidewalk (路側帯), by how much and how fast traffic passes.
ROAD_FACTORS: Final = {
    "trunk": 8.0, "primary": 6.0, "secondary": 4.0, "tertiary": 2.5, "unclassified": 2.0,
    "residential": 1.8, "service": 1.6, "living_street": 1.3,
}  # fmt: skip
OTHER_ROAD_FACTOR = 2.0
# Where a sidewalk is mapped beside it, the carriageway is a mapping gap's last resort, not a choice.
APART_FACTOR = 3.0
PLATFORM_FACTOR = 4.0  # platforms' edges kill; a way over one is for reaching a train only

UNPAVED_FACTOR = 1.2  # a cane catches and the edge is not heard
SMOOTHNESS_FACTORS: Final = {"unknown": 1.0, "good": 1.0, "rough": 1.15, "very_rough": 1.5}
# Japan's guideline for accessible roads: at most 5 %, 8 % where it cannot be helped.
SLOPE_FACTORS: Final = ((5, 1.0), (8, 1.15), (127, 1.3))  # up to so many percent, either way
NARROW_M, NARROW_FACTOR = 1.0, 1.3  # a cane sweeps 0.9-1.0 m; two people cannot pass

# --- once each, in seconds ------------------------------------------------------------------------

# An unsignalled, unpainted crossing by the class of the road: 120 s or more on larger roads.
UNMARKED_S: Final = {
    "trunk": 400.0, "primary": 300.0, "secondary": 180.0, "tertiary": 120.0, "unclassified": 30.0,
    "residential": 15.0, "living_street": 10.0, "service": 5.0,
}  # fmt: skip
UNMARKED_UNKNOWN_ROAD_S = 60.0
# Half a minute is waited at a light on the average, a little of it at any crossing: without this a way
# would cross a street and back to spare itself one crossing of unknown signals.
WAIT_S = 20.0
SIGNAL_S = 10.0  # the phase must be found by ear from the traffic
# Drivers stop at one of two painted crossings (JAF, 2023: 45 %): the more of them pass, and the
# faster, the longer one waits and the less one hears. 30 s on a street, more on larger roads.
MARKED_S: Final = {"trunk": 200.0, "primary": 150.0, "secondary": 90.0, "tertiary": 60.0}
MARKED_OTHER_ROAD_S = 30.0
SCRAMBLE_S = 10.0  # traffic that runs alongside says nothing of the walker's own phase
NO_BLOCKS_AT_KERB_S = 5.0  # the kerb and the direction have to be found by cane
# Half the road at a time: refuge islands halve pedestrian crashes (FHWA: -32 to -56 %).
ISLAND_FACTOR = 0.7
MANY_LANES, MANY_LANES_FACTOR = 4, 1.5  # the second car is hidden, to the ear too, behind the first

STEPS_S: Final = {"yes": 60.0, "unknown": 120.0, "no": 120.0}  # a flight; a rail that is not known is none
LEVEL_CROSSING_S = 180.0  # level crossings kill (大和郡山, 2022)
ELEVATOR_S = 60.0  # half the wait, and finding door and buttons
BARRIER_S: Final = {
    "none": 0.0, "other": 10.0, "bollard": 3.0, "block": 3.0, "cycle_barrier": 15.0, "gate": 15.0,
    "turnstile": 60.0, "stile": 60.0,
}  # fmt: skip
GAP_S = 10.0  # the map does not show what lies in its gaps of a few metres
# A blockage that somebody reported: an hour's detour is better, but it is no wall to the search.
BLOCKED_S = 3600.0

# --- what another choice changes ------------------------------------------------------------------

# "Safest": dangers weigh three times as much, and metres are cheap.
SAFEST_DANGER = 3.0
# "Most guide blocks": a metre on them for a fifth, and no cap on the way round.
BLOCKS_FACTOR = 0.2
