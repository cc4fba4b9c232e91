"""By e-mail (SMTP): both languages, no position, a link to the page that shows more."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from server.alerts.senders.base import Letter
from server.alerts.setup import Telling
from server.errors import NotSent

_RULE = "\n\n----\n\n"


class EmailSender:
    """Sends through the operator's mail server, one connection a message."""

    def __init__(self, settings: Telling) -> None:
        self._settings = settings

    async def send(self, address: dict[str, str], letter: Letter) -> None:
        """Hand over to the mail server."""
        import aiosmtplib  # late: no start waits for what tells people

        settings = self._settings
        try:
            await aiosmtplib.send(
                message_of(letter, address["email"], settings.mail_from or ""),
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                use_tls=settings.smtp_tls == "tls",
                start_tls=settings.smtp_tls == "starttls",
                username=settings.smtp_login,
                password=settings.smtp_password(),
                timeout=settings.timeout_s,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise NotSent(f"smtp {error.recipients[0].code}") from None
        except aiosmtplib.SMTPResponseException as error:
            raise NotSent(f"smtp {error.code}") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotSent(type(error).__name__) from None

    async def close(self) -> None:
        """Nothing is open."""


def message_of(letter: Letter, to: str, sender: str) -> EmailMessage:
    """The message as it goes out."""
    message = EmailMessage()
    first, second = (1, 0) if letter.english_first else (0, 1)
    message["Subject"] = " / ".join(_one_line(letter.subject[which]) for which in (first, second))
    message["From"] = sender
    message["To"] = to
    message["Date"] = format_datetime(datetime.fromtimestamp(letter.made_utc_s, UTC))
    # The same for every try: a mail program shows one that came twice once.
    message["Message-ID"] = f"<{letter.key}@{sender.rpartition('@')[2].rstrip('>')}>"
    # RFC 3834: no holiday notices in answer to this.
    message["Auto-Submitted"] = "auto-generated"
    if letter.urgent:
        message["Importance"] = "high"
    parts = [letter.body[first], letter.body[second], *([letter.link] if letter.link else [])]
    message.set_content(_RULE.join(parts) + "\n")
    return message


def _one_line(text: str) -> str:
    # A name with a line break in it must not begin a header of its own.
    return " ".join(text.split())
