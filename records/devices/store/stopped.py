"""Whether a serial is stopped, asked by whatever sells, issues or writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from records.devices import kinds, rules
from records.devices.errors import DeviceStopped
from records.devices.model import StopEntry

_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(one, 0)) FROM unnest(CAST(:serials AS text[])) WITH ORDINALITY AS given(one, at) ORDER BY at")


def hold_serial(session: Session, kind: str, serial: str) -> None:
    """Keeps others off a serial that is in no row yet, until the transaction is over: whoever takes it in sees the stop list as it is, whoever
    stops it without knowing it sees the books. On SQLite one transaction writes at a time.
    """
    hold_serials(session, [(kind, serial)])


def hold_serials(session: Session, keys: Iterable[tuple[str, str]]) -> None:
    """The same for several kinds and serials, in an order that is the same for everybody, so that two who want the same ones do not wait for each other."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(_HOLD, {"serials": sorted(f"device:{kind}:{serial}" for kind, serial in keys)})


def entry_of(session: Session, kind: str, serial: str) -> StopEntry | None:
    """The entry by which a serial is stopped now; None where it is not."""
    wanted = select(StopEntry).where(StopEntry.kind == kinds.Kind(kind), StopEntry.serial == serial.strip().upper(), StopEntry.state == "listed")
    return session.scalars(wanted, execution_options={"populate_existing": True}).one_or_none()


def entries_of(session: Session, serial: str) -> Sequence[StopEntry]:
    """What is stopped now under this very serial, whichever kind and whoever reported it. Source: Xi'an 2002-119, 二(五)."""
    return session.scalars(select(StopEntry).where(StopEntry.serial == serial.strip().upper(), StopEntry.state == "listed").order_by(StopEntry.kind)).all()


def require_not_stopped(session: Session, kind: str, serial: str) -> None:
    """Raises DeviceStopped for a serial on the list: it is neither sold nor issued, and nothing is written on it.

    Source: Xi'an 2002-119, 二(五).
    """
    if (found := entry_of(session, kind, serial)) is not None:
        raise stopped(found)


def stopped(entry: StopEntry) -> DeviceStopped:
    """The refusal of a serial that this entry stops."""
    zh, en = rules.label(entry.kind, entry.serial)
    why, why_en = kinds.REASONS[entry.because]
    return DeviceStopped(
        f"{zh}已于 {entry.reported_on} 报告{why}，列入停用名单，不能发售、发行或使用（市国税发〔2002〕119号二(五)）",
        f"{en} was reported {why_en} on {entry.reported_on} and is on the stop list: it is neither sold, issued nor used (Xi'an 2002-119, 二(五))",
    )
