"""All tables of all rooms, made without migrations (tests/meta proves that migrations make the same)."""

from __future__ import annotations

from commands.tables import create_all, load_tables
from db.session import Database

__all__ = ["create_all", "drop_all", "load_tables"]


def drop_all(database: Database) -> None:
    """Empties a PostgreSQL database: schema and all."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
