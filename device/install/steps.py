"""What an installation does beside writing files: each step says what it did, or why not. None is fatal."""

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device.announcements import Lang
from device.errors import DeviceError
from device.install.boards import PROFILES, Board
from device.ports import Clock

DATA: Final = "var/lib/shirube"
Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Site:
    """Where it is installed. `live`: the running system itself, not an image or a trial under --prefix."""

    root: Path
    board: Board
    lang: Lang
    clock: Clock

    @property
    def live(self) -> bool:
        """Whether commands of the system may be run."""
        return self.root == Path("/")

    @property
    def data(self) -> Path:
        """The device's own folder."""
        return self.root / DATA


@dataclass(frozen=True, slots=True)
class Outcome:
    """`done` None: it does not apply here."""

    what: str
    done: bool | None
    detail: str = ""


def system_before(site: Site) -> Iterator[Outcome]:
    """User and groups, which the files and the service need."""
    if not site.live:
        yield Outcome("利用者 shirube / user", None, "--prefix では作りません / not made under --prefix")
        return
    yield _command("利用者 shirube / user", ("systemd-sysusers", "/etc/sysusers.d/shirube.conf"))
    yield _data_folder(site)


def _data_folder(site: Site) -> Outcome:
    try:
        site.data.mkdir(mode=0o750, parents=True, exist_ok=True)
        shutil.chown(site.data, "shirube", "shirube")
        for path, group in (
            (site.root / "etc/shirube", "shirube"),
            (site.root / "etc/shirube/device.toml", "shirube"),
        ):
            if path.exists():
                shutil.chown(path, group=group)
    except (OSError, LookupError) as error:
        return Outcome("フォルダー / folders", False, str(error))
    return Outcome("フォルダー / folders", True)


def version(site: Site, running: Path) -> Outcome:
    """The version that runs this becomes the device, where it lies among the versions and none is yet."""
    from device.install.versions import HOME, Versions

    name = "版 / version"
    versions = Versions(site.root / HOME)
    try:
        mine = running.resolve().relative_to((versions.home / "versions").resolve()).parts[0]
    except (ValueError, IndexError):
        if versions.current() is not None:
            return Outcome(name, True, versions.current() or "")
        why = f"{running} から動いています。{versions.home}/versions の下に入れてください（docs/device.md）"
        return Outcome(
            name, False if site.live else None, f"{why} / runs from there: install it below versions/"
        )
    if mine not in versions.whole():
        versions.finished(mine)
    if versions.current() is None:
        versions.switch(mine, trial=False)
    command = site.root / "usr/local/bin/shirube"
    if not command.exists() and not command.is_symlink():
        command.parent.mkdir(parents=True, exist_ok=True)
        command.symlink_to("/opt/shirube/current/bin/shirube")
    return Outcome(name, True, f"{versions.current()}")


def model(site: Site) -> Outcome:
    """The network for this board is there, and what runs it; on a Jetson, the TensorRT engine is made."""
    profile = PROFILES[site.board]
    name = "モデル / model"
    if site.board == "jetson":
        return _engine(site)
    if profile.runtime == "ncnn" and importlib.util.find_spec("ncnn") is None:
        return Outcome(name, False, "ncnn がありません / is missing: pip install ncnn")
    try:
        from vision.model_files import find_model

        found = find_model(profile.model)
    except Exception as error:  # noqa: BLE001  # one line for a person, whatever a broken install raises
        return Outcome(name, False, str(error))
    return Outcome(name, True, f"{found.spec.id} ({found.path})")


def _engine(site: Site) -> Outcome:
    name = "モデル（TensorRT）/ model"
    if importlib.util.find_spec("tensorrt") is None and shutil.which("trtexec") is None:
        why = "TensorRT がありません。Jetson の上で作ります / no TensorRT: it is made on the Jetson itself"
        return Outcome(name, False, f"{why}: shirube vision export --tensorrt")
    from vision.model_files import models_folder

    program = str(site.root / "opt/shirube/current/bin/shirube")
    where = ("--models", str(models_folder()), "--out", str(site.data / "models"))
    return _command(name, (program, "vision", "export", "--tensorrt", *where), 1800.0)


