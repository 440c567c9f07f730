"""What every test pays for again and none is about: pages, their addresses and statements are compiled once in a process.

And passwords are quick to check.
"""

from __future__ import annotations

from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from records.offices import passwords


class Compiled(BytecodeCache):
    """Compiled templates in memory, by name and by the hash of their source: an application made anew compiles none again."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


def keep_templates() -> None:
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}


def hash_quickly() -> None:
    """As argon2 as the product's, with the least cost that it allows."""
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def compile_statements_once() -> None:
    """A statement that was compiled for one database serves the next of its kind: each test opens one, a process of the product one at all."""
    kept, begin = LRUCache(5_000), Engine.__init__
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):  # part of the key, each engine with its own
        dialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
        dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]

    def begun(self: Engine, *args: Any, **named: Any) -> None:
        begin(self, *args, **named)
        self._compiled_cache = kept

    Engine.__init__ = begun  # type: ignore[method-assign]


def compile_addresses_once() -> None:
    """What builds an address is a function that werkzeug compiles for each rule, by what stands in the rule and nothing else: four fifths of an application made anew."""
    kept, compile_ = dict[tuple[object, ...], Any](), Rule._compile_builder

    def compiled(self: Rule, append_unknown: bool = True) -> Any:
        key = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if key not in kept:
            kept[key] = compile_(self, append_unknown)
        return kept[key]

    Rule._compile_builder = compiled  # type: ignore[method-assign]
