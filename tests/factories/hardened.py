"""The role that `app.py harden` makes, for as long as a test needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from commands.harden import harden
from db.session import Database


@contextmanager
def hardened(owner: Database) -> Iterator[str]:
    """Makes the role on the owner's database, gives the address by which it comes in, and takes it away again with all that it may."""
    role = f"app_of_{owner.url.database}"
    harden(owner, role)
    yield owner.url.set(username=role).render_as_string(hide_password=False)
    with owner.engine.begin() as connection:
        connection.exec_driver_sql(f'DROP OWNED BY "{role}"')
        connection.exec_driver_sql(f'DROP ROLE "{role}"')
