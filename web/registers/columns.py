"""The columns of a register on the page: which can be put in order, which way, and the address that does it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from web.registers.choice import Choice

FROM_THE_TOP = frozenset(("invoices", "amount", "tax", "opened"))  # of these one wants to see the largest or latest first


@dataclass(frozen=True)
class Heading:
    """A column's heading; `way` is what stands in `aria-sort`, `address` puts the register in its order."""

    key: str
    text: str
    css: str = ""
    address: str = ""
    way: str = ""


def headings(choice: Choice, *, with_office: bool) -> list[Heading]:
    """The headings of a register, in the order of its columns; a column without key cannot be put in order. `with_office`: whose line it is."""
    delegated = choice.register == "delegated"
    columns = [
        ("name", _("协查名称"), ""), ("number", _("编号"), ""), *([("", _("承办机关"), "")] if with_office else []), ("", _("受托方") if delegated else _("委托方"), ""), ("nature", _("类别"), ""),
        ("invoices", _("份数"), "r"), ("amount", _("金额（元）"), "r"), ("tax", _("税额（元）"), "r"),
        ("opened", _("发出") if delegated else _("收到"), ""), ("due", _("期限"), ""), ("state", _("状态"), ""),
    ]  # fmt: skip
    return [_heading(choice, *column) for column in columns]


def orders(choice: Choice) -> list[tuple[str, str]]:
    """The orders as a list to choose from, for screens on which no headings show: (value, text)."""
    found = []
    for heading in headings(choice, with_office=False):
        ways = [(heading.key, _("%(what)s 升序", what=heading.text)), (f"-{heading.key}", _("%(what)s 降序", what=heading.text))]
        found += (ways[::-1] if heading.key in FROM_THE_TOP else ways) if heading.key else []
    return found


def _heading(choice: Choice, key: str, text: str, css: str) -> Heading:
    if not key:
        return Heading(key, text, css)
    way = {key: "ascending", f"-{key}": "descending"}.get(choice.order, "")
    first, second = (f"-{key}", key) if key in FROM_THE_TOP else (key, f"-{key}")
    return Heading(key, text, css, choice.address(order=second if choice.order == first else first), way)
