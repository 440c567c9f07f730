"""What the forms of an upgrade offer to choose from: who may sign in at the hall."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from engine.forms import Option
from records.offices.model import Office
from records.upgrade.store import ready_ones


def upgrade_ready(session: Session, own: Office, _on: date) -> list[Option]:
    """The enterprises of the district whose preparation is whole, the longest ready first. Source: Xicheng, 三(一)1."""
    return [Option(row.taxpayer_number, f"{row.enterprise_name}（{row.taxpayer_number}）", f"{row.enterprise_name} ({row.taxpayer_number})") for row in ready_ones(session, own.scope)]


LISTS: Mapping[str, Callable[[Session, Office, date], Sequence[Option]]] = {"upgrade_ready": upgrade_ready}
