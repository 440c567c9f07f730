"""The front door of the tables: what a handler or a page does with delegations, receipts and what hangs on them.

Every change takes a `Who`, moves a record only from the state in which it was read, and notes the act in the trail.
"""

from __future__ import annotations

from records.coinvestigation.store.delegations import (
    OfficeRef,
    assign_faces,
    delegation,
    faces_of,
    move_delegation,
    open_delegation,
    release_faces,
    revise_delegation,
)
from records.coinvestigation.store.faces import add_face, face, remove_face
from records.coinvestigation.store.findings import (
    FindingData,
    findings_of,
    outcome,
    record_findings,
    transfer_to_inspection,
    unanswered_faces,
)
from records.coinvestigation.store.paperwork import (
    acknowledge_reports,
    archive,
    report_at_once,
    sign,
    signatures_of,
    sum_up_reports,
)
from records.coinvestigation.store.receipts import (
    apply_for_extension,
    decide_extension,
    extensions_of,
    faces_received,
    move_receipt,
    open_receipt,
    receipt,
    receipts_of,
    revise_receipt,
    tell_extension,
)

__all__ = [
    "FindingData", "OfficeRef", "acknowledge_reports", "add_face", "apply_for_extension", "archive", "assign_faces",
    "decide_extension", "delegation", "extensions_of", "face", "faces_of", "faces_received",
    "findings_of", "move_delegation", "move_receipt", "open_delegation", "open_receipt", "outcome", "receipt", "receipts_of",
    "record_findings", "release_faces", "remove_face", "report_at_once", "revise_delegation", "revise_receipt",
    "sign", "signatures_of", "sum_up_reports", "tell_extension", "transfer_to_inspection", "unanswered_faces",
]  # fmt: skip
