"""How people are told of alerts: waits of the chain, the mail server, what webhooks may reach.

A section `[telling]` of the server's TOML file. The mail server's password comes from a file of its own.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from server.errors import SettingsError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Telling(BaseModel):
    """Settings of escalation and delivery. Durations in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # The address of the pages as people's browsers know it: messages link to it.
    public_url: str | None = None
    # From one step of the chain to the next: a call for help or a fall; everything else.
    urgent_step_s: float = Field(default=60.0, gt=0.0)
    step_s: float = Field(default=180.0, gt=0.0)
    # Nobody has answered a call for help: everybody is told again, so often and for so long.
    repeat_s: float = Field(default=300.0, gt=0.0)
    repeat_for_s: float = Field(default=3600.0, ge=0.0)

    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    smtp_login: str | None = None
    smtp_password_file: Path | None = None
    mail_from: str | None = None

    # Whom a push service may ask about this server (RFC 8292): an address or a page. Default: `mail_from`.
    push_contact: str | None = None
    # Whether webhooks may reach addresses inside the operator's own network.
    private_targets: bool = False
    timeout_s: float = Field(default=10.0, gt=0.0, le=60.0)

    @field_validator("public_url")
    @classmethod
    def _whole_address(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("https://", "http://")):
            raise ValueError("public_url begins with https://")
        return None if url is None else url.rstrip("/")

    @model_validator(mode="after")
    def _mail_is_whole(self) -> "Telling":
        if self.smtp_host is None:
            return self
        if self.mail_from is None:
            raise ValueError("smtp_host needs mail_from: the address that the messages come from")
        if self.smtp_tls == "none" and self.smtp_host not in _LOOPBACK:
            raise ValueError("smtp_tls none would send names in the clear: use starttls or tls")
        return self

    @property
    def contact(self) -> str | None:
        """For push services: a `mailto:` or `https:` address; None: push is not offered."""
        said = self.push_contact or self.mail_from
        return said if said is None or said.startswith(("mailto:", "https://")) else f"mailto:{said}"

    def smtp_password(self) -> str | None:
        """From its file; `SettingsError` where that cannot be read."""
        if self.smtp_password_file is None:
            return None
        try:
            return self.smtp_password_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"telling.smtp_password_file {self.smtp_password_file}: {error}") from error
