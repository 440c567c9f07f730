"""Backups of either database: one consistent state with what is needed to read it, checked when it is made and when it comes back."""

from __future__ import annotations

from db.copies import embedded, server
from db.copies.manifest import Manifest, Refused

__all__ = ["Manifest", "Refused", "embedded", "server"]
