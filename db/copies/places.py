"""Files that take each other's place so that a power cut at any moment leaves one of the two whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def put_in_place(new: Path, old: Path) -> None:
    """The new file, whole on the disk, takes the name of the old one in one movement."""
    to_disk(new)
    new.replace(old)
    to_disk(old.parent)


def put_first(new: Path, place: Path) -> bool:
    """The new file, whole on the disk, takes a name that no file has; of two who come at the same moment one does.

    False, and nothing is changed, where there is a file of that name.
    """
    to_disk(new)
    try:
        os.link(new, place)
    except FileExistsError:
        return False
    except OSError:  # a file system that knows no second names
        if place.exists():
            return False
        new.replace(place)
    new.unlink(missing_ok=True)
    to_disk(place.parent)
    return True


def to_disk(path: Path) -> None:
    """Waits until a file, or the names in a folder, would outlive a power cut."""
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


def put_folder(new: Path, place: Path) -> None:
    """The new folder, its files whole on the disk, takes its name in one movement."""
    for file in sorted(new.iterdir()):
        to_disk(file)
    to_disk(new)
    new.rename(place)
    to_disk(place.parent)
