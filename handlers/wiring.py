"""Puts the registry together: every module of this room that registers topics, found by looking, so that none is listed twice."""

from __future__ import annotations

import importlib
import pkgutil

import handlers
from deadlines.api import DeadlineService
from engine.registry import Registry
from handlers.tools import Tools
from papers.api import Papers


def build_registry(deadlines: DeadlineService, papers: Papers) -> Registry:
    """Every topic that this process can work."""
    registry, tools = Registry(), Tools(deadlines, papers)
    for found in sorted(module.name for module in pkgutil.iter_modules(handlers.__path__, "handlers.")):
        register = getattr(importlib.import_module(found), "register", None)
        if register is not None:
            register(registry, tools)
    return registry
