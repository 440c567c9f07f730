"""Whether the triggers stand that guard evidence and write it down: whoever wants to change a row switches them off first."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.evidence import declared
from db.guards import guards

_SQLITE = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
# `O`: fires for ordinary sessions; `A`: for all. A superuser's session may still switch to the role of a replica: then the chain tells.
_POSTGRESQL = text(
    "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND c.relnamespace = current_schema()::regnamespace"
)


def missing_triggers(session: Session) -> list[tuple[str, str]]:
    """(name, table) of each that is gone or switched off, of the tables that are evidence and of the chain's own."""
    dialect = session.get_bind().dialect.name
    found = set(session.execute(_SQLITE if dialect == "sqlite" else _POSTGRESQL).scalars())
    kinds = declared().values()
    tables = {kind.table for kind in kinds} | {"seal"}
    wanted = [(kind.trigger, kind.table) for kind in kinds]
    wanted += [(name, guard.table) for guard in guards() if guard.table in tables for name in guard.names(dialect)]
    return [(name, table) for name, table in wanted if name not in found]
