"""What is said in an encounter, and how it is judged."""

import json
from dataclasses import replace
from itertools import islice, pairwise

import pytest

from device.encounters.channel import Channel, Utterance, characters, pauses_s, speech_s
from device.encounters.cli import main
from device.encounters.options import Options
from device.encounters.run import ALL, OURS, THRESHOLD, play, run
from device.encounters.score import IN_TIME, LATE, MISSED, Stage, repeats, score, stages
from device.encounters.tellers import PAVING, DistanceTeller, EveryTeller, PolicyTeller, Spoken, Teller
from device.encounters.voice_figures import NAMES, fitted, sentences
from vision.encounters.detector import FALSE, perfect
from vision.encounters.errors import FiguresError
from vision.encounters.figures import read_figures
from vision.encounters.watch import SPEED_OFFSET_MPS, SPEED_WANDERS_MPS, Watched, speeds_of, watch
from vision.encounters.world import Encounter, Kind, Thing
from vision.types import ObjectClass as C

FIGURES = read_figures()
SURE = perfect(FIGURES)
BICYCLE = Thing(0, C.BICYCLE, 0.0, 8.0, 0.6, 1.0, 1.05)
WALK = Encounter(0, 1, Kind.STATIC, False, 1.0, 0.0, 0.0, 1.55, 12.0, 7.35, (BICYCLE,))


def watched(encounter: Encounter) -> tuple[Watched, ...]:
    return tuple(watch(encounter, SURE))


def heard(teller: Teller, frames: tuple[Watched, ...]) -> list[Spoken]:
    for frame in frames:
        teller.step(frame.t_s + 0.04, frame)
        teller.step(frame.t_s + 0.09, None)
    return teller.spoken


def channel() -> Channel:
    return Channel(FIGURES.speech, FIGURES.time.beyond_model_s)


def said(
    start: float, end: float, thing: int = 0, level: int = 0, *, whole: bool = True, rest: bool = False
) -> Spoken:
    sound = Utterance(1, start, 0.2, end, (), whole)
    return Spoken(thing, f"obstacle/{thing}", "柱。", level, start, sound, rest=rest)


def test_a_perfect_detector_and_a_bicycle_on_the_blocks_is_warned_in_time_and_without_nuisance() -> None:
    frames = watched(WALK)
    teller = PolicyTeller(channel(), FIGURES.speech, paving=True)
    result = score(WALK, heard(teller, frames), stages(frames, 0.04), teller.created)
    (judged,) = result.hazards
    assert judged.contact_s == pytest.approx(8.0 - (1.0 + 0.30) / 2)
    assert judged.outcome == IN_TIME
    assert result.nuisances == result.repeats == 0
    first, rest = teller.spoken[:2]
    assert (first.text, first.rest, first.whole) == ("ブロックに自転車。", False, True)
    assert rest.rest
    assert "メートル。" in rest.text
    assert rest.started_s - first.ended_s < 0.25  # no gap but for a step of the arbiter


def test_nothing_ahead_is_nothing_said() -> None:
    empty = replace(WALK, things=(), kind=Kind.CLEAR)
    for paving in (0.0, None):
        walk = replace(empty, paving_x_m=paving)
        frames = watched(walk)
        for teller in (
            PolicyTeller(channel(), FIGURES.speech, paving=paving is not None),
            DistanceTeller(channel()),
            EveryTeller(channel()),
        ):
            assert heard(teller, frames) == []


def test_the_threshold_speaks_at_three_metres_and_not_before_nor_aside() -> None:
    frames = watched(WALK)
    spoken = heard(DistanceTeller(channel()), frames)
    # Its front is half a metre before its middle; the picture is the camera's guess of three metres.
    assert 8.0 - 0.5 - spoken[0].created_s == pytest.approx(3.0, abs=0.6)
    assert len(spoken) == 1
    aside = replace(WALK, things=(replace(BICYCLE, x_m=2.5),))
    assert heard(DistanceTeller(channel()), watched(aside)) == []


