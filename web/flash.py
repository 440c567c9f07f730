"""One sentence for the next page, after something was done.

The cookie holds a code, never a text; it may name a task to undo it on, or count what was done.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import g, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from web import requests
from web.cases import attachments
from web.languages import is_english

COOKIE = "jinshui_said"
MOST = 999
_ID = re.compile(r"[0-9a-f]{32}")

SENTENCES: dict[str, object] = {
    "claimed": _l("已认领"),
    "batch_claimed": _l("所选任务已认领"),
    "batch_partly": _l("已认领 %(n)s 项"),
    "released": _l("已退领，任务回到可认领"),
    "draft_saved": _l("已暂存"),
    "commented": _l("已留言"),
    "attached": _l("附件已上传"),
    "retried": _l("已重试，办理已继续"),
    "not_yours_to_retry": _l("请由原办理人重试"),
    "others_ended": _l("其他设备均已退出"),
    "session_ended": _l("已退出那台设备"),
    "sessions_ended": _l("该用户已在所有设备上退出"),
    "password_changed": _l("密码已更换，其他设备均已退出"),
    "factor_removed": _l("第二验证已停用"),
    "unlocked": _l("已解除锁定"),
    "outside_linked": _l("已保存"),
    "rules_changed": _l("登录规则已保存，即时生效"),
    "notices_read": _l("提醒已全部标为已读"),
    "notice_read": _l("已标为已读"),
    "notice_choice": _l("提醒设置已保存"),
    "notice_rules": _l("提醒规则已保存，即时生效"),
    "party_transfer": _l("已转办"),
    "party_delegate": _l("已委派，填好后会交回给您"),
    "party_before": _l("已请他们先签，签完后由您办理"),
    "party_sign": _l("已发起会签"),
    "party_after": _l("已加签，您提交后由他们签署"),
    "party_ask": _l("已发出，答复会显示在任务里"),
    "party_copy": _l("已抄送"),
    "party_answered": _l("已提交您的意见"),
    "party_given_back": _l("已办好交回，由委派人提交"),
    "party_removed": _l("已收回"),
    "copy_read": _l("已留下已阅回执"),
    "batch_approved": _l("所选任务已全部办结"),
    "batch_approved_partly": _l("已办结 %(n)s 项"),
    "batch_transferred": _l("所选任务已全部转办"),
    "batch_transferred_partly": _l("已转办 %(n)s 项"),
    "urged": _l("已催办 %(n)s 件"),
    "urging_answered": _l("已答复催办"),
    "operator_retried": _l("已安排重试"),
    "operator_skipped": _l("已跳过，案件继续办理"),
    "operator_all": _l("列出的事项已全部处理"),
    "operator_partly": _l("部分事项未处理成功，仍列在下面"),
    "started": _l("已发起"),
    "handed_in": _l("已提交"),
    "returned": _l("已退回"),
    "taken_back": _l("已拿回，改好后请再提交"),
    "withdrawn": _l("已撤回，所填内容在这里"),
    "clock_stopped": _l("计时已中止，当前环节岗位的任职人会收到提醒"),
    "clock_resumed": _l("计时已恢复，剩余的期限从今天起继续计算"),
    "terminated": _l("案件已终止；已有人着手的任务，其岗位的任职人会收到提醒"),
    "changed": _l("已更改"),
    "station_revoked": _l("工作站已停用"),
    "reassigned": _l("已改派"),
    "deputy_named": _l("已指定代理人"),
    "deputy_withdrawn": _l("已撤销代理，立即生效"),
    "list_imported": _l("已导入"),
    "verification_wanted": _l("已安排核对，一分钟内开始；完成后结果显示在这里"),
    "devices_taken_in": _l("已入库"),
    "too_long_to_print": _l("符合条件的太多，一次打印不下；请缩小查询范围，或导出 XLSX"),
}
# What follows where something was left out, in the order of the numbers that come with the code.
LEFT_OUT: dict[str, tuple[object, ...]] = {
    "batch_approved_partly": (
        _l("%(n)s 项须逐件填写，或还在等其他人办理"),
        _l("%(n)s 项已由他人办理"),
        _l("%(n)s 项您不能办理"),
        _l("%(n)s 项未办理成功，原因记在案件的“异常”里"),
    ),
    "batch_transferred_partly": (_l("%(n)s 项按规定不能转办"), _l("%(n)s 项已由他人办理")),
    "urged": (_l("%(n)s 件今日已催办过"), _l("%(n)s 件没有可以催办的岗位"), _l("%(n)s 件已经办结"), _l("%(n)s 件计时已中止，不催办")),
    "batch_partly": (
        _l("%(n)s 项已由他人认领或已办结"),
        _l("%(n)s 项您经办过前面的环节，应由同岗位的其他人员办理"),
        _l("%(n)s 项您没有办理的岗位"),
    ),
}
REFUSALS: dict[str, object] = {
    "comment_empty": _l("请先填写留言的内容。"),
    "urge_what": _l("请填写催办内容。"),
    "urge_whom": _l("请勾选要催办的案件。"),
    "answer_empty": _l("请先填写答复的内容。"),
    "code_wrong": _l("验证码不正确。请核对手机的时间，等验证器显示下一个验证码再试。"),
    **attachments.SENTENCES,
}
UNDONE_BY = {"claimed": "worklist.release", "released": "worklist.claim"}


@dataclass(frozen=True)
class Said:
    """What was just done, or why it was not; `undo` is where a form goes that takes it back, or nothing."""

    sentence: object
    undo: str = ""
    is_refusal: bool = False


def saying(response: BaseResponse, code: str, task_id: str = "", *, numbers: Sequence[int] = ()) -> BaseResponse:
    """Has the next page say the sentence of this code with its numbers, and offer to take it back where a task is named."""
    assert code in SENTENCES or code in REFUSALS
    more = task_id or "-".join(map(str, numbers))
    response.set_cookie(COOKIE, f"{code}.{more}", max_age=60, httponly=True, samesite="Lax", secure=request.is_secure, path="/")
    return response


def flashed() -> Said | None:
    """What to say on this page; it is said once."""
    code, _dot, more = request.cookies.get(COOKIE, "").partition(".")
    if code not in SENTENCES and code not in REFUSALS:
        return None
    g.said = True
    if code in REFUSALS:
        return Said(REFUSALS[code], is_refusal=True)
    undo = url_for(UNDONE_BY[code], task_id=more) if code in UNDONE_BY and _ID.fullmatch(more) else ""
    return Said(_with_numbers(code, more) if code in LEFT_OUT else SENTENCES[code], undo)


def _with_numbers(code: str, more: str) -> str:
    """How many were done, and why the others were not; a cookie that was tampered with says that none was."""
    numbers = [requests.whole(text, MOST) for text in more.split("-")] + [0] * len(LEFT_OUT[code])
    said = zip((SENTENCES[code], *LEFT_OUT[code]), numbers, strict=False)
    sentences = [str(text) % {"n": number} for at, (text, number) in enumerate(said) if number or not at]
    return ("; " if is_english() else "；").join(sentences)
