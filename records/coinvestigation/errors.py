"""What can go wrong with a record of co-investigation."""

from __future__ import annotations

from records.errors import RecordsError


class CoinvestigationError(RecordsError):
    """Base of this family's errors."""


class RecordUnknown(CoinvestigationError):
    """There is no such record; `kind` says of what."""

    def __init__(self, kind: str, record_id: str) -> None:
        self.kind, self.record_id = kind, record_id
        super().__init__(f"expected a {kind}, but there is none with the identifier {record_id!r}")


class TransitionRefused(CoinvestigationError):
    """The record's state does not allow this event."""

    def __init__(self, kind: str, state: str, event: str) -> None:
        self.kind, self.state, self.event = kind, state, event
        super().__init__(f"expected a {kind} on which {event!r} is possible, but it is {state!r}")


class ChangedMeanwhile(CoinvestigationError):
    """Somebody else moved the record between reading and writing it."""

    def __init__(self, kind: str, record_id: str) -> None:
        self.kind, self.record_id = kind, record_id
        super().__init__(f"expected the {kind} {record_id} as it was read, but somebody else has moved it meanwhile")


class FacesNotFree(CoinvestigationError):
    """Some invoices are unknown here or stand in another delegation already; nothing was assigned."""

    def __init__(self, wanted: int, free: int) -> None:
        self.wanted, self.free = wanted, free
        super().__init__(f"expected {wanted} free invoices, but only {free} are")


class ImportedFaceIsFixed(CoinvestigationError):
    """Data from certification or audit must not be changed. Source: Ningbo 2001-19, annex 1, art. 6."""


class RuleRefused(CoinvestigationError):
    """A rule does not allow it; the message is a Chinese sentence for people, `en` the same in English."""

    def __init__(self, message: str, en: str) -> None:
        super().__init__(message)
        self.en = en


class ExtensionRefused(RuleRefused):
    """The extension cannot be applied for or decided."""


class MaySignNot(RuleRefused):
    """Whoever prepared a paper does not approve it. Source: Ningbo 2001-19, annex 2, art. 15."""


class PlaceTaken(RuleRefused):
    """Other papers lie in this place of the archive. Source: Ningbo 2001-19, annex 2, art. 16."""
