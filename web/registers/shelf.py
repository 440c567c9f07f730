"""Which registers a reader finds under the one entry of the bar: those of which his offices have anything; all where they have nothing yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.coinvestigation.model import Delegation, Receipt
from records.devices.model import Device, StopEntry
from records.devices.registers import within
from records.taxpayers.model import Enrolment
from web import identity
from web.devices import stock
from web.devices.words import TITLES

Tab = tuple[str, str, str]  # (name in the address, text, address)


def co_investigation() -> list[Tab]:
    """The registers of delegations that were sent and received."""
    return [(key, text, url_for("registers.show", register=key)) for key, text in (("delegated", _("委托协查台账")), ("received", _("受托协查台账")))]


def devices() -> list[Tab]:
    """The registers of enterprises and devices."""
    return [(key, str(text), url_for("devices.show", book=key)) for key, text in TITLES.items()]


def tabs(session: Session) -> list[Tab]:
    """What stands beside the register that is shown, which is always among them."""
    scopes, family = identity.staff().actor.scopes, request.blueprint
    asked = _any(session, (Delegation.from_scope, Receipt.scope), scopes)
    keeps = stock.may_take_in() or _any(session, (Device.scope, Enrolment.scope, StopEntry.scope), scopes)
    both = not asked and not keeps
    shown = [*(co_investigation() if asked or both else []), *(devices() if keeps or both else [])]
    own = {"registers": co_investigation, "devices": devices}[family or "registers"]() if request.endpoint != "registers.index" else []
    return shown if all(tab in shown for tab in own) else [*own, *shown] if family == "registers" else [*shown, *own]


def _any(session: Session, columns: Sequence[Any], scopes: Sequence[str]) -> bool:
    return any(session.scalar(select(select(column).where(within(column, scopes)).exists())) for column in columns)
