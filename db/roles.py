"""The application's own role on PostgreSQL: it reads and adds evidence, and can do nothing else with it; the owner only migrates.

What a guard's trigger refuses the owner can switch off; what a role was never granted it cannot do at all. SQLite knows no roles: there the
chain and its anchors are what tells.
"""

from __future__ import annotations

import re

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.evidence import QUEUE, declared

# What the application writes into a row of evidence after it was made, by table: a paper gets its bytes, or the reason why it has none; who
# was asked answers, once; a return is resubmitted; an entry of the stop list is lifted, saved data are checked, a sheet is closed, a total
# reported, old invoices cancelled, a matter decided; areas and numbers follow changes.
LATER: dict[str, tuple[str, ...]] = {
    "paper": ("state", "sha256", "error"),
    "task_party": (
        "state", "person_id", "person_name", "for_id", "opinion", "entered", "because", "blocks", "closed_at", "due_on", "asked_by", "asked_name", "asked_at",
    ),
    "task_return": ("state", "parked"),
    "stop_entry": ("state", "lifted_on", "lifted_because", "lifted_by", "scope"),
    "saved_data": ("checked_by", "checked_by_name", "checked_on", "scope"),
    "invoice_sale": ("taxpayer_number", "scope"),
    "hand_up_sheet": ("state", "closed_on", "closed_by", "closed_by_name", "reason", "from_scope"),
    "loss_total": ("to_office_code", "reported_on", "scope"),
    "old_invoice_return": ("taxpayer_number", "scope", "cancelled_on", "cancelled_by", "cancelled_by_name"),
    "major_matter": (
        "number", "effect", "state", "facts", "measures", "request", "reported_on", "scope", "level", "decision", "decided_by", "decided_by_name", "decided_on", "result",
        "closed_on",
    ),
    "key_change": (
        "state", "scope", "decision", "prepared_by_name", "decided_by", "decided_by_name", "decided_on", "changed_on", "changed_by_name", "witnessed_by_name",
    ),
    "upgrade_visit": (
        "state", "scope", "taxpayer_number", "enterprise_name", "prepared", "day", "ticket", "person_name", "signed_in_at", "case_id", "left_at", "ended_because", "sheets",
        "sheets_because", "day_case", "hand_over_id",
    ),
    "upgrade_hand_over": ("scope",),
}  # fmt: skip
NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")

_POWERS = text(
    "SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(:tables) AND ("
    " pg_has_role(current_user, c.relowner, 'USAGE') OR has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE')"
    " OR has_table_privilege(c.oid, 'TRUNCATE') OR has_table_privilege(c.oid, 'TRIGGER')) ORDER BY c.relname"
)


def fixed_tables() -> list[str]:
    """The tables whose rows nobody may alter."""
    return sorted({kind.table for kind in declared().values()} | {"seal"})


def powers(session: Session) -> list[str]:
    """The tables of evidence that this connection's role could alter all the same; none on SQLite, where there are no roles to ask."""
    if session.get_bind().dialect.name == "sqlite":
        return []
    return list(session.execute(_POWERS, {"tables": fixed_tables()}).scalars())


def grants(role: str, database: str) -> list[str]:
    """Statements by which the owner gives a role what the application needs, and takes everything else; run again after each migration."""
    if not NAME.fullmatch(role):
        raise ValueError(f"expected a name of a-z, 0-9 and _, but got {role!r}")
    everything = ("TABLES", "SEQUENCES", "FUNCTIONS")
    statements = [f'GRANT CONNECT, TEMPORARY ON DATABASE "{database}" TO "{role}"', f'GRANT USAGE ON SCHEMA public TO "{role}"']
    statements += [f'REVOKE ALL ON ALL {what} IN SCHEMA public FROM "{role}"' for what in everything]
    statements += [f'REVOKE CREATE ON SCHEMA public FROM PUBLIC, "{role}"']
    statements += [
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{role}"',
        f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{role}"',
        f'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO "{role}"',
    ]
    for table in fixed_tables():
        statements.append(f'REVOKE UPDATE, DELETE ON "{table}" FROM "{role}"')
        if columns := ", ".join(f'"{name}"' for name in LATER.get(table, ())):
            statements.append(f'GRANT UPDATE ({columns}) ON "{table}" TO "{role}"')
    revoke = f'REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM "{role}"'
    statements.append(f"DO $$ BEGIN IF to_regclass('alembic_version') IS NOT NULL THEN {revoke}; END IF; END $$")
    statements.append(f'REVOKE UPDATE ON "{QUEUE}" FROM "{role}"')
    return statements
