"""devices, the stop list, hand-up sheets, saved data, totals of losses; what taxpayers may issue, enrolments; invoices sold and handed in."""

import sqlalchemy as sa
from alembic import op

from db import types
from db.evidence import Evidence
from db.guards import Guard

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

GUARDS = [
]  # fmt: skip
EVIDENCE = [
]
INDEXES = [  # name, table, columns, where the index is unique

]
POLICIES = {  # as they were when this was written; see handlers/sight.py
}
STATEMENTS = [
    statement for table, condition in POLICIES.items() for statement in (
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY', f'DROP POLICY IF EXISTS sight ON "{table}"',
        f'CREATE POLICY sight ON "{table}" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE {condition} END)',
    )
]  # fmt: skip
TABLES = (  # in the order in which they are made

)


def upgrade() -> None:
    _tables()
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, unique=bool(where), sqlite_where=sa.text(where) if where else None, postgresql_where=sa.text(where) if where else None)
    dialect = op.get_bind().dialect.name
    for statement in [one for made in GUARDS for one in made.create(dialect)] + [one for kind in EVIDENCE for one in kind.create(dialect)]:
        op.get_bind().exec_driver_sql(statement)
    if dialect != 'sqlite':
        for statement in STATEMENTS:
            op.get_bind().exec_driver_sql(statement.replace('%', '%%'))


def _tables() -> None:



def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table in reversed(TABLES):
        op.drop_table(table)
    if dialect != 'sqlite':
        for function in [made.name for made in GUARDS] + [kind.trigger for kind in EVIDENCE]:
            op.execute(f'DROP FUNCTION IF EXISTS "{function}"')