def phrases(site: Site, say: Say) -> Iterator[Outcome]:
    """The whole vocabulary, made ahead in both languages."""
    from device.announcements import LANGS
    from device.speech.phrase_making import find_phrases, make_phrases
    from device.voice import VoiceProcess

    voice = VoiceProcess()
    try:
        for lang in LANGS:
            name = f"先に作る文（{lang}）/ phrases"
            try:
                if find_phrases(lang, site.data).good:
                    yield Outcome(name, True, "そろっています / complete")
                    continue
                say(f"… {name}")
                made = make_phrases(lang, site.data, voice)
                yield Outcome(name, not made.failed, f"{made.phrases} 文 / phrases, {made.size // 1000} kB")
            except DeviceError as error:
                yield Outcome(name, False, str(error))
    finally:
        voice.close()
    _given_away(site)


def certificate(site: Site) -> Outcome:
    """Of the page that turns a phone into the glasses; browsers want one."""
    from device.phone.certificate import make_certificate, read_certificate

    name = "電話のページの証明書 / certificate of the phone's page"
    try:
        found = read_certificate(site.data, site.clock.utc_s())
    except DeviceError:
        found = None  # expired or damaged: no phone would take it
    if found is not None:
        return Outcome(name, True, f"{found.until:%Y-%m-%d} まで / until")
    host = socket.gethostname()
    try:
        until = make_certificate(site.data, (host, f"{host}.local", *_addresses()), site.clock.utc_s())
    except (DeviceError, OSError) as error:
        return Outcome(name, False, str(error))
    _given_away(site)
    return Outcome(name, True, f"{until:%Y-%m-%d} まで / until")


def _addresses() -> tuple[str, ...]:
    """The one by which others reach this machine; nothing is sent to find it. The access point's own, too."""
    found = ["10.42.0.1"]  # NetworkManager's, where the board is the access point
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        try:
            line.connect(("192.0.2.1", 9))
            found.append(str(line.getsockname()[0]))
        except OSError:
            pass
    return tuple(dict.fromkeys(found))


def _given_away(site: Site) -> None:
    """What root made below the data folder belongs to the service."""
    if not site.live:
        return
    try:
        owner = pwd.getpwnam("shirube")
        give_away(site.data, owner.pw_uid, owner.pw_gid)
    except (OSError, LookupError):
        return


def give_away(folder: Path, uid: int, gid: int) -> None:
    """The folder and all in it to that owner. A link itself, never what it leads to: that may be root's."""
    for _, folders, files, here in os.fwalk(folder, follow_symlinks=False):
        os.fchown(here, uid, gid)
        for name in (*folders, *files):
            os.chown(name, uid, gid, dir_fd=here, follow_symlinks=False)


def system_after(site: Site) -> Iterator[Outcome]:
    """systemd, udev, gpsd and chrony take their new files up; the service is enabled and started."""
    if not site.live:
        yield Outcome("サービス / service", None, "--prefix では始めません / not started under --prefix")
        return
    for what, command in (
        ("systemd", ("systemctl", "daemon-reload")),
        ("journald", ("systemctl", "try-restart", "systemd-journald.service")),
        ("udev", ("udevadm", "control", "--reload")),
        ("gpsd", ("systemctl", "try-restart", "gpsd.service")),
        ("chrony", ("systemctl", "try-restart", "chrony.service")),
        ("自動で始まる / starts by itself", ("systemctl", "enable", "shirube.service")),
        ("始める / start", ("systemctl", "restart", "--no-block", "shirube.service")),
    ):
        yield _command(what, command)


def _command(what: str, command: Sequence[str], timeout_s: float = 120.0) -> Outcome:
    if shutil.which(command[0]) is None and not os.access(command[0], os.X_OK):
        return Outcome(what, False, f"{command[0]} がありません / is not there")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return Outcome(what, False, str(error))
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return Outcome(what, done.returncode == 0, said[-1] if said and done.returncode else "")
