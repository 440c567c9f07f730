"""Decision tables by the DMN 1.3 text: seven hit policies, aggregation, required decisions, literal expressions."""

from engine.dmn.decide import decide
from engine.dmn.errors import DmnError
from engine.dmn.read import Decision, DecisionFile, parse

__all__ = ["Decision", "DecisionFile", "DmnError", "decide", "parse"]
