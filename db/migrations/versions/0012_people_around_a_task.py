"""people around a task: who was asked to do, sign, answer or read it beside its holder, and what came of it."""

import sqlalchemy as sa
from alembic import op

from db import guards, types

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

FIXED = guards.Guard('party_that_acted_is_fixed', 'task_party', (), "{old}.state NOT IN ('waiting', 'open', 'unread')")
INDEXES = (
    ('ix_party_task', ['task_id', 'number'], None, False),
    ('ix_party_case', ['instance_id', 'person_id'], None, False),
    ('ix_party_mine', ['person_id', 'due_on', 'task_id'], "state = 'open' AND person_id IS NOT NULL", False),
    ('ix_party_post', ['post_id', 'due_on', 'task_id'], "state = 'open' AND person_id IS NULL", False),
    ('ix_party_copies', ['person_id', 'state', 'id'], "kind = 'copy'", False),
    ('ix_party_copied_once', ['instance_id', 'person_id'], "kind = 'copy'", True),
)


def upgrade() -> None:
    op.create_table('task_party',
    sa.Column('id', types.Id(), nullable=False),
    sa.Column('task_id', types.Id(), nullable=False),
    sa.Column('instance_id', types.Id(), nullable=False),
    sa.Column('round', types.Id(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('rule', sa.String(length=16), server_default='', nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('weight', sa.Integer(), server_default='1', nullable=False),
    sa.Column('post_id', sa.String(length=64), nullable=True),
    sa.Column('person_id', sa.String(length=64), nullable=True),
    sa.Column('person_name', sa.String(length=64), server_default='', nullable=False),
    sa.Column('for_id', sa.String(length=64), server_default='', nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('blocks', sa.Integer(), server_default='0', nullable=False),
    sa.Column('question', sa.Text(), server_default='', nullable=False),
    sa.Column('opinion', sa.Text(), server_default='', nullable=False),
    sa.Column('entered', types.JsonText(), nullable=True),
    sa.Column('because', sa.String(length=16), server_default='', nullable=False),
    sa.Column('asked_by', sa.String(length=64), server_default='', nullable=False),
    sa.Column('asked_name', sa.String(length=64), server_default='', nullable=False),
    sa.Column('asked_at', types.Moment(timezone=True), nullable=False),
    sa.Column('closed_at', types.Moment(timezone=True), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['instance_id'], ['instance.id'], name=op.f('fk_task_party_instance_id_instance')),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_task_party_task_id_task')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task_party'))
    )
    op.add_column('task', sa.Column('attended', sa.Integer(), server_default='0', nullable=False))
    for name, columns, where, unique in INDEXES:
        condition = sa.text(where) if where else None
        op.create_index(name, 'task_party', columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
    for statement in FIXED.create(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('task_party')
    op.drop_column('task', 'attended')
