"""terms and findings."""

import sqlalchemy as sa
from alembic import op

from db import types

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

NOTHING = sa.text("0")


def upgrade() -> None:
    op.add_column('message', sa.Column('if_awaited', sa.Integer(), server_default=NOTHING, nullable=False))
    op.add_column('deadline', sa.Column('promised_on', sa.Date(), nullable=True))
    op.add_column('delegation_receipt', sa.Column('tax_recovered', types.Money(), server_default=NOTHING, nullable=False))


def downgrade() -> None:
    op.drop_column('delegation_receipt', 'tax_recovered')
    op.drop_column('deadline', 'promised_on')
    op.drop_column('message', 'if_awaited')
