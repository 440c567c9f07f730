"""The electronic copy of an archived delegation or receipt: canonical bytes that are kept, and compared with what is there later.

Ningbo 2001-19, annex 2, art. 16. Record, invoices, findings and signatures stand in the copy; papers and attachments are kept as bytes
of their own, under the hashes that stand in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from db.base import Base
from db.blobs import BlobDamaged, get_blob
from db.clock import legal_date
from db.types import dump_json
from engine.tables import Attachment
from papers.api import Papers
from papers.model import Paper
from records.coinvestigation.model import ArchiveEntry, Delegation, Receipt, Signature
from records.coinvestigation.store import delegations, findings, receipts


def electronic_copy(session: Session, papers: Papers, subject_id: str) -> bytes:
    """What is kept of a delegation or receipt, as JSON with sorted keys: the same record gives the same bytes."""
    record: Delegation | Receipt | None = session.get(Delegation, subject_id) or session.get(Receipt, subject_id)
    assert record is not None, "only what has a record is archived"
    of_receipt = isinstance(record, Receipt)
    faces = receipts.faces_received(session, subject_id) if of_receipt else delegations.faces_of(session, subject_id)
    signed = session.scalars(select(Signature).where(Signature.subject_id == subject_id).order_by(Signature.id))
    found = sorted((finding for _face, finding in findings.findings_of(session, subject_id)), key=lambda f: (f.subject_id, f.face_id))
    content = {
        "record": _plain(record), "invoices": [_plain(face) for face in faces], "findings": [_plain(finding) for finding in found],
        "signatures": [_plain(row) for row in signed], "papers": [_paper(row) for row in papers.for_subject(session, record.case_id)],
        "attachments": _attachments(session, record.case_id),
    }  # fmt: skip
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True)
class Compared:
    """What came of comparing, one Chinese sentence each: what is no longer as it was archived, and what was added to it since."""

    deviations: list[str]
    additions: list[str]


def compared(session: Session, papers: Papers, entry: ArchiveEntry) -> Compared:
    """Compares what was archived with what is there now. A file that came later is no deviation: it lies beside what was filed."""
    try:
        kept = get_blob(session, entry.electronic_sha256)
    except BlobDamaged:
        return Compared(["电子副本已损坏"], [])
    if kept is None:
        return Compared(["没有保存电子副本"], [])
    then, now = orjson.loads(kept), orjson.loads(electronic_copy(session, papers, entry.subject_id))
    later = _later(then, now)
    _complete(then, now)
    changed = [f"{title}与归档时不一致" for part, title in _PARTS.items() if not _is_still(then[part], now[part])]
    return Compared(changed + list(_damaged(session, then)), [_added(session.get_one(Attachment, row["id"])) for row in later])


def _later(then: dict[str, Any], now: dict[str, Any]) -> list[dict[str, str]]:
    """Takes the attachments that were added after the archiving out of what is compared, and returns them."""
    filed = {row["id"] for row in then["attachments"]}
    later = [row for row in now["attachments"] if row["id"] not in filed]
    now["attachments"] = [row for row in now["attachments"] if row["id"] in filed]
    return later


def _added(row: Attachment) -> str:
    return f"归档后新增附件 {row.filename}（{row.person_name}，{legal_date(row.at)}）"


def _is_still(then: Any, now: Any) -> bool:
    """Whether all that was kept is still so; a column that the product was given later is no deviation."""
    if isinstance(then, dict) and isinstance(now, dict):
        return all(name in now and _is_still(value, now[name]) for name, value in then.items())
    if isinstance(then, list) and isinstance(now, list):
        return len(then) == len(now) and all(_is_still(before, after) for before, after in zip(then, now, strict=True))
    return bool(then == now)


_PARTS = {
    "record": "案件记录", "invoices": "发票", "findings": "核查结果", "signatures": "签字", "papers": "文书", "attachments": "附件",
}  # fmt: skip


def _complete(then: dict[str, Any], now: dict[str, Any]) -> None:
    """A paper may be made after the archiving that its data were part of: what came of it belongs to the copy from then on."""
    made = {row["id"]: row["sha256"] for row in now["papers"]}
    for row in then["papers"]:
        row["sha256"] = row["sha256"] or made.get(row["id"])


def _damaged(session: Session, copy: dict[str, Any]) -> Iterator[str]:
    files = [(f"文书 {row['number']} {row['title']}", row["sha256"]) for row in copy["papers"]]
    files += [(f"附件 {row['filename']}", row["sha256"]) for row in copy["attachments"]]
    for title, sha256 in files:
        if sha256 is None:
            yield f"{title} 还没有生成"
            continue
        try:
            missing = get_blob(session, sha256) is None
        except BlobDamaged:
            yield f"{title} 已损坏"
            continue
        if missing:
            yield f"{title} 没有保存"


def _plain(row: Base) -> dict[str, str | None]:
    values = {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
    return {name: None if value is None else str(value) for name, value in values.items()}


def _paper(row: Paper) -> dict[str, Any]:
    data = hashlib.sha256(dump_json(row.data).encode()).hexdigest()
    return {"id": row.id, "number": row.number, "template": row.template, "title": row.title, "data_sha256": data, "sha256": row.sha256}


def _attachments(session: Session, case_id: str) -> Sequence[dict[str, str]]:
    rows = session.scalars(select(Attachment).where(Attachment.instance_id == case_id).order_by(Attachment.id))
    return [{"id": row.id, "filename": row.filename, "sha256": row.sha256} for row in rows]
