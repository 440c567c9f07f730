"""What every test pays for again and none is about: templates are compiled once in a process, and passwords are quick to check."""

from __future__ import annotations

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

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
