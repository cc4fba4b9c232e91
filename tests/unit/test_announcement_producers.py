"""Facts of the route, the device's health and the trip become announcements with a subject and a lifetime."""

import pytest

from device.announcements import AlertKind
from device.policy import POLICY
from device.producers import from_cues, from_health, trip_ended, trip_started
from routing.cues import Cue, CueKind


@pytest.mark.parametrize(
    ("kind", "key", "subject"),
    [
        (CueKind.PREPARE_TURN, "turn/3/ahead", "turn/3"),
        (CueKind.TURN_NOW, "turn/3/now", "turn/3"),
        (CueKind.CROSSING_DONE, "crossing/1/done", "crossing/1"),
        (CueKind.LANDMARK, "landmark/2", "landmark/2"),
        (CueKind.START, "start", "start"),
        (CueKind.POSITION_LOST, "position/lost", "position"),
        (CueKind.POSITION_BACK, "position/back", "position"),
        (CueKind.OFF_ROUTE, "off/1", "route"),
        (CueKind.BACK_ON_ROUTE, "back/1", "route"),
    ],
)
def test_the_stages_of_one_thing_share_a_subject(kind: CueKind, key: str, subject: str) -> None:
    (made,) = from_cues((Cue(kind, key),), 5.0)
    assert (made.kind, made.key, made.created_s) == (kind, subject, 5.0)


def test_the_shorter_lifetime_counts() -> None:
    row_s = POLICY[CueKind.TURN_NOW].lifetime_s
    short, long = from_cues(
        (Cue(CueKind.TURN_NOW, "a", lifetime_s=1.0), Cue(CueKind.TURN_NOW, "b", lifetime_s=99.0)), 10.0
    )
    assert (short.expires_s, long.expires_s) == (11.0, 10.0 + row_s)


def test_the_direction_to_face_waits_for_the_end_of_the_start() -> None:
    (face,) = from_cues((Cue(CueKind.FACE, "face/0", lifetime_s=15.0),), 0.0)
    assert face.expires_s == POLICY[CueKind.FACE].lifetime_s > 20.0


def test_opposites_share_key_and_replace_each_other() -> None:
    for part, reason in (
        ("camera", "dark"),
        ("model", ""),
        ("uplink", ""),
        ("speech", "ja"),
        ("recorder", ""),
        ("position", ""),
        ("buttons", ""),
        ("uplink", "refused"),
    ):
        (lost,) = from_health(part, False, 0.0, reason)  # type: ignore[arg-type]
        (back,) = from_health(part, True, 0.0)  # type: ignore[arg-type]
        assert lost.key == back.key
        assert back.kind in POLICY[lost.kind].supersedes
        assert lost.kind in POLICY[back.kind].supersedes


def test_a_receiver_that_does_not_answer_shares_its_subject_with_the_position() -> None:
    (lost,) = from_health("position", False, 0.0)
    (cue,) = from_cues((Cue(CueKind.POSITION_LOST, "position/lost"),), 0.0)
    assert lost.kind is AlertKind.RECEIVER_LOST
    assert lost.key == cue.key
    assert cue.kind in POLICY[lost.kind].supersedes


def test_a_voice_that_is_away_says_nothing_about_itself_before_it_is_back() -> None:
    assert from_health("speech", False, 0.0, "ended") == ()
    (back,) = from_health("speech", True, 0.0, "ended")
    assert back.kind is AlertKind.SPEECH_BACK


def test_a_key_that_is_refused_is_not_a_connection_that_is_lost() -> None:
    (refused,) = from_health("uplink", False, 0.0, "refused")
    assert refused.kind is AlertKind.LINK_REFUSED


def test_the_trip_has_a_beginning_and_an_end() -> None:
    assert trip_started(0.0, practice=True, shared=False).kind is AlertKind.TRIP_STARTED
    assert trip_ended(0.0, shared=True).kind is AlertKind.TRIP_ENDED
