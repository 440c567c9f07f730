"""The columns of a register on the page: which can be put in order, which way, and the address that does it."""

from __future__ import annotations

from flask_babel import gettext as _

from web.registers import book
from web.registers.book import Heading
from web.registers.choice import Choice

FROM_THE_TOP = frozenset(("invoices", "amount", "tax", "opened"))  # of these one wants to see the largest or latest first


def headings(choice: Choice, *, with_office: bool) -> list[Heading]:
    """The headings of a register, in the order of its columns; a column without key cannot be put in order. `with_office`: whose line it is."""
    delegated = choice.register == "delegated"
    columns = [
        ("name", _("协查名称"), ""), ("number", _("编号"), ""), *([("", _("承办机关"), "")] if with_office else []), ("", _("受托方") if delegated else _("委托方"), ""), ("nature", _("类别"), ""),
        ("invoices", _("份数"), "r"), ("amount", _("金额（元）"), "r"), ("tax", _("税额（元）"), "r"),
        ("opened", _("发出") if delegated else _("收到"), ""), ("due", _("期限"), ""), ("state", _("状态"), ""),
    ]  # fmt: skip
    return [book.heading(choice, *column, FROM_THE_TOP) for column in columns]


def orders(choice: Choice) -> list[tuple[str, str]]:
    """The orders as a list to choose from: (value, text)."""
    return book.orders(headings(choice, with_office=False), FROM_THE_TOP)
