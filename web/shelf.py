"""Which registers a reader finds under the one entry of the bar: those of which his offices have anything; all where they have nothing yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.coinvestigation.model import Delegation, Receipt
from records.devices.model import Device, StopEntry
from records.devices.registers import within
from records.taxpayers.model import Enrolment
from records.upgrade.model import UpgradeVisit
from web import identity
from web.rights.kinds import STOCK_KEEPER

Tab = tuple[str, str, str]  # (name in the address, text, address)
CO_INVESTIGATION: Mapping[str, object] = {"delegated": _l("委托协查台账"), "received": _l("受托协查台账")}
DEVICES: Mapping[str, object] = {"enterprises": _l("企业与限额台账"), "devices": _l("专用设备台账"), "stops": _l("停用名单"), "approvals": _l("待审批事项"), "visits": _l("升级签到簿")}

VISITS = "visits"


def co_investigation() -> list[Tab]:
    """The registers of delegations that were sent and received."""
    return [(key, str(text), url_for("registers.show", register=key)) for key, text in CO_INVESTIGATION.items()]


def devices(*, with_visits: bool) -> list[Tab]:
    """The registers of enterprises and devices, and of upgrades where there are any."""
    return [(key, str(text), url_for("devices.show", book=key)) for key, text in DEVICES.items() if with_visits or key != VISITS]


def keeps_stock() -> bool:
    """Whether the reader keeps a stock of devices."""
    return STOCK_KEEPER in identity.staff().actor.roles


def tabs(session: Session) -> list[Tab]:
    """What stands beside the register that is shown, which is always among them."""
    scopes, family = identity.staff().actor.scopes, request.blueprint
    asked = _any(session, (Delegation.from_scope, Receipt.scope), scopes)
    signs_in = _any(session, (UpgradeVisit.scope,), scopes)
    keeps = keeps_stock() or signs_in or _any(session, (Device.scope, Enrolment.scope, StopEntry.scope), scopes)
    both, of_devices = not asked and not keeps, devices(with_visits=signs_in or (request.view_args or {}).get("book") == VISITS)
    shown = [*(co_investigation() if asked or both else []), *(of_devices if keeps or both else [])]
    own = [] if request.endpoint == "registers.index" else of_devices if family == "devices" else co_investigation()
    return shown if all(tab in shown for tab in own) else [*shown, *own] if family == "devices" else [*own, *shown]


def _any(session: Session, columns: Sequence[Any], scopes: Sequence[str]) -> bool:
    return any(session.scalar(select(select(column).where(within(column, scopes)).exists())) for column in columns)
