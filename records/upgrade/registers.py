"""The sign-in book (签到簿) as a register: who came on which day, when each left, how many of its sheets were handed over. Source: Xicheng, 三(一)1, 三(九)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, select

from records.devices.registers import DeviceQuery, Found, found, mentions, period, same, within
from records.upgrade.model import UpgradeVisit
from records.upgrade.states import CAME, NAMES

HANDED_OVER: Mapping[str, tuple[str, str]] = {"yes": ("已移交", "handed over"), "no": ("未移交", "not handed over")}
STATES = {key: NAMES[key] for key in CAME}
VISIT_ORDERS: Mapping[str, Any] = {
    "day": UpgradeVisit.day, "ticket": UpgradeVisit.ticket, "name": UpgradeVisit.enterprise_name, "signed_in": UpgradeVisit.signed_in_at, "left": UpgradeVisit.left_at,
    "state": UpgradeVisit.state, "sheets": UpgradeVisit.sheets,
}  # fmt: skip


def visits(scopes: Sequence[str], query: DeviceQuery, order: str = "") -> Found[UpgradeVisit]:
    """Whoever signed in at the halls beneath these paths, the latest day first; `query.kind`: whether its sheets were handed over."""
    wanted = select(UpgradeVisit).where(
        within(UpgradeVisit.scope, scopes), UpgradeVisit.day.is_not(None), *([UpgradeVisit.scope.startswith(query.office, autoescape=True)] if query.office else []),
        *same(UpgradeVisit.state, query.state), *_handed(query.kind), *period(UpgradeVisit.day, query),
        *mentions(query.text, UpgradeVisit.enterprise_name, UpgradeVisit.taxpayer_number, UpgradeVisit.person_name),
    )  # fmt: skip
    return found(wanted, lambda row: cast("UpgradeVisit", row[0]), VISIT_ORDERS, order, (UpgradeVisit.day.desc(), UpgradeVisit.office_code, UpgradeVisit.ticket))


def _handed(kind: str) -> list[ColumnElement[bool]]:
    return [UpgradeVisit.hand_over_id.is_not(None) if kind == "yes" else UpgradeVisit.hand_over_id.is_(None)] if kind else []
