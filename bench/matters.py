"""Co-investigation on PostgreSQL for benches: every fifth case delegates something to another district, which has received it with its invoices."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.worklist import DISTRICTS

FACES = 5  # in each delegation, but for one of each Yinzhou that has many
MANY = 20_000
_OFFICES = "INSERT INTO office (id, code, name, name_en, level, scope) VALUES (:scope, :code, :code, :code, 'district', :scope)"
_STATEMENTS = (
    """
    INSERT INTO delegation (id, name, name_generated, source, nature, organiser, from_office_id, from_scope, to_office_id, to_scope, enterprise_id, enterprise_name, enterprise_facts,
      invoice_facts, falsification_facts, demands, invoice_count, amount, tax, state, created_by, created_by_name, created_on, created_at, sent_on, case_id)
    SELECT c.id, c.title, false, 'manual', 'doubtful', 'own', c.scope, c.scope, p.scope, p.scope, '', c.title, '', '', '', '',
      CASE WHEN c.n = 56 AND c.scope LIKE '%/yz/' THEN :many ELSE :faces END, 1, 1, 'received', 'p-1', '张三', '2026-03-01', now(), '2026-03-01', c.id
    FROM (SELECT id, title, scope, row_number() OVER (PARTITION BY scope ORDER BY id) AS n FROM instance) c
    JOIN (SELECT scope, row_number() OVER (ORDER BY scope) - 1 AS k, count(*) OVER () AS all_ FROM office) p ON p.k = c.n / 5 % p.all_ AND p.scope <> c.scope WHERE c.n % 5 = 1
    """,
    """
    INSERT INTO delegation_receipt (id, delegation_id, office_id, scope, from_office_id, nature, invoice_count, amount, tax, state, received_on, received_by, inspector_id, inspector_name,
      summary, case_id)
    SELECT id, id, to_office_id, to_scope, from_office_id, nature, invoice_count, amount, tax, 'received', '2026-03-01', 'p-1', '', '', '', '' FROM delegation
    """,
    """
    INSERT INTO invoice_face (id, office_id, scope, source, identity, invoice_code, invoice_number, copy, amount, tax, issued_on, seller_id, seller_name, seller_region, buyer_id, buyer_name,
      buyer_region, entered_by, entered_at, delegation_id)
    SELECT md5(d.id || n), d.from_office_id, d.from_scope, 'manual', d.id || n, '3300012140', lpad(n::text, 8, '0'), '抵扣联', 1, 1, '2026-02-01', '', d.enterprise_name, '', '', '', '', 'p-1', now(), d.id
    FROM delegation d, generate_series(1, d.invoice_count) n
    """,
    "INSERT INTO receipt_invoice (receipt_id, face_id) SELECT delegation_id, id FROM invoice_face",
)  # fmt: skip


def load(session: Session) -> None:
    """Offices, delegations, receipts and invoices over the cases that are there; a few delegations have MANY invoices."""
    for scope in DISTRICTS:
        session.execute(text(_OFFICES), {"scope": scope, "code": "-".join(scope.split("/")[2:4])})
    for statement in _STATEMENTS:
        session.execute(text(statement), {"many": MANY, "faces": FACES} if ":many" in statement else {})
