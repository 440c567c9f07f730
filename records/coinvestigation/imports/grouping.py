"""From an imported list to delegations: the invoices are grouped by the authority that is competent for the other party."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from records.audit import Who
from records.coinvestigation import rules
from records.coinvestigation.imports.model import ImportBatch
from records.coinvestigation.kinds import Nature, Source
from records.coinvestigation.model import Delegation, InvoiceFace
from records.coinvestigation.store.chunks import chunks
from records.coinvestigation.store.delegations import OfficeRef, assign_where, open_delegation, revise_delegation

_CITY = 4  # digits of a region that name the city: one choice for all its districts
_REGIONS = tuple_(InvoiceFace.seller_region, InvoiceFace.buyer_region)
OfficeFor = Callable[[str], OfficeRef | None]  # region of six digits → competent office


@dataclass
class Group:
    """Invoices for one authority. `office` is None where nobody knows who is competent for `region` (four digits): a person chooses."""

    office: OfficeRef | None
    region: str
    is_inside: bool
    count: int = 0
    amount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    pairs: list[tuple[str, str, str]] = field(default_factory=list)  # (seller's region, buyer's region, party whose authority is asked)

    @property
    def total(self) -> Decimal:
        """Price with tax."""
        return self.amount + self.tax


def propose(session: Session, batch_id: str, own: OfficeRef, office_for: OfficeFor) -> list[Group]:
    """The groups of a batch's invoices that stand in no delegation yet: known authorities first, the largest group first."""
    totals = session.execute(
        select(
            InvoiceFace.seller_region,
            InvoiceFace.buyer_region,
            func.count(),
            func.sum(InvoiceFace.amount),
            func.sum(InvoiceFace.tax),
        )
        .where(InvoiceFace.batch_id == batch_id, InvoiceFace.delegation_id.is_(None))
        .group_by(InvoiceFace.seller_region, InvoiceFace.buyer_region)
        .order_by(InvoiceFace.seller_region, InvoiceFace.buyer_region)
    )
    groups: dict[str, Group] = {}
    for seller, buyer, count, amount, tax in totals:
        party, office, region = _asked(seller, buyer, own, office_for)
        fresh = Group(office, "" if office else region, office is not None and rules.is_inside(own.scope, office.scope))
        group = groups.setdefault(office.id if office else region, fresh)
        group.count, group.amount, group.tax = group.count + count, group.amount + amount, group.tax + tax
        group.pairs.append((seller, buyer, party))
    return sorted(groups.values(), key=lambda group: (group.office is None, -group.count))


def delegations_of(session: Session, batch_id: str) -> Sequence[Delegation]:
    """The delegations in which invoices of a batch stand, in the order in which they were made."""
    standing = select(InvoiceFace.delegation_id).where(InvoiceFace.batch_id == batch_id)
    return session.scalars(select(Delegation).where(Delegation.id.in_(standing)).order_by(Delegation.id)).all()


def _asked(seller: str, buyer: str, own: OfficeRef, office_for: OfficeFor) -> tuple[str, OfficeRef | None, str]:
    of_seller, of_buyer = office_for(seller), office_for(buyer)
    party = rules.other_party(own.scope, of_seller.scope if of_seller else None, of_buyer.scope if of_buyer else None)
    office, region = (of_seller, seller) if party == "seller" else (of_buyer, buyer)
    return party, office, region[:_CITY]


def make_delegations(
    session: Session, who: Who, batch_id: str, own: OfficeRef, office_for: OfficeFor, chosen: Mapping[str, OfficeRef], today: date
) -> list[Delegation]:
    """Drafts one delegation per authority with all its invoices; shape: `chosen` maps unknown regions (four digits) to offices.

    Regions that nobody picked an office for stay where they are. Done twice it makes nothing twice: only free invoices count.
    Source: Ningbo 2001-19, annex 1, arts. 5, 6 and 8.
    """
    # Holding the batch's row keeps a second click waiting until it finds nothing left to do.
    session.execute(update(ImportBatch).where(ImportBatch.id == batch_id).values(delegated_at=who.at))
    batch = session.get_one(ImportBatch, batch_id)

    def competent(region: str) -> OfficeRef | None:
        return office_for(region) or chosen.get(region[:_CITY])

    groups = [group for group in propose(session, batch_id, own, competent) if group.office is not None]
    last = _last_ordinal(session, batch)
    return [_make(session, who, batch, own, group, last + at, today) for at, group in enumerate(groups, 1)]


def _last_ordinal(session: Session, batch: ImportBatch) -> int:
    """The last number that was given to a delegation of this batch; one that was withdrawn keeps its name, and so its number.

    It is read from the names: a withdrawn delegation has given its invoices back, and nothing else binds it to the batch.
    Source: Ningbo 2001-19, annex 1, art. 6.
    """
    generated = (Delegation.from_office_id == batch.office_id) & Delegation.name_generated
    names = session.scalars(select(Delegation.name).where(generated, Delegation.name.contains(f"，第{batch.serial}-", autoescape=True)))
    serials = (rules.serial_of(name).partition("-") for name in names)
    return max((int(ordinal) for serial, _, ordinal in serials if serial == str(batch.serial)), default=0)


def _make(session: Session, who: Who, batch: ImportBatch, own: OfficeRef, group: Group, ordinal: int, today: date) -> Delegation:
    assert group.office is not None
    source = Source(batch.source)
    name = rules.generated_name(source, today, own.name, "" if group.is_inside else group.office.name, f"{batch.serial}-{ordinal}")
    row = open_delegation(
        session, who, office=own, to=group.office, source=source, nature=Nature.DOUBTFUL, name=name, today=today
    )  # fmt: skip
    pairs = [(seller, buyer) for seller, buyer, _ in group.pairs]
    assign_where(session, who, row, *((InvoiceFace.batch_id == batch.id) & _REGIONS.in_(some) for some in chunks(pairs)))
    if (enterprise := _enterprise(session, row.id, group)) is not None:
        revise_delegation(session, who, row.id, enterprise_id=enterprise[0], enterprise_name=enterprise[1])
    return row


def _enterprise(session: Session, delegation_id: str, group: Group) -> tuple[str, str] | None:
    """Number and name of the enterprise that is asked about; None where the invoices of the group name several.

    Source: Ningbo 2001-19, annex 1, art. 8 (3).
    """
    found: dict[str, str] = {}
    for party, id_, name in (("seller", InvoiceFace.seller_id, InvoiceFace.seller_name), ("buyer", InvoiceFace.buyer_id, InvoiceFace.buyer_name)):
        for some in chunks([(seller, buyer) for seller, buyer, asked in group.pairs if asked == party]):
            faces = select(id_, func.max(name)).where(InvoiceFace.delegation_id == delegation_id, _REGIONS.in_(some))
            for number, named in session.execute(faces.group_by(id_).limit(2)):
                found[number] = found.get(number) or named
            if len(found) > 1:
                return None
    return next(iter(found.items()), None)
