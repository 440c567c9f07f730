"""The invoices of a case as a workbook, with everything that was found about each."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from records.coinvestigation import listing
from records.coinvestigation.listing import FaceQuery, Subject
from records.coinvestigation.model import Finding, InvoiceFace
from records.spreadsheets import Cell, Column, write_xlsx
from web.invoices.block import word

LIMIT = 100_000
_PAGE = 5_000


def title() -> str:
    """The name of the sheet is that of the block on the pages."""
    return str(_("发票明细"))


def workbook(session: Session, subject: Subject, query: FaceQuery) -> bytes:
    """Everything that the query finds; where that is more than LIMIT, the last line says so."""
    with_findings = listing.has_findings(session, subject)
    return write_xlsx(title(), _columns(with_findings), _lines(session, subject, query, with_findings))


def _columns(with_findings: bool) -> list[Column]:
    columns = [
        Column(_("序号"), 8), Column(_("发票代码"), 12), Column(_("发票号码"), 10), Column(_("联次"), 8), Column(_("金额"), 16),
        Column(_("税额"), 14), Column(_("开票日期"), 12), Column(_("销货方识别号"), 20), Column(_("销货方"), 28), Column(_("购货方识别号"), 20),
        Column(_("购货方"), 28), Column(_("问题"), 12), Column(_("不符类型"), 16),
    ]  # fmt: skip
    findings = [
        Column(_("企业及发票是否存在"), 14), Column(_("发票真伪"), 10), Column(_("票面内容是否真实"), 14), Column(_("交易是否真实"), 12),
        Column(_("票款往来是否一致"), 14), Column(_("结论"), 12), Column(_("查补税款"), 14), Column(_("滞纳金"), 12), Column(_("罚款"), 12),
        Column(_("说明"), 30),
    ]  # fmt: skip
    return columns + findings if with_findings else columns


def _lines(session: Session, subject: Subject, query: FaceQuery, with_findings: bool) -> Iterator[tuple[Cell, ...]]:
    offset = 0
    while (page := listing.faces(session, subject, query, offset=offset, limit=min(_PAGE, LIMIT - offset))).rows:
        for number, (face, finding) in enumerate(page.rows, offset + 1):
            yield (number, *_face(face), *(_finding(finding) if with_findings else ()))
        session.expunge_all()
        offset += len(page.rows)
        if offset >= LIMIT:
            if page.total > offset:
                total, limit = f"{page.total:,}", f"{offset:,}"
                yield (_("共 %(total)s 份，只导出前 %(limit)s 份", total=total, limit=limit),)
            return


def _face(face: InvoiceFace) -> tuple[Cell, ...]:
    return (
        face.invoice_code, face.invoice_number, word("copy", face.copy), face.amount, face.tax, face.issued_on, face.seller_id,
        face.seller_name, face.buyer_id, face.buyer_name, word("problem", face.problem), word("mismatch", face.mismatch),
    )  # fmt: skip


def _finding(found: Finding | None) -> tuple[Cell, ...]:
    if found is None:
        return ()
    answers = (word("answer", found.existence), word("authenticity", found.authenticity), *(word("answer", a) for a in (found.contents, found.trade, found.payments)))
    return (*answers, word("conclusion", found.conclusion), found.tax_recovered, found.late_fee, found.fine, found.remark)
