"""The entries of the navy bar, in order. An entry whose page family is not there is not shown."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l

from engine.people import Actor
from records.offices.administrators import ADMINISTRATORS
from web import identity
from web.rights.door import is_open
from web.rights.kinds import HALL_SCREEN


@dataclass(frozen=True)
class Entry:
    """One entry: where it leads, its letter after `g`, and the page families it is current for."""

    endpoint: str
    label: object
    letter: str
    families: tuple[str, ...]

    @property
    def address(self) -> str:
        return url_for(self.endpoint)

    @property
    def is_current(self) -> bool:
        return request.blueprint in self.families


WORK = frozenset(("worklist.index", "start.index"))  # what an administrator, who works on no case, has no use for
ENTRIES = (
    Entry("portal.index", _l("我的业务"), "m", ("portal", "worklist", "tasks", "start", "cases", "moves")),
    Entry("worklist.index", _l("待办工作台"), "w", ("worklist", "tasks", "parties", "batches", "copies")),
    Entry("start.index", _l("发起办理"), "s", ("start",)),
    Entry("cases.index", _l("案件查询"), "c", ("cases",)),
    Entry("board.index", _l("督办看板"), "b", ("board",)),
    Entry("hall.index", _l("升级大厅"), "h", ("hall",)),
    Entry("registers.index", _l("台账"), "r", ("registers", "devices")),
    Entry("imports.index", _l("数据导入"), "i", ("imports",)),
    Entry("operations.index", _l("异常处理"), "o", ("operations",)),
    Entry("audit.index", _l("审计"), "t", ("audit",)),
    Entry("administration.index", _l("机构与岗位"), "a", ("administration",)),
    Entry("administration.unattended", _l("无人办理"), "u", ("administration",)),
    Entry("security.people", _l("登录管理"), "l", ("security",)),
    Entry("rights.index", _l("权限表"), "p", ("rights",)),
)


def entries() -> list[Entry]:
    """The entries whose pages exist in this application, are open to the roles of the person who asks, and are of use to him."""
    actor = identity.staff().actor
    if actor.party:
        return [entry for entry in ENTRIES if entry.endpoint == "portal.index"]
    open_ = [entry for entry in ENTRIES if _is_open(entry.endpoint, actor) and not (entry.endpoint in WORK and (administers_only(actor) or is_screen(actor)))]
    families = {entry.families for entry in open_ if entry.endpoint == "administration.index"}
    return [entry for entry in open_ if entry.endpoint != "administration.unattended" or entry.families not in families]


def front() -> str:
    """The address of the first page of the person who asks: his work, what he administers, the board of a screen, or the business of the party for which he acts."""
    if identity.staff().party:
        return url_for("portal.index")
    return entries()[0].address if administers_only(identity.staff().actor) or is_screen(identity.staff().actor) else url_for("worklist.index")


def is_screen(actor: Actor) -> bool:
    """Whether it is the account of a screen in the hall, which shows its board and nothing else."""
    return actor.roles == {HALL_SCREEN}


def administers_only(actor: Actor) -> bool:
    """Whether somebody is an administrator and stands in for nobody: an administrator is that and nothing else."""
    return bool(actor.roles) and actor.roles <= ADMINISTRATORS and not actor.steads


def _is_open(endpoint: str, actor: Actor) -> bool:
    return endpoint in current_app.view_functions and is_open(endpoint, actor)
