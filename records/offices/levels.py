"""The levels of the tax authority and the relations that a task may name, as pure data."""

from __future__ import annotations

LEVELS = ("sat", "province", "city", "district", "tax_office")
LEVEL_NAMES = {"sat": "总局", "province": "省局", "city": "市局", "district": "区（县）局", "tax_office": "税务所"}


def ancestors(scope: str) -> list[str]:
    """The scopes of an office and everything above it, the nearest first.

    >>> ancestors("sat/zj/nb/")
    ['sat/zj/nb/', 'sat/zj/', 'sat/']
    """
    codes = scope.rstrip("/").split("/")
    return ["/".join(codes[:end]) + "/" for end in range(len(codes), 0, -1)]


def region_prefixes(region: str) -> list[str]:
    """The regions that contain a six-digit region, the narrowest first: district, city, province."""
    return [region[:end] for end in (6, 4, 2) if len(region) >= end]
