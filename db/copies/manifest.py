"""What a backup says of itself: versions, revision, rows of every table, and the SHA-256 of every file."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

FORMAT = 1
NAME = "manifest.json"
CHUNK = 1 << 20


class Refused(Exception):
    """A backup or restore that is not done, with a sentence in both languages that says what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")


@dataclass(frozen=True)
class Manifest:
    """The file beside the data."""

    made_at: str
    backend: str
    version: str
    revision: str
    rows: dict[str, int]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path, names: list[str]) -> Manifest:
        """Writes it with the hashes of the named files; returns what was written."""
        files = {name: {"size": (folder / name).stat().st_size, "sha256": sha256(folder / name)} for name in names}
        found = Manifest(**{**asdict(self), "files": files})
        (folder / NAME).write_bytes(orjson.dumps(asdict(found), option=orjson.OPT_INDENT_2))
        return found

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Reads and checks every file against it; raises Refused for what is missing, damaged or of another format."""
        try:
            found = cls(**orjson.loads((folder / NAME).read_bytes()))
        except (OSError, ValueError, TypeError) as error:
            raise Refused(f"{folder} 不是备份：没有可读的 {NAME}", f"{folder} is no backup: no readable {NAME}") from error
        if found.format != FORMAT:
            raise Refused(f"备份格式 {found.format} 无法读取", f"backup format {found.format} cannot be read")
        for name, said in found.files.items():
            file = folder / name
            if not file.is_file() or file.stat().st_size != said["size"] or sha256(file) != said["sha256"]:
                raise Refused(f"备份已损坏：{name} 与清单不符", f"the backup is damaged: {name} is not what the manifest says")
        return found


def sha256(file: Path) -> str:
    """The hash of a file of any size."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
