"""What can go wrong with invoices; each message is a Chinese sentence for people, `en` the same in English."""

from __future__ import annotations

from records.errors import RecordsError


class InvoicesError(RecordsError):
    """Base of this family's errors."""

    def __init__(self, message: str, en: str) -> None:
        super().__init__(message)
        self.en = en


class SaleRefused(InvoicesError):
    """These numbers cannot be sold to this taxpayer. Source: Xi'an 2002-119, 二(一)1 (4), 二(一)6."""


class LossRefused(InvoicesError):
    """These invoices cannot be reported lost. Source: Xi'an 2002-119, 二(五)3."""


class ReturnRefused(InvoicesError):
    """These old invoices cannot be handed in or cancelled. Source: Xi'an 2002-119, 二(一)8."""
