"""a volume in the upgrade hall may have an invoice code of twelve digits, as cards have them; SQLite keeps to no length."""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != 'sqlite':
        op.alter_column('upgrade_volume', 'code', existing_type=sa.String(length=10), type_=sa.String(length=12), existing_nullable=False)


def downgrade() -> None:
    if op.get_bind().dialect.name != 'sqlite':
        op.alter_column('upgrade_volume', 'code', existing_type=sa.String(length=12), type_=sa.String(length=10), existing_nullable=False)