def test_speaking_everything_speaks_of_what_stands_aside_too_and_never_with_two_voices() -> None:
    pole = Thing(1, C.POLE, 2.0, 7.0, 0.3, 0.3, 3.0)
    spoken = heard(EveryTeller(channel()), watched(replace(WALK, things=(BICYCLE, pole))))
    assert {each.thing for each in spoken} >= {0, 1}
    for first, second in pairwise(spoken):
        assert second.started_s >= first.ended_s
        assert second.thing != first.thing or second.started_s - first.ended_s >= 5.0


def test_in_time_is_a_sentence_that_is_over_one_and_a_half_seconds_before_contact() -> None:
    contact = WALK.contacts[0]
    reached = {0: Stage(0.3, 0.5, 0.6)}

    def outcome(*spoken: Spoken) -> str:
        return score(WALK, spoken, reached, {0: 0.7}).hazards[0].outcome

    assert outcome(said(1.0, contact - 1.51)) == IN_TIME
    assert outcome(said(1.0, contact - 1.49)) == LATE
    assert outcome(said(contact - 0.1, contact + 2.0)) == LATE
    assert outcome(said(contact + 0.1, contact + 2.0)) == MISSED
    assert outcome(said(1.0, 2.0, whole=False)) == LATE  # cut: it was not heard to its end
    assert outcome(said(1.0, 2.0, thing=FALSE)) == MISSED


def test_the_first_stage_that_came_too_late_is_to_blame() -> None:
    contact = WALK.contacts[0]

    def cause(reached: Stage, offered: float | None, *spoken: Spoken) -> str | None:
        told = {} if offered is None else {0: offered}
        return score(WALK, spoken, {0: reached}, told).hazards[0].cause

    assert cause(Stage(None, None, None), None) == "out_of_view"
    assert cause(Stage(0.3, None, None), None) == "not_confirmed"
    assert cause(Stage(0.3, 0.5, None), None) == "not_in_the_way"
    assert cause(Stage(0.3, 0.5, 0.5), contact - 1.0) == "not_offered"
    assert cause(Stage(0.3, 0.5, 0.5), 1.0, said(contact - 1.0, contact)) == "waiting"
    assert cause(Stage(0.3, 0.5, 0.5), 1.0, said(1.0, contact, whole=False)) == "too_long"


def test_how_far_and_the_free_side_are_no_warning_no_sentence_and_no_repeat() -> None:
    """They belong to the telling before: alone they warn of nothing, after it they repeat nothing."""
    rest = said(3.0, 4.0, rest=True)
    alone = score(WALK, [rest], {}, {})
    assert (alone.hazards[0].outcome, alone.sentences) == (MISSED, 0)
    both = score(WALK, [said(1.0, 2.9), rest], {}, {})
    assert (both.hazards[0].outcome, both.sentences, both.repeats) == (IN_TIME, 1, 0)
    harmless = score(WALK, [said(1.0, 2.9, thing=4), said(3.0, 4.0, thing=4, rest=True)], {}, {})
    assert (harmless.nuisances, harmless.repeats) == (1, 0)


def test_nuisances_are_what_is_harmless_what_is_not_there_and_blocks_that_are_not_gone() -> None:
    gone = replace(said(1.0, 2.0, thing=PAVING), true=False)
    spoken = [said(0.5, 2.0), said(2.5, 3.0, thing=4), said(3.5, 4.0, thing=FALSE), gone]
    result = score(WALK, spoken, {}, {})
    assert (result.nuisances, result.nothing_there, result.blocks) == (3, 1, 1)
    assert score(WALK, [said(0.5, 2.0), said(3.0, 4.0, thing=PAVING)], {}, {}).nuisances == 0


