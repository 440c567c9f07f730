"""What is wrong with a file that people bring: said once for every family that reads lists."""

from __future__ import annotations

from typing import Any

from records.errors import RecordsError
from records.sentences import Refusal


class FileRefused(RecordsError):
    """A file cannot be read as a list; `refusal` says why in both languages."""

    def __init__(self, code: str, **details: Any) -> None:
        self.refusal = Refusal(code, details)
        super().__init__(self.refusal.say())
