"""stations: counters with devices, their posts and the hashes of their credentials."""

import sqlalchemy as sa
from alembic import op

from db import types

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('station',
    sa.Column('id', types.Id(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('office_id', types.Id(), nullable=False),
    sa.Column('posts', types.JsonText(), nullable=False),
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('is_simulated', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('made_by', types.Id(), nullable=False),
    sa.Column('made_at', types.Moment(timezone=True), nullable=False),
    sa.Column('seen_at', types.Moment(timezone=True), nullable=True),
    sa.Column('revoked_by', types.Id(), nullable=True),
    sa.Column('revoked_at', types.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_station_office_id_office')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_station')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_station_token_sha256'))
    )
    with op.batch_alter_table('station', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_station_office_id'), ['office_id'], unique=False)


def downgrade() -> None:
    op.drop_table('station')
