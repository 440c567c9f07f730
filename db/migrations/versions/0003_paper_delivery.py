"""paper delivery."""

import sqlalchemy as sa
from alembic import op

from db import types

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('paper_delivery',
    sa.Column('subject_id', types.Id(), nullable=False),
    sa.Column('paper_id', types.Id(), nullable=False),
    sa.Column('delivered_at', types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['paper_id'], ['paper.id'], name=op.f('fk_paper_delivery_paper_id_paper')),
    sa.PrimaryKeyConstraint('subject_id', 'paper_id', name=op.f('pk_paper_delivery'))
    )
