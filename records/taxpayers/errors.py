"""What can go wrong with a taxpayer."""

from __future__ import annotations

from records.errors import RecordsError


class TaxpayerUnknown(RecordsError):
    """No taxpayer has this number."""

    def __init__(self, number: str) -> None:
        self.number = number
        super().__init__(f"expected a taxpayer, but there is none with the number {number!r}")
