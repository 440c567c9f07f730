"""What stands in the address of a register of co-investigation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from records.coinvestigation.kinds import Nature, Source
from records.coinvestigation.registers import DELEGATED_ORDERS, RECEIVED_ORDERS, RegisterQuery
from records.coinvestigation.states import NAMES
from web.period import Period
from web.registers import book
from web.registers.book import one_of

SUBJECTS = {"delegated": "delegation", "received": "receipt"}


@dataclass(frozen=True)
class Choice(book.Choice[RegisterQuery]):
    """A register with its filter and order."""

    ORDERS = {"delegated": DELEGATED_ORDERS, "received": RECEIVED_ORDERS}

    @classmethod
    def of(cls, register: str, args: Mapping[str, str]) -> Choice:
        """Reads the address."""

        def query(text: str, period: Period) -> RegisterQuery:
            return RegisterQuery(
                since=period.read.get("since"), until=period.read.get("until"), state=one_of(args.get("state", ""), {"open", *NAMES[SUBJECTS[register]]}),
                office=args.get("office", "")[:32], counterpart=args.get("counterpart", "")[:32], nature=one_of(args.get("nature", ""), set(Nature)),
                source=one_of(args.get("source", ""), set(Source)), overdue=args.get("overdue") == "1", text=text,
            )  # fmt: skip

        return cls.read(register, args, query)
