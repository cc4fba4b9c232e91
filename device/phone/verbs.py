"""`shirube device glasses push`: recorded pictures as glasses, for makers of glasses."""

import asyncio
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from device.errors import PhoneError

if TYPE_CHECKING:  # the command line starts without what they bring
    from device.phone.protocol import Place
    from device.phone.pusher import Pushed

# Without a code or a token nothing can be pushed: then the device is asked to speak a code.
_ASK = "装置が言う6けたの番号 / six digits that the device speaks"


def glasses_push(
    url: Annotated[str, typer.Argument(help="装置 / the device: http(s)://HOST:PORT")],
    clip: Annotated[Path, typer.Argument(help="映像 / a video")],
    code: Annotated[str | None, typer.Option(help="装置が言った番号 / the number it spoke")] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="ペアリングを残すファイル / keeps the pairing")
    ] = None,
    imu: Annotated[Path | None, typer.Option(help="傾きの記録 / record of a motion sensor")] = None,
    at: Annotated[str | None, typer.Option(help="位置を毎秒送る / a position each second: LAT,LON")] = None,
    hz: Annotated[float, typer.Option(min=0.5, max=30.0, help="毎秒の枚数 / pictures a second")] = 10.0,
    seconds: Annotated[float, typer.Option(min=0.1, help="送る長さ / how long")] = 60.0,
    ca: Annotated[Path | None, typer.Option(help="装置の証明書（PEM） / the device's certificate")] = None,
) -> None:
    """映像を眼鏡のかわりに装置へ送ります / push a recorded clip to a device, as glasses would."""
    from device.phone.pusher import knock, pictures_of, push
    from vision.attitude import read_attitudes

    token = _kept(token_file)
    if code is None and token is None:
        asyncio.run(knock(url, ca))
        code = str(typer.prompt(_ASK, err=True))
    attitudes = read_attitudes(imu) if imu is not None else None
    pictures = pictures_of(clip, attitudes, hz, repeat=True)
    timely = takewhile(lambda picture: picture.t_ms <= seconds * 1000.0, pictures)
    told = _places(at, seconds)
    pushed = asyncio.run(push(url, timely, code=code, token=None if code else token, told=told, ca=ca))
    _end(pushed, token_file)


def _end(pushed: "Pushed", token_file: Path | None) -> None:
    if token_file is not None and pushed.token is not None:
        token_file.unlink(missing_ok=True)
        token_file.touch(mode=0o600)
        token_file.write_text(pushed.token, encoding="utf-8")
    if pushed.refused is not None:
        raise PhoneError(f"{pushed.refused.ja} / {pushed.refused.en}")
    typer.echo(
        f"送った画像 {pushed.sent}、届いた {pushed.acked}、間に合わず捨てた {pushed.dropped} / "
        f"pictures sent {pushed.sent}, arrived {pushed.acked}, dropped as late {pushed.dropped}"
    )


def _kept(token_file: Path | None) -> str | None:
    if token_file is None or not token_file.exists():
        return None
    return token_file.read_text(encoding="utf-8").strip() or None


def _places(at: str | None, seconds: float) -> "tuple[Place, ...]":
    """One a second; the time of each is told when it is sent."""
    from device.phone.protocol import Place

    if at is None:
        return ()
    try:
        lat, lon = (float(part) for part in at.split(","))
    except ValueError:
        raise typer.BadParameter("LAT,LON", param_hint="--at") from None
    return tuple(Place(1000.0 * n, 0.0, lat, lon, accuracy_m=5.0) for n in range(int(seconds) + 1))
