"""A period in the address of a page (`since`, `until`): what is no day is said at its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from flask_babel import gettext as _

from records.sentences import ValueRefused
from records.values import parse_date
from web.languages import is_english

TEXT_LIMIT = 60


@dataclass(frozen=True)
class Period:
    """`typed` as it came, `read` where it is a day, `errors` by field."""

    typed: Mapping[str, str] = field(default_factory=dict)
    read: Mapping[str, date] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Period:
        """Reads the address."""
        typed = {name: args.get(name, "").strip()[:TEXT_LIMIT] for name in ("since", "until")}
        read, errors = dict[str, date](), dict[str, str]()
        for name, text in typed.items():
            try:
                read |= {name: parse_date(text)} if text else {}
            except ValueRefused as refused:
                errors[name] = refused.refusal.say("en" if is_english() else "zh")
        if len(read) == 2 and read["until"] < read["since"]:
            errors["until"] = _("结束日期不应早于开始日期 %(since)s", since=read["since"])
        return cls(typed, read, errors)
