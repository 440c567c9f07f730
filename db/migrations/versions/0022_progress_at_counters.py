"""what a station says of the job in its hand; which devices it has and what it answered last."""

import sqlalchemy as sa
from alembic import op

from db import types

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('outbox', sa.Column('progress', sa.Text(), nullable=False, server_default=''))
    op.add_column('station', sa.Column('driver', sa.String(length=40), nullable=False, server_default=''))
    op.add_column('station', sa.Column('devices', types.JsonText(), nullable=False, server_default='[]'))
    op.add_column('station', sa.Column('answered_at', types.Moment(timezone=True), nullable=True))
    op.add_column('station', sa.Column('answered_topic', sa.String(length=128), nullable=False, server_default=''))
    op.add_column('station', sa.Column('answered', sa.String(length=16), nullable=False, server_default=''))
    op.add_column('station', sa.Column('answered_because', sa.String(length=1000), nullable=False, server_default=''))


def downgrade() -> None:
    for name in ('answered_because', 'answered', 'answered_topic', 'answered_at', 'devices', 'driver'):
        op.drop_column('station', name)
    op.drop_column('outbox', 'progress')
