"""Every table has a policy or a reason why it needs none, and the migration makes the policies that the code declares."""

from __future__ import annotations

from importlib import import_module

from db import row_security
from db.base import Base
from tests.rooms import load_tables

MIGRATIONS = ("0019_row_security", "0020_devices", "0021_fixed_books", "0023_upgrade")
# Why a page may be shown every row of a table, whoever asks.
WITHOUT = {
    "identifiers by post and by office; a policy takes the jumps through their indexes away, and what shows a task joins `task`": {"task_candidate", "task_office"},
    "found by the SHA-256 of a content, which only a row with a policy tells": {"blob"},
    "found by a key that the client made up; no row tells a case": {"idempotency"},
    "the directory: pages offer offices and people to choose from": {"office", "office_region", "person", "post", "post_holding", "deputy", "party", "taxpayer"},
    "read before it is known who asks": {
        "password_state", "second_factor", "recovery_code", "outside_identity", "sign_in_rule", "web_session", "web_halfway", "web_outside_attempt", "web_preference", "station",
    },
    "the same for everybody": {"definition", "entry_point", "calendar_version", "notice_rule", "paper_counter", "invoice_code"},
    "the house itself; nothing of a case": {"agreement", "chore", "epoch", "heartbeat", "notice_digest", "untold", "unsealed", "seal", "anchor", "verification"},
}  # fmt: skip


def test_every_table_has_a_policy_or_a_reason() -> None:
    load_tables()
    secured, without = set(row_security.tables()), set().union(*WITHOUT.values())

    assert secured | without == set(Base.metadata.tables)
    assert not secured & without


def test_the_migrations_make_what_the_code_declares() -> None:
    load_tables()
    first, *later = (import_module(f"db.migrations.versions.{name}") for name in MIGRATIONS)
    made = {  # by what it makes: a later migration makes a policy anew
        text.partition(" USING ")[0]: text for migration in (first, *later) for text in map(str.strip, migration.STATEMENTS)
    }  # fmt: skip

    assert sorted(made.values()) == sorted(row_security.statements())
    assert sorted({*first.TABLES, *(table for migration in later for table in migration.POLICIES)}) == row_security.tables()
    declared = {statement.split("(")[0].split()[-1] for statement in row_security.statements() if "FUNCTION" in statement.partition("\n")[0]}
    assert {function.partition("(")[0] for function in first.FUNCTIONS} == declared
