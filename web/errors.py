"""The one table from an error to a status and a sentence. No status stands below `web`, no sentence in a view.

Refused and not there look alike (404), so that an address tells nobody whether a case exists.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask, Response, current_app, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException

from db.blobs import BlobDamaged
from db.ids import new_id
from db.outages import driver_error, is_outage
from engine import errors as engine
from papers.render import PapersUnavailable, RenderFailed
from web import identity, kept, requests
from web.csrf import FIELD, ForgedRequest
from web.entry import door
from web.printing import AGAIN_S, Busy
from web.reasons import reason_of
from web.rights import refusals
from web.services import services

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What a person sees: status, headline, and what to do next."""

    status: int
    title: object
    advice: object


GONE = Answer(
    404,
    _l("没有这个页面，或者您无权查看"),
    _l("请核对地址；案件只对承办机关及其上级机关可见。可以从待办工作台或案件查询重新打开。"),
)

# The most particular class first: the first that fits is taken.
TABLE: tuple[tuple[type[Exception], Answer], ...] = (
    (engine.PreparedByYou, Answer(403, _l("您经办过前面的环节，不能再审批这一环节"), _l("请退领，由同岗位的其他人员办理。"))),
    (engine.NotYours, Answer(404, GONE.title, GONE.advice)),
    (engine.NotFound, GONE),
    (engine.NoSuchProcess, GONE),
    (engine.TaskAlreadyClaimed, Answer(409, _l("这项任务已由他人认领"), _l("列表已经更新，请另选一项。"))),
    (engine.DraftChanged, Answer(409, _l("另一个窗口刚暂存过别的内容"), _l("请重新打开任务，核对后再暂存。"))),
    (engine.NotEligible, Answer(422, _l("所选人员不能办理这一环节"), _l("请按说明另选人员。"))),
    (engine.WaitsForOthers, Answer(409, _l("还在等其他人办理"), _l("等他们办好，或者先收回，再提交。"))),
    (engine.NotPossibleNow, Answer(409, _l("这项任务现在不能这样办理"), _l("请刷新页面，看过会办的情况后再试。"))),
    (engine.NoLongerAsked, Answer(409, _l("这件事已不需要您办理"), _l("可能已经有了结果，或者已被收回；打开整案可以看到办理记录。"))),
    (engine.TaskNotOpen, Answer(409, _l("这项任务已经办结或已撤销"), _l("可能是您或同事刚刚办理过；打开整案可以看到办理记录。"))),
    (engine.KeyReused, Answer(409, _l("这张表单已经用过"), _l("请重新打开这一页，再填写一次。"))),
    (
        engine.NoSuchPost,
        Answer(409, _l("找不到能办理下一环节的岗位"), _l("请告知系统管理员：下一环节指定的岗位在相应机关没有设置。")),
    ),
    (engine.Declined, Answer(422, _l("按规定不能办理"), _l("请按说明更正后再办理。"))),
    (engine.NoWayBack, Answer(409, _l("这一步现在不能退回或撤回"), _l("打开整案可以看到案件走到了哪里。"))),
    (engine.CaseMoved, Answer(409, _l("案件又有了变化"), _l("请回到任务，重新核对后再办理。"))),
    (engine.NotOffered, Answer(409, _l("这个流程不能就这件案件发起"), _l("案件可能已经办结；打开整案可以看到办理记录。"))),
    (engine.NotActive, Answer(409, _l("案件已经办结或已撤销"), _l("不能再办理；打开整案可以看到办理记录。"))),
    (engine.ModelRefused, Answer(422, _l("流程模型未通过检查"), _l("请按列出的元素逐项修改后再发布。"))),
    (
        engine.StepFailed,
        Answer(409, _l("本环节未办理成功，所做改动已全部还原"), _l("所填内容没有丢失；原因记在案件的“异常”里，处理后可以重试。")),
    ),
    (
        engine.FormUnreadable,
        Answer(409, _l("这个环节的表单读不出"), _l("表单不合现行规则。请告知流程设计人员更正后重新发布；已办理的内容没有丢失。")),
    ),
    (engine.Conflict, Answer(409, _l("案件刚刚被另一操作改动"), _l("请刷新页面，核对后再提交一次。"))),
    (engine.StateDamaged, Answer(500, _l("案件的流程状态与其校验码不符"), _l("案件已停止办理，请立即告知系统管理员。"))),
    (engine.EngineError, Answer(409, _l("本环节不能办理"), _l("请刷新页面后再试；仍不行时告知系统管理员。"))),
    (PapersUnavailable, Answer(503, _l("这台服务器还不能生成文书"), _l("请告知系统管理员安装所需的系统组件；其他办理不受影响。"))),
    (RenderFailed, Answer(500, _l("文书没有生成"), _l("没有任何内容被改动。请稍后再试；仍不行时告知系统管理员。"))),
    (Busy, Answer(503, _l("正在打印或导出长表的人较多"), _l("请过半分钟再试一次；没有任何内容被改动。"))),
    (BlobDamaged, Answer(500, _l("文件内容与其校验码不符"), _l("文件可能已被改动，请告知系统管理员。"))),
    (ForgedRequest, Answer(403, _l("表单已经失效"), _l("可能是登录已过期，或者表单来自别的页面。请刷新页面后再试。"))),
    (requests.KeyMissing, Answer(400, _l("表单不完整"), _l("请刷新页面后再试。"))),
)

