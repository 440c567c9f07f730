"""Why the engine does not do what it was asked. `web/errors.py` turns each into a status and a sentence."""

from __future__ import annotations

from collections.abc import Mapping


class EngineError(Exception):
    """The engine could not do what it was asked."""

    def __init__(self, message: str = "", **values: object) -> None:
        super().__init__(message or (self.__doc__ or "").strip())
        self.values = values


class Refusal(EngineError):
    """The request cannot be met as it is; nothing is wrong with the case, and no incident is written.

    `is_first_answer`: what it rests on was read in one glance together with the key of the request, so that no twin can have been done.
    `is_told`: it stands in the trail of the case: somebody wanted what he may not, or not now.
    """

    is_first_answer = False
    is_told = False


class NotFound(Refusal):
    """没有这件案件或任务，或者您无权查看"""


class NotYours(Refusal):
    """您没有办理这项任务的岗位"""

    is_told = True


class PreparedByYou(NotYours):
    """您经办过前面的环节，不能再审批这一环节"""


class TaskAlreadyClaimed(Refusal):
    """这项任务已由他人认领"""


class DraftChanged(Refusal):
    """另一个窗口已经暂存过这项任务"""


class Explained(Refusal):
    """A refusal with a sentence of its own in both languages; it stands in the trail."""

    is_told = True

    def __init__(self, message: str = "", en: str = "", **values: object) -> None:
        super().__init__(message, **values)
        self.en = en


class NoWayBack(Explained):
    """这一步不能退回到所选的环节"""


class TooLate(NoWayBack):
    """后面的环节已经有人办理，不能再撤回"""


class CaseMoved(Refusal):
    """您看过之后案件又有了变化，请重新核对后再办理"""


class WaitsForOthers(Explained):
    """还在等其他人办理，暂不能提交"""


class NotPossibleNow(Explained):
    """这项任务现在不能这样办理"""


class NotEligible(Explained):
    """所选人员不能办理这一环节"""


class NoLongerAsked(Explained):
    """这件事已不需要您办理：已经有了结果，或者已被收回"""


class TaskNotOpen(Refusal):
    """这项任务已经办结或已撤销"""


class NotActive(Refusal):
    """案件已经办结或已终止"""


class FormInvalid(Refusal):
    """表单有填写不当之处"""

    def __init__(self, errors: Mapping[str, str], errors_en: Mapping[str, str] | None = None) -> None:
        super().__init__("；".join(errors.values()))
        self.errors = dict(errors)
        self.errors_en = dict(errors_en or errors)


class FormUnreadable(EngineError):
    """这个环节的表单读不出"""


class KeyReused(Refusal):
    """同一个请求编号用在了两次不同的操作上"""


class NoSuchProcess(Refusal):
    """没有这个流程"""


class ModelRefused(Refusal):
    """流程模型未通过检查"""

    def __init__(self, findings: list[object]) -> None:
        super().__init__("；".join(str(getattr(f, "zh", f)) for f in findings[:5]))
        self.findings = findings


class NoSuchList(EngineError):
    """表单的选项来源没有登记"""


class NoSuchCheck(EngineError):
    """表单要求的核对没有登记"""


class Declined(Refusal):
    """按规定不能办理"""

    def __init__(self, message: str = "", en: str = "", **values: object) -> None:
        super().__init__(message, **values)
        self.en = en


class NotOffered(Refusal):
    """这个流程不能就这件案件发起，或者案件已经办结"""


class JobNotYours(Refusal):
    """这项外部作业已不由该终端持有"""


class Conflict(Refusal):
    """案件刚刚被另一操作改动，请刷新后再试"""


class NoSuchPost(EngineError):
    """找不到能办理这一环节的岗位"""


class StepFailed(EngineError):
    """本环节未办理成功，所做改动已全部还原；原因记在案件的“异常”里，可以重试"""

    def __init__(self, incident_id: str, reason: str) -> None:
        super().__init__(f"{self.__doc__}：{reason}")
        self.incident_id = incident_id
        self.reason = reason


class StateDamaged(EngineError):
    """案件的流程状态与其校验码不符"""


class NoOfficeNamed(EngineError):
    """启动流程的消息没有指明办理机关（office_id）"""


class UnknownTopic(EngineError):
    """服务任务指定的处理程序没有登记"""
