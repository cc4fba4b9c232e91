"""The sentences of alerts: each kind has its own, with its time; none soothes."""

import pytest

from server.alerts.words import _OVER, TITLES, alert_words, over_words

AT_S = 1_795_323_720.0  # 14:02 in Japan
DETAIL = {"at_s": AT_S, "zone": "駅前", "off_m": 123.0, "still_s": 300, "health": "error"}


@pytest.mark.parametrize("kind", TITLES)
def test_each_kind_says_who_and_when_in_both_languages(kind: str) -> None:
    for words in alert_words(kind, DETAIL, "花子", AT_S + 30.0):
        assert "花子" in words
        assert "14:02" in words
        assert "{" not in words


@pytest.mark.parametrize("why", [*_OVER, None, "something newer"])
def test_each_end_has_words(why: str | None) -> None:
    ja, en = over_words("sos", why, "花子", AT_S)
    assert "14:02" in ja
    assert "14:02" in en


def test_nothing_soothes() -> None:
    said = [text for kind in TITLES for text in alert_words(kind, DETAIL, "花子", AT_S)]
    said += [text for why in _OVER for text in over_words("fell", why, "花子", AT_S)]
    for text in said:
        for never in ("安全", "safe", "渡れます", "can cross", "クリア", "clear"):
            assert never not in text


def test_a_late_call_says_that_it_is_not_of_now() -> None:
    ja, en = alert_words("sos", {"at_s": AT_S}, "花子", AT_S + 7200.0)
    assert "14:02" in ja
    assert "16:02" in ja
    assert "今のことではありません" in ja
    assert "not of this moment" in en
    ja, _ = alert_words("sos", {"at_s": AT_S}, "花子", AT_S + 86_400.0)
    assert "2026-11-22 14:02" in ja


@pytest.mark.parametrize(
    ("why", "said"),
    [("help", "助けて"), ("no_answer", "答えがありません"), ("not_reached", "届いていません")],
)
def test_what_became_of_the_question_is_told(why: str, said: str) -> None:
    assert said in alert_words("fell", {"at_s": AT_S, "why": why}, "花子", AT_S)[0]


def test_an_unknown_kind_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no words"):
        alert_words("weather", {}, "花子", AT_S)
