"""How much a list may hold, as data; the error that refuses a whole file is every family's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from records.files import FileRefused

__all__ = ["MB", "FileRefused", "ImportLimits"]

MB = 1024 * 1024


@dataclass(frozen=True)
class ImportLimits:
    """Bounds of one import. `chunk`: rows per transaction; `listed`: faults kept for the report (all are counted)."""

    max_bytes: int = 50 * MB
    max_unpacked: int = 400 * MB
    max_part: int = 8 * MB  # parts of a workbook other than its sheets and texts
    max_rows: int = 100_000
    max_columns: int = 40
    chunk: int = 2_000
    listed: int = 100_000
    attempts: int = 3
    stale_after: timedelta = timedelta(seconds=60)
