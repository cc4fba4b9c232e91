"""docs/operations.md tells every setting, metric and verb as it is; `server check` and `server new-key`."""

import json
import re
import socket
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from server.alerts.setup import Telling
from server.background import Background
from server.cli import server_app
from server.database import migrate
from server.errors import SettingsError
from server.fakes import FakeClock, FakePlanner
from server.metrics import Metrics
from server.run import serve
from server.sealing import Sealer, sealer_from
from server.settings import Settings

DOC = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")


def fields(model: type[BaseModel], prefix: str = "") -> dict[str, str]:
    """Each key with its default as the table shows it."""
    return {
        prefix + name: json.dumps(list(field.default) if isinstance(field.default, tuple) else field.default)
        for name, field in model.model_fields.items()
        if name != "telling"
    }


def test_every_setting_stands_in_the_table_with_its_default() -> None:
    told = dict(re.findall(r"^\| `([a-z_.]+)` \| `([^`]*)` \|", DOC, flags=re.MULTILINE))
    assert told == fields(Settings) | fields(Telling, "telling.")


def test_every_metric_that_an_alarm_is_set_on_is_measured() -> None:
    metrics = Metrics()
    metrics.watch(Background(FakeClock(), ()))
    found = list(metrics.registry.collect())
    measured = {metric.name + "_total" if metric.type == "counter" else metric.name for metric in found}
    named = set(re.findall(r"shirube_\w+", DOC))
    assert len(named) > 10
    assert named <= measured  # an alarm on a name that nobody gives would be silent for ever
    assert {name for name in measured if name.startswith("shirube_")} <= named


def test_every_verb_that_is_told_is_there() -> None:
    verbs = {command.name for command in server_app.registered_commands}
    verbs |= {group.name for group in server_app.registered_groups}
    told = set(re.findall(r"(?:shirube |`)server ([a-z][a-z-]+)(?= |`)", DOC))
    assert told <= verbs
    assert {"check", "new-key", "reseal", "backup"} <= told


def checked(*given: str) -> tuple[int, dict[str, str]]:
    done = CliRunner().invoke(server_app, ["check", *given, "--json"])
    return done.exit_code, {line["what"]: line["state"] for line in json.loads(done.stdout)}


def test_check_finds_a_fresh_box_fine_and_makes_nothing(tmp_path: Path) -> None:
    code, found = checked("--database", str(tmp_path / "s.db"))
    assert (code, found["store"], found["key_file"]) == (0, "note", "note")
    assert not list(tmp_path.iterdir())


def test_check_finds_what_would_be_missed_too_late(tmp_path: Path) -> None:
    key, store = tmp_path / "key", tmp_path / "s.db"
    sealer_from(key)
    key.chmod(0o644)
    migrate(f"sqlite:///{store}")
    config = tmp_path / "server.toml"
    config.write_text(
        f'database_url = "sqlite:///{store}"\nkey_file = "{key}"\nhttps = true\nmetrics_port = 9100\n'
        f'consent_audio = "{tmp_path}/nothing"\nerasure_ledger = "{tmp_path}/no/ledger"\n'
        f'[maps]\ntown = "{tmp_path}/town.map"\n'
        '[telling]\npublic_url = "http://x"\nsmtp_host = "127.0.0.1"\nsmtp_port = 1\n'
        'mail_from = "a@b.example"\n'
    )
    code, found = checked("--config", str(config))
    assert code == 2
    assert {what for what, state in found.items() if state == "bad"} == {
        "key_file", "erasure_ledger", "maps.town", "telling.public_url", "telling.smtp_host", "consent_audio",
    }  # fmt: skip
    assert found["store"] == found["https"] == found["metrics_port"] == "ok"


def test_a_new_key_is_a_line_for_a_key_file(tmp_path: Path) -> None:
    made = CliRunner().invoke(server_app, ["new-key"]).stdout
    (tmp_path / "key").write_text(made)
    sealer: Sealer = sealer_from(tmp_path / "key")
    assert sealer.open(sealer.seal("x")) == "x"
    assert CliRunner().invoke(server_app, ["new-key"]).stdout != made


@pytest.mark.parametrize("proxies", ['["*"]', '["172.30.77.1/24"]', '["caddy"]'])
def test_a_proxy_that_is_no_address_is_refused(proxies: str, tmp_path: Path) -> None:
    config = tmp_path / "server.toml"
    config.write_text(f"trusted_proxies = {proxies}\n")
    done = CliRunner().invoke(server_app, ["check", "--config", str(config)])
    assert "trusted_proxies" in str(done.exception)


def test_a_metrics_port_that_is_taken_is_told_before_anything_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.run.logs.set_up", lambda _level: None)  # the tests' own log stays
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = Settings(database_url=f"sqlite:///{tmp_path}/s.db", port=0, metrics_port=port)
        with pytest.raises(SettingsError, match=f"metrics_port: cannot listen on 127.0.0.1:{port}"):
            serve(settings, planner=FakePlanner(), ready_file=tmp_path / "ready")
    assert not (tmp_path / "ready").exists()