AWAY = Answer(
    503,
    _l("数据库暂时没有应答"),
    _l("请稍等片刻再试一次；刚才的操作即使已经办成，也不会重复办理。仍不行时告知系统管理员。"),
)
LEADS_ON = frozenset((409, 422))  # of what is not there, or not the person's, no page is named
RETRY_AFTER_S = 5
ANEW = Answer(
    403,
    _l("登录已经更新，刚才填写的内容没有提交"),
    _l("可能在另一个窗口退出后又登录过。请核对当前登录的人员，再点“再试一次”。"),
)
SIGN_IN_AGAIN = "X-Sign-In-Again"  # tells the script of the page to send the form as a page of its own

BY_STATUS: dict[int, Answer] = {
    400: Answer(400, _l("请求不完整"), _l("请返回上一页，刷新后再试。")),
    403: Answer(403, _l("您的岗位没有这项权限"), _l("需要这项权限时，请联系安全管理员。")),
    404: GONE,
    405: Answer(405, _l("这个地址不能这样使用"), _l("请从页面上的按钮操作。")),
    413: Answer(413, _l("上传的内容太大"), _l("请压缩或分成几份后再上传。")),
    500: Answer(500, _l("系统出错，本次操作未办理成功"), _l("没有任何内容被改动。请稍后再试；仍不行时把编号告知系统管理员。")),
}

# An outside party has neither the worklist nor an administrator of the house.
OUTSIDE: dict[int, Answer] = {
    403: Answer(403, _l("您的账户没有这项权限"), _l("需要办理时，请向主管税务机关咨询。")),
    404: Answer(404, GONE.title, _l("请核对地址；您只能看到本单位的业务。可以从“我的业务”重新打开。")),
    500: Answer(500, BY_STATUS[500].title, _l("请稍后再试；仍不行时，把这里的说明或编号告知主管税务机关。")),
}


def answer_of(error: Exception) -> Answer:
    """The row of the table that fits an error."""
    return next((answer for kind, answer in TABLE if isinstance(error, kind)), BY_STATUS[500])


def answered(error: Exception) -> Response:
    """The page for an error of the table; what is refused or not there is noted in the trail."""
    refusals.told(answer_of(error).status, type(error).__name__)
    if isinstance(error, (engine.StepFailed, engine.Declined, engine.Explained, engine.FormUnreadable)):
        return _page(answer_of(error), reason_of(error), error=error)
    response = _page(answer_of(error), str(getattr(error, "sentence", "")), error=error)
    if isinstance(error, Busy):
        response.headers["Retry-After"] = str(AGAIN_S)
    return response


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # a redirect of the router
        return Response(status=status, headers=error.get_headers(request.environ))
    refusals.told(status, type(error).__name__)
    return _page(BY_STATUS.get(status, Answer(status, error.name, "")))


def _unknown(error: Exception) -> Response:
    if is_outage(error):
        log.error("request %s %s: the database is away: %s", request.method, request.path, driver_error(error))
        response = _page(AWAY, entries=kept.entries())
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response
    number = new_id()[-8:]
    log.error("request %s %s failed, number %s", request.method, request.path, number, exc_info=error)
    return _page(BY_STATUS[500], number=number)


def _forged(error: ForgedRequest) -> Response:
    """Our own form whose session is over loses nothing: it goes on after signing in, or after a look at who is signed in now."""
    if not error.is_own_page:
        return answered(error)
    if g.get("staff") is not None:
        given = kept.unsigned(kept.entries())
        return _page(ANEW, entries=[*given, (FIELD, identity.csrf_token())]) if given else answered(error)
    begun = kept.begun()
    if begun is None:
        return answered(error)
    response = door.page(status=403, next_page=url_for("worklist.index"), begun=begun)
    response.headers[SIGN_IN_AGAIN] = "1"
    return response


def _ways_on(error: Exception) -> list[tuple[str, str]]:
    """(address, words) of where whoever was refused finds what he needs: the page of the form as it is now, else its task; and the case, if he sees it."""
    given, case = request.view_args or {}, str(getattr(error, "values", {}).get("instance") or "")
    found = []
    if current_app.create_url_adapter(request).test(request.path, "GET"):  # type: ignore[union-attr]
        found.append((request.full_path.rstrip("?"), str(_("重新打开这一页"))))
    elif "task_id" in given:
        found.append((url_for("worklist.show", task_id=given["task_id"]), str(_("回到这项任务"))))
    if case and services().engine.headers({case}, identity.staff().actor):
        found.append((url_for("cases.show", instance_id=case), str(_("打开整案"))))
    return found


def _page(answer: Answer, reason: str = "", number: str = "", entries: Sequence[tuple[str, str]] = (), error: Exception | None = None) -> Response:
    whole = not requests.wanted() and g.get("staff") is not None
    known = g.get("staff") is not None and answer is not AWAY  # the shell asks the database for notices
    is_outside = known and bool(identity.staff().actor.party)
    answer = OUTSIDE.get(answer.status, answer) if is_outside and not reason else answer
    ways = _ways_on(error) if error is not None and known and request.method == "POST" and answer.status in LEADS_ON else []
    response = requests.page(
        "error.html" if whole or not requests.is_htmx() else "_error.html",
        status=answer.status, answer=answer, reason=reason, number=number, known=known,
        entries=entries, ways=ways, is_outside=is_outside,
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


def install(app: Flask) -> None:
    """Has every error of the table, every HTTP error and everything unforeseen answered with a page."""
    for kind, _answer in TABLE:
        app.register_error_handler(kind, answered)
    app.register_error_handler(ForgedRequest, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)  # the outermost edge of a request
