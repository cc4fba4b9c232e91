"""The checks of `server.health` by their names: what each looks at, and what to do where it fails."""

from typing import Final

from server.words import Pair

CHECKS: Final[dict[str, tuple[Pair, Pair]]] = {
    "store": (
        ("データベース", "Database"),
        (
            "記録ができません。データベースが動いているかを、サーバーを動かす人が確かめてください。",
            "Nothing can be stored: whoever runs the server has to look whether the database runs.",
        ),
    ),
    "schema": (
        ("データベースの版", "Version of the database"),
        ("サーバーを新しい版で起動し直してください。", "Start the server anew with the newer version."),
    ),
    "disk": (
        ("記録のための空き", "Room for what is stored"),
        (
            "ディスクがいっぱいになると記録が止まります。空きを作るか、大きいディスクに替えてください。",
            "A full disk stops storing: make room, or take a larger disk.",
        ),
    ),
    "key": (
        ("封をする鍵", "Sealing key"),
        (
            "鍵のファイルが読めません。起動し直す前に、控えから戻してください。",
            "The key file cannot be read: bring it back from its copy before a restart.",
        ),
    ),
    "alerts": (
        ("外出の見張り", "The watch over walks"),
        (
            "SOS や転倒が知らせになりません。サーバーを起動し直してください。"
            "それまでは電話で確かめてください。",
            "Calls for help and falls become no alerts. Restart the server; until then ask people by phone.",
        ),
    ),
    "messages": (
        ("知らせを送ること", "Sending of alerts"),
        (
            "知らせが遅れています。メールの設定を確かめ、当番の人には電話で伝えてください。",
            "Alerts come late: check the mail settings, and tell those on duty by phone.",
        ),
    ),
    "jobs": (
        ("自動の仕事", "Jobs in the background"),
        (
            "止まっている仕事があります。記録(ログ)を見て、サーバーを起動し直してください。",
            "Some do not run: look into the log and restart the server.",
        ),
    ),
    "others": (
        ("ほかの処理との連絡", "Word from the other processes"),
        (
            "見守りの画面が数秒遅れます。データベースとの通信を確かめてください。",
            "Live views are some seconds late: check the line to the database.",
        ),
    ),
}
