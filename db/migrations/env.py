"""What Alembic runs: one connection, handed over by `db/migrate.py`, in one transaction."""

from alembic import context

from db.base import Base
from db.queue import is_ours

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",  # SQLite alters a table by copying it
    compare_type=True,
    user_module_prefix="types.",
    include_name=lambda name, kind, _parents: kind != "table" or is_ours(name or ""),
)
with context.begin_transaction():
    context.run_migrations()
