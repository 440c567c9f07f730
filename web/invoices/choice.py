"""What stands in the address of a list of invoices; what is not known counts as not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import url_for

from records.coinvestigation.listing import ORDERS, FaceQuery
from web import requests

TEXT_LIMIT = 60
PAGE = 50
LAST_OFFSET = 1_000_000
_KNOWN = {sign + name for name in ORDERS for sign in ("", "-")}


@dataclass(frozen=True)
class Choice:
    """The case, words and order, and where the page begins."""

    instance_id: str
    query: FaceQuery = field(default_factory=FaceQuery)
    offset: int = 0

    @classmethod
    def of(cls, instance_id: str, args: Mapping[str, str]) -> Choice:
        """Reads the address."""
        order = args.get("sort", "")
        query = FaceQuery(args.get("q", "").strip()[:TEXT_LIMIT], order if order in _KNOWN else "")
        return cls(instance_id, query, requests.whole(args.get("offset", ""), LAST_OFFSET))

    def address(self, *, offset: int = 0, order: str | None = None, endpoint: str = "invoices.show") -> str:
        """The address of another page of the same invoices, of the same in another order, or of their workbook."""
        pairs = {"q": self.query.text, "sort": self.query.order if order is None else order, "offset": offset or ""}
        chosen = {name: value for name, value in pairs.items() if value}
        return url_for(endpoint, instance_id=self.instance_id) + (f"?{urlencode(chosen)}" if chosen else "")
