"""`shirube device cameras`: what is plugged in, and what each gives."""

from device.cameras.probe import CameraProbe, listing, probe
from device.cameras.uri import without_secrets


def cameras(uris: tuple[str, ...] = (), seconds: float = 2.0) -> tuple[str, ...]:
    """A line for each camera, tried for `seconds`: those named, else those that are plugged in."""
    if uris:
        return tuple(line(uri, "", probe(uri, seconds)) for uri in uris)
    found = listing()
    if not found:
        return ("USB カメラはありません / no USB camera is plugged in (ls /dev/video*)",)
    return tuple(line(each.uri, each.name, probe(each.uri, seconds)) for each in found)


def line(uri: str, name: str, found: CameraProbe) -> str:
    """What came of one camera."""
    head = without_secrets(uri) + (f" ({name})" if name else "")
    if found.fault or found.size is None:
        return f"{head}: {found.fault}"
    width, height = found.size
    picture = f", {found.picture_fault}" if found.picture_fault else ""
    rate = f"{found.fps:.0f} 枚/秒 pictures a second"
    return f"{head}: {width}x{height}, {rate}, 明るさ brightness {found.brightness or 0:.0f}/255{picture}"
