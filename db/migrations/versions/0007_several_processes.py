"""several processes: signs of life, daily chores, what all agree on."""

import sqlalchemy as sa
from alembic import op

from db import types

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('agreement',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('value', sa.String(length=255), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_agreement'))
    )
    op.create_table('chore',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('due_at', types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_chore'))
    )
    op.create_table('heartbeat',
    sa.Column('node', sa.String(length=128), nullable=False),
    sa.Column('started_at', types.Moment(timezone=True), nullable=False),
    sa.Column('beat_at', types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('node', name=op.f('pk_heartbeat'))
    )
    op.create_index(op.f('ix_heartbeat_beat_at'), 'heartbeat', ['beat_at'], unique=False)
