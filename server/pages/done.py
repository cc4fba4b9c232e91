"""What a form has done, told once on the page that follows it.

Kept in a cookie for the way there: the address stays what it is, and a page that is opened again says nothing
of a form of before.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.parts import parts_of
from server.words import Pair

_WORDS: Final[dict[str, Pair]] = {
    "shared": ("共有を始めました。", "Sharing has begun."),
    "unshared": ("共有をやめました。もう見えません。", "Sharing has stopped: nobody sees it any more."),
    "agreed": ("この人が見てよいことにしました。", "This person may look now."),
    "agree_text_first": (
        "この人はまだ見られません。先にこの文を読んで選び、そのあとでもう一度この人に同意してください。",
        "This person may not look yet. First read this text and choose, then agree to this person once more.",
    ),
    "text_first": (
        "まだ共有していません。先に、この文を読んで選んでください。",
        "It is not shared yet. First read this text and choose.",
    ),
    "ended": ("この人はもう見られません。", "This person may no longer look."),
    "closed_reported": ("通れない所を知らせました。", "The closed path was reported."),
    "closed_removed": ("通れない所の知らせを取り消しました。", "The report of a closed path was taken back."),
    "consent_given": ("同意しました。", "Your consent was written down."),
    "consent_withdrawn": (
        "同意をやめました。すぐに終わりました。",
        "Your consent was withdrawn, with effect at once.",
    ),
    "link_revoked": (
        "リンクを取り消しました。もう開けません。",
        "The link was taken back: it opens nothing any more.",
    ),
    "place_saved": ("場所を覚えました。", "The place was saved."),
    "place_removed": ("場所を忘れました。", "The place was forgotten."),
    "zone_added": ("区域を加えました。", "The zone was added."),
    "zone_removed": ("区域を消しました。", "The zone was removed."),
    "invitation_withdrawn": ("招待を取り消しました。", "The invitation was withdrawn."),
    "order_set": ("知らせる順番を変えました。", "The order of telling was changed."),
    "device_renamed": ("装置の呼び名を変えました。", "The device was renamed."),
    "device_revoked": (
        "装置を取り消しました。もう使えません。",
        "The device was revoked: it opens nothing any more.",
    ),
    "alert_taken": (
        "あなたが対応することを、ほかの人と本人に伝えます。",
        "The others and the wearer are told that you take care of this.",
    ),
    "alert_ended": ("大丈夫だと、見守りの人に伝えます。", "Your caregivers are told that you are all right."),
    "code_sent": (
        "確認の番号を送ります。届いた番号を下に入れてください。",
        "A code is on its way: enter it below.",
    ),
    "channel_confirmed": (
        "確認しました。これから知らせが届きます。",
        "Confirmed: alerts go there from now on.",
    ),
    "channel_removed": ("宛先を消しました。", "The address was removed."),
    "language_set": ("知らせの言葉を変えました。", "The language of messages was changed."),
    "password_changed": ("パスワードを変えました。", "The password was changed."),
    "session_ended": ("ログインを終えました。", "The login was ended."),
    "factor_removed": ("二段階認証をやめました。", "The second factor was removed."),
    "left": ("見守りをやめました。", "You look no longer."),
    "erasure_asked": ("消去を申し込みました。", "You have asked to be erased."),
    "erasure_back": ("消去を取りやめました。", "The erasure was taken back."),
    "person_disabled": ("登録を止めました。", "The account was disabled."),
    "person_enabled": ("登録を戻しました。", "The account was enabled."),
    "blockage_confirmed": (
        "確認しました。書いた時まで、通れない所とします。",
        "Confirmed: it counts as closed until the time that you gave.",
    ),
    "blockage_ended": (
        "知らせを終わりにしました。経路はまたここを通ります。",
        "The report was ended: plans lead along there again.",
    ),
    "map_asked": (
        "始めました。ページを閉じても続きます。",
        "It has begun, and goes on when you close this page.",
    ),
    "map_replaced": (
        "新しい地図に替えました。前の地図は残してあります。",
        "The new map is in use. The one before it is kept.",
    ),
    "map_dropped": (
        "新しい地図を使いません。今の地図のままです。",
        "The new map is not used: all stays as it was.",
    ),
    "factor_reset": ("二段階認証を戻しました。", "The second factor was reset."),
    "walk_begun": ("外出を始めました。", "The outing has begun."),
    "walk_ended": ("外出を終えました。", "The outing is over."),
    "sos_raised": ("助けを呼びました。", "You have called for help."),
    "sos_back": ("助けの呼び出しを取り消しました。", "The call for help was taken back."),
    "settings_kept": (
        "この端末の言葉と色を変えました。",
        "The language and colours of this device were changed.",
    ),
    "logged_out": ("ログアウトしました。", "You are logged out."),
}
_SOON_S: Final = 60


def _cookie(https: bool) -> str:
    return "__Host-shirube-done" if https else "shirube-done"


def done(request: Request, path: str, what: str) -> RedirectResponse:
    """On to a page of ours, which says that `what` was done. A reload of it does not send the form again."""
    assert what in _WORDS, what  # noqa: S101  (a word that is not there would be silence)
    https = parts_of(request).settings.https
    answer = RedirectResponse(path, 303)
    answer.set_cookie(_cookie(https), what, max_age=_SOON_S, httponly=True, samesite="strict", secure=https)
    return answer


def done_words(request: Request) -> Pair | None:
    """What the form before this page has done; None: there was none."""
    if request.method != "GET":
        return None
    return _WORDS.get(request.cookies.get(_cookie(parts_of(request).settings.https), ""))


def forget_done(request: Request, answer: Response) -> None:
    """It was told."""
    https = parts_of(request).settings.https
    if _cookie(https) in request.cookies:
        answer.delete_cookie(_cookie(https), httponly=True, samesite="strict", secure=https)
