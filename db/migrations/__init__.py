"""The history of the schema, one numbered Alembic revision per change; `db/migrate.py` runs it."""
