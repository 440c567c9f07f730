"""The sign-in page as each refusal draws it."""

from __future__ import annotations

from flask import Response
from flask_babel import lazy_gettext as _l

from records.offices.first_administrators import is_empty
from web import requests
from web.entry.coming_in import next_address
from web.entry.proving import Refused
from web.kept import Kept
from web.services import services

INCOMPLETE = Refused(_l("请填写用户名和密码。"), locked=False)
PROVIDER_AWAY = Refused(_l("统一身份认证暂时没有应答，请稍后再试，或者用用户名和密码登录。"), locked=False)
OUTDATED = Refused(_l("这次登录已经失效，请重新登录。"), locked=False)
NOT_PROVED = Refused(_l("统一身份认证没有完成登录，请重试；仍不行时用用户名和密码登录，并告知安全管理员。"), locked=False)
NOT_KNOWN = Refused(_l("统一身份认证的这个账号没有对应本系统的用户，请联系安全管理员。"), locked=False)


def page(refused: Refused | None = None, *, status: int = 0, login: str = "", next_page: str = "", begun: Kept | None = None) -> Response:
    """The sign-in page, with the sentence of a refusal, and what was begun before the session ended."""
    deps = services()
    with deps.database.read() as session:
        is_nobody_there = is_empty(session)
    return requests.page(
        "entry/sign_in.html", status=status or (refused.status if refused else 200), login=login, refused=refused, next=next_page or next_address(),
        outside=deps.settings.outside, is_nobody_there=is_nobody_there, kept=begun,
    )  # fmt: skip
