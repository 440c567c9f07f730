"""The base of every error that a record family raises."""

from __future__ import annotations


class RecordsError(Exception):
    """Something about a business record is not as the law or the tables demand."""
