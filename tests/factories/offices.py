"""A tree of offices with all five levels, for tests that move and change it."""

from __future__ import annotations

TREE = (
    {"code": "sat", "name": "总局", "level": "sat"},
    {"code": "zj", "name": "浙江省局", "level": "province", "parent": "sat"},
    {"code": "js", "name": "江苏省局", "level": "province", "parent": "sat"},
    {"code": "nb", "name": "宁波市局", "level": "city", "parent": "zj"},
    {"code": "hs", "name": "海曙区局", "level": "district", "parent": "nb"},
    {"code": "hs1", "name": "海曙一所", "level": "tax_office", "parent": "hs"},
)
