"""returns: which token came of which, on the last row of each step; tasks that were opened again, and what the direct way puts back.

Steps from before have no causes: what was done in them is not offered to return to.
"""

import sqlalchemy as sa
from alembic import op

from db import types

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('history', sa.Column('causes', sa.Text(), nullable=True))
    op.add_column('task', sa.Column('returned', sa.Integer(), server_default='0', nullable=False))
    op.create_table('task_return',
    sa.Column('id', types.Id(), nullable=False),
    sa.Column('instance_id', types.Id(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('token', sa.Integer(), nullable=False),
    sa.Column('element', sa.String(length=128), nullable=False),
    sa.Column('from_element', sa.String(length=128), nullable=False),
    sa.Column('from_name', sa.String(length=255), nullable=False),
    sa.Column('person_id', sa.String(length=64), nullable=False),
    sa.Column('person_name', sa.String(length=64), nullable=False),
    sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('resubmit', sa.String(length=16), nullable=False),
    sa.Column('parked', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.ForeignKeyConstraint(['instance_id'], ['instance.id'], name=op.f('fk_task_return_instance_id_instance')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task_return'))
    )
    op.create_index('ix_task_return_case', 'task_return', ['instance_id', 'id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_task_return_case', table_name='task_return')
    op.drop_table('task_return')
    op.drop_column('task', 'returned')
    op.drop_column('history', 'causes')
