"""What forms ask of an entry beyond its shape (property `check` of a field): the numbers of taxpayers and the faces of invoices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.registry import CheckContext, Registry
from handlers.tools import Tools
from records.coinvestigation.faces import Face, read_face
from records.coinvestigation.kinds import Source
from records.coinvestigation.store import faces
from records.sentences import Refusal, ValueRefused
from records.values import TaxpayerId

Sentences = dict[str, dict[str, str]]
KEY = "invoice_number"  # where it is said that an invoice stands here or in the books already


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the checks by the names that forms use."""

    @registry.check("taxpayers.number")
    def taxpayer_number(_ctx: CheckContext, text: str) -> Sentences:
        try:
            TaxpayerId(text)
        except ValueRefused as refused:
            return {"": _both(refused.refusal)}
        return {}

    @registry.check("coinvestigation.faces")
    def invoice_faces(ctx: CheckContext, rows: list[Mapping[str, str]]) -> Sentences:
        """Source: Ningbo 2001-19, annex 1, art. 5 (1) and art. 7."""
        found, good = Sentences(), dict[int, Face]()
        for at, row in enumerate(rows):
            if any(row.values()):
                face, faults = read_face(row, Source.MANUAL, ctx.today)
                found |= {f"{at}-{fault.column}": _both(fault.refusal) for fault in reversed(faults) if fault.column in row}
                if face is not None:
                    good[at] = face
        return found | {f"{at}-{KEY}": _both(refusal) for at, refusal in _known(ctx, good)}


def _known(ctx: CheckContext, good: Mapping[int, Face]) -> Iterable[tuple[int, Refusal]]:
    """Rows whose invoice stands in an earlier row, or was entered by this office before."""
    before, first = faces.typed_before(ctx.session, ctx.office_id, {face.identity for face in good.values()}), dict[str, int]()
    for at, face in good.items():
        if face.identity in first:
            yield at, Refusal("twice_in_form", {"line": first[face.identity] + 1, "value": face.label})
        elif face.identity in before:
            yield at, Refusal("typed_before", {"value": face.label})
        first.setdefault(face.identity, at)


def _both(refusal: Refusal) -> dict[str, str]:
    return {"zh": refusal.say("zh"), "en": refusal.say("en")}
