"""One sentence for the next page, after something was done. The cookie holds a code, never a text."""

from __future__ import annotations

from flask import g, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

COOKIE = "jinshui_said"

SENTENCES: dict[str, object] = {
    "claimed": _l("已认领"),
    "batch_claimed": _l("所选任务已认领"),
    "batch_partly": _l("部分任务已由他人认领，其余已认领"),
    "released": _l("已退领，任务回到可认领"),
    "draft_saved": _l("已暂存"),
    "commented": _l("已留言"),
    "attached": _l("附件已上传"),
    "retried": _l("已重试，办理已继续"),
    "not_yours_to_retry": _l("请由原办理人重试"),
    "others_ended": _l("其他设备均已退出"),
    "notices_read": _l("提醒已全部标为已读"),
    "started": _l("已发起"),
    "too_long_to_print": _l("符合条件的太多，一次打印不下；请缩小查询范围，或导出 XLSX"),
}


def saying(response: BaseResponse, code: str) -> BaseResponse:
    """Has the next page say the sentence of this code."""
    assert code in SENTENCES
    response.set_cookie(COOKIE, code, max_age=60, httponly=True, samesite="Lax", path="/")
    return response


def flashed() -> object:
    """The sentence to say on this page, or nothing; it is said once."""
    sentence = SENTENCES.get(request.cookies.get(COOKIE, ""))
    if sentence is not None:
        g.said = True
    return sentence or ""
