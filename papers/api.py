"""The front door: issue a paper in the caller's transaction, render it after commit, read it for ever."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from db.blobs import get_blob, put_blob
from db.clock import Clock
from db.ids import new_id
from db.session import Database
from papers.model import Paper, PaperDelivery
from papers.numbers import document_number
from papers.render import RenderFailed, render_pdfs
from papers.templates import Template, UnknownTemplate, fill, read_templates

Renderer = Callable[[Sequence[Sequence[str]]], list[bytes]]  # HTML of each copy of each paper → PDF of each paper
AT_ONCE = 8  # papers that one child makes; what it may use is limited
TOGETHER = 500_000  # characters that one child makes of several papers; a thousand rows of a list are some 350,000 and twenty seconds


class Papers:
    """Given the folder of procedures, a clock, and what makes bytes of the HTML of papers (`papers.render.render_pdfs`)."""

    def __init__(self, workflows: Path, clock: Clock, make: Renderer = render_pdfs) -> None:
        self.templates: dict[str, Template] = read_templates(workflows)
        self.clock = clock
        self.make = make

    def template(self, procedure: str, key: str) -> Template:
        """The template; raises UnknownTemplate."""
        found = self.templates.get(f"{procedure}/{key}")
        if found is None:
            raise UnknownTemplate(f"程序 {procedure} 没有名为 {key} 的文书")
        return found

    def issue(
        self, session: Session, procedure: str, key: str, data: Mapping[str, Any], *,
        subject_id: str, prefix: str, issued_by: str, once: str, number: str = "",
    ) -> Paper:  # fmt: skip
        """Freezes data, title and number of a paper; `once` names the act, so that a repetition gives the same paper.

        The number is the next of the series `prefix` in the legal year, unless the paper carries one already.
        """
        found = session.execute(select(Paper).where(Paper.key == once)).scalar_one_or_none()
        if found is not None:
            return found
        template = self.template(procedure, key)
        row = Paper(
            id=new_id(), key=once, procedure=procedure, template=key, title=str(data.get("title") or template.title),
            number=number or document_number(session, prefix, self.clock.today().year), subject_id=subject_id, data=dict(data),
            copies=list(template.copies), state="rendering", issued_by=issued_by, issued_at=self.clock.now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row

    def render(self, database: Database, paper_id: str) -> str:
        """Renders an issued paper unless its bytes are there already; returns their hash. Holds no transaction while it works.

        What else waits for the same subject is made on the way: papers of one step cost one start of the renderer. A paper that
        cannot be made never keeps another from being made, and says why until it is.
        """
        with database.read() as session:
            row = self._paper(session, paper_id)
            if row.sha256:
                return row.sha256
            waiting = [row, *self._waiting_beside(session, row)]
        contents = self._made(database, waiting)
        with database.write() as session:
            kept = [self._keep(session, paper.id, content) for paper, content in zip(waiting, contents, strict=False)]
        return kept[0]

    def _made(self, database: Database, rows: Sequence[Paper]) -> list[bytes]:
        """The bytes of the first rows, or of the very first alone when one of them fails; its own failure stays on it and is raised."""
        try:
            return self.make(self._filled(rows))
        except RenderFailed as failure:
            if len(rows) > 1:
                return self._made(database, rows[:1])
            with database.write() as session:
                session.execute(update(Paper).where(Paper.id == rows[0].id).values(error=str(failure)))
            raise

    def _filled(self, rows: Sequence[Paper]) -> list[list[str]]:
        """The HTML of the first row, and of as many behind it as one child can make within its limits."""
        papers, size = list[list[str]](), 0
        for row in rows:
            copies = fill(self.template(row.procedure, row.template), row.data, number=row.number, copies=tuple(row.copies))
            size += sum(map(len, copies))
            if papers and size > TOGETHER:
                break
            papers.append(copies)
        return papers

    def _keep(self, session: Session, paper_id: str, content: bytes) -> str:
        row = session.get(Paper, paper_id, with_for_update=True)
        assert row is not None
        if not row.sha256:
            row.sha256, row.state = put_blob(session, content, "application/pdf", self.clock.now()), "issued"
            row.error = ""
        return row.sha256

    def _paper(self, session: Session, paper_id: str) -> Paper:
        row = session.get(Paper, paper_id)
        if row is None:
            raise UnknownTemplate(f"没有编号为 {paper_id} 的文书")
        return row

    def _waiting_beside(self, session: Session, row: Paper) -> Sequence[Paper]:
        """Papers of the same subject that were issued and not made yet, and that never failed."""
        others = select(Paper).where(
            Paper.subject_id == row.subject_id, Paper.state == "rendering", Paper.error == "", Paper.id != row.id
        )
        return session.scalars(others.order_by(Paper.id).limit(AT_ONCE - 1)).all()

    def for_subject(self, session: Session, subject_id: str) -> Sequence[Paper]:
        """Every paper of a subject, its own and those delivered to it, the first first."""
        delivered = select(PaperDelivery.paper_id).where(PaperDelivery.subject_id == subject_id)
        mine = or_(Paper.subject_id == subject_id, Paper.id.in_(delivered))
        return session.scalars(select(Paper).where(mine).order_by(Paper.issued_at, Paper.id)).all()

    def deliver(self, session: Session, keys: Collection[str], *, of: str, to: str) -> int:
        """Lays papers of one subject (what was delivered to it included) with another; returns how many are new there."""
        there = {paper.id for paper in self.for_subject(session, to)}
        sent = [paper for paper in self.for_subject(session, of) if paper.template in keys and paper.id not in there]
        session.add_all(PaperDelivery(subject_id=to, paper_id=paper.id, delivered_at=self.clock.now()) for paper in sent)
        session.flush()
        return len(sent)

    def hand_over(self, session: Session, paper_ids: Collection[str], *, to: str) -> None:
        """Lays single papers, named by their identifiers, with another subject."""
        there = {paper.id for paper in self.for_subject(session, to)}
        session.add_all(PaperDelivery(subject_id=to, paper_id=id_, delivered_at=self.clock.now()) for id_ in paper_ids if id_ not in there)
        session.flush()

    def preview(self, procedure: str, key: str, data: Mapping[str, Any] | None = None) -> bytes:
        """The PDF of a template with its sample (or other data), numbered as a specimen; nothing is stored."""
        return self.make([self._specimen(procedure, key, data)])[0]

    def previews(self, procedure: str, keys: Sequence[str]) -> list[bytes]:
        """The PDF of each template with its sample, made by as few children as their limits allow."""
        specimens = [self._specimen(procedure, key) for key in keys]
        return [pdf for at in range(0, len(specimens), AT_ONCE) for pdf in self.make(specimens[at : at + AT_ONCE])]

    def _specimen(self, procedure: str, key: str, data: Mapping[str, Any] | None = None) -> list[str]:
        template = self.template(procedure, key)
        return fill(template, data or template.sample(), number="样张", copies=template.copies[:1])

    def print_out(self, procedure: str, key: str, data: Mapping[str, Any]) -> bytes:
        """The PDF of a template that is printed and not issued (a register): without number, and nothing is stored."""
        template = self.template(procedure, key)
        return self.make([fill(template, data, number="", copies=template.copies)])[0]

    def bytes(self, session: Session, paper_id: str) -> bytes | None:
        """The bytes as first issued; None while they are still being made. Raises BlobDamaged."""
        row = session.get(Paper, paper_id)
        return get_blob(session, row.sha256) if row is not None and row.sha256 else None
