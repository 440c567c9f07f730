"""The key that signs the cases, as a file of the data folder, and the one that a restore brings before its database is there.

Database and key cannot take their places in one movement. So the key of a backup waits beside the old one until the database is in
place; where a restore died between the two, whoever starts next finishes it (`db.installation.adopt_key`).
"""

from __future__ import annotations

import re
from pathlib import Path

from db.copies.places import put_in_place, to_disk

NAME, COMING = "secret", "secret.restoring"
_KEY = re.compile(r"(?:[0-9a-fA-F]{2}){32,}")


def read_key(file: Path) -> bytes | None:
    """The key in a file; None where there is no such file, or it is damaged."""
    try:
        text = file.read_text("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    return bytes.fromhex(text) if _KEY.fullmatch(text) else None


def bring(data: Path, content: bytes) -> None:
    """Lays the content of another key file beside the one in use, on the disk and readable by its owner only."""
    new = data / COMING
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_bytes(content)
    to_disk(new)
    to_disk(data)


def arrive(data: Path) -> None:
    """The key that was brought is the one in use."""
    put_in_place(data / COMING, data / NAME)
