"""What can go wrong in the server.

ServerError                 one line; a command that meets it ends with exit code 2
├── SettingsError           the configuration cannot be used
├── StoreError              the database cannot be used
│   └── StoreTooNew         a newer server has written it
├── AccountError            no such user, name taken, roles that do not fit
├── TrialError              a report that cannot be published, or a trial's folder that cannot be written
├── NotSent                 a message could not be handed over; tried again
│   └── ChannelGone         nor will it ever be: the address is not there any more
└── ApiError                an answer to a caller: HTTP status and one sentence in ja and en
    ├── Malformed           400 or 422: the request is not what the API says
    ├── NotLoggedIn         401: no valid key or session
    ├── Forbidden           403: known, but not for this
    │   └── Unfinished      403: logged in half: a second factor or a new password is still needed
    ├── NotFound            404: not there, or not yours; which of the two is not told
    ├── Conflict            409: it was changed, used or ended in between
    ├── TooMany             429
    └── Unavailable         503: try again
"""

# ruff: noqa: N818  (a name says what went wrong: `NotFound`, not `NotFoundError`)

from typing import ClassVar


class ServerError(Exception):
    """Anything that the server cannot do; the message is one line that says what to do."""


class SettingsError(ServerError):
    """The configuration cannot be used."""


class StoreError(ServerError):
    """The database cannot be used."""


class StoreTooNew(StoreError):
    """The database was written by a newer server; this one would damage it."""


class AccountError(ServerError):
    """No such user, a name that is taken, or roles that do not fit together."""


class TrialError(ServerError):
    """A report that cannot be published, or a trial's folder that cannot be written."""


class NotSent(ServerError):
    """A message could not be handed over. The text is for the row: the kind of fault, no name, no address."""


class ChannelGone(NotSent):
    """The address is not there any more: never to be tried again."""


class ApiError(ServerError):
    """An answer to a caller: the HTTP status and one sentence in Japanese and in English."""

    status: ClassVar[int] = 500

    def __init__(self, ja: str, en: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{ja} / {en}")
        self.ja = ja
        self.en = en
        self.headers = headers or {}


class Malformed(ApiError):
    """The request is not what the API says."""

    status = 422


class NotLoggedIn(ApiError):
    """No valid device key and no valid session."""

    status = 401

    def __init__(
        self, ja: str = "鍵またはログインが必要です。", en: str = "A device key or a login is needed."
    ) -> None:
        super().__init__(ja, en)


class Forbidden(ApiError):
    """The caller is known, but this is not for them."""

    status = 403


class Unfinished(Forbidden):
    """Logged in half; `page` is where the rest is done."""

    def __init__(self, ja: str, en: str, page: str) -> None:
        super().__init__(ja, en)
        self.page = page


class NotFound(ApiError):
    """Not there, or not yours: a stranger learns neither."""

    status = 404


class Conflict(ApiError):
    """It was changed, used or ended in between."""

    status = 409


class TooMany(ApiError):
    """Too many attempts; wait (`Retry-After` says how long, where that is known)."""

    status = 429


class Unavailable(ApiError):
    """The server cannot do it now; what was sent is not stored and may be sent again."""

    status = 503
