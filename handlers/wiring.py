"""Puts the registry together: every handler module of every procedure."""

from __future__ import annotations

from pathlib import Path

from deadlines.api import DeadlineService
from engine.registry import Registry
from handlers import coinvestigation_delegation, coinvestigation_papers, coinvestigation_reply
from handlers.tools import Tools, read_procedure
from papers.api import Papers


def build_registry(workflows: Path, deadlines: DeadlineService, papers: Papers) -> Registry:
    """Every topic that this process can work; deadline rules and office marks come from the procedure's folder."""
    registry = Registry()
    rules, marks = read_procedure(workflows / "coinvestigation")
    tools = Tools(deadlines, papers, rules, marks)
    for module in (coinvestigation_delegation, coinvestigation_reply, coinvestigation_papers):
        module.register(registry, tools)
    coinvestigation_reply.register_answer(registry, tools)
    return registry
