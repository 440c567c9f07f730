"""Files that scenarios and the demonstration attach or print: made up, and openable all the same."""

from __future__ import annotations

_OBJECTS = ("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>")


def blank_pdf(name: str) -> bytes:
    """A PDF of one blank sheet; its bytes are told from others by the name."""
    body, places = f"%PDF-1.4\n% {name}\n".encode(), []
    for number, content in enumerate(_OBJECTS, 1):
        places.append(len(body))
        body += f"{number} 0 obj{content}endobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(_OBJECTS) + 1
    return body + f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF\n".encode()
