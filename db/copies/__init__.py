"""Backups of either database: one consistent state with what is needed to read it, checked when it is made and when it comes back."""

from __future__ import annotations

from db.copies import embedded, server
from db.copies.manifest import Manifest, Refused
from db.copies.places import keep, put_first, put_folder, put_in_place, to_disk

__all__ = ["Manifest", "Refused", "embedded", "keep", "put_first", "put_folder", "put_in_place", "server", "to_disk"]
