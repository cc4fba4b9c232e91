"""What an installation writes: every file parses, fits the board, and never takes a person's work away."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from device.announcements import LANGS, Lang
from device.clocks import VirtualClock
from device.config_keys import KEYS
from device.config_reading import read_config
from device.install import changes, files, steps
from device.install.boards import BOARDS, PROFILES, Board, this_board
from device.parts.supervisor import ENDS_S
from device.phone.certificate import make_certificate, read_certificate
from vision.model_files import find_model


def written(root: Path, board: Board = "pi5", lang: Lang = "ja") -> tuple[changes.Change, ...]:
    planned = changes.planned(files.wanted(board, lang), root)
    changes.apply(planned, root)
    return planned


@pytest.mark.parametrize("board", BOARDS)
def test_no_template_has_a_place_that_was_not_filled(board: Board) -> None:
    for each in files.wanted(board, "ja"):
        assert not re.search(r"@[A-Z_]+@", each.text), each.path


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("lang", LANGS)
def test_the_first_configuration_can_be_read_and_leads_nobody_anywhere(
    board: Board, lang: Lang, tmp_path: Path
) -> None:
    path = tmp_path / "device.toml"
    path.write_text(files.config_text(board, lang), encoding="utf-8")
    config = read_config(path)
    assert config.wearer.lang == lang
    assert config.places == ()
    assert config.server.url is None
    assert not config.record.consent
    assert config.camera.model == PROFILES[board].model
    assert config.buttons.sources == (("gpio:17,27,22",) if board in ("pi4", "pi5") else ())
    assert find_model(config.camera.model).spec.runtime in ("onnx", "ncnn")


def test_every_group_of_the_unit_is_made_where_a_board_lacks_it() -> None:
    for board in BOARDS:
        by_path = {each.path: each.text for each in files.wanted(board, "ja")}
        unit = by_path["etc/systemd/system/shirube.service"]
        groups = re.search(r"^SupplementaryGroups=(.+)$", unit, re.MULTILINE)
        assert groups
        for group in groups[1].split():
            assert f"g {group} -" in by_path["etc/sysusers.d/shirube.conf"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("board", BOARDS)
def test_the_unit_parses_and_is_closed(board: Board, tmp_path: Path) -> None:
    unit = tmp_path / "shirube.service"
    text = files._filled("shirube.service", board)
    # The programs of the unit are not on this machine; everything else of it is judged as it is.
    unit.write_text(re.sub(r"=([-+]*)/opt/shirube/\S+", r"=\1/bin/true", text))
    verify = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    complaints = [
        line
        for line in done.stderr.splitlines()
        if "shirube.service:" in line and "sysinit.target" not in line
    ]
    assert not complaints
    security = ["systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager", str(unit)]
    done = subprocess.run(security, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout.splitlines()[-1:]


def test_the_service_is_started_for_ever_and_watched() -> None:
    unit = files.unit_text(Path("/nowhere"))
    for line in (
        "Type=notify",
        "WatchdogSec=10",
        "Restart=always",
        "StartLimitIntervalSec=0",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ReadWritePaths=/var/lib/shirube",
        "User=shirube",
        "ExecStart=/opt/shirube/current/bin/shirube device run --config /etc/shirube/device.toml",
    ):
        assert line in unit.splitlines()


def test_there_is_time_for_guidance_to_say_farewell_and_for_the_others_to_end() -> None:
    unit = files.unit_text(Path("/nowhere"))
    assert "KillMode=mixed" in unit.splitlines()
    stop = re.search(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert stop is not None
    assert int(stop[1]) > 2 * ENDS_S + 2.0


def test_what_links_lead_to_is_not_given_away(tmp_path: Path) -> None:
    folder, others = tmp_path / "data", tmp_path / "others"
    (folder / "phrases").mkdir(parents=True)
    others.mkdir()
    (others / "shadow").touch()
    (folder / "phrases/ja").touch()
    (folder / "file").symlink_to(others / "shadow")
    (folder / "folder").symlink_to(others)
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    steps.give_away(folder, 12345, 12346)
    given = [path for path in tmp_path.rglob("*") if path.lstat().st_uid == 12345]
    assert {path.name for path in given} == {"data", "phrases", "ja", "file", "folder"}
    assert {path.lstat().st_gid for path in given} == {12346}


def test_a_certificate_that_has_expired_is_made_anew_and_a_good_one_stays(tmp_path: Path) -> None:
    site = steps.Site(tmp_path, "pi5", "ja", VirtualClock(1.9e9))
    old = make_certificate(site.data, ("board.local",), 1.7e9)
    made = steps.certificate(site)
    assert made.done
    good = read_certificate(site.data, 1.9e9)
    assert good is not None
    assert good.until > old
    assert steps.certificate(site).detail == made.detail
    assert read_certificate(site.data, 1.9e9).until == good.until  # type: ignore[union-attr]


def test_installing_again_changes_nothing(tmp_path: Path) -> None:
    assert {change.state for change in written(tmp_path)} == {"new"}
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {change.state for change in written(tmp_path)} == {"same", "own"}
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert (tmp_path / "opt/shirube/bin/on-trial").stat().st_mode & 0o777 == 0o755


def test_planning_alone_writes_nothing(tmp_path: Path) -> None:
    changes.planned(files.wanted("pi5", "ja"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_a_person_changed_is_kept_and_ours_lies_beside_it(tmp_path: Path) -> None:
    written(tmp_path)
    gpsd = tmp_path / "etc/default/gpsd"
    gpsd.write_text('DEVICES="/dev/serial0"\n')
    (change,) = [each for each in written(tmp_path) if each.state == "kept"]
    assert change.wanted.path == "etc/default/gpsd"
    assert "DEVICES" in "\n".join(changes.shown(change))
    assert gpsd.read_text() == 'DEVICES="/dev/serial0"\n'
    assert gpsd.with_name("gpsd.new").read_text() == change.wanted.text
    assert "kept" in {each.state for each in written(tmp_path)}  # the next time as well


def test_ours_of_before_and_a_package_s_own_file_are_updated(tmp_path: Path) -> None:
    written(tmp_path, "pi4")
    states = {change.wanted.path: change.state for change in written(tmp_path, "jetson")}
    assert states["etc/systemd/system/shirube.service"] == "update"
    gpsd, status = tmp_path / "b/etc/default/gpsd", tmp_path / "b/var/lib/dpkg/status"
    for path in (gpsd, status):
        path.parent.mkdir(parents=True)
    gpsd.write_text('GPSD_OPTIONS=""\n')
    status.write_text("Package: gpsd\nConffiles:\n /etc/default/gpsd b93bb4cb7a1d2b2f4cf8f7d4eb5cdb31\n")
    assert _state(tmp_path / "b") == "kept"  # another file than the package brought
    import hashlib

    md5 = hashlib.md5(gpsd.read_bytes(), usedforsecurity=False).hexdigest()
    status.write_text(f"Package: gpsd\nConffiles:\n /etc/default/gpsd {md5}\n")
    assert _state(tmp_path / "b") == "update"


def _state(root: Path) -> str:
    planned = changes.planned(files.wanted("pi5", "ja"), root)
    return next(change.state for change in planned if change.wanted.path == "etc/default/gpsd")


def test_the_wearer_s_configuration_is_never_written_again(tmp_path: Path) -> None:
    written(tmp_path)
    config = tmp_path / files.CONFIG
    config.write_text('[wearer]\nlang = "en"\n')
    written(tmp_path, "jetson")
    assert tomllib.loads(config.read_text()) == {"wearer": {"lang": "en"}}


def test_the_version_that_installs_becomes_the_device(tmp_path: Path) -> None:
    site = steps.Site(tmp_path, "pi5", "ja", VirtualClock(0.0))
    assert steps.version(site, Path("/usr")).done is None
    running = tmp_path / "opt/shirube/versions/1.0"
    (running / "bin").mkdir(parents=True)
    assert steps.version(site, running).done
    assert (tmp_path / "opt/shirube/current").readlink() == Path("versions/1.0")
    assert (tmp_path / "usr/local/bin/shirube").readlink() == Path("/opt/shirube/current/bin/shirube")
    assert steps.version(site, running).done


def test_every_key_of_the_configuration_is_in_the_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs/device.md").read_text(encoding="utf-8")
    for section, key in KEYS:
        name = f"[[places]] {key}" if section == "places" else f"{section}.{key}" if section else key
        assert f"| `{name}` |" in guide, name


@pytest.mark.parametrize(
    ("model", "board"),
    [
        ("Raspberry Pi 5 Model B Rev 1.0\0", "pi5"),
        ("Raspberry Pi 4 Model B Rev 1.4\0", "pi4"),
        ("NVIDIA Jetson Orin Nano Developer Kit\0", "jetson"),
        ("Pine64 RockPro64\0", "generic"),
    ],
)
def test_the_board_is_told_by_its_device_tree(model: str, board: Board, tmp_path: Path) -> None:
    assert this_board(tmp_path) == "generic"
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/model").write_text(model)
    assert this_board(tmp_path) == board
