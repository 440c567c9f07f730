"""The areas of a delegation: the asked party's region, with counts and totals that add up."""

from __future__ import annotations

from decimal import Decimal

from records.coinvestigation.areas import areas_of
from records.coinvestigation.model import InvoiceFace
from tests.unit.records.making import HS, SZ

KNOWN = {"330203": HS, "320506": SZ}


def face(seller: str, buyer: str, amount: str, seller_id: str = "甲") -> InvoiceFace:
    return InvoiceFace(
        seller_region=seller, buyer_region=buyer, amount=Decimal(amount), tax=Decimal("1.00"), seller_id=seller_id, buyer_id="乙"
    )


def test_invoices_are_counted_by_the_region_of_the_party_elsewhere() -> None:
    faces = [
        face("320506", "330203", "10.00"), face("320506", "330203", "20.00", "丙"), face("330203", "320506", "5.00"), face("110000", "330203", "7.00"),
    ]  # fmt: skip

    areas = areas_of(faces, HS.scope, KNOWN.get)

    assert [(a.region, a.office, a.count, a.total, len(a.enterprises)) for a in areas] == [
        ("110000", None, 1, Decimal("8.00"), 1),
        ("320506", SZ, 3, Decimal("38.00"), 3),
    ]


def test_no_invoices_have_no_areas() -> None:
    assert areas_of([], HS.scope, KNOWN.get) == []
