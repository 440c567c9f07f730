"""The papers that were issued in a case: listed here, opened as the bytes that were issued."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from db.clock import SHANGHAI
from engine.errors import NotFound
from engine.outside import kind_of
from engine.procedures import Procedure
from engine.views import FOR_PARTIES
from papers.copies import own_copies, pages_of
from papers.model import Paper
from web import identity
from web.cases.words import Words
from web.services import services


@dataclass(frozen=True)
class PaperLine:
    """A paper in the list of a case. `received`: it was issued in another case and delivered to this one."""

    id: str
    title: str
    number: str
    at: datetime
    is_ready: bool
    received: bool
    kept_until: date | None


def papers_of(instance_id: str, words: Words) -> list[PaperLine]:
    """The papers of a case, the latest first; to a party those that are for its kind (`for_parties` in procedure.yaml)."""
    deps, wanted = services(), _of_reader()
    with deps.database.read() as session:
        lines = [paper_line(p, words, instance_id) for p in deps.papers.for_subject(session, instance_id) if wanted is None or (p.procedure, p.template) in wanted]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def paper_line(paper: Paper, words: Words, instance_id: str) -> PaperLine:
    """A paper as a line of the list of a case."""
    return PaperLine(
        paper.id, words.paper(paper.template, paper.title), paper.number, paper.issued_at, paper.state == "issued", paper.subject_id != instance_id,
        words.kept_until(paper.template, paper.issued_at.astimezone(SHANGHAI).date()),
    )  # fmt: skip


def paper_file(instance_id: str, paper_id: str) -> tuple[str, bytes, str]:
    """(file name, bytes, key of its kind) of an issued paper of this case, of several copies to a party its own alone; raises NotFound for any other."""
    deps, wanted, kind = services(), _of_reader(), kind_of(identity.staff().actor)
    with deps.database.read() as session:
        found = {paper.id: paper for paper in deps.papers.for_subject(session, instance_id)}.get(paper_id)
        content = deps.papers.bytes(session, paper_id) if found else None
    if found is None or (wanted is not None and (found.procedure, found.template) not in wanted) or content is None:
        raise NotFound(paper=paper_id)
    if kind and len(found.copies) > 1 and (own := own_copies(found.copies, kind, _row_of(found))):
        content = pages_of(content, own, len(found.copies))
    return f"{found.title}-{found.number}.pdf", content, found.template


def _row_of(paper: Paper) -> Mapping[str, Any]:
    """What procedure.yaml says of a paper today."""
    about = next((p.about for p in services().engine.procedures() if p.key == paper.procedure), {})
    row: Mapping[str, Any] = (about.get("papers") or {}).get(paper.template) or {}
    return row


def kinds_for(kind: str, procedures: Iterable[Procedure]) -> set[tuple[str, str]]:
    """(procedure, template) of the papers that are for a kind of party."""
    return {(p.key, key) for p in procedures for key, row in (p.about.get("papers") or {}).items() if kind in (row.get(FOR_PARTIES) or ())}


def _of_reader() -> set[tuple[str, str]] | None:
    """(procedure, template) of what whoever asks may have of the cases that he sees; None for all."""
    kind = kind_of(identity.staff().actor)
    return kinds_for(kind, services().engine.procedures()) if kind else None
