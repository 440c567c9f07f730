"""returned pages."""

import sqlalchemy as sa
from alembic import op

from db import types

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('web_returned',
    sa.Column('id', types.Id(), nullable=False),
    sa.Column('person_id', types.Id(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_web_returned'))
    )
    op.create_index(op.f('ix_web_returned_created_at'), 'web_returned', ['created_at'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_web_returned_created_at'), table_name='web_returned')
    op.drop_table('web_returned')
