"""The device changes its key by itself, and at every moment one of the two opens the server."""

from pathlib import Path

import pytest

from device.config import ServerConfig
from device.device_key import CHANGE_AFTER_S, DeviceKey
from device.errors import UplinkError

DAY_S = 86_400.0


class Stand:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "etc.key"
        self.file.write_text("first\n")
        self.now_s = self.file.stat().st_mtime + 1.0
        self.asked: list[str] = []
        self.new = "second"
        self.folder = folder

    def key(self) -> DeviceKey:
        server = ServerConfig(url="https://shirube.example.org", key_file=self.file)
        return DeviceKey(server, self.folder / "data", lambda: self.now_s, self.renew)

    def renew(self, key: str) -> str:
        self.asked.append(key)
        return self.new


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def test_a_young_key_stays_and_an_old_one_is_changed_and_then_forgotten(stand: Stand) -> None:
    key = stand.key()
    key.accepted(key.read())
    assert stand.asked == []
    stand.now_s += CHANGE_AFTER_S
    key.accepted(key.read())
    assert stand.asked == ["first"]
    # Whatever dies now: the next start finds the new one, and the old one beside it.
    again = stand.key()
    assert again.read() == "second"
    again.accepted("second")
    again.refused("second")  # nothing is left to go back to
    assert again.read() == "second"
    assert '"before":""' in (stand.folder / "data/device-key.json").read_text()
    assert (stand.folder / "data/device-key.json").stat().st_mode & 0o777 == 0o600
    stand.now_s += 89 * DAY_S
    again.accepted("second")
    assert stand.asked == ["first"]
    stand.new = "third"
    stand.now_s += 2 * DAY_S
    again.accepted("second")
    assert (stand.asked, again.read()) == (["first", "second"], "third")


def test_a_server_that_does_not_know_the_new_key_gets_the_old_one(stand: Stand) -> None:
    key = stand.key()
    stand.now_s += CHANGE_AFTER_S
    key.accepted("first")
    key.refused(key.read())
    assert (key.read(), key.read()) == ("first", "first")
    key.refused("first")
    assert key.read() == "second"
    key.refused("second")
    key.accepted(key.read())
    assert stand.key().read() == "first"
    assert stand.asked == ["first"]


def test_another_key_that_a_person_puts_there_counts(stand: Stand) -> None:
    key = stand.key()
    stand.now_s += CHANGE_AFTER_S
    key.accepted("first")
    stand.file.write_text("paired-anew\n")
    assert key.read() == "paired-anew"


def test_a_server_that_changes_no_keys_is_asked_once_a_day_and_nothing_is_lost(stand: Stand) -> None:
    def refuses(key: str) -> str:
        stand.asked.append(key)
        raise UplinkError("HTTP 404")

    stand.renew = refuses  # type: ignore[method-assign]
    key = stand.key()
    stand.now_s += CHANGE_AFTER_S
    for _ in range(3):
        key.accepted(key.read())
    assert (stand.asked, key.read()) == (["first"], "first")
    stand.now_s += DAY_S
    key.accepted("first")
    assert stand.asked == ["first", "first"]


def test_no_key_is_asked_for_that_cannot_be_kept(stand: Stand) -> None:
    (stand.folder / "data").write_text("a file where the folder should be")
    key = stand.key()
    stand.now_s += CHANGE_AFTER_S
    key.accepted("first")
    assert stand.asked == []
    assert key.read() == "first"
