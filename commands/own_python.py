"""The packages of the product are in `.venv`; whoever types another Python is taken there, or told how to make it.

Imported first by app.py, for an interpreter that may have none of the packages and may be too old for them.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

OURS = str(Path(__file__).resolve().parents[1] / ".venv" / "bin" / "python")
PACKAGES = ("flask", "sqlalchemy", "lark")

if any(find_spec(name) is None for name in PACKAGES):
    if sys.executable != OURS and Path(OURS).exists():
        os.execv(OURS, [OURS, *sys.argv])  # noqa: S606 -- our own interpreter
    sys.exit("✗ 还没有安装所需的 Python 包，请先运行 ./run（或 ./run --setup-only） / the Python packages are not installed yet: run ./run (or ./run --setup-only) first")
