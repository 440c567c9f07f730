"""A probe asks every few seconds: it reads no files of migrations."""

from __future__ import annotations

import pytest
from alembic.script import ScriptDirectory

from db.clock import ManualClock
from db.session import Database
from monitoring.health import Health


def test_the_migrations_are_read_once_for_all_probes(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    health = Health(database, clock)
    first = health.reasons()
    monkeypatch.delattr(ScriptDirectory, "from_config")

    assert health.reasons() == first
    assert "expected 0" in first["schema"]
