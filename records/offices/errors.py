"""What can be wrong with offices, people and posts."""

from __future__ import annotations

from records.errors import RecordsError


class OrganisationRefused(RecordsError):
    """The description of an organisation cannot be loaded; the message names the entry."""


class OfficeUnknown(RecordsError):
    """There is no office with this identifier."""

    def __init__(self, office_id: str) -> None:
        self.office_id = office_id
        super().__init__(f"expected an office, but there is none with the identifier {office_id!r}")
