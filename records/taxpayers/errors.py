"""What can go wrong with a taxpayer."""

from __future__ import annotations

from records.errors import RecordsError


class TaxpayerUnknown(RecordsError):
    """No taxpayer has this number."""

    def __init__(self, number: str) -> None:
        self.number = number
        super().__init__(f"expected a taxpayer, but there is none with the number {number!r}")


class TaxpayerRuleRefused(RecordsError):
    """A rule does not allow it; the message is a Chinese sentence for people, `en` the same in English."""

    def __init__(self, message: str, en: str) -> None:
        super().__init__(message)
        self.en = en


class LimitRefused(TaxpayerRuleRefused):
    """The limit cannot be granted. Source: Xi'an 2002-119, 二(一)1."""


class EnrolmentRefused(TaxpayerRuleRefused):
    """The enrolment does not allow this. Source: Xi'an 2002-119, 二(一)4, 二(二)."""


class RenumberRefused(TaxpayerRuleRefused):
    """The number cannot be given to the taxpayer. Source: Xi'an 2002-119, 二(二)."""
