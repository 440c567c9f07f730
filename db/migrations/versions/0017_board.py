"""the supervisor's board: what was finished by month, office, process, person and step; since when a message is waited for; urging once a day.

What was finished before is counted by the first worker that runs on this revision.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from db import types
from db.guards import Guard

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

RUNGS = 12
GUARDS = [
    Guard('urging_is_fixed', 'urging', ('id', 'subject_id', 'deadline_id', 'by_id', 'by_name', 'text', 'at', 'key')),
    Guard('urging_is_answered_once', 'urging', ('answered_by', 'answer', 'answered_at'), '{old}.answered_at IS NOT NULL', False),
]
INDEXES = [
    ('ix_instance_board', 'instance', ['scope', 'process_id', 'due_on'], "status = 'active'"),
    ('ix_instance_ended', 'instance', ['ended_at', 'id', 'scope', 'process_id', 'timeliness'], "status = 'completed'"),
    ('ix_instance_uncounted', 'instance', ['id'], "status = 'completed' AND timeliness = 0"),
    ('ix_task_own_due', 'task', ['due_on', 'instance_id'], "state = 'open' AND own_due = 1"),
    ('ix_task_board', 'task', ['scope', 'process_id', 'element', 'due_on', 'opened_at', 'assignee_id'], "state = 'open'"),
    ('ix_task_closed_by', 'task', ['closed_by', 'closed_at', 'id', 'scope', 'process_id', 'timeliness'], "state = 'completed'"),
    ('ix_task_closed_step', 'task', ['process_id', 'element', 'closed_at', 'id', 'scope', 'timeliness'], "state = 'completed'"),
    ('ix_task_uncounted', 'task', ['id'], "state = 'completed' AND timeliness = 0"),
]


def upgrade() -> None:
    op.add_column('instance', sa.Column('timeliness', sa.Integer(), server_default='0', nullable=False))
    op.add_column('task', sa.Column('timeliness', sa.Integer(), server_default='0', nullable=False))
    op.add_column('subscription', sa.Column('opened_at', types.Moment(timezone=True), nullable=True))
    op.add_column('urging', sa.Column('key', sa.String(length=64), nullable=True))
    with op.batch_alter_table('urging') as urging:
        urging.create_unique_constraint(op.f('uq_urging_key'), ['key'])
    op.create_table('case_tally', *_texts(scope=255), _whole('beneath'), *_texts(month=7, process_id=128),
    *map(_whole, ('done', 'dated', 'in_time')), _seconds(),
    sa.PrimaryKeyConstraint('scope', 'beneath', 'month', 'process_id', name=op.f('pk_case_tally')),
    sqlite_with_rowid=False,
    )
    op.create_table('person_tally', *_texts(process_id=128, month=7, scope=255, person_id=64),
    *map(_whole, ('done', 'dated', 'in_time')), _seconds(),
    sa.PrimaryKeyConstraint('process_id', 'month', 'scope', 'person_id', name=op.f('pk_person_tally')),
    sqlite_with_rowid=False,
    )
    op.create_table('step_tally', *_texts(scope=255), _whole('beneath'), *_texts(process_id=128, month=7, element=128),
    _whole('done'), _seconds(), *[_whole(f'rung_{at}') for at in range(RUNGS)],
    sa.PrimaryKeyConstraint('scope', 'beneath', 'process_id', 'month', 'element', name=op.f('pk_step_tally')),
    sqlite_with_rowid=False,
    )
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    dialect = op.get_bind().dialect.name
    for statement in [one for made in GUARDS for one in made.create(dialect)]:
        op.get_bind().exec_driver_sql(statement)


def _texts(**lengths: int) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(length=length), nullable=False) for name, length in lengths.items()]


def _whole(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def _seconds() -> sa.Column[Any]:
    return sa.Column('seconds', sa.BigInteger(), nullable=False)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for made in GUARDS:
        for statement in made.drop(dialect):
            op.execute(statement)
    for name, table, _columns, _where in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    for table in ('step_tally', 'person_tally', 'case_tally'):
        op.drop_table(table)
    with op.batch_alter_table('urging') as urging:
        urging.drop_constraint(op.f('uq_urging_key'), type_='unique')
        urging.drop_column('key')
    op.drop_column('subscription', 'opened_at')
    op.drop_column('task', 'timeliness')
    op.drop_column('instance', 'timeliness')
