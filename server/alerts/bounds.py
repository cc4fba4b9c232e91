"""How often somebody may have messages sent to an address that they give: it may be a stranger's."""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.buckets import Buckets, Rate
from server.errors import TooMany
from server.tables import channels

_MAIL_EVERY_S: Final = 30.0
_MAILS_A_DAY: Final = 10
_DAY_S: Final = 86_400.0
_TESTS: Final = Rate(1.0 / 60.0, 5.0)


async def check_mails(connection: AsyncConnection, user_id: str, now_s: float) -> None:
    """Raise `TooMany` where the person added e-mail addresses too often; removed ones count."""
    lately = select(func.max(channels.c.created_utc_s), func.count()).where(
        channels.c.user_id == user_id,
        channels.c.kind == "email",
        channels.c.created_utc_s > now_s - _DAY_S,
    )
    last_s, count = (await connection.execute(lately)).one()
    if count >= _MAILS_A_DAY:
        raise TooMany(
            "登録が多すぎます。明日もう一度登録してください。", "Too many addresses today: go on tomorrow."
        )
    if last_s is not None and now_s < last_s + _MAIL_EVERY_S:
        raise TooMany(
            "少し待ってからもう一度登録してください。",
            "Wait a little before the next address.",
            {"Retry-After": str(int(_MAIL_EVERY_S))},
        )


def check_tests(tests: Buckets, user_id: str, now_s: float) -> None:
    """Raise `TooMany` where the person has sent tests too often."""
    wait_s = tests.wait_s("test", user_id, _TESTS, now_s)
    if wait_s > 0.0:
        seconds = str(int(wait_s) + 1)
        raise TooMany(
            f"試しの知らせが多すぎます。{seconds}秒待ってください。",
            f"Too many tests: wait {seconds} s.",
            {"Retry-After": seconds},
        )
