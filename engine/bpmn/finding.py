"""One thing that the gate has to say about a model."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Finding:
    """`severity` is "error" (the model is refused) or "warning"; `element` is the id in the diagram, `file` its file."""

    code: str
    element: str
    zh: str
    en: str
    severity: str = "error"
    file: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)
