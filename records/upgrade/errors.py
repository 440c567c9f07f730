"""What can go wrong with the record of an upgrade; each message is a Chinese sentence for people, `en` the same in English."""

from __future__ import annotations

from records.errors import RecordsError


class UpgradeRefused(RecordsError):
    """The visit, the volumes or the day do not allow this. Source: Xicheng, 三."""

    def __init__(self, message: str, en: str) -> None:
        super().__init__(message)
        self.en = en
