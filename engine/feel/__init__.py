"""FEEL, the expression language of DMN, on Decimal: conditions, mappings, DMN cells, form visibility.

There is no Python in a model. `docs/feel.md` lists what is supported.
"""

from engine.feel.errors import FeelError, FeelLimitError, FeelSyntaxError
from engine.feel.evaluation import EvalContext
from engine.feel.expression import Expression, UnaryTests, compile_expression, compile_unary_tests, unwrap
from engine.feel.values import Months, Range

__all__ = [
    "EvalContext",
    "Expression",
    "FeelError",
    "FeelLimitError",
    "FeelSyntaxError",
    "Months",
    "Range",
    "UnaryTests",
    "compile_expression",
    "compile_unary_tests",
    "unwrap",
]
