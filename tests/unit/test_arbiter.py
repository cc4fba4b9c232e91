"""The arbiter's rules, one by one. Its promises for any input: tests/property/test_arbiter_promises.py."""

from dataclasses import replace

import pytest

from device.announcements import AlertKind, Announcement, Fault, Fresh, TripInfo
from device.arbiter import ArbiterState, Play, Settled, SpeechArbiter, Stop
from device.examples import example
from device.ports import Playback
from device.producers import announcement, from_health
from routing.cues import Cue, CueKind
from vision.types import Hazard

ARBITER = SpeechArbiter()
SILENT = Playback()


def cue(kind: CueKind, key: str = "turn/3", now_s: float = 0.0, **values: object) -> Announcement:
    return announcement(kind, key, Cue(kind=kind, key=key, **values), now_s)  # type: ignore[arg-type]


def hazard(
    now_s: float = 0.0, kind: AlertKind = AlertKind.OBSTACLE_ON_PAVING, **values: object
) -> Announcement:
    params = example(kind).params
    assert isinstance(params, Hazard)
    params = replace(params, **values)  # type: ignore[arg-type]
    return announcement(kind, f"obstacle/{params.track_id}", params, now_s)


def playing(utterance: int, since_s: float, pausing: bool = False) -> Playback:
    return Playback(utterance=utterance, started_s=since_s, ends_s=since_s + 3.0, pausing=pausing)


def begin(*new: Announcement, now_s: float = 0.0) -> ArbiterState:
    """A state in which the first of `new` is heard."""
    state, commands, _ = ARBITER.step(ArbiterState(), now_s, new, SILENT)
    assert any(isinstance(command, Play) for command in commands)
    state, _, _ = ARBITER.step(state, now_s, (), playing(1, now_s))
    return state


def outcomes(settled: tuple[Settled, ...]) -> list[tuple[str, str]]:
    return [(str(each.announcement.kind), each.outcome) for each in settled]


def test_silence_is_broken_at_once() -> None:
    turn = cue(CueKind.TURN_NOW)
    _, commands, settled = ARBITER.step(ArbiterState(), 0.0, (turn,), SILENT)
    assert commands == (Play(1, turn),)
    assert settled == ()


def test_the_more_urgent_of_two_goes_first_and_the_other_waits_for_the_gap() -> None:
    landmark, turn = cue(CueKind.LANDMARK, "landmark/1"), cue(CueKind.TURN_NOW)
    state = begin(landmark, turn)
    state, commands, settled = ARBITER.step(state, 3.0, (), SILENT)
    assert outcomes(settled) == [("turn_now", "spoken")]
    assert commands == ()
    state, commands, _ = ARBITER.step(state, 3.7, (), SILENT)
    assert commands == ()
    _, commands, _ = ARBITER.step(state, 3.75, (), SILENT)
    assert commands == (Play(2, landmark),)


def test_a_stop_cuts_at_once_and_the_instruction_comes_back() -> None:
    turn, stop = cue(CueKind.TURN_NOW), hazard(1.0, AlertKind.STOP_NOW)
    state, commands, settled = ARBITER.step(begin(turn), 1.0, (stop,), playing(1, 0.0))
    assert commands == (Stop(1), Play(2, stop))
    assert settled == (Settled(turn, "preempted", 1, 0.0, 1.0),)
    state, _, _ = ARBITER.step(state, 1.1, (), playing(2, 1.1))
    state, _, _ = ARBITER.step(state, 2.0, (), SILENT)
    _, commands, _ = ARBITER.step(state, 2.75, (), SILENT)
    assert commands == (Play(3, turn),)


def test_a_cut_instruction_that_expired_meanwhile_does_not_come_back() -> None:
    turn, stop = cue(CueKind.TURN_NOW), hazard(1.0, AlertKind.STOP_NOW)
    state, _, _ = ARBITER.step(begin(turn), 1.0, (stop,), playing(1, 0.0))
    state, _, _ = ARBITER.step(state, 1.1, (), playing(2, 1.1))
    _, commands, settled = ARBITER.step(state, turn.expires_s, (), SILENT)
    assert commands == ()
    assert outcomes(settled) == [("stop_now", "spoken"), ("turn_now", "expired")]


