"""What can be wrong with offices, people and posts."""

from __future__ import annotations

from typing import Any

from records.errors import RecordsError
from records.offices.sentences import say


class OrganisationRefused(RecordsError):
    """The description of an organisation cannot be loaded; the message names the entry."""


class OfficeUnknown(RecordsError):
    """There is no office with this identifier."""

    def __init__(self, office_id: str) -> None:
        self.office_id = office_id
        super().__init__(f"expected an office, but there is none with the identifier {office_id!r}")


class ChangeRefused(RecordsError):
    """A change of offices, people, posts or deputies is not made; the message is a Chinese sentence, `say("en")` the same in English."""

    def __init__(self, code: str, **details: Any) -> None:
        self.code, self.details = code, details
        super().__init__(say(code, details))

    def say(self, language: str = "zh") -> str:
        """The sentence in a language."""
        return say(self.code, self.details, language)
