"""One sentence for the next page, after something was done. The cookie holds a code, never a text; it may name a task to undo it on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import g, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from web.cases import attachments

COOKIE = "jinshui_said"
_ID = re.compile(r"[0-9a-f]{32}")

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
    "operator_retried": _l("已安排重试"),
    "operator_skipped": _l("已跳过，案件继续办理"),
    "operator_all": _l("列出的事项已全部处理"),
    "operator_partly": _l("部分事项没有处理成，仍列在下面"),
    "started": _l("已发起"),
    "too_long_to_print": _l("符合条件的太多，一次打印不下；请缩小查询范围，或导出 XLSX"),
}
REFUSALS: dict[str, object] = {"comment_empty": _l("请先填写留言的内容。"), **attachments.SENTENCES}
UNDONE_BY = {"claimed": "worklist.release", "released": "worklist.claim"}


@dataclass(frozen=True)
class Said:
    """What was just done, or why it was not; `undo` is where a form goes that takes it back, or nothing."""

    sentence: object
    undo: str = ""
    is_refusal: bool = False


def saying(response: BaseResponse, code: str, task_id: str = "") -> BaseResponse:
    """Has the next page say the sentence of this code, and offer to take it back where a task is named."""
    assert code in SENTENCES or code in REFUSALS
    response.set_cookie(COOKIE, f"{code}.{task_id}", max_age=60, httponly=True, samesite="Lax", path="/")
    return response


def flashed() -> Said | None:
    """What to say on this page; it is said once."""
    code, _dot, task_id = request.cookies.get(COOKIE, "").partition(".")
    if code not in SENTENCES and code not in REFUSALS:
        return None
    g.said = True
    if code in REFUSALS:
        return Said(REFUSALS[code], is_refusal=True)
    undo = url_for(UNDONE_BY[code], task_id=task_id) if code in UNDONE_BY and _ID.fullmatch(task_id) else ""
    return Said(SENTENCES[code], undo)
