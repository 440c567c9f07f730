"""The kinds of addresses, and who passes their doors."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from flask_babel import lazy_gettext as _l

from records.offices.administrators import ADMINISTRATORS, AUDIT, MAY_CHANGE, SECURITY, SYSTEM
from records.offices.supervisors import SUPERVISORS
from web.rights.model import EVERYBODY, OFFICE, PARTY, PERSON, READER, STATION, About, Answer, Cells, Kind, Relation, lent

OFFICER = "coinvestigation_officer"
STOCK_KEEPER = "golden_tax_office"
HALL_SCREEN = "hall_screen"
HALL_ROLES = SUPERVISORS | {"reception", HALL_SCREEN}

_NAMES = {SYSTEM: _l("机构、人员、单位与工作站：变更"), SECURITY: _l("岗位、代理与密码：变更")}
_VISITOR, _SIGNED_IN = frozenset((EVERYBODY,)), frozenset((PERSON,))
_R, _A = Relation, Answer
_STAFF = (_R.HOLDER, _R.POSTED, _R.OFFICE, _R.ENDER, _R.BENEATH, _R.DEPUTY)
_EVERY_SIGHT = (*_STAFF, _R.SIGNER, _R.ASKED, _R.COPIED, _R.DONE, _R.NAMED)


def _all(*relations: Relation, **others: Answer) -> Cells:
    """Open to these; `others` by the name of the relation."""
    return MappingProxyType({**dict.fromkeys(relations, _A.OPEN), **{_R[name]: answer for name, answer in others.items()}})


_SEEN = _all(*_EVERY_SIGHT)
_STILL_SEEN = _all(*(one for one in _EVERY_SIGHT if one is not _R.ASKED))  # a question ends with its task
_INSIDE = _all(*(one for one in _EVERY_SIGHT if one is not _R.NAMED))  # what goes on in the authority is no party's
_STILL_INSIDE = _all(*(one for one in _STILL_SEEN if one is not _R.NAMED))
_LATE: Cells = MappingProxyType(dict.fromkeys(_STILL_INSIDE, _A.LATE))
_NOT_ONES_OWN = {one.name: _A.SHUT for one in _INSIDE if one not in {_R.HOLDER, _R.DEPUTY, _R.POSTED}}

PUBLIC = Kind("public", _l("公开"), _VISITOR)
BY_STATION = Kind("station", _l("工作站"), frozenset((STATION,)), _A.UNKNOWN, by_credential=True)
OWED = Kind("owed", _l("登录义务"), _SIGNED_IN, before_duties=True)
OWN = Kind("own", _l("本人桌面"), _SIGNED_IN)
OWN_ONE = Kind("own-one", _l("本人的通知、代理与登录"), _SIGNED_IN, about=About.OWN, cells=_all(_R.HOLDER))

WORKLIST = Kind("worklist", _l("任务列表"), _SIGNED_IN, about=About.LIST, cells=_all(*_STAFF, _R.SIGNER, _R.ASKED), closed=_all())
CASES = Kind("cases", _l("案件列表与查找"), frozenset((READER,)), about=About.LIST, cells=_all(*_STAFF, _R.NAMED))
REGISTERS = Kind("registers", _l("台账、计数与导出"), frozenset((OFFICE,)), about=About.LIST, cells=_all(_R.HOLDER, _R.POSTED, _R.OFFICE, _R.ENDER, _R.BENEATH))
COPIES = Kind("copies", _l("抄送我的"), _SIGNED_IN, about=About.LIST, cells=_all(_R.COPIED))

CASE = Kind("case", _l("查看案件"), _SIGNED_IN, about=About.CASE, cells=_SEEN, closed=_STILL_SEEN)
INSIDE = Kind("inside", _l("案件内部的记录、流程图、发票，他人的附件、文书"), _SIGNED_IN, about=About.CASE, cells=_INSIDE, closed=_STILL_INSIDE)
PORTAL = Kind("portal", _l("我的业务"), frozenset((PARTY,)), _A.GONE)
OF_PARTY = replace(PORTAL, key="of-party", name=_l("我的业务：提交回执"), about=About.CASE, cells=_all(_R.NAMED))
TASK = Kind("task", _l("查看任务"), _SIGNED_IN, about=About.TASK, cells=_INSIDE, closed=_STILL_INSIDE)
SHEET = Kind("sheet", _l("打印办理单"), _SIGNED_IN, about=About.TASK, cells=_INSIDE, closed=_LATE)
CLAIM = Kind("claim", _l("认领"), _SIGNED_IN, about=About.TASK, cells=_all(_R.HOLDER, _R.DEPUTY, POSTED=_A.LATE), closed=_LATE)
RELEASE = Kind("release", _l("退领、选择退回到哪一步"), _SIGNED_IN, about=About.TASK, cells=_all(_R.HOLDER), closed=_LATE)
# A deputy takes the task over first: until then somebody else has it.
DUTY = Kind("duty", _l("暂存、退回、批量办结"), _SIGNED_IN, about=About.TASK, cells=_all(_R.HOLDER, POSTED=_A.LATE, DEPUTY=_A.LATE), closed=_LATE)
COMPLETE = Kind("complete", _l("提交、直达"), _SIGNED_IN, about=About.TASK, cells=_all(_R.HOLDER, POSTED=_A.LATE, DEPUTY=_A.LATE, **_NOT_ONES_OWN), closed=_LATE)
CHOOSE = Kind("choose", _l("选择转办、会办的人"), _SIGNED_IN, about=About.TASK, cells=MappingProxyType({**dict.fromkeys(_INSIDE, _A.LATE), _R.HOLDER: _A.OPEN}), closed=_LATE)
TOGETHER = Kind("together", _l("转办、委派、加签、会签、沟通、抄送"), _SIGNED_IN, about=About.TASK, cells=_all(_R.HOLDER), closed=_LATE)
TAKE_BACK = Kind("take-back", _l("拿回"), _SIGNED_IN, about=About.TASK, cells=_all(DONE=_A.LATE))
SEAT = Kind("seat", _l("答复、签署"), _SIGNED_IN, about=About.TASK, cells=_all(_R.SIGNER))
UNSEAT = Kind("unseat", _l("收回会办"), _SIGNED_IN, about=About.TASK, cells=_all(_R.HOLDER), closed=_LATE)
RECEIPT = Kind("receipt", _l("已阅回执"), _SIGNED_IN, about=About.CASE, cells=_all(_R.COPIED))
URGED = Kind("urged", _l("答复催办"), _SIGNED_IN, about=About.CASE, cells=_all(_R.HOLDER, _R.POSTED, _R.DEPUTY))
VOICE = Kind("voice", _l("留言、上传附件"), _SIGNED_IN, about=About.CASE, cells=_all(*(one for one in _EVERY_SIGHT if one not in {_R.COPIED, _R.ASKED})))
RETRY = Kind("retry", _l("重试失败的步骤"), _SIGNED_IN, about=About.CASE, cells=_INSIDE, closed=_all())
WITHDRAW = Kind("withdraw", _l("撤回"), _SIGNED_IN, about=About.CASE, cells=_all(HOLDER=_A.LATE), closed=_all(HOLDER=_A.LATE, POSTED=_A.LATE))
ASK_TO_WITHDRAW = Kind("ask-to-withdraw", _l("撤回前的说明"), _SIGNED_IN, about=About.CASE)
ASK_TO_END = Kind("ask-to-end", _l("终止前的说明"), _SIGNED_IN, about=About.CASE, cells=_all(_R.ENDER), closed=_all())
END = Kind("end", _l("终止"), _SIGNED_IN, about=About.CASE, cells=_all(_R.ENDER), closed=_all(ENDER=_A.LATE))
ASK_ABOUT_CLOCK = Kind("ask-about-clock", _l("中止、恢复计时前的说明"), _SIGNED_IN, about=About.CASE, cells=_all(_R.ENDER), closed=_all())
STOP_CLOCK = Kind("stop-clock", _l("中止计时"), _SIGNED_IN, about=About.CASE, cells=_all(_R.ENDER), closed=_all(ENDER=_A.LATE))
RESUME_CLOCK = Kind("resume-clock", _l("恢复计时"), _SIGNED_IN, about=About.CASE, cells=_all(ENDER=_A.LATE), closed=_all(ENDER=_A.LATE))  # of a clock that runs
START = Kind("start", _l("发起办理"), _SIGNED_IN, about=About.PROCESS, cells=_all(_R.POSTED))
NAME_DEPUTY = Kind("name-deputy", _l("指定自己的代理人"), frozenset((OFFICE,)), _A.GONE)
DEVICES = Kind("device-registers", _l("专用设备与限额台账"), frozenset((OFFICE,)))
TAKE_IN = Kind("take-in", _l("专用设备入库"), frozenset((STOCK_KEEPER,)))
HALL = Kind("hall", _l("升级大厅屏：序号和企业名称"), HALL_ROLES, _A.GONE)
SCREEN = Kind("hall-screen", _l("升级大厅屏：屏幕自行刷新"), frozenset((HALL_SCREEN,)), _A.GONE)
IMPORTS = Kind("imports", _l("数据导入"), frozenset((OFFICER,)))


def of_realm(kind: Kind) -> Kind:
    """The same for an address that names a person, an office or a list: to whoever is let in, what is of other offices is not there."""
    return replace(kind, key=f"{kind.key}-one", about=About.REALM, cells=_all(_R.OFFICE, _R.BENEATH))


_HEADED = (_R.OFFICE, _R.ENDER, _R.BENEATH)
BOARD = Kind("board", _l("督办看板"), SUPERVISORS | {lent(role) for role in SUPERVISORS}, _A.GONE)
BOARD_OPEN = replace(BOARD, key="board-open", name=_l("督办看板：在办的清单"), about=About.LIST, cells=_all(*_HEADED), closed=_all())
URGE = replace(BOARD, key="urge", name=_l("督办看板：催办"), about=About.CASE, cells=_all(*_HEADED), closed=_all())
BOARD_DONE = replace(BOARD_OPEN, key="board-done", name=_l("督办看板：办结的清单"), cells=_all(), closed=_all(*_HEADED))
UNATTENDED = Kind("unattended", _l("无人办理"), ADMINISTRATORS | frozenset(SUPERVISORS))
REASSIGN = Kind("reassign", _l("改派无人办理的任务"), frozenset(SUPERVISORS))
OPERATIONS = Kind("operations", _l("异常处理"), frozenset((SYSTEM,)))
REALM = Kind("realm", _l("机构、人员与岗位：查看"), ADMINISTRATORS)
CHANGES = {what: Kind(f"change-{role}", _NAMES[role], frozenset((role,)), _A.GONE) for what, role in MAY_CHANGE.items()}
NOTICE_RULES = replace(CHANGES["people"], key="notice-rules", name=_l("免打扰与每日摘要：变更（限管辖全部机关者）"), about=About.TREE, cells=_all(_R.BENEATH))
SIGN_INS = Kind("sign-ins", _l("登录管理"), frozenset((SECURITY,)))
TRAIL = Kind("trail", _l("审计"), frozenset((AUDIT,)), _A.GONE)
RIGHTS = Kind("rights", _l("权限表"), frozenset((SECURITY, AUDIT)))
