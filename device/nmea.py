"""A receiver's sentences to fixes, and fixes to sentences."""

import dataclasses
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from device import accuracy
from device.nmea_fields import KNOT_MPS, Heard, RejectedError, checksum, hear
from wire.position import Fix, Source

_DAY_S: Final = 86_400.0
# RMC carries the position and the date, GGA the geometry, GST the error: one epoch's whole.
_WHOLE: Final = frozenset({"RMC", "GGA", "GST"})
_NOT_MERGED: Final = frozenset({"kind", "second", "void"})


class NmeaParser:
    """Combines the sentences of one epoch into one `Fix`; never raises on what a receiver sends.

    A fix is given out with the sentence that completes its epoch. Which sentences an epoch has is
    learned from the epoch before it (at first RMC, GGA and GST are expected); where fewer come, the
    fix is given out when the next epoch begins. States without a measured fix give none.

    Accuracy: from GST where the receiver sends it, else from HDOP (`device.accuracy`).
    """

    def __init__(self, source: Source = "nmea") -> None:
        self._source: Source = source
        self._faults: Counter[str] = Counter()
        self._expected = _WHOLE
        self._kinds: set[str] = set()
        self._epoch: Heard | None = None
        self._told = False
        self._midnight_utc_s: float | None = None
        self._believed = 0
        self._blind = False

    @property
    def believed(self) -> int:
        """How many sentences that tell of the position came whole: the line speaks NMEA, at this speed."""
        return self._believed

    @property
    def blind(self) -> bool:
        """Whether the newest epoch that ended, or was told, had no fix: too few satellites."""
        return self._blind

    @property
    def faults(self) -> Mapping[str, int]:
        """How many lines or epochs were not believed, by reason."""
        return dict(self._faults)

    def feed(self, line: str | bytes) -> Fix | None:
        """The fix that this line completes, if it does. A damaged line is counted in `faults`."""
        try:
            heard = hear(line)
        except RejectedError as fault:
            self._faults[str(fault)] += 1
            return None
        return self._take(heard) if heard is not None else None

    def flush(self) -> Fix | None:
        """The last epoch's fix, when no more lines will come."""
        fix = self._end_epoch()
        self._epoch = None
        return fix

    def _take(self, heard: Heard) -> Fix | None:
        late = None
        self._believed += 1
        if heard.second is None:
            # GSA and VTG carry no time: they speak of the epoch that is being told.
            if self._epoch is not None:
                self._epoch = _merge(self._epoch, heard)
            return None
        if self._epoch is None or heard.second != self._epoch.second:
            late = self._end_epoch()
            self._begin_epoch(heard.second)
        if heard.kind != "ZDA":  # some send it now and then: it completes no epoch
            self._kinds.add(heard.kind)
        if heard.midnight_utc_s is not None:
            self._midnight_utc_s = heard.midnight_utc_s
        self._epoch = heard if self._epoch is None else _merge(self._epoch, heard)
        if not self._told and self._expected <= self._kinds:
            # Where one line ends an epoch and completes the next, the newer fix is the one to have.
            return self._tell() or late
        return late

    def _begin_epoch(self, second: float) -> None:
        before = self._epoch.second if self._epoch is not None else None
        if self._midnight_utc_s is not None and before is not None and second < before - _DAY_S / 2:
            self._midnight_utc_s += _DAY_S  # midnight passed; an RMC may come later to say the date
        self._epoch = None
        self._kinds = set()
        self._told = False

    def _end_epoch(self) -> Fix | None:
        if self._epoch is None:
            return None
        self._expected = frozenset(self._kinds) or self._expected
        return None if self._told else self._tell()

    def _tell(self) -> Fix | None:
        self._told = True
        epoch = self._epoch
        self._blind = epoch is None or epoch.void
        if epoch is None or epoch.void or epoch.second is None or epoch.lat is None or epoch.lon is None:
            return None
        if self._midnight_utc_s is None:
            self._faults["no date"] += 1
            return None
        if epoch.lat == 0.0 and epoch.lon == 0.0:
            self._faults["zero position"] += 1  # a default that hides a fault, not a place to walk
            return None
        standing = epoch.speed_mps == 0.0  # receivers then write course 0.0, which is not north
        return Fix(
            utc_s=round(self._midnight_utc_s + epoch.second, 3),
            lat=epoch.lat,
            lon=epoch.lon,
            accuracy_m=round(_accuracy_m(epoch), 3),
            speed_mps=None if epoch.speed_mps is None else round(epoch.speed_mps, 4),
            course_deg=None if standing else epoch.course_deg,
            source=self._source,
        )


def _merge(epoch: Heard, heard: Heard) -> Heard:
    """The first sentence that tells a thing is believed; one that says "no fix" voids the epoch."""
    news = {
        field.name: getattr(heard, field.name)
        for field in dataclasses.fields(Heard)
        if field.name not in _NOT_MERGED and getattr(epoch, field.name) is None
    }
    return dataclasses.replace(epoch, void=epoch.void or heard.void, **news)


def _accuracy_m(epoch: Heard) -> float:
    if epoch.sigma_east_m is not None and epoch.sigma_north_m is not None:
        return max(accuracy.from_sigmas(epoch.sigma_east_m, epoch.sigma_north_m), 0.01)
    return max(accuracy.from_hdop(epoch.hdop), 0.01)


def sentences(fix: Fix) -> tuple[str, str, str]:
    """RMC, GGA and GST that say `fix`, without line ends: what a receiver would have sent.

    Position to 1.9 cm (five decimals of a minute), time to a millisecond, errors to a millimetre.
    """
    instant = datetime.fromtimestamp(round(fix.utc_s * 1000.0) / 1000.0, tz=UTC)
    time = f"{instant:%H%M%S}.{round(instant.microsecond / 1000):03d}"
    lat = f"{_minutes(fix.lat, 2)},{'N' if fix.lat >= 0.0 else 'S'}"
    lon = f"{_minutes(fix.lon, 3)},{'E' if fix.lon >= 0.0 else 'W'}"
    speed = "" if fix.speed_mps is None else f"{fix.speed_mps / KNOT_MPS:.3f}"
    course = "" if fix.course_deg is None else f"{fix.course_deg:.2f}"
    sigma_m = fix.accuracy_m / accuracy.RADIUS_68
    hdop = max(fix.accuracy_m / accuracy.from_hdop(1.0), 0.01)
    return (
        _framed(f"GNRMC,{time},A,{lat},{lon},{speed},{course},{instant:%d%m%y},,,A"),
        _framed(f"GNGGA,{time},{lat},{lon},1,08,{hdop:.2f},,M,,M,,"),
        _framed(f"GNGST,{time},,{sigma_m:.3f},{sigma_m:.3f},0.0,{sigma_m:.3f},{sigma_m:.3f},"),
    )


def as_written(fix: Fix, source: Source = "replay") -> Fix:
    """`fix` as it comes back from `sentences`: what a replay of a recorded run will see."""
    parser = NmeaParser(source)
    for sentence in sentences(fix):
        if (back := parser.feed(sentence)) is not None:
            return back
    raise AssertionError(f"what we write we can read: {fix}")  # pragma: no cover


def _minutes(degrees: float, width: int) -> str:
    """ddmm.mmmmm, carried right: 59.999999 minutes are the next degree."""
    whole, rest = divmod(round(abs(degrees) * 60.0 * 1e5), 60 * 100_000)
    return f"{whole:0{width}d}{rest // 100_000:02d}.{rest % 100_000:05d}"


def _framed(body: str) -> str:
    return f"${body}*{checksum(body):02X}"
