"""The entries of the navy bar, in order. An entry whose page family is not there is not shown."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l

from web import identity
from web.rights.door import is_open


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


ENTRIES = (
    Entry("worklist.index", _l("待办工作台"), "w", ("worklist", "tasks", "parties", "batches", "copies")),
    Entry("start.index", _l("发起办理"), "s", ("start",)),
    Entry("cases.index", _l("案件查询"), "c", ("cases",)),
    Entry("board.index", _l("督办看板"), "b", ("board",)),
    Entry("registers.index", _l("台帐"), "r", ("registers",)),
    Entry("imports.index", _l("数据导入"), "i", ("imports",)),
    Entry("operations.index", _l("异常处理"), "o", ("operations",)),
    Entry("administration.index", _l("机构与岗位"), "a", ("administration",)),
    Entry("administration.unattended", _l("无人办理"), "u", ("administration",)),
    Entry("security.people", _l("登录管理"), "l", ("security",)),
    Entry("audit.index", _l("审计"), "t", ("audit",)),
    Entry("rights.index", _l("权限表"), "p", ("rights",)),
)


def entries() -> list[Entry]:
    """The entries whose pages exist in this application and are open to the roles of the person who asks."""
    open_ = [entry for entry in ENTRIES if _is_open(entry.endpoint)]
    families = {entry.families for entry in open_ if entry.endpoint == "administration.index"}
    return [entry for entry in open_ if entry.endpoint != "administration.unattended" or entry.families not in families]


def _is_open(endpoint: str) -> bool:
    return endpoint in current_app.view_functions and is_open(endpoint, identity.staff().actor)
