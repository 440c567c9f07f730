"""Files that scenarios and the demonstration attach: made up, and openable all the same."""

from __future__ import annotations

_PAGE = b"""1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


def blank_pdf(name: str) -> bytes:
    """A PDF of one blank sheet; its bytes are told from others by the name."""
    return f"%PDF-1.4\n% {name}\n".encode() + _PAGE
