"""A camera's URI: which kind, and where. `ConfigError` says what may be written."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from device.errors import ConfigError

Kind = Literal["v4l2", "csi", "rtsp", "file", "replay", "glasses", "none"]
KINDS: Final = "v4l2:/dev/video0, csi:0, rtsp://…, file:walk.mp4, replay:RUN, glasses:8765, none:"
LOOP: Final = "?loop"  # at the end of a file's URI: from the beginning again, for rehearsals
_SIZE: Final = "?size="  # at the end of a device's URI
SMALLEST_SIDE, LARGEST_SIDE = 160, 4096


@dataclass(frozen=True, slots=True)
class CameraUri:
    """`where`: device, stream's whole URI, file, run or port. `size`: asked of a device."""

    kind: Kind
    where: str
    loop: bool = False
    size: tuple[int, int] | None = None

    @property
    def live(self) -> bool:
        """Whether the pictures are of now."""
        return self.kind not in ("file", "replay")


def parsed(uri: str) -> CameraUri:
    """What `uri` names; raises `ConfigError`, which never shows a password."""
    kind, _, rest = uri.partition(":")
    if kind in ("rtsp", "rtsps"):
        if not rest.startswith("//") or len(rest) == 2:
            raise _unknown(uri)
        return CameraUri("rtsp", uri)
    if kind not in get_args(Kind) or (kind == "none") != (not rest):
        raise _unknown(uri)
    if kind == "none":
        return CameraUri("none", "")
    if kind == "file":
        return CameraUri("file", rest.removesuffix(LOOP), loop=rest.endswith(LOOP))
    if kind == "replay":
        return CameraUri("replay", rest)
    if kind == "glasses":
        return CameraUri("glasses", _port(uri, rest))
    where, mark, size = rest.partition(_SIZE)
    return CameraUri("csi" if kind == "csi" else "v4l2", where, size=_size(uri, size) if mark else None)


def without_secrets(uri: str) -> str:
    """The URI without name, password and query, for messages and records."""
    kind, mark, rest = uri.partition("://")
    if not mark or not kind.startswith("rtsp"):
        return uri
    # By the last @, not by the rules: a password with a slash in it breaks them, and is typed all the same.
    host, slash, path = rest.rpartition("@")[2].partition("?")[0].partition("/")
    # Some cameras are asked for by user=…_password=… in the path.
    return f"{kind}://{host}{slash}{'…' if '=' in path else path}"


def _unknown(uri: str) -> ConfigError:
    return ConfigError(
        f"camera.source {without_secrets(uri)!r}: 使えません / is not a camera; write one of {KINDS}"
    )


def _port(uri: str, text: str) -> str:
    text = text.rpartition(":")[2]  # where the page is served is the phone part's: glasses:HOST:PORT
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ConfigError(f"camera.source {uri!r}: ポートは 1 から 65535 / the port is a number, 1 to 65535")
    return text


def _size(uri: str, text: str) -> tuple[int, int]:
    wide, mark, high = text.partition("x")
    sides = [int(side) for side in (wide, high) if side.isascii() and side.isdigit()]
    if not mark or len(sides) != 2 or not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in sides):
        raise ConfigError(
            f"camera.source {uri!r}: 大きさは ?size=1280x720 のように / write the size as ?size=1280x720"
        )
    return sides[0], sides[1]
