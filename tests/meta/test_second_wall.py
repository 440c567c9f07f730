"""Every table has a policy or a reason why it needs none, and the migration makes the policies that the code declares."""

from __future__ import annotations

from importlib import import_module

from db import row_security
from db.base import Base
from tests.rooms import load_tables

# Why a page may be shown every row of a table, whoever asks.
WITHOUT = {
    "identifiers by post and by office; a policy takes the jumps through their indexes away, and what shows a task joins `task`": {"task_candidate", "task_office"},
    "found by the SHA-256 of a content, which only a row with a policy tells": {"blob"},
    "found by a key that the client made up; no row tells a case": {"idempotency"},
    "the directory: pages offer offices and people to choose from": {"office", "office_region", "person", "post", "post_holding", "deputy", "party", "taxpayer"},
    "read before it is known who asks": {
        "password_state", "second_factor", "recovery_code", "outside_identity", "sign_in_rule", "web_session", "web_halfway", "web_outside_attempt", "web_preference",
    },
    "the same for everybody": {"definition", "entry_point", "calendar_version", "notice_rule", "paper_counter"},
    "the house itself; nothing of a case": {"agreement", "chore", "epoch", "heartbeat", "notice_digest", "untold", "unsealed", "seal", "anchor", "verification"},
}  # fmt: skip


def test_every_table_has_a_policy_or_a_reason() -> None:
    load_tables()
    secured, without = set(row_security.tables()), set().union(*WITHOUT.values())

    assert secured | without == set(Base.metadata.tables)
    assert not secured & without


def test_the_migration_makes_what_the_code_declares() -> None:
    load_tables()
    migration = import_module("db.migrations.versions.0019_row_security")

    assert [statement.strip() for statement in migration.STATEMENTS] == row_security.statements()
    assert list(migration.TABLES) == row_security.tables()
    declared = {statement.split("(")[0].split()[-1] for statement in row_security.statements() if "FUNCTION" in statement.partition("\n")[0]}
    assert {function.partition("(")[0] for function in migration.FUNCTIONS} == declared
