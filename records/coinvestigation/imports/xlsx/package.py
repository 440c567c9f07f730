"""The zip around a workbook: refused before anything is unpacked if it is encrypted, carries macros or would unpack to too much."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from records.coinvestigation.imports.limits import MB, FileRefused, ImportLimits

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_STEP = 1 << 16
_MAX_MEMBERS = 1_000


@dataclass
class Package:
    """An open workbook file. `read` and `stream` go through expat with DOCTYPE forbidden."""

    archive: zipfile.ZipFile
    limits: ImportLimits

    def has(self, part: str) -> bool:
        return part in self.archive.NameToInfo

    def elements(self, part: str) -> list[tuple[str, Mapping[str, str]]]:
        """All elements of a small part in document order: (local name, attributes by local name)."""
        found: list[tuple[str, Mapping[str, str]]] = []
        if self.archive.getinfo(part).file_size > self.limits.max_part:
            raise FileRefused("file_bomb", size=self.archive.getinfo(part).file_size // MB, limit=self.limits.max_part // MB)

        def start(name: str, attributes: dict[str, str]) -> None:
            found.append((name.rpartition(" ")[2], {key.rpartition(" ")[2]: value for key, value in attributes.items()}))

        for _ in self.parse(part, start=start):
            pass
        return found

    def parse(
        self,
        part: str,
        *,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> Iterator[None]:
        """Feeds a part to the handlers and pauses after each piece, so that what they collected can be taken away."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _forbid(part)
        try:
            with self.archive.open(part) as stream:
                while piece := stream.read(_STEP):
                    parser.Parse(piece, False)
                    yield
                parser.Parse(b"", True)
        except (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
            raise FileRefused("file_damaged", part=part) from error
        yield


def _is_macro(name: str) -> bool:
    """Whether a part is code: of Visual Basic, or of the macro sheets that Excel had before it and still runs."""
    return name.endswith(("vbaproject.bin", "vbadata.xml")) or "macrosheet" in name


def _forbid(part: str) -> Callable[..., None]:
    def refuse(*_: Any) -> None:
        raise FileRefused("file_doctype", part=part)

    return refuse


def open_package(content: bytes, limits: ImportLimits) -> Package:
    """The package of a workbook; raises FileRefused."""
    if content.startswith(OLE):
        raise FileRefused("file_encrypted" if _ENCRYPTED_STREAM in content else "file_old_excel")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise FileRefused("file_damaged", part="XLSX") from error
    members = archive.infolist()
    if len(members) > _MAX_MEMBERS or len({m.filename for m in members}) < len(members):
        raise FileRefused("file_damaged", part="XLSX")
    if any(m.flag_bits & 0x1 for m in members):
        raise FileRefused("file_encrypted")
    macro = next((m.filename for m in members if _is_macro(m.filename.lower())), None)
    if macro is not None:
        raise FileRefused("file_macros", part=macro)
    # A member never unpacks to more than it declares: zipfile stops there and fails on the checksum.
    unpacked = sum(m.file_size for m in members)
    if unpacked > limits.max_unpacked:
        raise FileRefused("file_bomb", size=unpacked // MB, limit=limits.max_unpacked // MB)
    return Package(archive, limits)
