"""The front door: issue a paper in the caller's transaction, render it after commit, read it for ever."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Select, or_, select, tuple_, update
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
PATIENCE_S = 50.0  # for what somebody else has in hand; with the time limit of a child it stays within the lease of the effect
Sheet = tuple[Paper, list[str]]  # a paper and the HTML of each copy
T = TypeVar("T")
R = TypeVar("R")


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

        What else waits for the same subject is made on the way: papers of one step cost one start of the renderer. One that somebody
        else has in hand is waited for. A paper that cannot be made never keeps another from being made, and says why until it is.
        """
        with database.read() as session:
            row = self._paper(session, paper_id)
            waiting = [] if row.sha256 else [row, *self._waiting_beside(session, row)]
        if waiting:
            sheets = self._tried(database, paper_id, waiting, self._filled)
            with database.hands.take(_hand(paper_id), [_hand(other.id) for other, _copies in sheets[1:]], PATIENCE_S) as mine:
                self._make(database, sheets, mine)
        with database.read() as session:
            return self._paper(session, paper_id).sha256 or ""

    def _make(self, database: Database, sheets: Sequence[Sheet], mine: Collection[str]) -> None:
        """Makes and keeps the first sheet, unless somebody has made it meanwhile, and with it those of the others that are in our hand."""
        first = sheets[0][0].id
        with database.read() as session:
            made = select(Paper.id).where(Paper.id.in_([row.id for row, _copies in sheets]), Paper.sha256.is_not(None))
            done = set(session.scalars(made))
        if first in done:
            return
        wanted = [(row, copies) for row, copies in sheets if row.id == first or (_hand(row.id) in mine and row.id not in done)]
        contents = self._tried(database, first, wanted, lambda some: self.make([copies for _row, copies in some]))
        found = {row.id: content for (row, _copies), content in zip(wanted, contents, strict=False)}
        with database.write() as session:
            for id_ in sorted(found):  # in one order, whoever keeps them, so that two never wait for each other
                self._keep(session, id_, found[id_])

    def _tried(self, database: Database, first: str, given: Sequence[T], act: Callable[[Sequence[T]], list[R]]) -> list[R]:
        """What `act` makes of all, or of the very first alone when one of them fails; its own failure stays on it and is raised."""
        try:
            return act(given)
        except RenderFailed as failure:
            if len(given) > 1:
                return self._tried(database, first, given[:1], act)
            with database.write() as session:
                session.execute(update(Paper).where(Paper.id == first).values(error=str(failure)))
            raise

    def _filled(self, rows: Sequence[Paper]) -> list[Sheet]:
        """The HTML of the first row, and of as many behind it as one child can make within its limits."""
        sheets, size = list[Sheet](), 0
        for row in rows:
            copies = fill(self.template(row.procedure, row.template), row.data, number=row.number, copies=tuple(row.copies))
            size += sum(map(len, copies))
            if sheets and size > TOGETHER:
                break
            sheets.append((row, copies))
        return sheets

    def _keep(self, session: Session, paper_id: str, content: bytes) -> None:
        row = session.get(Paper, paper_id, with_for_update=True)
        assert row is not None
        if not row.sha256:
            row.sha256, row.state = put_blob(session, content, "application/pdf", self.clock.now()), "issued"
            row.error = ""

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

    def latest(self, session: Session, subjects: Select[str], kinds: Collection[tuple[str, str]], limit: int) -> Sequence[Paper]:
        """The latest papers of these kinds (procedure, template) that were issued for these subjects."""
        if not kinds:
            return ()
        wanted = select(Paper).where(Paper.subject_id.in_(subjects), tuple_(Paper.procedure, Paper.template).in_(sorted(kinds)))
        return session.scalars(wanted.order_by(Paper.issued_at.desc(), Paper.id.desc()).limit(limit)).all()

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


def _hand(paper_id: str) -> str:
    """Under what name a paper is in somebody's hand."""
    return f"paper:{paper_id}"
