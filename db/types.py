"""Column types that keep what SQL alone loses: the zone of a moment, the exactness of money, the order of JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, String, Text
from sqlalchemy.types import TypeDecorator


def moment_text(value: datetime) -> str:
    """An aware moment as SQLite keeps it: UTC, of fixed width, sorting by time."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")[:26]


def moment_from_text(text: str) -> datetime:
    """The moment that `moment_text` wrote."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Id(TypeDecorator[str]):
    """A `db.ids.new_id()`: 32 hexadecimal digits."""

    impl = String(32)
    cache_ok = True


class OfficePath(String):
    """The path of an office, `sat/zj/nb/`. Every column of this type follows an office that is moved (`records.offices.paths`)."""


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; SQLite keeps it as fixed-width text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected an aware moment, but got {value!r}")
        return moment_text(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


class Money(TypeDecorator[Decimal]):
    """An amount in yuan with two decimals, stored as whole 分 so that sums are exact on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        fen = Decimal(value) * 100
        if fen != fen.to_integral_value():
            raise ValueError(f"expected at most two decimals, but got {value}")
        return int(fen)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-2)


class JsonText(TypeDecorator[Any]):
    """JSON as text: the order of keys is kept and the driver decodes nothing that nobody asked for.

    Decimals are written as strings, dates as ISO text; whoever needs the types back reads them from the schema.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else dump_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else orjson.loads(value)


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"expected a JSON value, but got {type(value).__name__}")


def dump_json(value: Any) -> str:
    """Compact JSON text; Decimal becomes a string, sets become sorted lists."""
    return orjson.dumps(value, default=_plain).decode()
