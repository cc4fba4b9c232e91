"""Who is let in, who is put out, and what the other parts are told of it. Time is an argument; no I/O."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from device.errors import PhoneError
from device.parts.messages import FromPhone, PhoneState
from device.phone.bucket import Bucket
from device.phone.guest import Guest
from device.phone.pairing import Pairing
from device.phone.protocol import VERSION, Hello, Refused, Welcome
from device.phone.refusals import refused

Event = Literal["", "paired", "refused", "second", "left", "back"]

# Who knocks at the door again and again must not have the wearer's ear each time: a program could go on for
# hours. A hand that mistypes is told each time.
TELL_REFUSED_S: Final = 5.0
TELL_REFUSED_MOST: Final = 6  # at once; then one a minute
_REFUSED_HZ: Final = 1.0 / 60.0


@dataclass(frozen=True, slots=True)
class Admission:
    """The answer to a greeting. `guest` None: refused. `out`: the one who has to go, and what it is told."""

    answer: Welcome | Refused
    guest: Guest | None = None
    out: tuple[Guest, Refused] | None = None


class Desk:
    """The one place that knows which glasses are the device's. `keep`: a token's hash."""

    def __init__(
        self,
        pairing: Pairing,
        tell: Callable[[FromPhone], None],
        keep: Callable[[str], None],
    ) -> None:
        self._pairing, self._tell, self._keep = pairing, tell, keep
        self._guest: Guest | None = None
        self._streamed = False
        self._told_refused_s = float("-inf")
        self._refusals = Bucket(_REFUSED_HZ, TELL_REFUSED_MOST, 0.0)
        self.trouble = ""  # of the listening socket, the certificate or the file of the pairing

    @property
    def guest(self) -> Guest | None:
        """Whose pictures are taken."""
        return self._guest

    def state(
        self, now_s: float, *, event: Event = "", code: str | None = None, detail: str = ""
    ) -> PhoneState:
        """How things are."""
        guest = self._guest
        return PhoneState(
            now_s,
            paired=self._pairing.paired,
            connected=guest is not None,
            streaming=guest is not None and guest.streaming(now_s),
            code=code,
            event=event,
            detail=detail or self.trouble,
        )

    def begin(self, now_s: float) -> None:
        """Somebody listens for the first time: how things are, and a code where no phone was ever paired."""
        if self._pairing.paired or self._pairing.code(now_s) is not None:
            self._tell(self.state(now_s))
        else:
            self.make_code(now_s, asked=False)

    def make_code(self, now_s: float, *, asked: bool) -> None:
        """Have a new code spoken."""
        code = self._pairing.make(now_s, asked=asked)
        self._tell(self.state(now_s, code=code.digits))

    def knock(self, now_s: float) -> bool:
        """Glasses that are not paired want a code spoken: not while others are the glasses."""
        if self._guest is not None or not self._pairing.knock(now_s):
            return False
        code = self._pairing.code(now_s)
        self._tell(self.state(now_s, code=code.digits if code else None))
        return code is not None

    def admit(self, hello: Hello, now_s: float) -> Admission:
        """Answer a greeting."""
        if hello.version != VERSION:
            return Admission(refused("protocol"))
        if hello.code is not None:
            return self._by_code(hello.code, now_s)
        if hello.token is not None and self._pairing.knows(hello.token):
            return self._let_in(Welcome(), "back", "elsewhere", now_s)
        return self._refuse("token", now_s)

    def left(self, guest: Guest, now_s: float, detail: str = "") -> None:
        """A connection ended. Whose place was taken has gone already."""
        if guest is not self._guest:
            return
        for press in guest.release(now_s):
            self._tell(press)
        self._guest = None
        self._streamed = False
        self._tell(self.state(now_s, event="left", detail=detail))

    def tick(self, now_s: float) -> None:
        """Tell where pictures began or stopped."""
        streams = self._guest is not None and self._guest.streaming(now_s)
        if streams != self._streamed:
            self._streamed = streams
            self._tell(self.state(now_s))

    def troubled(self, trouble: str, now_s: float) -> None:
        """Something about serving the page is wrong, or "" is right again."""
        if trouble != self.trouble:
            self.trouble = trouble
            self._tell(self.state(now_s))

    def _by_code(self, given: str, now_s: float) -> Admission:
        code = self._pairing.code(now_s)
        match self._pairing.check(given, now_s):
            case "right":
                if self._guest is not None and self._guest.streaming(now_s) and not (code and code.asked):
                    return self._refuse("busy", now_s, event="second")
                return self._paired(now_s)
            case "wrong":
                return self._refuse("wrong_code", now_s)
            case "none":
                return self._refuse("no_code", now_s)
            case "locked":
                return self._refuse("locked", now_s, self._pairing.locked_s(now_s))

    def _paired(self, now_s: float) -> Admission:
        token, token_sha256 = self._pairing.pair()
        try:
            self._keep(token_sha256)
        except PhoneError as error:
            self.trouble = str(error)
        return self._let_in(Welcome(token), "paired", "replaced", now_s)

    def _let_in(
        self, welcome: Welcome, event: Event, goes: Literal["replaced", "elsewhere"], now_s: float
    ) -> Admission:
        before, self._guest = self._guest, Guest(now_s)
        self._streamed = False
        for press in before.release(now_s) if before else ():
            self._tell(press)
        self._tell(self.state(now_s, event=event))
        return Admission(welcome, self._guest, (before, refused(goes)) if before else None)

    def _refuse(
        self,
        why: Literal["wrong_code", "no_code", "locked", "token", "busy"],
        now_s: float,
        retry_s: float | None = None,
        event: Event = "refused",
    ) -> Admission:
        answer = refused(why, retry_s)
        if now_s - self._told_refused_s >= TELL_REFUSED_S and self._refusals.take(now_s):
            self._told_refused_s = now_s
            self._tell(self.state(now_s, event=event, detail=f"{answer.ja} / {answer.en}"))
        return Admission(answer)
