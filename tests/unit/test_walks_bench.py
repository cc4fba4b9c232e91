"""The bench of walks: its walkers, its voice and its figures, each against a case checked by hand."""

# ruff: noqa: S311 - seeded walks, to be repeated

import random
from dataclasses import replace

import pytest

from routing.actions import itinerary
from routing.cues import Cue, CueKind
from routing.follow import Follower
from routing.simulated import Leg, route_of
from routing.walks import figures
from routing.walks.bench import measure
from routing.walks.figures import Figures, elsewhere_m, window_m
from routing.walks.naive import NaiveFollower
from routing.walks.record import Record, record
from routing.walks.run import told
from routing.walks.voice import Spoken, Voice, morae
from routing.walks.walker import KERB_BACK_M, Listening, Sure, astray
from wire.route import Crossing, Route, StretchKind

LIGHT = Crossing(signals="yes", marked="yes")


def city() -> Route:
    return route_of(
        [
            Leg(0, 150),
            Leg(0, 12, StretchKind.CROSSING, crossing=LIGHT),
            Leg(0, 120),
            Leg(-120, 0),
            Leg(0, 150),
        ]
    )


def knowing(accuracy_m: float = 3.0, seed: int = 0, *, leave: bool = False) -> Record:
    rng = random.Random(seed)
    guide = Follower(city())
    walker = Sure(guide.plan, rng, astray(guide.plan, rng) if leave else None)
    return record(guide, walker, accuracy_m, random.Random(seed))


# --- the voice


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("みぎにまがります。", 10.0, 10.0), ("きょうと", 3.0, 3.0), ("35メートル", 9.0, 9.0), ("右", 1.5, 2.5)],
)
def test_morae_are_counted(text: str, least: float, most: float) -> None:
    assert least <= morae(text) <= most


def _cue(kind: CueKind, key: str, **more: object) -> Cue:
    return replace(Cue(kind, key, distance_m=5.0, turn_deg=90.0), **more)  # type: ignore[arg-type]


def test_two_sentences_never_overlap_and_the_spot_comes_first() -> None:
    voice = Voice()
    voice.offer((_cue(CueKind.LANDMARK, "landmark/0"), _cue(CueKind.TURN_NOW, "turn/0/now")), 0.0)
    first, second = voice.until(20.0, None)
    assert first.cue.kind is CueKind.TURN_NOW
    assert second.start_s == pytest.approx(first.end_s + 0.75)


def test_words_for_the_spot_end_lesser_words() -> None:
    voice = Voice()
    voice.offer((_cue(CueKind.LANDMARK, "landmark/0"),), 0.0)
    voice.until(1.0, None)
    voice.offer((_cue(CueKind.TURN_NOW, "turn/0/now"),), 1.0)
    voice.until(2.5, None)
    assert voice.said[0].cut
    assert voice.said[0].end_s == pytest.approx(1.5)
    assert voice.said[1].cue.kind is CueKind.TURN_NOW


def test_what_is_stale_when_its_turn_comes_is_dropped() -> None:
    voice = Voice()
    passed = _cue(CueKind.PREPARE_TURN, "turn/0/ahead", expires_m=30.0)
    old = _cue(CueKind.LANDMARK, "landmark/0", lifetime_s=1.0)
    voice.offer((_cue(CueKind.TURN_NOW, "turn/9/now"), passed, old), 0.0)
    assert [one.cue.key for one in voice.until(30.0, 31.0)] == ["turn/9/now"]
    assert {cue.key for cue in voice.dropped} == {"turn/0/ahead", "landmark/0"}


# --- the walkers


def test_who_knows_the_way_walks_it_and_stops_at_the_kerb() -> None:
    walk = knowing()
    crossing = next(one for one in walk.plan.decisions if one.act is CueKind.CROSSING_NOW)
    stood = {round(tick.truth.along_m, 1) for tick in walk.ticks if not tick.truth.moving}
    assert round(crossing.at_m - KERB_BACK_M, 1) in stood
    places = [tick.truth.along_m for tick in walk.ticks]
    assert places == sorted(places)
    assert places[-1] == pytest.approx(walk.plan.line.length_m)


def test_who_leaves_the_route_is_truly_off_it_and_comes_back() -> None:
    walk = knowing(leave=True)
    out = [tick.truth for tick in walk.ticks if not tick.truth.on]
    assert out
    line = walk.plan.line
    furthest = max(abs(line.project(line.plane.from_xy(one.xy)).offset_m) for one in out)
    assert furthest > 35.0
    assert walk.ticks[-1].truth.on


def test_who_only_listens_arrives_where_the_words_are_right() -> None:
    guide = Follower(city())
    walker = Listening(guide.plan, random.Random(3))
    record(guide, walker, 3.0, random.Random(3))
    assert walker.arrived
    assert walker.missed_m <= 25.0


