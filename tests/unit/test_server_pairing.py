"""`shirube device pair`: everything is looked at before the code is spent, and the rest of the file stays."""

import tomllib
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from device.config_reading import read_config
from device.errors import ConfigError, UplinkError
from device.server_pairing import checked_address, checked_code, pair, with_server
from shirube import app
from wire.codec import PAIR_REQUEST

SERVER = "https://shirube.example.org"
CONFIG = """# mine
[wearer]
lang = "en"  # English

[server]  # the old one
url = "https://old.example.org"
key_file = "keys/mine.key"

[[places]]
name_ja = "県立美術館"
name_en = "Art museum"
lat = 33.2399
lon = 131.6012
"""


class Server:
    def __init__(self, status: int = 201) -> None:
        self.status = status
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.status != 201:
            return httpx.Response(
                self.status, json={"detail_ja": "番号が違います。", "detail_en": "Wrong code."}
            )
        return httpx.Response(201, json={"device_id": "d1", "key": "new-key"})

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)


def test_the_key_is_the_owners_alone_and_the_rest_of_the_file_as_it_was(tmp_path: Path) -> None:
    config = tmp_path / "device.toml"
    config.write_text(CONFIG)
    (tmp_path / "keys").mkdir()
    server = Server()
    paired = pair(SERVER + "/", "1234-5678", config, transport=server.transport)
    assert paired.key_file == tmp_path / "keys/mine.key"
    assert paired.key_file.read_text() == "new-key\n"
    assert paired.key_file.stat().st_mode & 0o777 == 0o600
    told = tomllib.loads(config.read_text())
    assert told["server"] == {"url": SERVER, "key_file": str(paired.key_file)}
    assert told["wearer"] == {"lang": "en"}
    assert "# mine" in config.read_text()
    assert "# English" in config.read_text()
    assert len(told["places"]) == 1
    assert PAIR_REQUEST.decode(server.asked[0].content).code == "12345678"
    assert "authorization" not in server.asked[0].headers
    assert read_config(config).server.url == SERVER


def test_without_a_configuration_one_is_begun(tmp_path: Path) -> None:
    config = tmp_path / "device.toml"
    paired = pair("http://127.0.0.1:8080", "12345678", config, transport=Server().transport)
    assert paired.key_file == tmp_path / "device.key"
    assert tomllib.loads(config.read_text())["server"]["url"] == "http://127.0.0.1:8080"


def test_pairing_again_changes_two_lines() -> None:
    once = with_server(CONFIG, SERVER, Path("/etc/shirube/device.key"))
    assert with_server(once, SERVER, Path("/etc/shirube/device.key")) == once


@pytest.mark.parametrize(
    "address",
    ["http://shirube.example.org", "http://10.0.0.4:80", "shirube.example.org", "ftp://x", "https://", "https://u:p@x",
     "https://x/path", "https://x:port"],
)  # fmt: skip
def test_an_address_that_would_tell_the_key_to_others_is_refused(address: str) -> None:
    with pytest.raises(ConfigError):
        checked_address(address)


@pytest.mark.parametrize("code", ["", "1234567", "123456789", "１２３４５６７x", "abcdefgh"])
def test_a_code_has_eight_digits(code: str) -> None:
    with pytest.raises(ConfigError):
        checked_code(code)


def test_what_cannot_be_kept_spends_no_code(tmp_path: Path) -> None:
    server = Server()
    config = tmp_path / "device.toml"
    config.write_text("[server\n")
    with pytest.raises(ConfigError):
        pair(SERVER, "12345678", config, transport=server.transport)
    config.write_text('[server]\nkey_file = "missing/folder/key"\n')
    with pytest.raises(ConfigError, match="sudo"):
        pair(SERVER, "12345678", config, transport=server.transport)
    assert server.asked == []


@pytest.mark.parametrize(
    "text",
    [
        'server.url = "https://old.example.org"\n',
        'server = {url = "https://old.example.org"}\n',
        '[server]\n"url" = "https://old.example.org"\n',
        "server = 3\n",
    ],
)
def test_a_configuration_that_would_be_broken_spends_no_code_and_stays(tmp_path: Path, text: str) -> None:
    server, config = Server(), tmp_path / "device.toml"
    config.write_text(text)
    with pytest.raises(ConfigError, match=r"\[server\]"):
        pair(SERVER, "12345678", config, transport=server.transport)
    assert server.asked == []
    assert config.read_text() == text


def test_a_wrong_code_is_told_in_the_servers_words_and_nothing_is_written(tmp_path: Path) -> None:
    config = tmp_path / "device.toml"
    config.write_text(CONFIG.replace("keys/", ""))
    with pytest.raises(UplinkError, match=r"番号が違います。 / Wrong code\.$"):
        pair(SERVER, "12345678", config, transport=Server(404).transport)
    assert "old.example.org" in config.read_text()
    assert not (tmp_path / "mine.key").exists()


def test_the_verb_ends_with_2_and_one_line() -> None:
    result = CliRunner().invoke(
        app, ["device", "pair", "--server", "http://far.example", "--code", "12345678"]
    )
    assert result.exit_code == 2
    assert "https" in result.stderr
