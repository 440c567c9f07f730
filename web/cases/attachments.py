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


class AttachmentRefused(Exception):
    """A file cannot be added; `sentence` says why and what may be."""

    def __init__(self, sentence: object) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


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
    """The whole of an uploaded file; raises AttachmentRefused."""
    name = clean_name(file.filename or "") if file else ""
    if file is None or not name:
        raise AttachmentRefused(_l("请先选择文件。"))
    media_type = KINDS.get(name.rpartition(".")[2].lower())
    if media_type is None:
        raise AttachmentRefused(_l("不接受这种文件。可以上传：%(kinds)s。", kinds="、".join(KINDS)))
    content = file.stream.read(SIZE_LIMIT + 1)
    if len(content) > SIZE_LIMIT:
        raise AttachmentRefused(_l("附件超过 25 MB，请压缩或分成几份。"))
    if not content:
        raise AttachmentRefused(_l("这个文件是空的。"))
    return Upload(name, media_type, content)


def download(name: str, content: bytes) -> Response:
    """A file for saving, never for showing: its content is somebody else's."""
    return sent(content, "application/octet-stream", name, "attachment", save=True)


def pdf(name: str, content: bytes, plain: str, *, download: bool) -> Response:
    """A paper of ours, shown in the browser's viewer or saved; `plain` as of `web.downloads`."""
    return sent(content, "application/pdf", name, plain, save=download)
