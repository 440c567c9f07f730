"""The papers that were issued in a case: listed here, opened as the bytes that were issued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from db.clock import SHANGHAI
from engine.errors import NotFound
from engine.outside import kind_of
from engine.views import FOR_PARTIES
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
    deps = services()
    with deps.database.read() as session:
        found = deps.papers.for_subject(session, instance_id)
        lines = [
            PaperLine(
                p.id, words.paper(p.template, p.title), p.number, p.issued_at, p.state == "issued", p.subject_id != instance_id,
                words.kept_until(p.template, p.issued_at.astimezone(SHANGHAI).date()),
            )
            for p in found
            if _is_for_reader(p)
        ]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def paper_file(instance_id: str, paper_id: str) -> tuple[str, bytes, str]:
    """(file name, bytes, key of its kind) of an issued paper of this case; raises NotFound for any other."""
    deps = services()
    with deps.database.read() as session:
        found = {paper.id: paper for paper in deps.papers.for_subject(session, instance_id)}.get(paper_id)
        content = deps.papers.bytes(session, paper_id) if found else None
    if found is None or not _is_for_reader(found) or content is None:
        raise NotFound(paper=paper_id)
    return f"{found.title}-{found.number}.pdf", content, found.template


def _is_for_reader(paper: Paper) -> bool:
    """Whether whoever asks may have a paper of a case that he sees."""
    kind = kind_of(identity.staff().actor)
    if not kind:
        return True
    about = next((p.about for p in services().engine.procedures() if p.key == paper.procedure), {})
    return kind in ((about.get("papers") or {}).get(paper.template) or {}).get(FOR_PARTIES, ())