def test_a_caution_waits_for_a_pause_between_phrases() -> None:
    person = hazard(1.0, AlertKind.PERSON_APPROACHING)
    state, commands, _ = ARBITER.step(begin(cue(CueKind.REASSURE)), 1.0, (person,), playing(1, 0.0))
    assert commands == ()
    _, commands, _ = ARBITER.step(state, 1.5, (), playing(1, 0.0, pausing=True))
    assert commands == (Stop(1), Play(2, person))


def test_a_caution_does_not_wait_for_a_pause_for_ever() -> None:
    person = hazard(1.0, AlertKind.PERSON_APPROACHING)
    state, _, _ = ARBITER.step(begin(cue(CueKind.REASSURE)), 1.0, (person,), playing(1, 0.0))
    _, commands, _ = ARBITER.step(state, 2.0, (), playing(1, 0.0))
    assert commands == (Stop(1), Play(2, person))


def test_an_act_now_takes_the_place_of_its_own_prepare() -> None:
    turn = cue(CueKind.TURN_NOW, now_s=1.0)
    state, commands, settled = ARBITER.step(
        begin(cue(CueKind.PREPARE_TURN)), 1.0, (turn,), playing(1, 0.0, pausing=True)
    )
    assert commands == (Stop(1), Play(2, turn))
    assert outcomes(settled) == [("prepare_turn", "preempted")]
    assert state.queue == ()


def test_a_lower_urgency_never_cuts() -> None:
    stop = hazard(0.0, AlertKind.STOP_NOW)
    for kind in (CueKind.TURN_NOW, CueKind.STEPS_AHEAD):
        _, commands, _ = ARBITER.step(
            begin(stop), 0.5, (cue(kind, now_s=0.5),), playing(1, 0.0, pausing=True)
        )
        assert commands == ()


def test_what_was_delivered_is_not_repeated_inside_its_gap() -> None:
    first = hazard()
    state, _, _ = ARBITER.step(begin(first), 3.0, (), SILENT)
    state, commands, settled = ARBITER.step(state, 5.0, (hazard(5.0),), SILENT)
    assert commands == ()
    assert outcomes(settled) == [("obstacle_on_paving", "duplicate")]
    _, commands, _ = ARBITER.step(state, 24.0, (again := hazard(24.0),), SILENT)
    assert commands == (Play(2, again),)


def test_what_got_worse_is_told_again_at_once() -> None:
    state, _, _ = ARBITER.step(begin(hazard()), 3.0, (), SILENT)
    worse = hazard(3.1, ttc_s=1.6)
    _, commands, _ = ARBITER.step(state, 3.1, (worse,), SILENT)
    assert commands == (Play(2, worse),)


def test_what_gets_worse_does_not_cut_the_sentence_about_itself() -> None:
    """The words that are being said are the quickest warning of it; the worse follows without a breath."""
    worse = hazard(1.0, ttc_s=1.6)
    state, commands, _ = ARBITER.step(begin(hazard()), 1.0, (worse,), playing(1, 0.0))
    assert commands == ()
    state, commands, _ = ARBITER.step(state, 1.2, (), playing(1, 0.0, pausing=True))
    assert commands == ()
    _, commands, settled = ARBITER.step(state, 2.0, (), Playback(finished=(1,)))
    assert outcomes(settled) == [("obstacle_on_paving", "spoken")]
    assert commands == (Play(2, worse),)


def test_a_stop_cuts_the_sentence_about_the_same_thing() -> None:
    stop = hazard(1.0, AlertKind.STOP_NOW)
    _, commands, _ = ARBITER.step(begin(hazard()), 1.0, (stop,), playing(1, 0.0))
    assert commands == (Stop(1), Play(2, stop))


def test_another_thing_that_gets_near_does_not_wait() -> None:
    other = hazard(1.0, ttc_s=1.6, track_id=7)
    _, commands, _ = ARBITER.step(begin(hazard()), 1.0, (other,), playing(1, 0.0))
    assert commands == (Stop(1), Play(2, other))


def test_a_thing_under_another_row_does_not_cut_the_sentence_about_itself() -> None:
    """It came onto the blocks, or began to move: the words that are being said warn of it."""
    for kind in (AlertKind.OBSTACLE_AHEAD, AlertKind.VEHICLE_APPROACHING):
        other_row = hazard(1.0, kind, ttc_s=1.6)
        state, commands, _ = ARBITER.step(begin(hazard()), 1.0, (other_row,), playing(1, 0.0))
        assert commands == ()
        _, commands, _ = ARBITER.step(state, 2.0, (), Playback(finished=(1,)))
        assert commands == (Play(2, other_row),)


