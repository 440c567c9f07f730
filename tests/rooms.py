"""All tables of all rooms, made without migrations (tests/meta proves that migrations make the same)."""

from __future__ import annotations

import importlib
import pkgutil

import db.blobs  # noqa: F401
from db.base import Base
from db.session import Database

ROOMS = ("engine", "records", "deadlines", "papers")


def load_tables() -> None:
    """Imports every module that may declare a table, so that `Base.metadata` is complete."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            if module.name.rsplit(".", 1)[-1] in {"model", "tables"}:
                importlib.import_module(module.name)


def create_all(database: Database) -> None:
    """Makes every table and trigger."""
    load_tables()
    Base.metadata.create_all(database.engine.execution_options(writes=True))


def drop_all(database: Database) -> None:
    """Empties the database: schema and all."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
