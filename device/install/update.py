"""A new version: made beside the others, tested, made the device, taken back if it does not become ready."""

import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from device.clocks import SystemClock
from device.errors import ConfigError
from device.install.versions import Versions
from device.ports import Clock

READY_S: Final = 60.0  # from the switch until the service is ready
_TAKEN_BACK_S: Final = 30.0  # the version before starts again
_EXTRAS: Final = "device"
# What a new version must be able to do before it is made the device; the rest is the machine's, not its.
SELF_TEST: Final = "configuration,versions,model,voices"
KEEP: Final = 3

Say = Callable[[str], object]


class Builder(Protocol):
    """Makes a version's folder."""

    def build(self, folder: Path, requirement: str) -> None:
        """An environment with `requirement` in it; `ConfigError`."""


@dataclass(frozen=True, slots=True)
class VenvBuilder:
    """A virtual environment by the Python that runs this. `options`: of pip, beside what to install."""

    options: tuple[str, ...] = ()
    with_pip: bool = True  # the next update runs from this one

    def build(self, folder: Path, requirement: str) -> None:
        """Takes minutes on a board."""
        make = [sys.executable, "-m", "venv", *([] if self.with_pip else ["--without-pip"]), str(folder)]
        _run(make, "venv")
        python = str(folder / "bin" / "python")
        _run(
            [sys.executable, "-m", "pip", "--python", python, "install", "-q", *self.options, requirement],
            "pip",
        )


class Service(Protocol):
    """The running device."""

    def restart(self) -> bool:
        """Ask for it; False where no service runs here (an image, a test)."""

    def ready(self) -> bool:
        """Whether it said so since."""


class SystemdService:
    """`shirube.service`."""

    def restart(self) -> bool:
        """Without waiting: on-trial and systemd do what has to be done."""
        return Path("/run/systemd/system").is_dir() and _systemctl("restart", "--no-block", "shirube.service")

    def ready(self) -> bool:
        """Active is ready for a unit that notifies."""
        return _systemctl("is-active", "--quiet", "shirube.service")


def _systemctl(*arguments: str) -> bool:
    done = subprocess.run(["systemctl", *arguments], capture_output=True, check=False)  # noqa: S603, S607
    return done.returncode == 0


def wheel_of(version: str, folder: Path) -> Path:
    """The wheel of `version` in `folder`; `ConfigError` where there is none.

    No index is ever asked for the name "shirube": on PyPI it is another project's, and would run as root.
    """
    for path in sorted(folder.glob("shirube-*.whl")):
        if version_of(path) == version:
            return path
    raise ConfigError(
        f"{version}: wheel を {folder} に置くか、--from で指定してください"
        f" / put its wheel into {folder}, or name it by --from"
    )


def version_of(wheel: Path) -> str:
    """By the wheel's own metadata; `ConfigError` where it is not a wheel of shirube."""
    if not wheel.is_file():
        raise ConfigError(f"{wheel}: ありません / is not there")
    try:
        with zipfile.ZipFile(wheel) as archive:
            name = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
            text = archive.read(name).decode("utf-8")
    except (OSError, zipfile.BadZipFile, StopIteration, UnicodeDecodeError):
        raise ConfigError(f"{wheel}: shirube の wheel ではありません / is not a wheel of shirube") from None
    told = dict(re.findall(r"^(Name|Version): (\S+)$", text, re.MULTILINE))
    version: str = told.get("Version", "")
    if told.get("Name") != "shirube" or not re.fullmatch(r"[0-9A-Za-z.+!_-]+", version):
        raise ConfigError(f"{wheel}: shirube の wheel ではありません / is not a wheel of shirube")
    return version


def prepare(
    versions: Versions, version: str, requirement: str | None, builder: Builder, config: Path, say: Say
) -> None:
    """Make `version` beside the others and test it; what fails is taken away again. `ConfigError`.

    `requirement` None: it is there already.
    """
    new = version not in versions.whole()
    if not new or requirement is None:
        say(f"{version}: もう入っています / is there already")
    else:
        versions.remove(version)  # of an attempt that was cut off
        say(f"{version}: 入れています / installing")
        try:
            builder.build(versions.folder(version), requirement)
        except ConfigError:
            versions.remove(version)
            raise
    say(f"{version}: 試しています / testing")
    try:
        _self_test(versions.folder(version), config)
    except ConfigError:
        if new:
            versions.remove(version)
        raise
    if new:
        versions.finished(version)


def _self_test(folder: Path, config: Path) -> None:
    given = ["--config", str(config)] if config.exists() else []
    command = [str(folder / "bin" / "shirube"), "device", "doctor", "--no-aloud", "--only", SELF_TEST, *given]
    _run(command, "self-test")


def take_up(versions: Versions, version: str, service: Service, say: Say, clock: Clock | None = None) -> bool:
    """Switch, and wait until the service is ready; False where the version before was taken up again."""
    clock = clock or SystemClock()
    before = versions.current()
    versions.switch(version, trial=before is not None)
    say(f"{before or '-'} → {version}")
    if not service.restart():
        say("サービスは動いていません。次から使われます / no service runs here: used from its next start")
        return True
    until_s = clock.now_s() + READY_S + _TAKEN_BACK_S
    while clock.now_s() < until_s:
        if versions.current() != version:
            say(f"{version}: 始まりません。{before} に戻しました / did not become ready: back to {before}")
            return False
        if service.ready() and not versions.on_trial():
            say(f"{version}: 動いています / is running")
            return True
        time.sleep(0.2)
    return _taken_back(versions, before, service, say, version)


def _taken_back(versions: Versions, before: str | None, service: Service, say: Say, version: str) -> bool:
    """Where the unit has no on-trial (an older one), or it could not run."""
    if before is None:
        say(f"{version}: {READY_S:g} 秒で始まりませんでした / did not become ready")
        return False
    versions.switch(before, trial=False)
    service.restart()
    say(f"{version}: 始まりません。{before} に戻しました / did not become ready: back to {before}")
    return False


def roll_back(versions: Versions, service: Service, say: Say) -> str:
    """To the version before, by hand; its name. `ConfigError` where there is none."""
    before = versions.previous()
    if before is None:
        raise ConfigError("戻れる版がありません / there is no version to go back to")
    versions.switch(before, trial=False)
    if not service.restart():
        say("サービスは動いていません / no service runs here")
    say(f"{before} に戻しました / back to {before}")
    return before


def tidied(versions: Versions) -> tuple[str, ...]:
    """Take the oldest away beyond KEEP, never the two in use; which went."""
    kept = {versions.current(), versions.previous()}
    by_age = sorted(versions.whole(), key=lambda name: (versions.folder(name) / "whole").stat().st_mtime)
    gone = tuple(name for name in by_age[: max(0, len(by_age) - KEEP)] if name not in kept)
    for name in gone:
        versions.remove(name)
    return gone


def _run(command: Sequence[str], what: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800.0)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"{what}: 動きません / does not run ({error})") from None
    if done.returncode:
        lines = (done.stdout.strip() + "\n" + done.stderr.strip()).strip().splitlines()
        why = " | ".join(line.strip() for line in lines[-4:])
        raise ConfigError(f"{what}: うまくいきませんでした / failed ({why or done.returncode})")
