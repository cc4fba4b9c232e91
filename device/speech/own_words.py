"""What the speech part says by itself: there is nobody left who would tell it what to say."""

from typing import Final

from device.announcements import Lang

# Only what no longer works: whether to stand still is for who stands there, perhaps in the middle of a road.
GUIDANCE_GONE: Final[dict[Lang, str]] = {
    "ja": "案内の処理が止まりました。障害物は、お知らせできません。やり直しています。",
    "en": "Guidance has stopped. I cannot warn of obstacles. It is starting again.",
}


def own_words(lang: Lang) -> tuple[tuple[Lang, str], ...]:
    """All of them, as the voice shall get them."""
    return ((lang, GUIDANCE_GONE[lang]),)
