"""The trail: who did what to which record, when, with the value before and after. Rows are only ever added."""

from __future__ import annotations

from records.audit.store import Who, note, note_all, trail_of

__all__ = ["Who", "note", "note_all", "trail_of"]
