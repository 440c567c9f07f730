"""Puts the registry together: every module of this room that registers topics, found by looking, so that none is listed twice."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

import handlers
from deadlines.api import DeadlineService
from engine.registry import Registry
from handlers.tools import Tools
from papers.api import Papers


def build_registry(deadlines: DeadlineService, papers: Papers) -> Registry:
    """Every topic that this process can work."""
    registry, tools = Registry(), Tools(deadlines, papers)
    for register in _registering():
        register(registry, tools)
    return registry


@cache
def _registering() -> tuple[Callable[[Registry, Tools], Any], ...]:
    """Looked for once in a process: a check of the procedures puts the product together a thousand times."""
    modules = [importlib.import_module(name) for name in sorted(module.name for module in pkgutil.iter_modules(handlers.__path__, "handlers."))]
    return tuple(module.register for module in modules if hasattr(module, "register"))