def test_again_within_five_seconds_is_a_repeat_unless_it_got_worse() -> None:
    assert repeats([said(0.0, 1.0), said(5.9, 7.0)]) == 1
    assert repeats([said(0.0, 1.0), said(6.1, 7.0)]) == 0
    assert repeats([said(0.0, 1.0), said(2.0, 3.0, level=1), said(4.0, 5.0, level=2)]) == 0
    assert repeats([said(0.0, 1.0, level=1), said(2.0, 3.0)]) == 1
    assert repeats([said(0.0, 1.0), said(2.0, 3.0, thing=5)]) == 0
    assert repeats([said(0.0, 1.0, whole=False), said(2.0, 3.0)]) == 0  # the first was not heard


def test_one_voice_is_busy_for_as_long_as_the_words_take() -> None:
    voice = channel()
    sound = voice.play(1, "正面、3メートルに柱。", 0.17, 10.0)
    assert sound.starts_s == pytest.approx(10.0 + FIGURES.time.beyond_model_s)
    assert 1.2 < sound.ends_s - sound.starts_s < 3.2
    assert voice.busy(sound.ends_s - 0.01)
    assert voice.playback(sound.starts_s + 0.1).utterance == 1
    assert voice.playback(sound.ends_s + 0.01).finished == (1,)
    cut = voice.play(2, "柱。正面、3メートル。", 0.17, 20.0)
    voice.stop(20.5)
    assert (cut.whole, cut.ends_s) == (False, 20.5)
    assert voice.playback(21.0).finished == ()


def test_more_words_take_longer_and_pause_between_phrases() -> None:
    short, long = "柱。正面、3メートル。", "点字ブロックの上に自転車。3メートル先。右側があいているようです。"
    assert 0.9 < speech_s(short, FIGURES.speech) < speech_s(long, FIGURES.speech) < 6.0
    assert len(pauses_s(long, FIGURES.speech)) == 2
    first, last = pauses_s(short, FIGURES.speech)[0]
    assert 0 < first < last < speech_s(short, FIGURES.speech)


def test_the_figures_of_the_voice_are_found_again_in_lengths_made_by_them() -> None:
    texts = sentences(60, 5)
    lengths = [speech_s(text, FIGURES.speech) for text in texts]
    values, rest = fitted(texts, lengths)
    assert rest < 1e-9
    assert values == pytest.approx([getattr(FIGURES.speech, name) for name in NAMES])
    assert characters("柱。正面、3メートル。") == (4, 3, 1, 1, 1)


def test_the_same_seed_gives_the_same_scores_and_frames_are_shared_by_all_three() -> None:
    assert play(2, 7, FIGURES).scores == play(2, 7, FIGURES).scores
    (first,) = run(Options(n=1, seed=7))
    assert set(first) == {OURS, THRESHOLD, ALL}
    assert len({each.minutes for each in first.values()}) == 1
    assert len({tuple(h.contact_s for h in each.hazards) for each in first.values()}) == 1


def test_the_speed_that_is_told_is_nearly_the_true_one_and_is_left_out_where_nobody_tells_it() -> None:
    times = tuple(n / 5 for n in range(250))
    off = [
        mps - walk.speed_mps
        for walk in (replace(WALK, number=number) for number in range(60))
        for mps in speeds_of(walk, times)
    ]
    rms = (sum(each * each for each in off) / len(off)) ** 0.5
    assert rms == pytest.approx((SPEED_OFFSET_MPS**2 + SPEED_WANDERS_MPS**2) ** 0.5, rel=0.15)
    assert speeds_of(replace(WALK, speed_mps=0.0), times)[0] >= 0.0
    told, untold = (islice(watch(WALK, FIGURES, speed=speed), 5) for speed in (True, False))
    assert [w.of_detection for w in told] == [w.of_detection for w in untold], "it changes no detection"


def test_what_is_worn_is_told_beside_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--n", "1", "--seed", "7", "--no-speed", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["own_speed"] is False


@pytest.mark.parametrize("options", [Options(n=0), Options(seed=-1), Options(jobs=0), Options(n=10**9)])
def test_what_cannot_be_simulated_is_refused(options: Options) -> None:
    with pytest.raises(FiguresError, match="give"):
        options.checked()
