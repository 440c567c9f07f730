"""One deadline per transaction: what fails is rolled back and waits, the others have their turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy.orm import Session

from db.session import Database

T = TypeVar("T")


class Overtaken(Exception):
    """期限刚被别人改过，需要重新计算"""


def each(
    database: Database, find: Callable[[Session, Sequence[str]], str | None], act: Callable[[Session, str], T | None]
) -> tuple[list[T], list[Exception]]:
    """Works off what `find` finds until that is nothing; returns what came of it, and what failed and was rolled back."""
    done: list[T] = []
    failed: dict[str, Exception] = {}
    while (row_id := _found(database, find, list(failed))) is not None:
        try:
            with database.write() as session:
                came = act(session, row_id)
        except Overtaken:
            continue
        except Exception as error:  # noqa: BLE001 -- outer edge of one deadline: the others must still have their turn
            failed[row_id] = error
            continue
        if came is not None:
            done.append(came)
    return done, list(failed.values())


def raise_all(failures: list[Exception]) -> None:
    """Raises what failed as one group, if anything did."""
    if failures:
        raise ExceptionGroup("有期限未能处理，下次重试", failures)


def _found(
    database: Database, find: Callable[[Session, Sequence[str]], str | None], leave_out: Sequence[str]
) -> str | None:
    with database.read() as session:
        return find(session, leave_out)
