"""Files that take each other's place so that a power cut at any moment leaves one of the two whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def put_in_place(new: Path, old: Path) -> None:
    """The new file, whole on the disk, takes the name of the old one in one movement."""
    _to_disk(new)
    new.replace(old)
    _to_disk(old.parent)


def put_first(new: Path, place: Path) -> bool:
    """The new file, whole on the disk, takes a name that no file has; of two who come at the same moment one does.

    False, and nothing is changed, where there is a file of that name.
    """
    _to_disk(new)
    try:
        os.link(new, place)
    except FileExistsError:
        return False
    except OSError:  # a file system that knows no second names
        if place.exists():
            return False
        new.replace(place)
    new.unlink(missing_ok=True)
    _to_disk(place.parent)
    return True


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep(file: Path, place: Path) -> None:
    """Gives a file a second name, or a copy where the file system knows no second names."""
    try:
        os.link(file, place)
    except FileExistsError:
        raise
    except OSError:
        shutil.copy2(file, place)