def test_who_hears_nothing_does_not_find_the_corner() -> None:
    plan = itinerary(city())
    walker = Listening(plan, random.Random(3))
    second = 0.0
    while not walker.over:
        walker.step(second)
        second += 1.0
    assert not walker.arrived
    assert walker.missed_m > 100.0


# --- the figures


def said(walk: Record, cue: Cue, at_m: float) -> Record:
    """The walk with these words alone, begun where the walker truly was at `at_m`."""
    start = next(tick.truth.t_s for tick in walk.ticks if tick.truth.along_m >= at_m)
    return replace(walk, said=(Spoken(cue, start, start + 3.0, 20.0),))


def turn_of(walk: Record, **more: object) -> Cue:
    action = next(one for one in walk.plan.decisions if one.act is CueKind.TURN_NOW)
    return replace(action.what, kind=CueKind.TURN_NOW, key=f"{action.key}/now", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("early_m", "right"), [(20.0, 0), (5.0, 1), (0.0, 1), (-6.0, 0)])
def test_the_window_of_a_turn(early_m: float, right: int) -> None:
    walk = knowing()
    corner = turn_of(walk).at_m or 0.0
    assert figures.of(said(walk, turn_of(walk), corner - early_m)).turns_right == right


def test_the_window_grows_with_the_error_and_late_is_narrower() -> None:
    assert window_m(3.0) == (8.0, 4.0)
    assert window_m(20.0) == (20.0, 10.0)
    assert elsewhere_m(10.0) == 15.0


def test_a_reversed_side_is_found_wrong() -> None:
    walk = knowing()
    corner = turn_of(walk).at_m or 0.0
    right = figures.of(said(walk, turn_of(walk), corner - 3.0)).wrong
    wrong = figures.of(said(walk, turn_of(walk, turn_deg=90.0), corner - 3.0)).wrong
    assert (right["side"], wrong["side"]) == (0, 1)


def test_a_turn_far_from_its_corner_is_found_wrong() -> None:
    walk = knowing()
    corner = turn_of(walk).at_m or 0.0
    assert figures.of(said(walk, turn_of(walk), corner - 25.0)).wrong["place"] == 1
    assert figures.of(said(walk, turn_of(walk), corner + 15.0)).wrong["place"] == 1


def test_false_alarms_and_far_arrivals_are_found() -> None:
    walk = knowing()
    assert figures.of(said(walk, Cue(CueKind.OFF_ROUTE, "off/1"), 80.0)).false_off == 1
    assert figures.of(said(walk, Cue(CueKind.WRONG_WAY, "wrong_way"), 80.0)).wrong["wrong way"] == 1
    assert figures.of(said(walk, Cue(CueKind.ARRIVED, "arrived"), 300.0)).wrong["arrival"] == 1
    middle = Cue(CueKind.CROSSING_DONE, "crossing/1/done")
    assert figures.of(said(walk, middle, 155.0)).wrong["crossed"] == 1


def test_a_kerb_message_counts_before_the_feet_are_there() -> None:
    walk = knowing()
    kerb = next(one for one in walk.plan.decisions if one.act is CueKind.CROSSING_NOW)
    cue = replace(kerb.what, kind=CueKind.CROSSING_NOW, key=f"{kerb.key}/now")
    early, late = said(walk, cue, kerb.at_m - 8.0), said(walk, cue, kerb.at_m + 1.0)
    assert (figures.of(early).kerbs_before, figures.of(early).kerbs_stepped) == (1, 0)
    assert (figures.of(late).kerbs_before, figures.of(late).kerbs_stepped) == (0, 1)


def test_silence_is_counted_while_walking_only() -> None:
    walk = replace(knowing(), said=())
    assert figures.of(walk).silences >= 1
    moving = sum(tick.truth.moving for tick in walk.ticks)
    assert figures.of(walk).longest_silence_s == moving


def test_figures_add_up_and_the_same_seed_gives_the_same() -> None:
    once = measure([city()], [10.0], 7)
    assert once == measure([city()], [10.0], 7)
    sums = once.noises[0].shirube + once.noises[0].shirube
    assert sums.turns == 2 * once.noises[0].shirube.turns
    assert told(Figures())["turns_in_window"] is None
    assert set(told(sums)) == set(told(once.noises[0].naive))


def test_guidance_is_better_than_the_naive_follower_where_positions_are_bad() -> None:
    def false_off(guide: Follower | NaiveFollower, seed: int) -> int:
        walker = Sure(guide.plan, random.Random(seed))
        rng = random.Random(seed)
        if isinstance(guide, Follower):
            return figures.of(record(guide, walker, 15.0, rng)).false_off
        return figures.of(record(guide, walker, 15.0, rng)).false_off

    ours = sum(false_off(Follower(city()), seed) for seed in range(3))
    naive = sum(false_off(NaiveFollower(city()), seed) for seed in range(3))
    assert ours == 0
    assert naive >= 2