def test_the_last_words_of_a_warning_are_let_end_by_all_but_a_stop() -> None:
    other = hazard(2.8, ttc_s=1.6, track_id=7)
    late = playing(1, 0.0)  # ends at 3.0
    _, commands, _ = ARBITER.step(begin(hazard()), 2.65, (other,), late)
    assert commands == (Stop(1), Play(2, other))
    state, commands, _ = ARBITER.step(begin(hazard()), 2.8, (other,), late)
    assert commands == ()
    _, commands, _ = ARBITER.step(state, 3.0, (), Playback(finished=(1,)))
    assert commands == (Play(2, other),)
    stop = hazard(2.8, AlertKind.STOP_NOW, track_id=7)
    _, commands, _ = ARBITER.step(begin(hazard()), 2.8, (stop,), late)
    assert commands == (Stop(1), Play(2, stop))
    # The last words of an instruction are no warning: it is said again.
    turn = begin(cue(CueKind.TURN_NOW))
    _, commands, _ = ARBITER.step(turn, 2.8, (other,), late)
    assert commands == (Stop(1), Play(2, other))


def test_the_rest_follows_what_was_said_without_a_gap() -> None:
    rest = hazard(2.0, AlertKind.OBSTACLE_DETAIL)
    state, commands, _ = ARBITER.step(begin(hazard()), 2.0, (rest,), Playback(finished=(1,)))
    assert commands == (Play(2, rest),)
    assert state.queue == ()


def test_the_rest_gives_way_at_once_to_what_would_wait_for_a_pause() -> None:
    rest, person = hazard(0.0, AlertKind.OBSTACLE_DETAIL), hazard(1.0, track_id=7)
    _, commands, settled = ARBITER.step(begin(rest), 1.0, (person,), playing(1, 0.0))
    assert commands == (Stop(1), Play(2, person))
    assert outcomes(settled) == [("obstacle_detail", "preempted")]


def test_the_rest_that_was_cut_is_not_taken_up_again() -> None:
    rest, other = hazard(0.0, AlertKind.OBSTACLE_DETAIL), hazard(1.0, track_id=7)
    state, _, _ = ARBITER.step(begin(rest), 1.0, (other,), playing(1, 0.0))
    assert state.queue == ()
    _, commands, _ = ARBITER.step(state, 4.0, (), Playback(finished=(2,)))
    assert commands == ()


def test_the_rest_does_not_give_way_to_what_may_never_cut() -> None:
    rest, link = hazard(0.0, AlertKind.OBSTACLE_DETAIL), from_health("uplink", False, 1.0)
    _, commands, _ = ARBITER.step(begin(rest), 1.0, link, playing(1, 0.0, pausing=True))
    assert commands == ()


def test_a_caution_takes_only_a_short_breath() -> None:
    state, _, _ = ARBITER.step(
        begin(cue(CueKind.TURN_NOW)), 3.0, (steps := cue(CueKind.STEPS_AHEAD, now_s=3.0),), SILENT
    )
    state, commands, _ = ARBITER.step(state, 3.2, (), SILENT)
    assert commands == ()
    _, commands, _ = ARBITER.step(state, 3.25, (), SILENT)
    assert commands == (Play(2, steps),)


def test_what_failed_does_not_count_as_said() -> None:
    state, _, settled = ARBITER.step(begin(hazard()), 0.5, (), Playback(failed=(1,)))
    assert outcomes(settled) == [("obstacle_on_paving", "failed")]
    again = hazard(0.6)
    _, commands, _ = ARBITER.step(state, 2.0, (again,), SILENT)
    assert commands == (Play(2, again),)


def test_an_utterance_that_never_begins_has_failed_and_is_stopped() -> None:
    state, _, _ = ARBITER.step(ArbiterState(), 0.0, (cue(CueKind.TURN_NOW),), SILENT)
    state, commands, settled = ARBITER.step(state, 3.0, (), SILENT)
    assert commands == (Stop(1),)
    assert outcomes(settled) == [("turn_now", "failed")]
    assert state.speaking is None


def test_an_utterance_that_ended_between_two_looks_was_spoken() -> None:
    state, _, _ = ARBITER.step(ArbiterState(), 0.0, (cue(CueKind.TURN_NOW),), SILENT)
    _, _, settled = ARBITER.step(state, 1.0, (), Playback(finished=(1,)))
    assert outcomes(settled) == [("turn_now", "spoken")]


