"""effects deferred to procrastinate; the epoch; held effects."""

import sqlalchemy as sa
from alembic import op

from db import queue, types

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

STILL_OPEN = sa.text("state IN ('pending', 'failed', 'held')")
WAS_OPEN = sa.text("state IN ('pending', 'failed')")
STOPPED = sa.text("state IN ('failed', 'held')")


def upgrade() -> None:
    op.create_table('epoch',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('began_at', types.Moment(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_epoch'))
    )
    op.drop_index('ix_outbox_instance', 'outbox')
    op.create_index('ix_outbox_instance', 'outbox', ['instance_id'], sqlite_where=STILL_OPEN, postgresql_where=STILL_OPEN)
    op.create_index('ix_outbox_stopped', 'outbox', ['state', 'due_at'], sqlite_where=STOPPED, postgresql_where=STOPPED)
    if op.get_bind().dialect.name == "postgresql":  # effects that wait already are called for by `revive_effects`
        queue.install(op.get_bind())


def downgrade() -> None:
    op.drop_index('ix_outbox_stopped', 'outbox')
    op.drop_index('ix_outbox_instance', 'outbox')
    op.create_index('ix_outbox_instance', 'outbox', ['instance_id'], sqlite_where=WAS_OPEN, postgresql_where=WAS_OPEN)
    op.drop_table('epoch')
