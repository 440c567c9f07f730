"""a task knows whether its step had been done before, and the few that are half filled in or came again have indexes."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

INDEXES = {'ix_task_draft': "state = 'open' AND draft IS NOT NULL", 'ix_task_again': "state = 'open' AND again = 1"}


def upgrade() -> None:
    op.add_column('task', sa.Column('again', sa.Integer(), server_default='0', nullable=False))
    op.execute(
        "UPDATE task SET again = 1 WHERE state = 'open' AND EXISTS (SELECT 1 FROM task d"
        " WHERE d.instance_id = task.instance_id AND d.element = task.element AND d.state = 'completed')"
    )
    for name, where in INDEXES.items():
        op.create_index(name, 'task', ['due_on', 'id'], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, table_name='task')
    op.drop_column('task', 'again')
