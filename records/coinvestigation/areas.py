"""What a delegation asks for by area: 受托地区, invoices, amount, tax (annex 1, art. 8 (2))."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from records.coinvestigation import rules
from records.coinvestigation.model import InvoiceFace
from records.coinvestigation.store.delegations import OfficeRef


@dataclass
class Area:
    """One area with the totals of its invoices; `office` is None where nobody knows who is competent for `region`."""

    region: str
    office: OfficeRef | None
    count: int = 0
    amount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    enterprises: set[str] = field(default_factory=set)

    @property
    def total(self) -> Decimal:
        """价税合计, in yuan."""
        return self.amount + self.tax


def areas_of(faces: Iterable[InvoiceFace], own_scope: str, office_for: Callable[[str], OfficeRef | None]) -> list[Area]:
    """The areas whose authorities are asked about these invoices, by region; the asked party is that of `rules.other_party`."""
    found: dict[str, Area] = {}
    for face in faces:
        seller, buyer = office_for(face.seller_region), office_for(face.buyer_region)
        party = rules.other_party(own_scope, seller.scope if seller else None, buyer.scope if buyer else None)
        region, office, enterprise = (
            (face.seller_region, seller, face.seller_id) if party == "seller" else (face.buyer_region, buyer, face.buyer_id)
        )
        area = found.setdefault(region, Area(region, office))
        area.count, area.amount, area.tax = area.count + 1, area.amount + face.amount, area.tax + face.tax
        area.enterprises.add(enterprise)
    return [found[region] for region in sorted(found)]
