"""Files that people add to a case: taken in whole or not at all, handed out only for saving."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Response
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage

from web.downloads import sent

SIZE_LIMIT = 25 * 1024 * 1024
NAME_LIMIT = 120
# Folders, controls, what Windows forbids, and the marks that turn the direction of writing (a name that reads backwards).
_BAD = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')
# What offices exchange. A web page or a program is not evidence.
KINDS = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "wps": "application/vnd.ms-works",
    "et": "application/octet-stream",
    "ofd": "application/ofd",
    "csv": "text/csv",
    "txt": "text/plain",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "bmp": "image/bmp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "zip": "application/zip",
    "rar": "application/vnd.rar",
    "7z": "application/x-7z-compressed",
}


# How the content of each kind begins. What only calls itself so is refused: it would be opened as what it is.
_ZIP, _OLE = (b"PK\x03\x04", b"PK\x05\x06"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)  # an encrypted docx is of the second kind
_BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    **dict.fromkeys(("doc", "xls", "wps", "et", "docx", "xlsx"), _OLE + _ZIP), **dict.fromkeys(("ofd", "zip"), _ZIP),
    **dict.fromkeys(("jpg", "jpeg"), (b"\xff\xd8\xff",)), **dict.fromkeys(("tif", "tiff"), (b"II*\0", b"MM\0*")),
    "pdf": (b"%PDF",), "png": (b"\x89PNG\r\n\x1a\n",), "bmp": (b"BM",), "rar": (b"Rar!\x1a\x07",), "7z": (b"7z\xbc\xaf\x27\x1c",),
}  # fmt: skip
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # text of two bytes a character says so first, and holds zeros
_BEGUN = 4096

SENTENCES: dict[str, object] = {
    "attach_none": _l("请先选择文件。"),
    "attach_kind": _l("附件没有上传：不接受这种文件。可以上传：%(kinds)s。", kinds="、".join(KINDS)),
    "attach_large": _l("附件没有上传：超过 25 MB，请压缩或分成几份。"),
    "attach_empty": _l("附件没有上传：这个文件是空的。"),
    "attach_false": _l("附件没有上传：文件内容与扩展名不符，请核对后换一个文件。"),
}


class AttachmentRefused(Exception):
    """A file cannot be added; SENTENCES[code] says why and what may be."""

    def __init__(self, code: str) -> None:
        super().__init__(str(SENTENCES[code]))
        self.code = code


@dataclass(frozen=True)
class Upload:
    """A file that was taken in."""

    name: str
    media_type: str
    content: bytes


def clean_name(name: str) -> str:
    """The name without folders and without characters that could mislead; the ending is kept."""
    bare = _BAD.sub("", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    stem, dot, ending = bare.rpartition(".")
    return f"{stem[:NAME_LIMIT]}{dot}{ending[:8]}" if dot else bare[:NAME_LIMIT]


def read(file: FileStorage | None) -> Upload:
    """The whole of an uploaded file, whose content is of the kind that its name says; raises AttachmentRefused."""
    name = clean_name(file.filename or "") if file else ""
    if file is None or not name:
        raise AttachmentRefused("attach_none")
    kind = name.rpartition(".")[2].lower()
    if kind not in KINDS:
        raise AttachmentRefused("attach_kind")
    content = file.stream.read(SIZE_LIMIT + 1)
    if len(content) > SIZE_LIMIT:
        raise AttachmentRefused("attach_large")
    if not content:
        raise AttachmentRefused("attach_empty")
    if not _is_of(kind, content[:_BEGUN]):
        raise AttachmentRefused("attach_false")
    return Upload(name, KINDS[kind], content)


def _is_of(kind: str, begun: bytes) -> bool:
    if kind in {"csv", "txt"}:
        return begun.startswith(_WIDE) or b"\0" not in begun
    return begun.startswith(_BEGINNINGS[kind])


def download(name: str, content: bytes) -> Response:
    """A file for saving, never for showing: its content is somebody else's."""
    return sent(content, "application/octet-stream", name, "attachment", save=True)


def pdf(name: str, content: bytes, plain: str, *, download: bool) -> Response:
    """A paper of ours, shown in the browser's viewer or saved; `plain` as of `web.downloads`."""
    return sent(content, "application/pdf", name, plain, save=download)
