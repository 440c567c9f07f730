"""All tables of all rooms, made without migrations (tests/meta proves that migrations make the same).

Making them costs most of a second on PostgreSQL; so they are made once in a process, and emptied between its tests.
"""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from commands.tables import create_all, load_tables
from db.session import Database

__all__ = ["create_all", "database_from", "drop_all", "emptied", "empty_file", "filled", "load_tables"]

OURS = f"tables of {uuid4().hex}"  # what this process wrote on the schema it made; dropping the schema takes it away


@cache
def _model() -> Path:
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    file = Path(folder.name) / "empty.db"
    database = Database(f"sqlite:///{file}")
    create_all(database)
    database.dispose()
    return file


def empty_file(place: Path) -> Database:
    """A SQLite database with all tables and no row, copied from one that was made once."""
    shutil.copy(_model(), place)
    return Database(f"sqlite:///{place}")


def drop_all(database: Database) -> None:
    """Empties a PostgreSQL database: schema and all."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")


def emptied(database: Database) -> Database:
    """A PostgreSQL database with all tables and no row; its counters begin at one again."""
    with database.engine.begin() as connection:
        if connection.exec_driver_sql("SELECT obj_description('public'::regnamespace)").scalar() == OURS:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no trigger guards what tests wrote
            connection.exec_driver_sql(EMPTY)
            return database
    drop_all(database)
    create_all(database)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"COMMENT ON SCHEMA public IS '{OURS}'")
    return database


def filled(database: Database, name: str, fill: Callable[[Database], None]) -> None:
    """Has in an empty PostgreSQL database what `fill` writes; it does so once in a process, and its rows are copied from a schema beside for whoever
    comes next.
    """
    kept = f"kept_{name}"
    with database.engine.begin() as connection:
        if connection.exec_driver_sql(f"SELECT obj_description(to_regnamespace('{kept}'))").scalar() == OURS:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.exec_driver_sql(FILL.format(kept=kept))
            return
    fill(database)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(KEEP.format(kept=kept, ours=OURS))


KEEP = """
DO $$ DECLARE name text; filled boolean; BEGIN
  DROP SCHEMA IF EXISTS {kept} CASCADE;
  CREATE SCHEMA {kept};
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM public.' || name || ')' INTO filled;
    IF filled THEN EXECUTE 'CREATE TABLE {kept}.' || name || ' AS TABLE public.' || name; END IF;
  END LOOP;
  CREATE TABLE {kept}.counters AS SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
  COMMENT ON SCHEMA {kept} IS '{ours}';
END $$
"""
FILL = """
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = '{kept}' AND tablename <> 'counters' LOOP
    EXECUTE 'INSERT INTO public.' || name || ' SELECT * FROM {kept}.' || name;
  END LOOP;
  PERFORM setval(quote_ident(sequencename)::regclass, last_value) FROM {kept}.counters;
END $$
"""


def database_from(url: str, name: str, how: str = "") -> str:
    """The address of a fresh database beside that of `url`."""
    fresh = make_url(url).set(database=f"{make_url(url).database}_{name}")
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{fresh.database}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{fresh.database}" {how}'))
    server.dispose()
    return fresh.render_as_string(hide_password=False)


# Deleting takes no lock on the catalogue and makes no file: with few rows it is quicker than TRUNCATE, which does both for each table.
EMPTY = """
DO $$ DECLARE name text; filled boolean; BEGIN
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO filled;
    IF filled THEN EXECUTE 'DELETE FROM ' || name; END IF;
  END LOOP;
  PERFORM setval(quote_ident(sequencename)::regclass, 1, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""
