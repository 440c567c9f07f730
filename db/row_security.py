"""Row-level security: which rows of a table a sight shows, declared once and made with the tables, on PostgreSQL alone.

It binds every role but the owner of the tables and superusers, so the role that `app.py harden` makes. Only reading is narrowed: a sight other
than everything writes nothing anyway, since it is that of a reading transaction.
"""

from __future__ import annotations

from sqlalchemy import Connection, MetaData, event

from db.base import Base

_FUNCTIONS: list[str] = []
_POLICIES: dict[str, str] = {}
POLICY = "sight"
# What a condition asks of the sight, once a query.
ME = "(SELECT jinshui_sight() ->> 'person')"
MY_POSTS = "((SELECT jinshui_own('posts'))::text[])"
BENEATH_OWN = "{column} ^@ ANY ((SELECT jinshui_own('scopes'))::text[])"


def function(text: str) -> None:
    """Declares a function that policies use; CREATE OR REPLACE."""
    _FUNCTIONS.append(text.strip())


def secured(table: str, condition: str) -> None:
    """Declares that a sight which is not everything shows only the rows of a table for which this is true."""
    _POLICIES[table] = condition


def tables() -> list[str]:
    """The tables with a policy."""
    return sorted(_POLICIES)


def statements() -> list[str]:
    """What makes the functions and policies; run again, it does no harm."""
    made = list(_FUNCTIONS)
    for table, condition in sorted(_POLICIES.items()):
        made += [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY', f'DROP POLICY IF EXISTS {POLICY} ON "{table}"',
            f'CREATE POLICY {POLICY} ON "{table}" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE {condition} END)',
        ]  # fmt: skip
    return made


function("""
CREATE OR REPLACE FUNCTION jinshui_sees_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('jinshui.sight', true), '') = '*' $$
""")
function("""
CREATE OR REPLACE FUNCTION jinshui_sight() RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN coalesce(current_setting('jinshui.sight', true), '') IN ('', '*') THEN NULL ELSE current_setting('jinshui.sight', true)::jsonb END $$
""")
function("""
CREATE OR REPLACE FUNCTION jinshui_own(which text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(value), '{}') FROM jsonb_array_elements_text(jinshui_sight() -> which) $$
""")


def _install(_metadata: MetaData, connection: Connection, **_: object) -> None:
    if connection.dialect.name != "sqlite":
        for statement in statements():
            connection.exec_driver_sql(statement.replace("%", "%%"))


event.listen(Base.metadata, "after_create", _install)