def test_a_hazard_that_is_gone_when_its_turn_comes_is_dropped() -> None:
    state = begin(hazard(kind=AlertKind.STOP_NOW, track_id=7), hazard())
    state, commands, settled = ARBITER.step(state, 1.0, (), SILENT, Fresh(hazards={}))
    assert outcomes(settled) == [("stop_now", "spoken"), ("obstacle_on_paving", "expired")]
    assert commands == ()


@pytest.mark.parametrize(("ttc_s", "told"), [(12.0, False), (None, False), (5.5, True)])
def test_a_hazard_that_has_turned_out_to_be_passed_is_dropped(ttc_s: float | None, told: bool) -> None:
    """It waited behind another voice, and is a hazard still, but would not be told any more."""
    waits = hazard()
    assert isinstance(waits.params, Hazard)
    state = begin(hazard(kind=AlertKind.STOP_NOW, track_id=7), waits)
    now = replace(waits.params, ttc_s=ttc_s, distance_m=5.0)
    fresh = Fresh(hazards={now.track_id: now})
    _, _, settled = ARBITER.step(state, 1.0, (), SILENT, fresh)
    assert (("obstacle_on_paving", "expired") not in outcomes(settled)) is told


def test_a_place_that_was_passed_is_dropped() -> None:
    turn = cue(CueKind.TURN_NOW, at_m=100.0, expires_m=105.0)
    _, commands, settled = ARBITER.step(ArbiterState(), 0.0, (turn,), SILENT, Fresh(route_m=106.0))
    assert commands == ()
    assert outcomes(settled) == [("turn_now", "expired")]


def test_back_takes_the_place_of_a_lost_that_still_waits() -> None:
    state = begin(hazard(kind=AlertKind.STOP_NOW), *from_health("camera", False, 0.0, "dark"))
    state, _, settled = ARBITER.step(state, 0.2, from_health("camera", True, 0.2), playing(1, 0.0))
    assert outcomes(settled) == [("camera_lost", "expired")]
    assert [waiting.announcement.kind for waiting in state.queue] == [AlertKind.CAMERA_BACK]


def test_lost_again_is_news_after_back() -> None:
    state = ArbiterState()
    now_s = 0.0
    for utterance, healthy in enumerate((False, True, False), start=1):
        new = from_health("camera", healthy, now_s, "dark")
        state, commands, _ = ARBITER.step(state, now_s, new, SILENT)
        assert commands == (Play(utterance, new[0]),)
        state, _, _ = ARBITER.step(state, now_s + 0.1, (), playing(utterance, now_s))
        now_s += 4.0
        state, _, settled = ARBITER.step(state, now_s - 0.8, (), SILENT)
        assert [each.outcome for each in settled] == ["spoken"]


def test_the_queue_is_bounded_and_drops_the_least_important() -> None:
    crowd = tuple(
        announcement(AlertKind.TRIP_ENDED, f"trip/{number}", TripInfo(), 0.0) for number in range(40)
    )
    urgent = announcement(AlertKind.CAMERA_LOST, "camera", Fault("camera"), 0.0)
    state, commands, settled = ARBITER.step(ArbiterState(), 0.0, (*crowd, urgent), SILENT)
    assert commands == (Play(1, urgent),)
    assert len(state.queue) == ARBITER.queue_limit - 1
    assert len(settled) == 41 - ARBITER.queue_limit


def test_a_sound_that_is_not_ours_is_ended_first() -> None:
    turn = cue(CueKind.TURN_NOW)
    _, commands, _ = ARBITER.step(ArbiterState(), 0.0, (turn,), playing(99, 0.0))
    assert commands == (Stop(99), Play(1, turn))


def test_a_return_that_was_just_told_still_ends_the_loss_that_waits() -> None:
    lost, back = example(AlertKind.PHONE_LEFT), example(AlertKind.PHONE_BACK)
    state, _, _ = ARBITER.step(begin(back), 1.0, (), Playback(finished=(1,)))  # "back" was heard
    state, _, _ = ARBITER.step(state, 1.5, (replace(lost, created_s=1.5, expires_s=31.5),), Playback())
    state, _, settled = ARBITER.step(state, 1.6, (replace(back, created_s=1.6, expires_s=16.6),), Playback())
    assert sorted(outcomes(settled)) == [("phone_back", "duplicate"), ("phone_left", "expired")]
    assert state.queue == ()
