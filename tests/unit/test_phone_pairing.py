"""Who may be the glasses: codes, tries, locks, tokens, and who is put out. All in virtual seconds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from device.errors import PhoneError
from device.parts.messages import FromPhone, PhoneState, Press
from device.phone.desk import Admission, Desk
from device.phone.kept import FILE, read_kept, write_kept
from device.phone.pairing import CODE_S, KNOCK_GAP_S, LOCK_S, TRIES, Pairing, draw_code, hashed
from device.phone.protocol import Hello, Picture, Pong, Pressed, Refused, Welcome

JPEG = b"\xff\xd8picture"


class Told:
    """A desk, what it tells, and what it keeps."""

    def __init__(self, kept: str | None = None) -> None:
        numbers: Iterator[str] = iter(f"{n:06d}" for n in range(100_000, 200_000, 1111))
        self.pairing = Pairing(kept, lambda: next(numbers))
        self.messages: list[FromPhone] = []
        self.kept: list[str] = []
        self.desk = Desk(self.pairing, self.messages.append, self.kept.append)

    @property
    def last(self) -> PhoneState:
        return [m for m in self.messages if isinstance(m, PhoneState)][-1]

    def events(self) -> list[str]:
        return [m.event for m in self.messages if isinstance(m, PhoneState) and m.event]

    def paired(self, now_s: float, *, asked: bool = True) -> Admission:
        self.desk.make_code(now_s, asked=asked)
        assert self.last.code is not None
        return self.desk.admit(Hello(code=self.last.code), now_s)

    def stream(self, now_s: float) -> None:
        """The phone that is in sends a picture."""
        guest = self.desk.guest
        assert guest is not None
        number = guest.ping(now_s)
        if number is not None:
            guest.on_text(Pong(number, 0.0), now_s)
        assert guest.on_picture(Picture(1, 0.0, JPEG), now_s) is not None
        self.desk.tick(now_s)


def token_of(admission: Admission) -> str:
    assert isinstance(admission.answer, Welcome)
    assert admission.answer.token is not None
    return admission.answer.token


def code_of(admission: Admission) -> str:
    assert isinstance(admission.answer, Refused)
    assert admission.guest is None
    return admission.answer.code


def test_codes_are_six_digits_and_differ() -> None:
    codes = {draw_code() for _ in range(200)}
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert len(codes) > 190


@pytest.mark.parametrize("given", ["100000", "100 000", "100-000", "１００ ０００"])
def test_the_spoken_code_lets_in_once(given: str) -> None:
    told = Told()
    told.desk.begin(0.0)
    assert told.last.code == "100000"
    admission = told.desk.admit(Hello(code=given), 5.0)
    assert told.kept == [hashed(token_of(admission))]
    assert (told.last.event, told.last.paired, told.last.connected, told.last.code) == (
        "paired",
        True,
        True,
        None,
    )
    assert code_of(told.desk.admit(Hello(code=given), 6.0)) == "no_code"


def test_a_code_lasts_three_minutes() -> None:
    told = Told()
    told.desk.make_code(0.0, asked=True)
    assert told.pairing.code(CODE_S - 0.1) is not None
    assert code_of(told.desk.admit(Hello(code="100000"), CODE_S)) == "no_code"


def test_five_wrong_tries_lock_and_the_next_lock_is_longer() -> None:
    told = Told()
    told.desk.make_code(0.0, asked=False)
    answers = [code_of(told.desk.admit(Hello(code="999999"), 10.0 * n)) for n in range(TRIES)]
    assert answers == ["wrong_code"] * (TRIES - 1) + ["locked"]
    locked_s = 10.0 * (TRIES - 1)
    assert told.events() == ["refused"] * TRIES
    assert "5回" in told.last.detail
    assert "Five wrong" in told.last.detail
    assert code_of(told.desk.admit(Hello(code="100000"), locked_s + LOCK_S - 1.0)) == "locked"
    assert not told.desk.knock(locked_s + LOCK_S - 1.0)
    told.desk.make_code(locked_s + LOCK_S, asked=False)
    for n in range(TRIES):
        told.desk.admit(Hello(code="999999"), locked_s + LOCK_S + n)
    assert told.pairing.locked_s(locked_s + LOCK_S + TRIES - 1) == pytest.approx(2 * LOCK_S)


def test_guesses_at_one_code_after_the_other_lock_as_well() -> None:
    told = Told()
    answers, now_s = list[str](), 0.0
    for _ in range(2):  # knock, guess four times, let the code run out, knock again
        assert told.desk.knock(now_s)
        answers += [code_of(told.desk.admit(Hello(code="999999"), now_s)) for _ in range(TRIES - 1)]
        now_s += CODE_S + 1.0
    assert answers == ["wrong_code"] * (TRIES - 1) + ["locked"] * (TRIES - 1)


def test_the_wearer_who_asks_lifts_the_lock() -> None:
    told = Told()
    told.desk.make_code(0.0, asked=False)
    for _ in range(TRIES):
        told.desk.admit(Hello(code="999999"), 0.0)
    assert isinstance(told.paired(1.0).answer, Welcome)


def test_refusals_are_not_shouted_by_who_hammers_at_the_door() -> None:
    told = Told(kept=hashed("the token"))
    for n in range(100):
        assert code_of(told.desk.admit(Hello(token="guess"), n * 0.1)) == "token"
    assert told.events() == ["refused", "refused"]
    for n in range(3600):
        told.desk.admit(Hello(token="guess"), 10.0 + n)
    assert len(told.events()) <= 6 + 60 + 1


def test_a_token_comes_back_and_a_new_pairing_revokes_it() -> None:
    told = Told()
    token = token_of(told.paired(0.0))
    assert told.desk.guest is not None
    told.desk.left(told.desk.guest, 1.0)
    assert isinstance(told.desk.admit(Hello(token=token), 2.0).answer, Welcome)
    assert told.events() == ["paired", "left", "back"]
    told.paired(3.0)
    assert code_of(told.desk.admit(Hello(token=token), 4.0)) == "token"


def test_the_same_phone_twice_the_older_page_goes() -> None:
    told = Told()
    first = told.paired(0.0)
    second = told.desk.admit(Hello(token=token_of(first)), 1.0)
    assert second.out is not None
    assert (second.out[0], second.out[1].code) == (first.guest, "elsewhere")
    assert first.guest is not None
    told.desk.left(first.guest, 1.1)
    assert told.desk.guest is second.guest
    assert "left" not in told.events()


def test_a_second_phone_is_refused_while_the_first_streams() -> None:
    told = Told()
    first = told.paired(0.0)
    assert first.guest is not None
    told.desk.left(first.guest, 1.0)
    assert told.desk.knock(2.0)
    code = told.last.code
    assert code is not None
    back = told.desk.admit(Hello(token=token_of(first)), 3.0)
    told.stream(3.5)
    assert code_of(told.desk.admit(Hello(code=code), 4.0)) == "busy"
    assert told.events()[-1] == "second"
    assert told.desk.guest is back.guest
    # The first one stops: then the same code is good.
    assert isinstance(told.desk.admit(Hello(code=code), 20.0).answer, Welcome)


def test_a_second_phone_takes_over_where_the_wearer_asked() -> None:
    told = Told()
    first = told.paired(0.0)
    told.stream(0.5)
    second = told.paired(1.0)
    assert second.out is not None
    assert (second.out[0], second.out[1].code) == (first.guest, "replaced")
    assert code_of(told.desk.admit(Hello(token=token_of(first)), 2.0)) == "token"


def test_knocking_has_a_code_spoken_at_most_once_a_minute() -> None:
    told = Told()
    assert told.desk.knock(0.0)
    spoken = told.last.code
    assert not told.desk.knock(KNOCK_GAP_S - 1.0)
    assert told.desk.knock(KNOCK_GAP_S)
    assert told.last.code == spoken
    told.paired(100.0)
    assert not told.desk.knock(300.0)


def test_who_is_gone_holds_no_button() -> None:
    told = Told()
    guest = told.paired(0.0).guest
    assert guest is not None
    guest.on_text(Pressed(0.0, 3, down=True), 1.0)
    told.desk.left(guest, 2.0)
    assert told.messages[-2] == Press(2.0, 3, down=False)
    assert told.last.event == "left"


def test_streaming_is_told_when_it_begins_and_when_it_stands() -> None:
    told = Told()
    told.paired(0.0)
    told.stream(0.5)
    assert told.last.streaming
    told.desk.tick(1.4)
    assert told.last.streaming
    told.desk.tick(1.6)
    assert not told.last.streaming


def test_another_version_is_told_to_update() -> None:
    assert code_of(Told().desk.admit(Hello(version=2, code="100000"), 0.0)) == "protocol"


def test_the_kept_file_is_private_and_holds_no_token(tmp_path: Path) -> None:
    write_kept(tmp_path / "data", hashed("secret"))
    path = tmp_path / "data" / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert "secret" not in path.read_text()
    assert read_kept(tmp_path / "data") == hashed("secret")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"token_sha256": 5}', '{"token_sha256": "abc"}'])
def test_a_damaged_file_pairs_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    assert read_kept(tmp_path) is None


def test_a_disk_that_takes_nothing_is_said_and_the_phone_is_let_in(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(PhoneError, match=r"再起動.+ / the pairing cannot be kept"):
        write_kept(tmp_path / "data", hashed("x"))
    told = Told()
    desk = Desk(told.pairing, told.messages.append, lambda kept: write_kept(tmp_path / "data", kept))
    desk.make_code(0.0, asked=True)
    assert isinstance(desk.admit(Hello(code="100000"), 1.0).answer, Welcome)
    assert "the pairing cannot be kept" in told.last.detail
