"""the trail names the element of an act, whose id may be as long as the engine's.

Only PostgreSQL keeps to the length of a text; on SQLite the table would be copied for nothing, and its guards with it.
"""

import sqlalchemy as sa
from alembic import op

from db import types

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.alter_column('trail_entry', 'task_id', existing_type=types.Id(), type_=sa.String(length=128), existing_nullable=False)


def downgrade() -> None:
    """The column stays as wide as it is: what was written may not be cut."""
