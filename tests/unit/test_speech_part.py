"""The speech part's step: who says what, who is missed, what is told to whom. Without sound."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from device.companion import Health
from device.mouth import Hearing, Utterance
from device.parts.channel import Door, Line
from device.parts.messages import HEARD, TO_SPEECH, Farewell, Heard, Silence, Speak, ToSpeech, Tune
from device.parts.speech import SpeechPart
from device.policy import Earcon
from device.ports import Playback
from device.speech.own_words import GUIDANCE_GONE

SAID = Speak(7, Earcon.STOP, (("en", "Stop!"), ("ja", "止まって。")), 30.0)


@dataclass
class FakeBox:
    """Says what it is told and plays until told otherwise."""

    said: list[Utterance] = field(default_factory=list)
    tunes: list[tuple[float, float]] = field(default_factory=list)
    playback: Playback = field(default_factory=Playback)
    health: Health | None = None
    changes: tuple[Health, ...] = ()
    failed: tuple[str, ...] = ()

    def say(self, utterance: Utterance, now_s: float) -> None:
        self.said.append(utterance)
        self.playback = Playback(utterance.number, now_s, now_s + 2.0)

    def hush(self, now_s: float) -> None:
        self.playback = Playback()

    def tune(self, volume_db: float, rate: float) -> None:
        self.tunes.append((volume_db, rate))

    def listen(self, now_s: float) -> Hearing:
        changes, self.changes = self.changes, ()
        return Hearing(self.playback, changes, self.failed)


@dataclass
class Stand:
    path: Path
    box: FakeBox
    part: SpeechPart
    now_s: float = 0.0
    lines: list[Line[Heard, ToSpeech]] = field(default_factory=list)

    def line(self) -> Line[Heard, ToSpeech]:
        self.lines.append(Line(self.path, HEARD, TO_SPEECH))
        return self.lines[-1]

    def step(self, after_s: float = 0.02, *, ending: bool = False) -> bool:
        self.now_s += after_s
        return self.part.step(self.now_s, ending=ending)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    door: Door[ToSpeech, Heard] = Door(tmp_path / "speech.sock", TO_SPEECH, HEARD)
    box = FakeBox()
    stand = Stand(tmp_path / "speech.sock", box, SpeechPart(door, box, "ja"))  # type: ignore[arg-type]
    yield stand
    for line in stand.lines:
        line.close()
    door.close()


def test_what_guidance_wants_is_done_and_told(stand: Stand) -> None:
    line = stand.line()
    line.send(Tune(3.0, 1.5))
    line.send(SAID)
    assert stand.step()
    assert stand.box.tunes == [(3.0, 1.5)]
    assert stand.box.said == [Utterance(7, Earcon.STOP, SAID.texts, 30.0)]
    assert {heard.playback.utterance for heard in line.poll()} == {7}
    line.send(Silence())
    assert not stand.step()
    stand.box.playback = Playback(finished=(7,))
    stand.step()
    assert [heard.playback.finished for heard in line.poll()] == [(), (7,)]


def test_while_it_speaks_it_tells_ten_times_a_second_and_in_silence_nothing(stand: Stand) -> None:
    line = stand.line()
    line.send(SAID)
    stand.step()
    line.poll()
    for _ in range(50):
        stand.step(0.02)
    assert 8 <= len(line.poll()) <= 11
    stand.box.playback = Playback()
    for _ in range(50):
        stand.step(0.02)
    assert len(line.poll()) == 1


def gone_by_farewell(line: Line[Heard, ToSpeech]) -> None:
    line.send(Farewell())
    line.close()


@pytest.mark.parametrize(("leave", "missed"), [(Line.close, True), (gone_by_farewell, False)])
def test_who_vanishes_is_missed_in_the_language_that_was_spoken(
    stand: Stand, leave: Callable[[Line[Heard, ToSpeech]], None], missed: bool
) -> None:
    line = stand.line()
    line.send(SAID)
    stand.step()
    leave(line)
    stand.step()
    said = stand.box.said[1:]
    assert len(said) == missed
    if missed:
        assert said[0].texts == (("en", GUIDANCE_GONE["en"]), ("ja", GUIDANCE_GONE["ja"]))
        assert said[0].earcon is Earcon.STOP


def test_nobody_is_missed_who_only_listened_nor_when_all_ends_nor_while_another_is_there(
    stand: Stand,
) -> None:
    listener, one, other = stand.line(), stand.line(), stand.line()
    listener.poll()
    for line in (one, other):
        line.send(Tune())
    stand.step()
    listener.close()
    one.close()
    stand.step()
    assert stand.box.said == []
    other.close()
    stand.step(ending=True)
    assert stand.box.said == []


def test_what_it_says_by_itself_is_not_told_as_guidances(stand: Stand) -> None:
    line = stand.line()
    line.send(Tune())
    stand.step()
    line.close()
    assert stand.step()  # it speaks
    new = stand.line()
    new.send(Tune())
    stand.step()
    stand.box.playback = Playback(finished=(stand.box.said[0].number, 3), failed=(stand.box.said[0].number,))
    stand.step()
    told = new.poll()
    assert {heard.playback.utterance for heard in told} == {None}
    assert [heard.playback.finished for heard in told][-1] == (3,)
    assert not any(heard.playback.failed for heard in told)


def test_who_comes_new_is_told_what_is_wrong_and_everybody_what_changes(stand: Stand) -> None:
    stand.box.health = Health("speech", False, "speaker", "no card")
    first = stand.line()
    first.poll()
    stand.step()
    stand.step()
    assert [heard.health for heard in first.poll() if heard.health] == [(stand.box.health,)]
    stand.box.health = Health("speech", True)
    stand.box.changes, stand.box.failed = (stand.box.health,), ("no words after 5 s",)
    stand.step()
    told = first.poll()
    assert told[-1].health == (Health("speech", True),)
    assert told[-1].failed == ("no words after 5 s",)
