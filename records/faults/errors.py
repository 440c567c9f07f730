"""What can go wrong with the record of a fault, a matter or an authorisation; each message is a Chinese sentence for people, `en` the same in English."""

from __future__ import annotations

from records.errors import RecordsError


class FaultsError(RecordsError):
    """Base of this family's errors."""

    def __init__(self, message: str, en: str) -> None:
        super().__init__(message)
        self.en = en


class RecordUnknown(FaultsError):
    """There is no such record."""


class MoveRefused(FaultsError):
    """The record's state does not allow this event."""


class DuplicateRefused(FaultsError):
    """The other report is unknown, or is this very one, or was itself found to be a duplicate."""


class NotAuthorised(FaultsError):
    """The service unit maintains the tax side only while it is authorised. Source: Xi'an 2002-119, 三(二)1."""


class TermRefused(FaultsError):
    """The term of an authorisation is turned round, over, or covered by another one. Source: Xi'an 2002-119, 三(二)1."""
