"""what can be begun, by name: processes and start messages of the newest version of each procedure."""

from collections.abc import Iterator

import orjson
import sqlalchemy as sa
from alembic import op
from lxml import etree

from db import types

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    made = op.create_table('entry_point',
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('procedure', sa.String(length=64), nullable=False),
    sa.Column('definition_id', types.Id(), nullable=False),
    sa.ForeignKeyConstraint(['definition_id'], ['definition.id'], name=op.f('fk_entry_point_definition_id_definition')),
    sa.PrimaryKeyConstraint('kind', 'name', name=op.f('pk_entry_point'))
    )
    op.create_index(op.f('ix_entry_point_procedure'), 'entry_point', ['procedure'], unique=False)
    newest = op.get_bind().execute(sa.text(
        "SELECT d.id, d.procedure, d.files FROM definition d"
        " WHERE d.version = (SELECT max(e.version) FROM definition e WHERE e.procedure = d.procedure) ORDER BY d.procedure DESC"
    )).fetchall()
    rows = {  # of two procedures with the same name the first was begun until now
        (kind, name): {"kind": kind, "name": name, "procedure": procedure, "definition_id": id_}
        for id_, procedure, files in newest
        for kind, name in _entries(files)
    }
    if rows:
        op.bulk_insert(made, list(rows.values()))


def _entries(files: str) -> Iterator[tuple[str, str]]:
    """What the files of a version begin. They passed the gate when they were deployed."""
    for name, text in orjson.loads(files).items():
        if not name.endswith(".bpmn"):
            continue
        root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
        messages = {node.attrib["id"]: node.get("name") or node.attrib["id"] for node in root.iterfind("{*}message")}
        for process in root.iterfind("{*}process"):
            yield "process", process.attrib["id"]
            for definition in process.iterfind("{*}startEvent/{*}messageEventDefinition"):
                yield "message", messages[definition.attrib["messageRef"]]


def downgrade() -> None:
    op.drop_index(op.f('ix_entry_point_procedure'), table_name='entry_point')
    op.drop_table('entry_point')
