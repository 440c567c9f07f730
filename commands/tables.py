"""Makes the metadata complete: imports every module of every room that declares tables, or which of their rows are shown."""

from __future__ import annotations

import importlib
import pkgutil

import db.blobs
import db.chain.tables
import db.chores
import db.followed
import db.installation  # noqa: F401 -- these declare tables
from db import queue
from db.base import Base
from db.session import Database

ROOMS = ("engine", "records", "deadlines", "papers", "notices", "monitoring", "handlers", "web")


def load_tables() -> None:
    """After this `Base.metadata` holds every table."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            if module.name.rsplit(".", 1)[-1] in {"model", "tables", "sight"}:
                importlib.import_module(module.name)


def create_all(database: Database) -> None:
    """Every table and trigger, without migrations; a test proves that migrations make the same."""
    load_tables()
    Base.metadata.create_all(database.engine.execution_options(writes=True))
    if not database.is_sqlite:
        with database.engine.begin() as connection:
            queue.install(connection)
