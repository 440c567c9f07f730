"""What has changed, in words: rows of the trail about offices, people, parties and deputies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from records.audit.tables import TrailEntry
from records.offices import parties
from records.offices.model import Office, Party, Person, Station
from web.administration import desk
from web.audit.words import event_name
from web.languages import named
from web.staff import role_name

EVENTS: Mapping[str, object] = {
    "offices:office:created": _l("设立机构"),
    "offices:office:renamed": _l("更改机构名称"),
    "offices:office:moved": _l("移动机构"),
    "offices:office:closed": _l("撤销机构"),
    "offices:office:reopened": _l("恢复机构"),
    "offices:office:regions": _l("更改管辖地区"),
    "offices:post:created": _l("设置岗位"),
    "offices:person:created": _l("新建账户"),
    "offices:person:renamed": _l("更改姓名"),
    "offices:person:email": _l("更改电子邮箱"),
    "offices:person:transferred": _l("调整所属机构"),
    "offices:person:left": _l("离职"),
    "offices:person:came_back": _l("恢复账户"),
    "person:password:reset": _l("给出一次性密码"),
    "offices:person:fell_back": _l("任务退回岗位"),
    "offices:holding:given": _l("任职"),
    "offices:holding:ended": _l("结束任职"),
    "offices:deputy:named": _l("指定代理"),
    "offices:deputy:withdrawn": _l("撤销代理"),
    "offices:party:registered": _l("登记外部单位"),
    "offices:station:made": _l("新建工作站"),
    "offices:station:renewed": _l("更换工作站凭据"),
    "offices:station:revoked": _l("停用工作站"),
    "offices:list:imported": _l("导入清单"),
}
REFUSED = _l("操作被拒绝")
LISTS: Mapping[str, object] = {"offices": _l("机构"), "people": _l("人员"), "posts": _l("岗位任职"), "parties": _l("外部单位和账户")}
_LABELS: Mapping[str, object] = {
    "code": _l("编码"), "name": _l("名称"), "level": _l("级别"), "above": _l("上级"), "path": _l("路径"), "on": _l("日期"), "regions": _l("地区"),
    "role": _l("岗位"), "office": _l("机构"), "login": _l("用户名"), "party": _l("单位"), "person": _l("人员"), "from": _l("起"), "to": _l("止"),
    "for": _l("被代理人"), "by": _l("代理人"), "count": _l("任务数"), "why": _l("原因"), "kind": _l("种类"), "number": _l("单位代码"), "rows": _l("行数"), "posts": _l("岗位"),
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One row of the trail."""

    at: datetime
    what: str
    who: str
    subject: str
    details: str
    is_refusal: bool


def told(session: Session, entries: Iterable[TrailEntry]) -> list[Change]:
    """Rows in words, in the order given."""
    return [
        Change(row.at, _event(row.event), row.person_name, _subject(session, row), _details(row.new or row.old or {}), row.event.endswith(":refused"))
        for row in entries
    ]


def _event(event: str) -> str:
    return str(REFUSED if event.endswith(":refused") else EVENTS.get(event) or event_name(event) or event)


def _subject(session: Session, row: TrailEntry) -> str:
    kinds: Mapping[str, Any] = {"office": Office, "person": Person, "party": Party, "station": Station}
    kind = kinds.get(row.subject_kind)
    found = session.get(kind, row.subject_id) if kind else None
    return named(str(found.name), str(getattr(found, "name_en", found.name))) if found is not None else ""


def _details(values: Mapping[str, Any]) -> str:
    parts = []
    for name, value in values.items():
        if name in _LABELS and value not in (None, "", []):
            text = _IN_WORDS[name](value) if name in _IN_WORDS else value
            parts.append(f"{_LABELS[name]} {'、'.join(text) if isinstance(text, list) else text}")
    return "；".join(parts)


def _kind(kind: str) -> str:
    """The kind of a party, or of a list."""
    return named(*parties.KINDS[kind]) if kind in parties.KINDS else str(LISTS.get(kind, kind))


def _party(key: str) -> str:
    kind, _colon, number = key.partition(":")
    return f"{_kind(kind)} {number}"


_IN_WORDS: Mapping[str, Callable[[Any], str]] = {"role": role_name, "level": desk.level_name, "kind": _kind, "party": _party}
