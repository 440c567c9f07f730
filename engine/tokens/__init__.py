"""Plays tokens over a model: what BPMN says, at a cost that depends on the live tokens and never on the history.

The machine knows no database, no person and no variable. It asks `Hooks` for every value and tells it what happened;
its own state is a handful of tokens and scopes, written as a small blob (`machine.Machine.dump`).
"""

from engine.tokens.machine import Machine
from engine.tokens.model import Element, Flow, ProcessModel
from engine.tokens.state import Live, Scope, Token

__all__ = ["Element", "Flow", "Live", "Machine", "ProcessModel", "Scope", "Token"]
